// SPDX-License-Identifier: Apache-2.0
#include "probe/file_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/clock.hpp"
#include "recording_sink.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

namespace sightline::probe {
namespace {

std::vector<std::byte> counted(std::size_t size) {
    std::vector<std::byte> data(size);
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>(i * 7 + i / 251);
    return data;
}

std::string text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Puts a descriptor in the place of standard input for the life of the object.
class StandardInput {
public:
    explicit StandardInput(int fd) : saved_(::dup(STDIN_FILENO)) { ::dup2(fd, STDIN_FILENO); }
    ~StandardInput() {
        if (saved_ < 0) return;
        ::dup2(saved_, STDIN_FILENO);
        ::close(saved_);
    }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;

private:
    int saved_;
};

struct Pipe {
    Pipe() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
    ~Pipe() {
        for (const int end : ends) {
            if (end >= 0) ::close(end);
        }
    }
    void close_writer() { ::close(std::exchange(ends[1], -1)); }
    std::array<int, 2> ends{};
};

const core::SystemClock kClock;

}  // namespace

TEST_CASE("A file comes whole and in order for every read size, then ends") {
    const test::TemporaryFolder folder;
    const std::size_t read_size = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{17}, std::size_t{188},
                                           std::size_t{65536}, std::size_t{10'000'000});
    const std::size_t size = read_size == 1 ? 3000 : 700'001;
    const auto data = counted(size);
    SourceOptions options;
    options.read_size = read_size;
    auto source = make_file_source(folder.write("a.ts", text_of(data)), options, kClock);
    REQUIRE(source);
    CHECK_FALSE((*source)->traits().live);
    RecordingSink sink;
    (*source)->start(sink);
    REQUIRE(sink.wait_for_state(LinkState::Ended));
    (*source)->cancel();
    CHECK(sink.data_ == data);
    REQUIRE(sink.links_.size() == 2);
    CHECK(sink.links_.front().state == LinkState::Connected);
    CHECK(sink.boundaries_.size() == 1);
    const std::size_t most = read_size == 0 ? 128 * 1024 : read_size;
    CHECK(*std::max_element(sink.sizes_.begin(), sink.sizes_.end()) == std::min(most, size));
    const auto numbers = (*source)->statistics();
    CHECK(numbers.at("file.read_bytes_total") == static_cast<double>(size));
    CHECK(numbers.at("file.size_bytes") == static_cast<double>(size));
}

TEST_CASE("An empty file ends without a byte") {
    const test::TemporaryFolder folder;
    auto source = make_file_source(folder.write("empty.ts", {}), {}, kClock);
    REQUIRE(source);
    RecordingSink sink;
    (*source)->start(sink);
    REQUIRE(sink.wait_for_state(LinkState::Ended));
    (*source)->cancel();
    CHECK(sink.sizes_.empty());
}

TEST_CASE("What cannot be opened says so in one line") {
    const test::TemporaryFolder folder;
    const auto error_of = [](const std::string& path) {
        const auto source = make_file_source(path, {}, kClock);
        REQUIRE_FALSE(source);
        return source.error();
    };
    auto error = error_of(folder / "none.ts");
    CHECK(error.code == core::ErrorCode::NotFound);
    CHECK(error.message == "cannot open " + folder / "none.ts" + ": No such file or directory");
    std::filesystem::create_directory(folder / "sub");
    error = error_of(folder / "sub");
    CHECK(error.code == core::ErrorCode::Unsupported);
    CHECK(error.message == "cannot read " + folder / "sub" + ": it is a directory");
    CHECK(error_of("").code == core::ErrorCode::InvalidConfig);
    CHECK(error_of(std::string("a\0b", 3)).code == core::ErrorCode::NotFound);
    if (::geteuid() != 0) {  // root may read everything
        const auto secret = folder.write("secret.ts", text_of(counted(10)));
        ::chmod(secret.c_str(), 0);
        CHECK(error_of(secret).code == core::ErrorCode::Refused);
    }
}

TEST_CASE("Standard input is read to its end when it is a pipe") {
    Pipe pipe;
    const StandardInput replaced(pipe.ends[0]);
    auto source = make_file_source("-", {}, kClock);
    REQUIRE(source);
    RecordingSink sink;
    (*source)->start(sink);
    const auto data = counted(5000);
    REQUIRE(::write(pipe.ends[1], data.data(), 2000) == 2000);
    REQUIRE(sink.wait_for([](const RecordingSink& s) { return s.data_.size() == 2000; }));  // as it came, not a chunk
    REQUIRE(::write(pipe.ends[1], data.data() + 2000, 3000) == 3000);
    pipe.close_writer();
    REQUIRE(sink.wait_for_state(LinkState::Ended));
    (*source)->cancel();
    CHECK(sink.data_ == data);
}

TEST_CASE("Cancelling ends an idle standard input at once") {
    Pipe pipe;
    const StandardInput replaced(pipe.ends[0]);
    auto source = make_file_source("-", {}, kClock);
    REQUIRE(source);
    RecordingSink sink;
    (*source)->start(sink);
    REQUIRE(sink.wait_for_state(LinkState::Connected));
    const auto before = kClock.now();
    (*source)->cancel();
    CHECK(kClock.now() - before < std::chrono::milliseconds{200});
    CHECK(sink.links_.size() == 1);
}

TEST_CASE("A named pipe waits for its writer") {
    const test::TemporaryFolder folder;
    const auto path = folder / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    auto source = make_file_source(path, {}, kClock);
    REQUIRE(source);
    RecordingSink sink;
    (*source)->start(sink);
    REQUIRE(sink.wait_for_state(LinkState::Connected));
    const int writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(writer >= 0);
    REQUIRE(::write(writer, "abc", 3) == 3);
    ::close(writer);
    REQUIRE(sink.wait_for_state(LinkState::Ended));
    (*source)->cancel();
    CHECK(sink.data_.size() == 3);
}

TEST_CASE("A file of 10 GB of nothing can be opened, read and left") {
    const test::TemporaryFolder folder;
    const auto path = folder.write("sparse.ts", {});
    REQUIRE(::truncate(path.c_str(), 10'000'000'000) == 0);
    auto source = make_file_source(path, {}, kClock);
    REQUIRE(source);
    CHECK((*source)->statistics().at("file.size_bytes") == 10'000'000'000.0);
    /// Counts, and keeps nothing.
    class CountingSink final : public RecordingSink {
    public:
        void on_bytes(std::span<const std::byte> bytes, core::ArrivalTime) override {
            if ((total_ += bytes.size()) > 20'000'000 && !std::exchange(enough_, true)) {
                on_boundary(Boundary{Boundary::Kind::Segment, {}, Container::Unknown});
            }
        }
        std::size_t total_ = 0;
        bool enough_ = false;
    } sink;
    (*source)->start(sink);
    REQUIRE(sink.wait_for([](const RecordingSink& s) { return s.boundaries_.size() == 2; }));
    (*source)->cancel();
    CHECK(sink.total_ < 10'000'000'000);
    CHECK(sink.links_.back().state == LinkState::Connected);
}

TEST_CASE("A source that was never started can be cancelled and dropped") {
    const test::TemporaryFolder folder;
    auto source = make_file_source(folder.write("a.ts", text_of(counted(3))), {}, kClock);
    REQUIRE(source);
    (*source)->cancel();
    (*source)->cancel();
}

}  // namespace sightline::probe
