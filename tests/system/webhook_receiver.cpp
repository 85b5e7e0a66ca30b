// SPDX-License-Identifier: Apache-2.0
// A receiver of webhooks for system tests and measurements: answers 200 (or what it is told), and writes one JSON line
// a request: when it came, its headers, its body.
//   webhook_receiver FILE [STATUS] [PORT]     prints the port it listens on (PORT 0 or absent: a free one)
#include <microhttpd.h>

#include <unistd.h>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

namespace {

struct Receiver {
    std::FILE* out = nullptr;
    unsigned status = 200;
    std::mutex mutex;
};

std::string header(MHD_Connection* connection, const char* name) {
    const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value != nullptr ? value : "";
}

MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* /*method*/,
                      const char* /*version*/, const char* data, size_t* size, void** context) {
    auto& receiver = *static_cast<Receiver*>(self);
    if (*context == nullptr) {
        *context = new std::string();
        return MHD_YES;
    }
    auto& body = *static_cast<std::string*>(*context);
    if (*size > 0) {
        body.append(data, *size);
        *size = 0;
        return MHD_YES;
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    nlohmann::json line{{"at_ms", std::chrono::duration_cast<std::chrono::microseconds>(now).count() / 1000.0},
                        {"url", url},
                        {"event_id", header(connection, "Sightline-Event-Id")},
                        {"signature", header(connection, "Sightline-Signature")},
                        {"body", body}};
    {
        const std::lock_guard lock(receiver.mutex);
        std::fprintf(receiver.out, "%s\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
        std::fflush(receiver.out);
    }
    MHD_Response* response = MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT);
    const MHD_Result queued = MHD_queue_response(connection, receiver.status, response);
    MHD_destroy_response(response);
    return queued;
}

void on_done(void* /*self*/, MHD_Connection* /*connection*/, void** context, MHD_RequestTerminationCode /*why*/) {
    delete static_cast<std::string*>(*context);
    *context = nullptr;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 3;
    Receiver receiver;
    receiver.out = std::fopen(argv[1], "a");
    if (receiver.out == nullptr) return 3;
    if (argc > 2) receiver.status = static_cast<unsigned>(std::atoi(argv[2]));
    const auto port = static_cast<std::uint16_t>(argc > 3 ? std::atoi(argv[3]) : 0);
    MHD_Daemon* daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, port, nullptr, nullptr, on_request, &receiver,
                         MHD_OPTION_NOTIFY_COMPLETED, on_done, nullptr, MHD_OPTION_END);
    if (daemon == nullptr) return 3;
    std::printf("%u\n", static_cast<unsigned>(MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port));
    std::fflush(stdout);
    pause();  // until killed
}
