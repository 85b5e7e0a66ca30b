// SPDX-License-Identifier: Apache-2.0
#include "probe/rtmp_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"

namespace sightline::probe::rtmp {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr std::size_t kHandshakeBytes = 1536;
constexpr std::byte kVersion{3};
constexpr std::size_t kMaxCommand = 64 * 1024;
constexpr std::size_t kMaxMedia = 16 * 1024 * 1024;
constexpr std::size_t kChunkSize = 4096;  // of what we send
constexpr std::uint32_t kOurWindow = 2'500'000;
constexpr std::uint32_t kStreamNumber = 1;
constexpr std::uint8_t kControlChunks = 2;  // 5.4: control messages travel here
constexpr std::uint8_t kCommandChunks = 3;
constexpr std::uint16_t kPingRequest = 6, kPingResponse = 7, kStreamBegin = 0;

/// Equal, in a time that does not tell how much of a secret was right.
bool same_secret(std::string_view a, std::string_view b) {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b.empty() ? 0 : b[i % b.size()]);
    }
    return difference == 0;
}

/// Encoders write an app with and without slashes around it.
std::string_view trimmed(std::string_view app) {
    while (!app.empty() && app.front() == '/') app.remove_prefix(1);
    while (!app.empty() && app.back() == '/') app.remove_suffix(1);
    return app;
}

std::string_view text_at(const std::vector<AmfValue>& values, std::size_t index) {
    return index < values.size() && values[index].kind == AmfValue::Kind::String ? std::string_view(values[index].text)
                                                                                 : std::string_view();
}

double number_at(const std::vector<AmfValue>& values, std::size_t index) {
    return index < values.size() && values[index].kind == AmfValue::Kind::Number ? values[index].number : 0;
}

std::vector<std::byte> four_bytes(std::uint32_t value) {
    std::vector<std::byte> bytes;
    put_big_endian(bytes, value, 4);
    return bytes;
}

/// FLV's TypeFlags (Video File Format 10.1, E.2) by what onMetaData announces.
std::uint8_t flv_flags(std::span<const std::byte> metadata) {
    constexpr std::uint8_t kVideoFlag = 1, kAudioFlag = 4;
    const auto values = parse_amf(metadata);
    if (!values) return kVideoFlag | kAudioFlag;
    std::uint8_t flags = 0;
    for (const auto& value : *values) {
        for (const auto& [name, member] : value.members) {
            const bool off = member.kind == AmfValue::Kind::Boolean && !member.boolean;
            if (off) continue;
            if (name == "videocodecid" || name == "width" || name == "hasVideo") flags |= kVideoFlag;
            if (name == "audiocodecid" || name == "audiosamplerate" || name == "hasAudio") flags |= kAudioFlag;
        }
    }
    return flags != 0 ? flags : kVideoFlag | kAudioFlag;
}

}  // namespace

ServerSession::ServerSession(PublishPoint wanted, Admission admission)
    : wanted_(std::move(wanted)), admission_(std::move(admission)), chunks_(kMaxCommand) {}

Result<void> ServerSession::feed(std::span<const std::byte> bytes, Output& out) {
    if (phase_ == Phase::Ended || phase_ == Phase::Refused) return {};
    acknowledge(bytes.size(), out);
    if (phase_ == Phase::Handshake) {
        const auto rest = handshake(bytes, out);
        if (!rest) return tl::unexpected(rest.error());
        bytes = *rest;
    }
    while (!bytes.empty()) {
        const auto message = chunks_.next(bytes);
        if (!message) return tl::unexpected(message.error());
        if (!message->has_value()) continue;
        if (auto taken = take(**message, out); !taken) return taken;
        if (phase_ == Phase::Ended || phase_ == Phase::Refused) break;
    }
    return {};
}

/// 5.2, the simple form: S1 carries zeros, S2 echoes C1. @return what follows C2.
Result<std::span<const std::byte>> ServerSession::handshake(std::span<const std::byte> bytes, Output& out) {
    if (handshake_.empty() && !bytes.empty() && !answered_ && bytes.front() != kVersion) {
        return fail(ErrorCode::Corrupt, fmt::format("not RTMP: begins with byte {}", std::to_integer<int>(bytes[0])));
    }
    while (!bytes.empty() && phase_ == Phase::Handshake) {
        const std::size_t wanted = answered_ ? kHandshakeBytes : kHandshakeBytes + 1;
        const std::size_t part = std::min(wanted - handshake_.size(), bytes.size());
        handshake_.insert(handshake_.end(), bytes.begin(), bytes.begin() + part);
        bytes = bytes.subspan(part);
        if (handshake_.size() < wanted) break;
        if (answered_) {
            phase_ = Phase::Commands;
        } else {
            out.reply.push_back(kVersion);
            out.reply.resize(out.reply.size() + kHandshakeBytes);
            out.reply.insert(out.reply.end(), handshake_.begin() + 1, handshake_.end());
            answered_ = true;
        }
        handshake_.clear();
    }
    return bytes;
}

/// 5.4.3: the peer may stop sending when it is not told from time to time what arrived.
void ServerSession::acknowledge(std::size_t bytes, Output& out) {
    received_ += bytes;
    if (phase_ == Phase::Handshake || received_ - acknowledged_ < window_) return;
    acknowledged_ = received_;
    send(kControlChunks, kAcknowledgement, 0, four_bytes(static_cast<std::uint32_t>(received_)), out);
}

void ServerSession::send(std::uint8_t chunk_stream, std::uint8_t type, std::uint32_t stream,
                         std::vector<std::byte> payload, Output& out) const {
    // Until Set Chunk Size is out, a chunk holds 128 bytes; it goes out first of all (connect()).
    write_message(out.reply, chunk_stream, Message{type, 0, stream, std::move(payload)}, connected_ ? kChunkSize : 128);
}

void ServerSession::send_status(std::uint32_t stream, const char* level, const char* code, const std::string& text,
                                Output& out) const {
    AmfWriter amf;
    amf.text("onStatus").number(0).null().begin_object();
    amf.name("level").text(level).name("code").text(code).name("description").text(text).end_object();
    send(kCommandChunks, kCommandAmf0, stream, amf.bytes(), out);
}

Result<void> ServerSession::take(const Message& message, Output& out) {
    const std::span<const std::byte> payload(message.payload);
    switch (message.type) {
        case kWindowSize:
            window_ = std::max<std::uint32_t>(get_big_endian(payload), 1024);
            return {};
        case kUserControl:
            if (payload.size() >= 6 && get_big_endian(payload.first(2)) == kPingRequest) {
                std::vector<std::byte> pong;
                put_big_endian(pong, kPingResponse, 2);
                pong.insert(pong.end(), payload.begin() + 2, payload.begin() + 6);
                send(kControlChunks, kUserControl, 0, std::move(pong), out);
            }
            return {};
        case kCommandAmf3:  // in practice one zero byte before AMF0
            return command(payload.subspan(std::min<std::size_t>(1, payload.size())), message.stream, out);
        case kCommandAmf0:
            return command(payload, message.stream, out);
        case kAudio:
        case kVideo:
            media(message.type, message.timestamp, payload, out);
            return {};
        case kDataAmf3:
            data(message.timestamp, payload.subspan(std::min<std::size_t>(1, payload.size())), out);
            return {};
        case kDataAmf0:
            data(message.timestamp, payload, out);
            return {};
        case kAggregate:
            return aggregate(message, out);
        default:
            return {};
    }
}

Result<void> ServerSession::command(std::span<const std::byte> bytes, std::uint32_t stream, Output& out) {
    const auto values = parse_amf(bytes);
    if (!values) return tl::unexpected(values.error());
    const std::string_view name = text_at(*values, 0);
    const double transaction = number_at(*values, 1);
    if (name == "connect") {
        connect(transaction, *values, out);
    } else if (!connected_) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("RTMP command \"{}\" before connect", core::clean_utf8(name.substr(0, 40))));
    } else if (name == "createStream") {
        AmfWriter amf;
        amf.text("_result").number(transaction).null().number(kStreamNumber);
        send(kCommandChunks, kCommandAmf0, 0, amf.bytes(), out);
    } else if (name == "publish") {
        publish(*values, stream, out);
    } else if (name == "play" || name == "play2") {
        refuse("it wants to play; this input only takes a publisher", stream, "NetStream.Play.StreamNotFound", out);
    } else if (name == "deleteStream" || name == "closeStream" || name == "FCUnpublish") {
        if (phase_ == Phase::Publishing) {
            phase_ = Phase::Ended;
            reason_ = "the encoder stopped publishing";
        }
    }
    return {};  // releaseStream, FCPublish, _checkbw …: nobody waits for an answer
}

void ServerSession::connect(double transaction, const std::vector<AmfValue>& arguments, Output& out) {
    if (connected_) return;
    send(kControlChunks, kSetChunkSize, 0, four_bytes(kChunkSize), out);
    connected_ = true;
    send(kControlChunks, kWindowSize, 0, four_bytes(kOurWindow), out);
    auto bandwidth = four_bytes(kOurWindow);
    bandwidth.push_back(std::byte{2});  // dynamic, 5.4.5
    send(kControlChunks, kPeerBandwidth, 0, std::move(bandwidth), out);

    std::string_view app = arguments.size() > 2 ? arguments[2].text_of("app") : std::string_view();
    app = trimmed(app.substr(0, app.find('?')));
    AmfWriter amf;
    if (app == trimmed(wanted_.app)) {
        amf.text("_result").number(transaction).begin_object();
        amf.name("fmsVer").text("FMS/3,0,1,123").name("capabilities").number(31).end_object();
        amf.begin_object().name("level").text("status").name("code").text("NetConnection.Connect.Success");
        amf.name("description").text("connected").name("objectEncoding").number(0).end_object();
    } else {
        phase_ = Phase::Refused;
        reason_ = fmt::format("wrong app \"{}\"", core::clean_utf8(app.substr(0, 80)));
        amf.text("_error").number(transaction).null().begin_object();
        amf.name("level").text("error").name("code").text("NetConnection.Connect.Rejected");
        amf.name("description").text("no such app").end_object();
    }
    send(kCommandChunks, kCommandAmf0, 0, amf.bytes(), out);
}

void ServerSession::refuse(std::string reason, std::uint32_t stream, const char* code, Output& out) {
    phase_ = Phase::Refused;
    send_status(stream, "error", code, reason, out);
    reason_ = std::move(reason);
}

void ServerSession::publish(const std::vector<AmfValue>& arguments, std::uint32_t stream, Output& out) {
    if (phase_ == Phase::Publishing) return;
    if (!same_secret(text_at(arguments, 3), wanted_.key)) {
        refuse("wrong stream key", stream, "NetStream.Publish.BadName", out);
        return;
    }
    if (const std::string why_not = admission_ ? admission_() : std::string(); !why_not.empty()) {
        refuse(why_not, stream, "NetStream.Publish.BadName", out);
        return;
    }
    phase_ = Phase::Publishing;
    chunks_.allow(kMaxMedia);
    std::vector<std::byte> begin;
    put_big_endian(begin, kStreamBegin, 2);
    put_big_endian(begin, stream, 4);
    send(kControlChunks, kUserControl, 0, std::move(begin), out);
    send_status(stream, "status", "NetStream.Publish.Start", "publishing", out);
}

/// One FLV tag (Video File Format 10.1, E.4.1); before the first one the file's header.
void ServerSession::media(std::uint8_t type, std::uint32_t timestamp, std::span<const std::byte> bytes, Output& out) {
    if (phase_ != Phase::Publishing || bytes.empty()) return;
    auto& flv = out.flv;
    if (!std::exchange(flv_begun_, true)) {
        for (const char c : {'F', 'L', 'V', '\x01'}) flv.push_back(static_cast<std::byte>(c));
        put_big_endian(flv, type == kDataAmf0 ? flv_flags(bytes) : 5, 1);
        put_big_endian(flv, 9, 4);
        put_big_endian(flv, 0, 4);
    }
    put_big_endian(flv, type, 1);
    put_big_endian(flv, static_cast<std::uint32_t>(bytes.size()), 3);
    put_big_endian(flv, timestamp & 0xFFFFFF, 3);
    put_big_endian(flv, timestamp >> 24, 1);
    put_big_endian(flv, 0, 3);
    flv.insert(flv.end(), bytes.begin(), bytes.end());
    put_big_endian(flv, static_cast<std::uint32_t>(bytes.size() + 11), 4);
}

/// Encoders wrap metadata in @setDataFrame, an order to the server that files do not carry.
void ServerSession::data(std::uint32_t timestamp, std::span<const std::byte> bytes, Output& out) {
    constexpr std::string_view kOrder = "@setDataFrame";
    const std::size_t size = leading_string_size(bytes);
    if (size == kOrder.size() + 3 && std::equal(kOrder.begin(), kOrder.end(), bytes.begin() + 3,
                                                [](char c, std::byte b) { return static_cast<std::byte>(c) == b; })) {
        bytes = bytes.subspan(size);
    }
    media(kDataAmf0, timestamp, bytes, out);
}

/// 7.1.6: FLV tags in one message, their times moved so that the first has the message's.
Result<void> ServerSession::aggregate(const Message& message, Output& out) {
    std::span<const std::byte> rest(message.payload);
    bool first = true;
    std::uint32_t shift = 0;
    while (!rest.empty()) {
        if (rest.size() < 11) return fail(ErrorCode::Corrupt, "an RTMP aggregate message ends inside a tag");
        const auto type = std::to_integer<std::uint8_t>(rest[0]);
        const std::size_t size = get_big_endian(rest.subspan(1, 3));
        const std::uint32_t time = get_big_endian(rest.subspan(4, 3)) | std::to_integer<std::uint32_t>(rest[7]) << 24;
        if (rest.size() - 11 < size) return fail(ErrorCode::Corrupt, "an RTMP aggregate message ends inside a tag");
        if (std::exchange(first, false)) shift = message.timestamp - time;
        const auto payload = rest.subspan(11, size);
        if (type == kAudio || type == kVideo) media(type, time + shift, payload, out);
        if (type == kDataAmf0) data(time + shift, payload, out);
        rest = rest.subspan(std::min(rest.size(), 11 + size + 4));
    }
    return {};
}

}  // namespace sightline::probe::rtmp
