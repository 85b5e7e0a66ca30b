// SPDX-License-Identifier: Apache-2.0
// One incident's evidence on its way to the shelf.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/clip_process.hpp"
#include "incidents/evidence_shelf.hpp"
#include "net/event_loop.hpp"

namespace sightline::engine {

/// Files are made and put in their place on the disk's thread, the clip and stills by a process in between: a disk that
/// stands still holds up this evidence, not the loop.
///
/// Lifecycle: construct → `done`, once. Destroying abandons: kills the process; what is half made is cleared at the
///            next start.
/// Threading: the loop's thread.
class EvidenceMaking {
public:
    struct Order {
        std::string incident;
        std::string ring;          ///< path
        std::string clip;          ///< ClipJob as JSON
        std::string measurements;  ///< what measurements.json will hold
        /// What evidence.json will hold; called on the disk's thread.
        std::function<std::string(const ClipReport&)> facts;
    };
    struct Outcome {
        core::Result<void> kept;
        ClipReport report;    ///< of what is kept; of its stills only the bad one has its bytes
        std::string trouble;  ///< why there is neither clip nor stills, in words
    };
    using Done = std::function<void(Outcome)>;

    /// `command`: as ClipProcess::start. `disk`: a loop that runs on a thread of its own. Both loops outlive this.
    EvidenceMaking(net::EventLoop& loop, net::EventLoop& disk, std::shared_ptr<incidents::EvidenceShelf> shelf,
                   std::vector<std::string> command, Order order, Done done);
    [[nodiscard]] const std::string& incident() const;

private:
    struct Work;
    static void prepare(Work& work);
    static void complete(Work& work);
    void on_disk(void (*step)(Work&), void (EvidenceMaking::*then)());
    void prepared();
    void made(core::Result<ClipReport> report);
    void completed();

    net::EventLoop& loop_;
    net::EventLoop& disk_;
    std::vector<std::string> command_;
    Done done_;
    std::shared_ptr<Work> work_;  // of one thread at a time
    std::unique_ptr<ClipProcess> process_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what is posted to the loop
};

}  // namespace sightline::engine
