// SPDX-License-Identifier: Apache-2.0
#include "config/tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

#include "core/text.hpp"

namespace sightline::config {
namespace {

constexpr const char* kNoAnchors =
    "YAML anchors and aliases (&name, *name) are not allowed; share rules by naming a set under rules:";

/// Stops yaml-cpp where we refuse to go on. Thrown and caught in this file only: its parser has no other way out.
struct Refusal {
    int line = 0;
    std::string message;
};

int line_of(const YAML::Mark& mark) {
    return mark.line < 0 ? 0 : mark.line + 1;
}

/// Builds the tree from yaml-cpp's events; its own tree would resolve aliases and keep no lines of keys.
class Builder final : public YAML::EventHandler {
public:
    explicit Builder(std::string_view bytes) : bytes_(bytes) {}

    YamlNode root;

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) throw Refusal{line_of(mark), "a second YAML document begins here, allowed is one"};
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        check(mark, "?", anchor);
        place(make(YamlNode::Kind::Null, mark));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        check(mark, tag, anchor);
        YamlNode node = make(YamlNode::Kind::Scalar, mark);
        node.text = value;
        node.quoted = tag == "!";
        if (node.quoted) check_quote(mark);
        if (!node.quoted && (value == "~" || value == "null")) node.kind = YamlNode::Kind::Null;
        place(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(YamlNode::Kind::List, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(YamlNode::Kind::Map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        YamlNode node;
        bool has_key = false;
        std::string key;
        int key_line = 0;
        std::unordered_map<std::string, int> lines;  ///< of the keys so far
    };

    [[noreturn]] static void refuse_anchor(const YAML::Mark& mark) { throw Refusal{line_of(mark), kNoAnchors}; }
    void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (anchor != 0) refuse_anchor(mark);
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw Refusal{line_of(mark),
                          fmt::format("got the YAML tag {}, allowed are values without a tag", tag.substr(0, 40))};
        }
        if (++nodes_ > kMostNodes) {
            throw Refusal{line_of(mark),
                          fmt::format("more than {} values, allowed is up to {}", kMostNodes, kMostNodes)};
        }
    }
    static YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) {
        YamlNode node;
        node.kind = kind;
        node.line = line_of(mark);
        return node;
    }
    void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        check(mark, tag, anchor);
        if (static_cast<int>(levels_.size()) >= kDeepest) {
            throw Refusal{line_of(mark), fmt::format("nested deeper than {} levels", kDeepest)};
        }
        if (!levels_.empty() && levels_.back().node.map() && !levels_.back().has_key) refuse_key(line_of(mark));
        Level level;
        level.node = make(kind, mark);
        levels_.push_back(std::move(level));
    }
    void close() {
        YamlNode done = std::move(levels_.back().node);
        levels_.pop_back();
        place(std::move(done));
    }
    [[noreturn]] static void refuse_key(int line) {
        throw Refusal{line, "got a key that is not a word, allowed are words"};
    }

    void place(YamlNode node) {
        if (levels_.empty()) {
            root = std::move(node);
            return;
        }
        Level& level = levels_.back();
        if (level.node.list()) {
            level.node.items.push_back(std::move(node));
        } else if (level.has_key) {
            level.has_key = false;
            level.node.entries.push_back({std::move(level.key), level.key_line, std::move(node)});
        } else {
            take_key(level, std::move(node));
        }
    }
    static void take_key(Level& level, YamlNode node) {
        if (!node.scalar()) refuse_key(node.line);
        const auto [first, fresh] = level.lines.emplace(node.text, node.line);
        if (!fresh) {
            throw Refusal{node.line, fmt::format("the key \"{}\" is given twice, first in line {}",
                                                 node.text.substr(0, 64), first->second)};
        }
        level.has_key = true;
        level.key_line = node.line;
        level.key = std::move(node.text);
    }

    /// yaml-cpp 0.7 takes the end of the file for the end of a quote; all that follows would silently be one value.
    void check_quote(const YAML::Mark& mark) const {
        const auto begin = static_cast<std::size_t>(mark.pos);
        if (begin >= bytes_.size() || (bytes_[begin] != '"' && bytes_[begin] != '\'')) return;
        const char quote = bytes_[begin];
        for (std::size_t at = begin + 1; at < bytes_.size(); ++at) {
            if (quote == '"' && bytes_[at] == '\\') {
                ++at;
            } else if (bytes_[at] == quote) {
                if (quote == '"' || at + 1 >= bytes_.size() || bytes_[at + 1] != quote) return;
                ++at;
            }
        }
        throw Refusal{line_of(mark), "is not YAML: a quote in this line has no end"};
    }

    std::string_view bytes_;
    std::vector<Level> levels_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

/// Why a line cannot be YAML of ours; empty where it can.
std::string_view fault_of(std::string_view line) {
    const std::size_t text = line.find_first_not_of(" \t");
    if (text != std::string_view::npos && line[text] != '#' &&
        line.substr(0, text).find('\t') != std::string_view::npos) {
        return "got a tab in the indentation, allowed are spaces";
    }
    for (const char c : line) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7F) return "got a control character, allowed is text";
    }
    std::string folded(line);
    std::replace_if(
        folded.begin(), folded.end(), [](char c) { return c == '\t' || c == '\r'; }, ' ');
    const std::string clean = core::clean_utf8(folded);
    if (clean == folded) return {};
    constexpr std::string_view kInTheirPlace = "\xEF\xBF\xBD";
    if (clean.find(kInTheirPlace) != std::string::npos && folded.find(kInTheirPlace) == std::string::npos)
        return "got bytes that are not UTF-8, allowed is UTF-8 text";
    return "got a character that is not shown, such as U+202E, allowed is text";
}

bool check_text(std::string_view bytes, Problems& problems) {
    int number = 0;
    while (!bytes.empty()) {
        ++number;
        const std::size_t end = bytes.find('\n');
        if (const std::string_view fault = fault_of(bytes.substr(0, end)); !fault.empty()) {
            problems.add(number, "", fault);
            return false;
        }
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
    return true;
}

/// yaml-cpp's words, and what they usually mean.
std::string explained(const std::string& message) {
    if (message.find("illegal map value") != std::string::npos) {
        return "is not YAML: a \": \" where no value can stand; put the value in quotes, or mend the indentation above";
    }
    if (message.find("flow not found") != std::string::npos ||
        message.find("end of map not found") != std::string::npos) {
        return "is not YAML: a [ or { above has no end; values with ${…} inside them need quotes";
    }
    if (message.find("illegal EOF in scalar") != std::string::npos)
        return "is not YAML: a quote in or above this line has no end";
    if (message.find("anchor is not defined") != std::string::npos) return kNoAnchors;
    return fmt::format("is not YAML: {}", message);
}

}  // namespace

std::optional<YamlNode> parse_yaml(std::string_view bytes, Problems& problems) {
    if (bytes.size() > kMostFileBytes) {
        problems.add(0, "", fmt::format("got more than {} bytes, allowed is up to 1 MiB", kMostFileBytes));
        return std::nullopt;
    }
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    if (!check_text(bytes, problems)) return std::nullopt;
    Builder builder(bytes);
    try {
        std::istringstream stream{std::string(bytes)};
        if (stream.peek() == std::istringstream::traits_type::eof()) return YamlNode{};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
        return std::move(builder.root);
    } catch (const Refusal& refusal) {
        problems.add(refusal.line, "", refusal.message);
    } catch (const YAML::Exception& error) {
        problems.add(line_of(error.mark), "", explained(error.msg));
    }
    return std::nullopt;
}

}  // namespace sightline::config
