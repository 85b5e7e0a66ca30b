// SPDX-License-Identifier: Apache-2.0
#include "config/tree.hpp"

#include "tests/catch.hpp"

using namespace sightline::config;

namespace {

std::string fault(const std::string& bytes) {
    Problems problems("f");
    const auto root = parse_yaml(bytes, problems);
    if (root) return "fine";
    const auto lines = problems.lines();
    return lines.size() == 1 ? lines.front() : "not one line";
}

std::string repeated(const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

}  // namespace

TEST_CASE("Values know their lines, and scalars stay as written") {
    Problems problems("f");
    const auto root = parse_yaml(
        "\xEF\xBB\xBF"
        "a: off\nb:\n  - 1e3\n  - \"null\"\nc: {d: ~}\n",
        problems);
    REQUIRE(root);
    REQUIRE(root->entries.size() == 3);
    CHECK(root->entries[0].value.text == "off");
    CHECK(root->entries[1].line == 2);
    CHECK(root->entries[1].value.items[0].text == "1e3");
    CHECK(root->entries[1].value.items[1].line == 4);
    CHECK(root->entries[1].value.items[1].scalar());
    CHECK(root->entries[2].value.entries[0].value.kind == YamlNode::Kind::Null);
}

TEST_CASE("An empty document is nothing, not an error") {
    Problems problems("f");
    CHECK(parse_yaml("", problems)->kind == YamlNode::Kind::Null);
    CHECK(parse_yaml("# only words\n", problems)->kind == YamlNode::Kind::Null);
}

TEST_CASE("What could grow, hide or hang is refused in one line") {
    const struct {
        std::string bytes, message;
    } rows[] = {
        {"a: &x [1]\nb: *x\n",
         "f:1: YAML anchors and aliases (&name, *name) are not allowed; share rules by naming a set under rules:"},
        {"a: 1\nb: *x\n",
         "f:2: YAML anchors and aliases (&name, *name) are not allowed; share rules by naming a set under rules:"},
        {"a: !!binary aGk=\n", "f:1: got the YAML tag tag:yaml.org,2002:binary, allowed are values without a tag"},
        {"a: 1\nb: 2\na: 3\n", "f:3: the key \"a\" is given twice, first in line 1"},
        {"a: 1\n---\nb: 2\n", "f:2: a second YAML document begins here, allowed is one"},
        {"a:\n\tb: 1\n", "f:2: got a tab in the indentation, allowed are spaces"},
        {"a: x\xE2\x80\xAEy\n", "f:1: got a character that is not shown, such as U+202E, allowed is text"},
        {"a: \xFF\n", "f:1: got bytes that are not UTF-8, allowed is UTF-8 text"},
        {"a: 1\nb: \xC0\xAF\n", "f:2: got bytes that are not UTF-8, allowed is UTF-8 text"},
        {std::string("a: \0b\n", 6), "f:1: got a control character, allowed is text"},
        {"a: \x1b[31m\n", "f:1: got a control character, allowed is text"},
        {"[1]: 2\n", "f:1: got a key that is not a word, allowed are words"},
        {"~: 2\n", "f:1: got a key that is not a word, allowed are words"},
        {repeated("[", 100'000) + repeated("]", 100'000), "f:1: nested deeper than 16 levels"},
        {repeated("{a: ", 100'000) + repeated("}", 100'000), "f:1: nested deeper than 16 levels"},
        {repeated("- ", 100'000), "f:1: nested deeper than 16 levels"},
        {"[" + repeated("1,", 200'000) + "]", "f:1: more than 100000 values, allowed is up to 100000"},
        {std::string(kMostFileBytes + 1, ' '), "f: got more than 1048576 bytes, allowed is up to 1 MiB"},
        {"a: b: c\n",
         "f:1: is not YAML: a \": \" where no value can stand; put the value in quotes, or mend the indentation above"},
        {"a: [1, 2\nb: 3\n", "f:2: is not YAML: a [ or { above has no end; values with ${…} inside them need quotes"},
        {"a: \"x", "f:1: is not YAML: a quote in or above this line has no end"},
        {"ä: ü\nb: 'x''\nb: 2\n", "f:2: is not YAML: a quote in this line has no end"},
        {"a: [\"x\\\", 2]\n", "f:1: is not YAML: a quote in this line has no end"},
        {"a: \"x\nb: 2\n", "f:1: is not YAML: a quote in this line has no end"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.bytes.substr(0, 40));
        CHECK(fault(row.bytes) == row.message);
    }
}

TEST_CASE("A file at each limit is still read") {
    CHECK(fault(repeated("[", 16) + repeated("]", 16)) == "fine");
    CHECK(fault("a: " + std::string(100'000, 'x')) == "fine");
    CHECK(fault("a: 1\r\nb: 2\r\n") == "fine");
}
