// SPDX-License-Identifier: Apache-2.0
#include "incidents/vendor_http.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "incidents/template_render.hpp"
#include "incidents/template_view.hpp"
#include "incidents/webhook.hpp"

namespace sightline::incidents {

using When = config::VendorTemplate::When;

namespace {

constexpr std::size_t kMaxAnswer = 64U << 10;
constexpr std::size_t kKeptWords = 160;

bool contains(const std::vector<int>& list, int item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

const std::vector<config::VendorRequest>& requests_of(const config::VendorTemplate& vendor, When when) {
    static const std::vector<config::VendorRequest> kNone;
    auto found = vendor.requests.find(when);
    // What a template does not tell apart: a merged incident is over for its ticket, a change is told like the first.
    if (found == vendor.requests.end() && when == When::Merge) found = vendor.requests.find(When::Resolve);
    if (found == vendor.requests.end() && when == When::Update) found = vendor.requests.find(When::Create);
    return found == vendor.requests.end() ? kNone : found->second;
}

std::string words_of(const net::HttpResponse& response) {
    std::string text = net::status_text(response.status);
    std::string body = response.body.substr(0, response.body.find_first_of("\r\n"));
    if (body.size() > kKeptWords) body = cut_bytes(core::clean_utf8(body), kKeptWords) + "...";
    if (!body.empty()) text += ": " + core::mask_secrets(core::clean_utf8(body));
    return text;
}

}  // namespace

struct VendorHttp::Job {
    explicit Job(TemplateView made) : view(std::move(made)) {}
    TemplateView view;
    std::string alarm, payload;
    const std::vector<config::VendorRequest>* requests = nullptr;
    std::size_t step = 0;
    std::string answer;  // of the last request
    std::optional<net::HttpResponse> head;
    std::function<void(Outcome)> done;
    net::EventLoop::Handle wait, request;
};

VendorHttp::VendorHttp(net::EventLoop& loop, HttpSend http, TicketBook& book, VendorHttpSettings settings)
    : loop_(loop), http_(std::move(http)), book_(book), settings_(std::move(settings)), unreadable_(loop) {
    const core::Duration every = settings_.vendor.repeat_every;
    if (every > core::Duration::zero()) repeat_timer_ = loop_.every(every, [this] { repeat(); });
}

VendorHttp::~VendorHttp() = default;

void VendorHttp::send(const Delivery& delivery, std::function<void(Outcome)> done) {
    auto view = TemplateView::from(delivery.body, settings_.vendor.repeat_every);
    if (!view) return unreadable_.refuse(view.error().message, std::move(done));
    view->set("setting", settings_.values);
    const std::uint64_t number = next_number_++;
    auto job = std::make_unique<Job>(std::move(*view));
    job->alarm = job->view.text("id");
    job->payload = delivery.body;
    job->requests = &requests_of(settings_.vendor, job->view.when());
    job->done = std::move(done);
    // From here on nobody is told that it stands, even if its end never gets through.
    const When when = job->view.when();
    if (when == When::Resolve || when == When::Merge) remember(job->alarm, job->payload, when);
    job->wait = loop_.after(core::Duration::zero(), [this, number] { next(number); });
    jobs_[number] = std::move(job);
}

core::Duration VendorHttp::wait_for_slot() {
    const core::ArrivalTime now = loop_.clock().now();
    const core::ArrivalTime slot = std::max(now, next_slot_);
    next_slot_ = slot + settings_.vendor.spacing;
    return slot - now;
}

/// Goes to the next request that applies; at the end of the list the delivery is done.
void VendorHttp::next(std::uint64_t number) {
    Job& job = *jobs_.at(number);
    job.view.set("kept", book_.kept(settings_.notifier, job.alarm));
    for (; job.step < job.requests->size(); ++job.step) {
        const config::VendorRequest& request = (*job.requests)[job.step];
        if (!request.only_if.empty() && job.view.empty(request.only_if)) continue;
        if (!request.unless.empty() && !job.view.empty(request.unless)) continue;
        const core::Duration wait = wait_for_slot();
        if (wait <= core::Duration::zero()) return issue(number);
        job.wait = loop_.after(wait, [this, number] { issue(number); });
        return;
    }
    remember(job.alarm, job.payload, job.view.when());
    Outcome outcome{Outcome::Kind::Delivered, {}, std::nullopt};
    outcome.answer = job.answer.empty() ? "nothing to send: the receiver has no ticket of this alarm" : job.answer;
    finish(number, std::move(outcome));
}

net::HttpRequest VendorHttp::build(const config::VendorRequest& request, const TemplateView& view) const {
    const config::VendorTemplate& vendor = settings_.vendor;
    const auto setting = [&](const std::string& name) {
        const auto found = settings_.values.find(name);
        return found == settings_.values.end() ? std::string{} : found->second;
    };
    net::HttpRequest out;
    out.method = request.method;
    out.url = render_url(request.url, vendor, view);
    out.headers = {{"User-Agent", user_agent()}};
    for (const auto& [name, value] : request.headers) {
        std::string text = render_header(value, vendor, view);
        if (!text.empty()) out.headers.emplace_back(name, std::move(text));
    }
    if (const std::string token = setting(request.bearer); !token.empty()) {
        out.headers.emplace_back("Authorization", "Bearer " + core::clean_utf8(token));
    } else if (const std::string user = setting(request.basic_user); !user.empty()) {
        out.headers.emplace_back("Authorization", "Basic " + base64(user + ":" + setting(request.basic_password)));
    }
    if (request.body) out.body = render_json(*request.body, vendor, view);
    out.connect_timeout = settings_.timeout;
    out.total_timeout = settings_.timeout;
    out.max_bytes = kMaxAnswer;
    out.max_redirects = 0;
    return out;
}

void VendorHttp::issue(std::uint64_t number) {
    Job& job = *jobs_.at(number);
    net::HttpRequest request = build((*job.requests)[job.step], job.view);
    job.head.reset();
    request.on_head = [&job](const net::HttpResponse& response) { job.head = response; };
    job.request = http_(std::move(request), [this, number](const core::Result<net::HttpResponse>& response) {
        answered(number, response);
    });
}

void VendorHttp::answered(std::uint64_t number, const core::Result<net::HttpResponse>& response) {
    Job& job = *jobs_.at(number);
    // The status decides, even where the rest of the answer never comes or is too long.
    if (!response && !job.head) {
        return finish(number, {Outcome::Kind::Unreachable, response.error().message, std::nullopt});
    }
    const net::HttpResponse answer = response ? *response : *job.head;
    const config::VendorRequest& request = (*job.requests)[job.step];
    Outcome outcome = judge(job, request, answer);
    if (outcome.kind != Outcome::Kind::Delivered) return finish(number, std::move(outcome));
    for (const auto& [name, place] : request.keep) {
        const std::string value = text_in_answer(answer.body, place);
        if (!value.empty() && value.size() <= kMostKeptBytes) book_.keep(settings_.notifier, job.alarm, name, value);
    }
    job.answer = struck(words_of(answer));
    job.step = request.stop ? job.requests->size() : job.step + 1;
    job.wait = loop_.after(core::Duration::zero(), [this, number] { next(number); });
}

Outcome VendorHttp::judge(const Job& job, const config::VendorRequest& request, const net::HttpResponse& response) {
    const bool listed = request.success.empty() ? response.ok() : contains(request.success, response.status);
    if (listed) {
        for (const auto& [place, wanted] : request.expect) {
            const std::string found = text_in_answer(response.body, place);
            if (found == wanted) continue;
            return {Outcome::Kind::Failed,
                    struck(words_of(response) + " (expected " + place + " to be " + wanted + ")"), std::nullopt};
        }
        return {Outcome::Kind::Delivered, {}, std::nullopt};
    }
    Outcome outcome = outcome_of(response);
    outcome.reason = struck(words_of(response));
    if (contains(request.forget, response.status)) {
        book_.forget(settings_.notifier, job.alarm);
        outcome.kind = Outcome::Kind::Failed;
        outcome.reason += " (what was kept of it is forgotten)";
    } else if (contains(request.retry, response.status)) {
        outcome.kind = Outcome::Kind::Failed;
    } else if (outcome.kind == Outcome::Kind::Delivered) {  // 2xx, but not the one that means success
        outcome.kind = Outcome::Kind::Rejected;
        outcome.reason += " (not the answer that means success)";
    }
    return outcome;
}

void VendorHttp::finish(std::uint64_t number, Outcome outcome) {
    const auto job = jobs_.extract(number);  // its handles die after the answer is passed on
    job.mapped()->done(std::move(outcome));
}

/// A receiver may quote what it was sent.
std::string VendorHttp::struck(std::string text) const {
    for (const std::string& name : settings_.secrets) {
        const auto found = settings_.values.find(name);
        if (found == settings_.values.end() || found->second.empty()) continue;
        for (std::size_t at = 0; (at = text.find(found->second, at)) != std::string::npos; at += 3)
            text.replace(at, found->second.size(), "***");
    }
    return text;
}

void VendorHttp::remember(const std::string& alarm, const std::string& payload, When when) {
    if (!repeat_timer_) return;
    const bool over = when == When::Resolve || when == When::Merge;
    if (over && settings_.vendor.repeat_resolved <= core::Duration::zero()) {
        standing_.erase(alarm);
        return;
    }
    standing_[alarm] = {payload,
                        over ? loop_.clock().now() + settings_.vendor.repeat_resolved : core::ArrivalTime::max(),
                        over ? When::Resolve : When::Create};
}

void VendorHttp::resume(const std::vector<std::string>& payloads) {
    for (const std::string& payload : payloads) {
        if (const auto view = TemplateView::from(payload)) remember(view->text("id"), payload, When::Create);
    }
    if (!standing_.empty()) repeat_timer_ = loop_.every(settings_.vendor.repeat_every, [this] { repeat(); });
}

void VendorHttp::repeat() {
    repeats_.clear();  // the round before has had its time
    const core::ArrivalTime now = loop_.clock().now();
    for (auto it = standing_.begin(); it != standing_.end();) {
        it = it->second.until < now ? standing_.erase(it) : std::next(it);
    }
    repeat(When::Create);
    repeat(When::Resolve);
}

void VendorHttp::repeat(When when) {
    const auto& requests = requests_of(settings_.vendor, when);
    if (requests.empty()) return;
    std::vector<std::string> bodies;
    std::optional<net::HttpRequest> request;
    const auto flush = [&] {
        if (!request) return;
        if (bodies.size() > 1) request->body = join_lists(bodies);
        repeats_.push_back(http_(std::move(*request), [](const core::Result<net::HttpResponse>&) {}));
        request.reset();
        bodies.clear();
    };
    for (const auto& [alarm, standing] : standing_) {
        if (standing.when != when) continue;
        auto view = TemplateView::from(standing.payload, settings_.vendor.repeat_every, loop_.clock().utc());
        if (!view) continue;
        view->set("setting", settings_.values);
        net::HttpRequest made = build(requests.front(), *view);
        const bool joins = request && !join_lists({request->body, made.body}).empty();
        if (bodies.size() >= kMostInOneRequest || (request && !joins)) flush();
        bodies.push_back(made.body);
        if (!request) request = std::move(made);
    }
    flush();
}

}  // namespace sightline::incidents
