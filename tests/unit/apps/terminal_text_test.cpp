// SPDX-License-Identifier: Apache-2.0
// What any server may answer, on a terminal.
#include "apps/sightline/terminal_text.hpp"

#include <nlohmann/json.hpp>
#include <vector>

#include "core/text.hpp"
#include "tests/catch.hpp"

using namespace sightline;
using nlohmann::json;

TEST_CASE("A member of an answer is text that does nothing to a terminal") {
    const json answer = json::parse(
        R"({"name":"a\u001b[2J\u009b31m\u0007b\r\nc","turned":"\u202Etxt\u2066","markup":"<b>=cmd|x","none":null,"number":7,)"
        R"("list":["\u001b]0;x\u0007"],"\u001b":"key"})");
    CHECK(apps::text(answer, "name") == "a [2J 31m b  c");
    CHECK(apps::text(answer, "turned") == " txt ");
    CHECK(apps::text(answer, "markup") == "<b>=cmd|x");
    CHECK(apps::text(answer, "none") == "-");
    CHECK(apps::text(answer, "missing") == "-");
    CHECK(apps::text(answer, "number") == "7");
    CHECK(apps::text(answer, "list").find_first_of("\x1b\x07") == std::string::npos);
    CHECK(apps::text(json("no object"), "x") == "-");
}

TEST_CASE("An answer that is no list of objects is refused, and no row of it is shown") {
    for (const char* body : {"", "null", "[]", "7", R"({"alarms":7})", R"({"other":[]})", R"({"alarms":[{},7]})",
                             "{\"alarms\":[{\"id\":\"\xff\"}]}", R"({"alarms":[{"id":"\ud800"}]})", "<html>"}) {
        INFO(body);
        int rows = 0;
        CHECK(apps::print_list(std::string(body), "alarms", false, [&](const json&) { ++rows; }) == apps::kUnknown);
        CHECK(rows == 0);
    }
    std::vector<std::string> ids;
    CHECK(apps::print_list(std::string(R"({"alarms":[{"id":"a"},{"id":"b\u001b"}]})"), "alarms", false,
                           [&](const json& alarm) { ids.push_back(apps::text(alarm, "id")); }) == 0);
    CHECK(ids == std::vector<std::string>{"a", "b "});
    CHECK(apps::print_list(core::fail(core::ErrorCode::Refused, "no\x1b"), "alarms", false, [](const json&) {}) ==
          apps::kUnknown);
}
