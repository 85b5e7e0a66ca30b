// SPDX-License-Identifier: Apache-2.0
// A whole probe under a flood of alarms is killed -9 at random moments, $KILLS (3) times, while an operator
// acknowledges over its API: nothing that anybody saw or was answered is lost or there twice, and nobody has to help
// it.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "bench/flood_plan.hpp"
#include "incidents/audit_rows.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/api/running_probe.hpp"

using namespace sightline;
using namespace std::chrono_literals;

namespace {

void say(int fd, const std::string& words) {
    const std::string line = words + '\n';  // far below PIPE_BUF: whole or not at all
    if (::write(fd, line.data(), line.size()) < 0) ::_exit(3);
}

/// A probe without workers whose desk takes the flood, one alarm every 12 ms, until it is killed.
[[noreturn]] void live(const std::string& folder, int fd, std::size_t next) {
    const core::SystemClock clock;
    net::EventLoop loop{clock};
    config::Config config;
    config.probe = "hall-3";
    config.store_sqlite = folder + "/s.db";
    config.api_listen.clear();
    config.api_socket = folder + "/s.sock";
    engine::SupervisorOptions options;
    options.worker_command = {"/bin/false"};
    options.clock_synchronised = [] { return true; };
    auto probe = engine::Supervisor::start(loop, config, std::move(options));
    if (!probe) ::_exit(1);
    (*probe)->on_alarm([fd](const core::AlarmTransition& alarm) {
        say(fd, "shown " + alarm.id + ' ' + std::to_string(alarm.sequence));
    });
    incidents::Desk& desk = (*probe)->desk();
    desk.configure(bench::flood_fleet(config.store_sqlite));
    auto server = api::Server::start(**probe, config);
    if (!server) ::_exit(2);
    const auto plan = bench::flood_faults();
    bench::FloodStage stage;
    const auto feed = loop.every(12ms, [&] {
        for (auto& alarm : stage(plan[next++ % plan.size()], desk, clock.utc())) desk.record(std::move(alarm));
    });
    say(fd, "up");
    loop.run();
    ::_exit(0);
}

/// One life of the probe, in a process of its own.
class Life {
public:
    Life(const std::string& folder, std::size_t first) : folder_(folder) {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        child_ = ::fork();
        REQUIRE(child_ >= 0);
        if (child_ == 0) live(folder, ends[1], first);
        ::close(ends[1]);
        from_ = ends[0];
        while (said_.find("up\n") == std::string::npos) REQUIRE(read_some() > 0);
        REQUIRE(::fcntl(from_, F_SETFL, O_NONBLOCK) == 0);
    }
    /// It dies at that moment, whatever it does then.
    void kill_after(std::chrono::milliseconds moment) {
        killer_ = ::fork();
        REQUIRE(killer_ >= 0);
        if (killer_ > 0) return;
        ::usleep(static_cast<useconds_t>(moment.count() * 1000));
        ::kill(child_, SIGKILL);
        ::_exit(0);
    }
    /// The answer's body; empty: it gave none, or refused.
    std::string ask(const std::string& method, const std::string& target, const std::string& body = {}) {
        (void)read_some();
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        (folder_ + "/s.sock").copy(to.sun_path, sizeof to.sun_path - 1);
        std::string answer;
        if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) {
            const auto reply = tests::RunningProbe::exchange(
                fd, method + ' ' + target +
                        " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
                        std::to_string(body.size()) + "\r\n\r\n" + body);
            if (reply.status == 200) answer = reply.body;
        }
        ::close(fd);
        return answer;
    }
    [[nodiscard]] bool over() const {
        siginfo_t how{};
        return ::waitid(P_PID, static_cast<id_t>(child_), &how, WEXITED | WNOHANG | WNOWAIT) == 0 && how.si_pid != 0;
    }
    /// All that it said, after its end.
    std::string end() {
        int status = 0;
        REQUIRE(::waitpid(killer_, &status, 0) == killer_);
        REQUIRE(::waitpid(child_, &status, 0) == child_);
        CHECK(WIFSIGNALED(status));  // it ended by the kill, not by itself
        while (read_some() > 0) {
        }
        ::close(from_);
        return said_;
    }

private:
    ssize_t read_some() {
        char buffer[4096];
        const ssize_t got = ::read(from_, buffer, sizeof buffer);
        if (got > 0) said_.append(buffer, static_cast<std::size_t>(got));
        return got;
    }

    const std::string& folder_;
    pid_t child_ = -1, killer_ = -1;
    int from_ = -1;
    std::string said_;
};

/// What the operator saw and did.
struct Seen {
    std::map<std::string, std::uint64_t> incidents;  // id -> newest sequence
    std::map<std::string, std::string> answered;     // operator -> incident acknowledged, as the API said
    std::set<std::string> tried;                     // operators
};

void work(Life& life, Seen& seen) {
    while (!life.over()) {
        const auto list =
            nlohmann::json::parse(life.ask("GET", "/api/v1/incidents?state=open&limit=20"), nullptr, false);
        if (!list.is_object()) continue;
        for (const auto& one : list["incidents"]) {
            const std::string id = one["id"];
            auto& newest = seen.incidents[id];
            newest = std::max(newest, one["sequence"].get<std::uint64_t>());
            const std::string who = "op-" + std::to_string(seen.tried.size());
            seen.tried.insert(who);
            const std::string answer =
                life.ask("POST", "/api/v1/incidents/" + id + "/ack", R"({"operator":")" + who + R"("})");
            if (!answer.empty()) seen.answered[who] = id;
            if (life.over()) return;
        }
        ::usleep(10'000);
    }
}

std::string before_blank(const std::string& text) {
    return text.substr(0, text.find(' '));
}

void check_record(const std::string& file, const Seen& seen, const std::set<std::string>& shown) {
    auto database = incidents::Database::open_read_only(file);
    REQUIRE(database);
    const auto each = [&](const char* sql, const std::function<void(const incidents::SqlRow&)>& row) {
        REQUIRE(database->each(sql, {}, row));
    };
    std::set<std::string> stored;
    each("SELECT alarm || ' ' || sequence, count(*) FROM transitions GROUP BY alarm, sequence", [&](const auto& row) {
        stored.insert(row.text(0));
        CHECK(row.integer(1) == 1);
    });
    std::size_t lost = 0;
    for (const std::string& one : shown) lost += stored.count(one) == 0 ? 1 : 0;
    CHECK(lost == 0);
    each("SELECT count(*) FROM alarms WHERE id NOT IN (SELECT alarm FROM incident_alarms)",
         [](const auto& row) { CHECK(row.integer(0) == 0); });
    std::map<std::string, std::uint64_t> incidents;
    each("SELECT id, sequence FROM incidents",
         [&](const auto& row) { incidents[row.text(0)] = static_cast<std::uint64_t>(row.integer(1)); });
    for (const auto& [id, sequence] : seen.incidents) {
        INFO(id);
        REQUIRE(incidents.count(id) == 1);
        CHECK(incidents[id] >= sequence);
    }
    std::map<std::string, int> audited, entered;
    each("SELECT actor FROM audit WHERE action = 'incident.ack'",
         [&](const auto& row) { ++audited[before_blank(row.text(0))]; });
    each("SELECT who FROM incident_entries WHERE kind = 'acknowledged'",
         [&](const auto& row) { ++entered[row.text(0)]; });
    for (const std::string& who : seen.tried) {
        INFO(who);
        const int least = static_cast<int>(seen.answered.count(who));
        CHECK(audited[who] >= least);
        CHECK(audited[who] <= 1);
        CHECK(entered[who] == audited[who]);
    }
    const auto verdict = incidents::verify_audit(*database);
    REQUIRE(verdict);
    CHECK(verdict->broken == "");
}

}  // namespace

TEST_CASE("A probe killed -9 at random moments under a flood loses no alarm, incident, acknowledge or audit entry") {
    const test::TemporaryFolder folder;
    const char* wanted = std::getenv("KILLS");
    const int kills = wanted == nullptr ? 3 : std::max(1, std::atoi(wanted));
    std::mt19937 random(std::random_device{}());
    Seen seen;
    std::set<std::string> shown;
    for (int kill = 0; kill < kills; ++kill) {
        Life life(folder.path(), static_cast<std::size_t>(kill) * 97);
        life.kill_after(std::chrono::milliseconds{20 + random() % 1'500});
        work(life, seen);
        std::istringstream lines(life.end());
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with("shown ")) shown.insert(line.substr(6));
        }
    }
    {  // a last start, which ends in order
        const core::SystemClock clock;
        net::EventLoop loop{clock};
        incidents::DeskOptions options;
        options.http = [](net::HttpRequest, net::HttpClient::Done) { return net::EventLoop::Handle{}; };  // no answer
        auto desk = incidents::Desk::open(loop, bench::flood_fleet(folder / "s.db"), std::move(options));
        REQUIRE(desk);
        CHECK((*desk)->set_aside() == "");
    }
    WARN(kills << " kills, " << shown.size() << " transitions shown, " << seen.incidents.size() << " incidents seen, "
               << seen.answered.size() << " acknowledges answered of " << seen.tried.size());
    CHECK(!shown.empty());
    check_record(folder / "s.db", seen, shown);
}
