// SPDX-License-Identifier: Apache-2.0
#include "link/messages.hpp"

#include <limits>

#include "link/checked_json.hpp"
#include "link/observation_json.hpp"

namespace sightline::link {
namespace {

using core::ErrorCode;
using nlohmann::json;

constexpr char kJsonFrame = 'J';
constexpr char kStillFrame = 'P';
constexpr std::size_t kStillHeader = 5;  // kind and stream, little-endian
constexpr std::uint32_t kMaxStreams = 4'096;
constexpr int kMaxAudioTrack = 64;
constexpr std::uint64_t kMaxCount = std::numeric_limits<std::uint64_t>::max() / 4;

struct MessageWriter {
    json operator()(const Job& job) const {
        json streams = json::array();
        for (const core::StreamSpec& spec : job.streams) streams.push_back(write(spec));
        return {{"type", "job"},
                {"version", job.version},
                {"streams", std::move(streams)},
                {"memory", job.memory_bytes},
                {"sandbox", job.sandbox},
                {"seed", job.seed}};
    }
    json operator()(const Focus& focus) const {
        return {{"type", "focus"},
                {"stream", focus.stream},
                {"wanted", focus.wanted},
                {"tile_width", focus.tile_width},
                {"tile_height", focus.tile_height},
                {"audio", focus.audio}};
    }
    json operator()(const Stop& /*stop*/) const { return {{"type", "stop"}}; }
    json operator()(const Hello& hello) const {
        return {{"type", "hello"}, {"version", hello.version}, {"sandbox", hello.sandbox}};
    }
    json operator()(const Link& link) const {
        return {{"type", "link"},
                {"stream", link.stream},
                {"state", link.state},
                {"reason", link.reason},
                {"at", link.at.time_since_epoch().count()}};
    }
    json operator()(const Observed& observed) const {
        json items = json::array();
        for (const core::Observation& observation : observed.observations) items.push_back(write(observation));
        return {{"type", "observed"}, {"stream", observed.stream}, {"items", std::move(items)}};
    }
    json operator()(const Totals& totals) const {
        return {{"type", "totals"},
                {"stream", totals.stream},
                {"bytes", totals.bytes},
                {"packets", totals.packets},
                {"continuity_errors", totals.continuity_errors},
                {"pictures", totals.pictures},
                {"sounds", totals.sounds},
                {"decode_errors", totals.decode_errors},
                {"dropped_measurements", totals.dropped_measurements},
                {"link", totals.link}};
    }
    json operator()(const Ring& ring) const {
        return {{"type", "ring"}, {"stream", ring.stream}, {"capacity", ring.capacity}};
    }
    json operator()(const Still& /*still*/) const { return {}; }
    json operator()(const Segment& segment) const {
        return {{"type", "segment"}, {"stream", segment.stream}, {"kind", name(segment.kind)}};
    }
};

std::uint32_t stream_of(const CheckedObject& in) {
    return in.integer<std::uint32_t>("stream", 0, kMaxStreams, 0);
}

Job read_job(const CheckedObject& in) {
    Job job;
    job.version = in.integer<int>("version", 0, 1 << 20, 0);
    in.list("streams", [&](const json& item) { job.streams.push_back(read_spec(item)); });
    job.memory_bytes = in.integer<std::int64_t>("memory", 0, 1LL << 50, 0);
    job.sandbox = in.flag("sandbox", true);
    job.seed = in.integer<std::uint32_t>("seed", 0, std::numeric_limits<std::uint32_t>::max(), 0);
    return job;
}

Totals read_totals(const CheckedObject& in) {
    const auto count = [&](const char* key) { return in.integer<std::uint64_t>(key, 0, kMaxCount, 0); };
    Totals totals{stream_of(in),
                  count("bytes"),
                  count("packets"),
                  count("continuity_errors"),
                  count("pictures"),
                  count("sounds"),
                  count("decode_errors"),
                  count("dropped_measurements"),
                  {}};
    in.members("link", [&](const std::string& name, const json& value) {
        if (value.is_number()) totals.link[name] = value.get<double>();
    });
    return totals;
}

Focus read_focus(const CheckedObject& in) {
    return {stream_of(in), in.flag("wanted", false), in.integer<int>("tile_width", 0, kMaxTileBox, 0),
            in.integer<int>("tile_height", 0, kMaxTileBox, 0), in.integer<int>("audio", 1, kMaxAudioTrack, 1)};
}

Segment read_segment(const CheckedObject& in) {
    const auto kind = segment_kind_from(in.text("kind"));
    if (!kind) throw BadMember{"\"kind\" names no segment"};
    return {stream_of(in), *kind, {}};
}

Message read_message(const json& object) {
    const CheckedObject in(object);
    const std::string type = in.text("type");
    if (type == "observed") {
        Observed observed{stream_of(in), {}};
        in.list("items", [&](const json& item) { observed.observations.push_back(read_observation(item)); });
        return observed;
    }
    if (type == "link")
        return Link{stream_of(in), in.text("state"), in.text("reason"),
                    core::ArrivalTime{core::Duration{
                        in.integer<std::int64_t>("at", 0, std::numeric_limits<std::int64_t>::max() / 4, 0)}}};
    if (type == "totals") return read_totals(in);
    if (type == "hello") return Hello{in.integer<int>("version", 0, 1 << 20, 0), in.text("sandbox")};
    if (type == "job") return read_job(in);
    if (type == "focus") return read_focus(in);
    if (type == "segment") return read_segment(in);
    if (type == "ring") return Ring{stream_of(in), in.integer<std::uint64_t>("capacity", 0, kMaxCount, 0), {}};
    if (type == "stop") return Stop{};
    throw BadMember{"\"type\" names no message"};
}

Still read_still(std::string_view frame) {
    Still still;
    for (std::size_t i = 4; i > 0; --i) still.stream = still.stream << 8 | static_cast<unsigned char>(frame[i]);
    still.jpeg = frame.substr(kStillHeader);
    return still;
}

}  // namespace

core::Result<std::string> encode(const Message& message) {
    std::string frame;
    if (const auto* still = std::get_if<Still>(&message)) {
        frame = kStillFrame;
        for (unsigned shift = 0; shift < 32; shift += 8) frame += static_cast<char>(still->stream >> shift & 0xFFU);
        frame += still->jpeg;
    } else {
        frame = kJsonFrame + std::visit(MessageWriter{}, message).dump(-1, ' ', false, json::error_handler_t::replace);
    }
    if (frame.size() > kMaxFrameBytes) {
        return core::fail(ErrorCode::Unsupported,
                          fmt::format("a message of {} bytes is larger than {}", frame.size(), kMaxFrameBytes));
    }
    return frame;
}

core::Result<Message> decode(std::string_view frame) {
    if (frame.empty() || frame.size() > kMaxFrameBytes)
        return core::fail(ErrorCode::Corrupt, fmt::format("a message of {} bytes", frame.size()));
    if (frame[0] == kStillFrame && frame.size() > kStillHeader) {
        Still still = read_still(frame);
        if (still.stream > kMaxStreams) return core::fail(ErrorCode::Corrupt, "a picture of no stream");
        return still;
    }
    if (frame[0] != kJsonFrame) return core::fail(ErrorCode::Corrupt, "a message of unknown kind");
    const json object = json::parse(frame.substr(1), nullptr, false);
    if (object.is_discarded()) return core::fail(ErrorCode::Corrupt, "a message that is no JSON");
    try {
        return read_message(object);
    } catch (const BadMember& bad) {
        return core::fail(ErrorCode::Corrupt, bad.what);
    }
}

}  // namespace sightline::link
