// SPDX-License-Identifier: Apache-2.0
#include "config/expansion.hpp"

#include "tests/catch.hpp"
#include "tests/unit/config/catalogue.hpp"

using namespace sightline::config;
using sightline::config::test::Machine;

namespace {

Machine machine() {
    Machine out;
    out.variables = {{"KEY", "p&ss w/ü"}, {"EMPTY", ""}, {"LINES", "a\nb"}, {"URL", "http://h/a?b=c&d=e"}};
    out.files = {
        {"/etc/s/key", "from-file\n"}, {"/abs/key", "absolute"}, {"/etc/s/empty", "\n"}, {"/etc/s/two", "a\nb\n"}};
    return out;
}

std::string expanded(std::string_view text, Encoding encoding = Encoding::Plain) {
    const auto out = expand(text, encoding, machine().surroundings(), "/etc/s");
    return out ? out->text : "error: " + out.error().message;
}

}  // namespace

TEST_CASE("Variables and secret files are put in") {
    CHECK(expanded("nothing $ to } do") == "nothing $ to } do");
    CHECK(expanded("${KEY}") == "p&ss w/ü");
    CHECK(expanded("<${KEY}|${KEY}>") == "<p&ss w/ü|p&ss w/ü>");
    CHECK(expanded("${file:key}") == "from-file");
    CHECK(expanded("${file:/abs/key}!") == "absolute!");
    CHECK(expanded("$${KEY}") == "${KEY}");
}

TEST_CASE("In URLs what comes in is percent-encoded, but a whole URL is left as it is") {
    CHECK(expanded("srt://h:1?passphrase=${KEY}&x=1", Encoding::Url) == "srt://h:1?passphrase=p%26ss%20w%2F%C3%BC&x=1");
    CHECK(expanded("${URL}", Encoding::Url) == "http://h/a?b=c&d=e");
}

TEST_CASE("Everything that came in is listed, so that it can be struck from texts") {
    const auto out = expand("x=${KEY}", Encoding::Url, machine().surroundings(), "");
    REQUIRE(out);
    CHECK(out->secrets == std::vector<std::string>{"p%26ss%20w%2F%C3%BC", "p&ss w/ü"});
    CHECK(expand("plain", Encoding::Url, machine().surroundings(), "")->secrets.empty());
}

TEST_CASE("What cannot be put in is said without its value") {
    CHECK(expanded("${NOPE}") == "error: the environment variable NOPE is not set");
    CHECK(expanded("${EMPTY}") == "error: the environment variable EMPTY is empty");
    CHECK(expanded("${LINES}") == "error: the environment variable LINES is not one line of UTF-8 text");
    CHECK(expanded("${file:nope}") == "error: cannot read \"/etc/s/nope\": No such file");
    CHECK(expanded("${file:empty}") == "error: the secret file \"/etc/s/empty\" is empty");
    CHECK(expanded("${file:two}") == "error: the secret file \"/etc/s/two\" is not one line of UTF-8 text");
    CHECK(expanded("${file:}") == "error: ${file:} names no file, allowed is ${file:PATH}");
    CHECK(expanded("a ${KEY") == "error: a ${ has no }, allowed are ${NAME} and ${file:PATH}");
    CHECK(expanded("${A-B}") == "error: ${A-B} is neither ${NAME} (letters, digits, _) nor ${file:PATH}");
    CHECK(expanded("${}") == "error: ${} is neither ${NAME} (letters, digits, _) nor ${file:PATH}");
    CHECK(expanded("${KEY:-x}") == "error: ${KEY:-x} is neither ${NAME} (letters, digits, _) nor ${file:PATH}");
}

TEST_CASE("What came in is not expanded again") {
    Machine nested;
    nested.variables = {{"A", "${B}"}, {"B", "secret"}};
    CHECK(expand("${A}", Encoding::Plain, nested.surroundings(), "")->text == "${B}");
}

TEST_CASE("Secrets are struck from a text wherever they stand") {
    CHECK(struck("a SECRET, SECRETSECRET and other", {"SECRET", "other", ""}) == "a ***, ****** and ***");
    CHECK(struck("nothing", {}) == "nothing");
}
