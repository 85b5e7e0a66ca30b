// SPDX-License-Identifier: Apache-2.0
#include "config/surroundings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

using namespace sightline;
using namespace sightline::config;

TEST_CASE("A file is read whole, up to its limit") {
    const sightline::test::TemporaryFolder folder;
    const std::string path = folder.write("a", std::string(100'000, 'x'));
    CHECK(read_text_file(path, 100'000)->size() == 100'000);
    CHECK(read_text_file(path, 99'999).error().message == "\"" + path + "\" is larger than 99999 bytes");
    CHECK(read_text_file(folder.write("b", ""), 10)->empty());
}

TEST_CASE("What is no file is refused with its reason and never waited for") {
    const sightline::test::TemporaryFolder folder;
    const std::string here = folder.path();
    CHECK(read_text_file(here + "/none", 10).error().code == core::ErrorCode::NotFound);
    CHECK(read_text_file(here, 10).error().message == "\"" + here + "\" is a directory, not a file");
    const std::string fifo = here + "/fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(read_text_file(fifo, 10).error().message == "\"" + fifo + "\" is a device, not a file");
    CHECK(read_text_file("/dev/zero", 10).error().code == core::ErrorCode::InvalidConfig);
}

TEST_CASE("Time zones are those of the folder, and no name leads out of it") {
    const sightline::test::TemporaryFolder folder;
    folder.write("zones/Europe/London", "TZif2 and so on");
    folder.write("zones/tzdata.zi", "# no zone");
    folder.write("secret", "TZif2");
    const Surroundings around = system_surroundings({}, {}, {}, folder / "zones");
    CHECK(around.zone_exists("Europe/London"));
    CHECK(around.zone_exists("UTC"));
    CHECK_FALSE(around.zone_exists("Europe/Londno"));
    CHECK_FALSE(around.zone_exists("Europe"));
    CHECK_FALSE(around.zone_exists("tzdata.zi"));
    CHECK_FALSE(around.zone_exists("../secret"));
    CHECK_FALSE(around.zone_exists(folder / "secret"));
    CHECK_FALSE(around.zone_exists(""));
}

TEST_CASE("Variables are the process's own") {
    const Surroundings around = system_surroundings({}, {}, {});
    ::setenv("SIGHTLINE_TEST_VARIABLE", "value", 1);
    CHECK(around.environment("SIGHTLINE_TEST_VARIABLE") == "value");
    ::unsetenv("SIGHTLINE_TEST_VARIABLE");
    CHECK_FALSE(around.environment("SIGHTLINE_TEST_VARIABLE"));
}
