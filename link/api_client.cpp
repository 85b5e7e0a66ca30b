// SPDX-License-Identifier: Apache-2.0
#include "link/api_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <list>
#include <span>
#include <utility>

#include "core/text.hpp"
#include "core/url.hpp"
#include "link/event_lines.hpp"
#include "net/http_client.hpp"

namespace sightline::link {

using namespace std::chrono_literals;

namespace {

constexpr core::Duration kAnswerLimit = 4s;  // of one answer; Silent is said long before
constexpr core::Duration kPulseLimit = 1s;
constexpr core::Duration kOver = 3s;
constexpr std::string_view kResolved = R"("state":"resolved")";
constexpr core::Duration kCommandLimit = 5s;
constexpr core::Duration kEventsRetry = 1s;

std::string without_slash(std::string address) {
    while (address.ends_with('/')) address.pop_back();
    return address;
}

}  // namespace

struct ApiClient::Impl {
    Impl(net::EventLoop& event_loop, ApiEndpoint wanted)
        : loop(event_loop), endpoint(std::move(wanted)), http(event_loop) {
        current.address = core::mask_secrets(endpoint.address);
        published.publish(std::make_shared<const ApiState>(current));
        started = loop.clock().now();
    }

    /// One repeated question: at most one request under way.
    struct Question {
        net::EventLoop::Handle request;
        bool under_way = false;
        bool again = false;  ///< asked for while one was under way
    };

    void start() {
        pulse_timer = loop.every(kPulse, [this] { pulse(); });
        refresh_timer = loop.every(kRefresh, [this] { refresh(); });
        slow_timer = loop.every(kSlow, [this] { refresh_slow(); });
        over_timer = loop.every(kOver, [this] { ask_over(); });
        pulse();
        refresh();
        refresh_slow();
        listen();
    }

    net::HttpRequest request(const std::string& path) const {
        net::HttpRequest made;
        if (endpoint.address.starts_with("unix:")) {
            made.unix_socket = endpoint.address.substr(5);
            made.url = "http://localhost" + path;
            made.compressed = false;
        } else {
            made.url = without_slash(endpoint.address) + path;
        }
        made.connect_timeout = 2s;
        made.total_timeout = kAnswerLimit;
        made.max_bytes = kMostReportBytes;
        made.max_redirects = 0;
        if (!endpoint.token.empty()) made.headers.emplace_back("Authorization", "Bearer " + endpoint.token);
        return made;
    }

    void publish() {
        ++current.revision;
        published.publish(std::make_shared<const ApiState>(current));
        if (changed) changed();
    }

    void answered() {
        const core::ArrivalTime now = loop.clock().now();
        const bool pause = !current.last_answer || now - *current.last_answer > kSilentAfter;
        current.last_answer = now;
        if (current.link == ApiLink::Refused) return;
        if (current.link != ApiLink::Live || pause) {
            current.link = ApiLink::Live;
            current.error.clear();
            publish();
            refresh_slow();  // it may be another probe than before
        }
    }

    void look_for_silence() {
        if (current.link == ApiLink::Silent) return;
        const core::ArrivalTime last = current.last_answer.value_or(started);
        if (loop.clock().now() - last <= kSilentAfter) return;
        current.link = ApiLink::Silent;
        if (current.error.empty()) current.error = "no answer";
        publish();
    }

    void failed(const core::Error& error) {
        const bool news = current.error != error.message;
        current.error = error.message;
        look_for_silence();
        if (news && current.link != ApiLink::Live) publish();
    }

    /// Asks `path` unless that is being asked; what a 2xx answer says goes to `take`.
    void ask(Question& question, const std::string& path, core::Duration limit,
             std::function<void(const net::HttpResponse&)> take) {
        if (question.under_way) {
            question.again = true;
            return;
        }
        question.under_way = true;
        net::HttpRequest made = request(path);
        made.total_timeout = limit;
        question.request =
            http.send(std::move(made), [this, &question, take = std::move(take)](core::Result<net::HttpResponse> got) {
                question.under_way = false;
                if (!got) {
                    failed(got.error());
                    return;
                }
                if (got->status == 401 || got->status == 403) {
                    refused(*got);
                } else {
                    if (current.link == ApiLink::Refused && got->ok()) current.link = ApiLink::Connecting;
                    answered();
                }
                take(*got);
            });
    }

    void refused(const net::HttpResponse& response) {
        current.last_answer = loop.clock().now();
        const std::string words = error_words(response.body);
        const std::string error = words.empty() ? net::status_text(response.status) : words;
        if (current.link == ApiLink::Refused && current.error == error) return;
        current.link = ApiLink::Refused;
        current.error = error;
        publish();
    }

    void pulse() {
        look_for_silence();
        ask(pulse_question, "/healthz", kPulseLimit, [](const net::HttpResponse&) {});
    }

    void refresh() {
        last_refresh = loop.clock().now();
        ask(streams_question, "/api/v1/streams", kAnswerLimit, [this](const net::HttpResponse& response) {
            take<StreamsReport>(response, parse_streams, current.streams);
            ask_still();
            again(streams_question);
        });
        ask(open_question, "/api/v1/alarms", kAnswerLimit, [this](const net::HttpResponse& response) {
            take<std::vector<core::AlarmTransition>>(response, parse_alarms, current.open);
        });
        if (current.incidents_served) ask_incidents();
        ask_over();  // what leaves the one list is in the other at once
    }

    void ask_incidents() {
        ask(incidents_question, "/api/v1/incidents?state=open,acknowledged&limit=500", kAnswerLimit,
            [this](const net::HttpResponse& response) {
                if (response.status == 404 || response.status == 405) {
                    if (!current.incidents_served) return;
                    current.incidents_served = false;
                    current.incidents = nullptr;
                    publish();
                    return;
                }
                current.incidents_served = current.incidents_served || response.ok();
                take<std::vector<IncidentReport>>(response, parse_incidents, current.incidents);
            });
        if (!current.incidents_served) return;
        if (detail_id.empty()) return;
        ask(detail_question, "/api/v1/incidents/" + core::percent_encode(detail_id), kAnswerLimit,
            [this](const net::HttpResponse& response) {
                take<IncidentReport>(response, parse_incident, current.detail);
            });
    }

    /// Hundreds at most: not with every change of a flood.
    void ask_over() {
        if (!current.incidents_served || !over_due) return;
        over_due = false;
        ask(over_question, "/api/v1/incidents?state=resolved&limit=200", kAnswerLimit,
            [this](const net::HttpResponse& response) {
                take<std::vector<IncidentReport>>(response, parse_incidents, current.over);
                if (std::exchange(over_question.again, false)) over_due = true;
            });
    }

    void refresh_slow() {
        ask(facts_question, "/api/v1/probe", kAnswerLimit, [this](const net::HttpResponse& response) {
            if (!response.ok()) return;
            if (auto facts = parse_probe(response.body)) {
                current.facts = std::move(*facts);
                publish();
            }
        });
        ask(paths_question, "/api/v1/paths", kAnswerLimit, [this](const net::HttpResponse& response) {
            take<std::vector<PathReport>>(response, parse_paths, current.paths);
        });
        over_due = true;
        if (!current.incidents_served) ask_incidents();
        if (history_wanted) ask_history();
        ask_limits();
        ask_watch();
    }

    void ask_limits() {
        if (limits_of.empty()) return;
        const std::string asked = limits_of;
        ask(limits_question, "/api/v1/streams/" + core::percent_encode(asked) + "/limits", kAnswerLimit,
            [this, asked](const net::HttpResponse& response) {
                if (asked == limits_of) take<std::vector<LimitReport>>(response, parse_limits, current.limits);
                if (std::exchange(limits_question.again, false)) ask_limits();
            });
    }

    void ask_watch() {
        if (limits_of.empty()) return;
        const std::string asked = limits_of;
        ask(watch_question, "/api/v1/streams/" + core::percent_encode(asked) + "/watch", kAnswerLimit,
            [this, asked](const net::HttpResponse& response) {
                if (asked == limits_of) take<std::vector<WatchReport>>(response, parse_watch, current.watch);
                if (std::exchange(watch_question.again, false)) ask_watch();
            });
    }

    void ask_history() {
        ask(history_question, fmt::format("/api/v1/alarms?state=all&limit={}", kHistory), kAnswerLimit,
            [this](const net::HttpResponse& response) {
                take<std::vector<core::AlarmTransition>>(response, parse_alarms, current.history);
            });
    }

    /// The next stream after the last one asked for whose picture is another than the one asked for.
    const StreamReport* next_still() const {
        const auto& all = current.streams->streams;
        const auto last =
            std::find_if(all.begin(), all.end(), [this](const StreamReport& one) { return one.id == last_still; });
        const std::size_t from = last == all.end() ? 0 : static_cast<std::size_t>(last - all.begin()) + 1;
        for (std::size_t n = 0; n < all.size(); ++n) {
            const StreamReport& stream = all[(from + n) % all.size()];
            const auto asked = stills_asked.find(stream.id);
            if (stream.thumbnail_at && (asked == stills_asked.end() || asked->second != *stream.thumbnail_at))
                return &stream;
        }
        return nullptr;
    }

    void ask_still() {
        if (!stills_wanted || still_question.under_way || still_timer || !current.streams) return;
        const StreamReport* due = next_still();
        if (due == nullptr) return;
        last_still = due->id;
        const core::UtcTime at = *due->thumbnail_at;
        stills_asked[due->id] = at;
        ask(still_question, "/api/v1/streams/" + core::percent_encode(due->id) + "/thumbnail.jpg", kAnswerLimit,
            [this, id = due->id, at](const net::HttpResponse& response) {
                if (response.ok() && !response.body.empty() && response.body.size() <= kMostStillBytes)
                    keep_still(id, {at, std::make_shared<const std::string>(response.body)});
                still_timer = loop.after(kStillGap, [this] {
                    still_timer.reset();
                    ask_still();
                });
            });
    }

    /// Those of streams that are no longer watched go.
    void keep_still(const std::string& stream, StillReport still) {
        auto stills = std::make_shared<std::map<std::string, StillReport>>();
        if (current.stills && current.streams)
            for (const StreamReport& known : current.streams->streams)
                if (const auto kept = current.stills->find(known.id); kept != current.stills->end())
                    stills->insert(*kept);
        (*stills)[stream] = std::move(still);
        current.stills = std::move(stills);
        publish();
    }

    template <class T, class Parse>
    void take(const net::HttpResponse& response, const Parse& parse, std::shared_ptr<const T>& into) {
        if (!response.ok()) return;
        core::Result<T> parsed = parse(response.body);
        if (!parsed) {
            if (current.error == parsed.error().message) return;
            current.error = parsed.error().message;
        } else {
            into = std::make_shared<const T>(std::move(*parsed));
        }
        publish();
    }

    void again(Question& question) {
        if (std::exchange(question.again, false)) refresh_soon();
    }

    /// Something changed: all of it is read again, a burst of changes once.
    void refresh_soon() {
        if (soon_timer) return;
        const core::ArrivalTime now = loop.clock().now();
        const core::ArrivalTime due = std::max(now, last_refresh + kLeastGap);
        soon_timer = loop.at(due, [this] {
            soon_timer.reset();
            refresh();
        });
    }

    void listen() {
        net::HttpRequest made = request("/api/v1/events");
        made.total_timeout = {};
        made.stall_timeout = 40s;  // a comment comes every 15 s
        made.max_bytes = 0;
        made.headers.emplace_back("Accept", "text/event-stream");
        if (!lines_id.empty()) made.headers.emplace_back("Last-Event-ID", lines_id);
        lines.reset();
        made.on_data = [this](std::span<const std::byte> data) {
            lines.feed({reinterpret_cast<const char*>(data.data()), data.size()}, [this](const ServerEvent& event) {
                lines_id = event.id;
                over_due = over_due || (event.type == "incident" && event.data.find(kResolved) != std::string::npos);
                refresh_soon();
                if (history_wanted && event.type == "alarm") ask_history();
            });
            answered();
        };
        events_request = http.send(std::move(made), [this](const core::Result<net::HttpResponse>&) {
            listen_timer = loop.after(kEventsRetry, [this] { listen(); });
        });
    }

    void send(ApiCommand command, std::function<void(ApiOutcome)> done) {
        net::HttpRequest made = request(command.path);
        made.method = "POST";
        made.body = std::move(command.body);
        made.headers.emplace_back("Content-Type", "application/json");
        made.total_timeout = kCommandLimit;
        commands.emplace_back();
        const auto place = std::prev(commands.end());
        *place = http.send(std::move(made), [this, place, label = std::move(command.label),
                                             done = std::move(done)](core::Result<net::HttpResponse> got) {
            ApiOutcome outcome;
            outcome.label = label;
            if (!got) {
                outcome.words = got.error().message;
            } else if (got->ok()) {
                outcome.done = true;
            } else {
                outcome.words = error_words(got->body);
                if (outcome.words.empty()) outcome.words = net::status_text(got->status);
                if (got->status == 404 && !current.incidents_served && label.starts_with("acknowledge"))
                    outcome.words = "this probe has no incident desk";
            }
            net::EventLoop::Handle self = std::move(*place);  // lives until the end of this call
            commands.erase(place);
            refresh_soon();
            over_due = true;
            ask_over();
            if (done) done(std::move(outcome));
        });
    }

    net::EventLoop& loop;
    const ApiEndpoint endpoint;
    net::HttpClient http;
    ApiState current;
    core::Published<ApiState> published;
    std::function<void()> changed;
    core::ArrivalTime started{}, last_refresh{};
    std::string detail_id, limits_of, lines_id, last_still;
    std::map<std::string, core::UtcTime> stills_asked;
    bool history_wanted = false, stills_wanted = false;
    EventLines lines;
    Question pulse_question, streams_question, open_question, incidents_question, detail_question, facts_question,
        history_question, paths_question, limits_question, watch_question, over_question, still_question;
    std::list<net::EventLoop::Handle> commands;
    bool over_due = true;  ///< something was resolved or acknowledged since it was asked
    net::EventLoop::Handle pulse_timer, refresh_timer, slow_timer, over_timer, soon_timer, still_timer, listen_timer,
        events_request;
};

ApiClient::ApiClient(net::EventLoop& loop, ApiEndpoint endpoint)
    : impl_(std::make_unique<Impl>(loop, std::move(endpoint))) {
    impl_->start();
}
ApiClient::~ApiClient() = default;

std::shared_ptr<const ApiState> ApiClient::state() const {
    return impl_->published.get();
}
void ApiClient::on_change(std::function<void()> call) {
    impl_->changed = std::move(call);
}
void ApiClient::send(ApiCommand command, std::function<void(ApiOutcome)> done) {
    impl_->send(std::move(command), std::move(done));
}
void ApiClient::want_detail(const std::string& incident) {
    if (impl_->detail_id == incident) return;
    impl_->detail_id = incident;
    impl_->current.detail = nullptr;
    if (!incident.empty()) impl_->refresh_soon();
}
void ApiClient::want_limits(const std::string& stream) {
    if (impl_->limits_of == stream) return;
    impl_->limits_of = stream;
    impl_->current.limits = nullptr;
    impl_->current.watch = nullptr;
    impl_->ask_limits();
    impl_->ask_watch();
}
void ApiClient::want_history(bool wanted) {
    if (std::exchange(impl_->history_wanted, wanted) == wanted) return;
    if (wanted) impl_->ask_history();
}

void ApiClient::want_stills(bool wanted) {
    impl_->stills_wanted = wanted;
    impl_->ask_still();
}

}  // namespace sightline::link
