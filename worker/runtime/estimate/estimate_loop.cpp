#include "worker/runtime/estimate/estimate_loop.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "shared/complexity_score.hpp"
#include "shared/log.hpp"
#include "shared/wake_pipe.hpp"
#include "worker/runtime/process_start.hpp"
#include "worker/runtime/task_files.hpp"

namespace hrn::runtime {

namespace {

constexpr int kTickMilliseconds = 1000;
// So many images are held at once; their headers are looked at as they come.
constexpr int kAhead = 64;

// `stage` none: by the header, more follows; decode: the last word.
ReportRecord estimated_record(const TakenOrder& order, const ImageCost& cost, bool final) {
    ReportRecord record;
    record.kind = ReportKind::estimated;
    record.id = order.id.bytes;
    record.attempt = order.attempt;
    record.stage = static_cast<std::uint16_t>(final ? Stage::decode : Stage::none);
    record.output_bytes.fill(kNoSuchOutput);
    const nlohmann::json json = {{"pixels", cost.pixels}, {"score", cost.score}, {"work", cost.work}};
    set_text(record, json.dump());
    return record;
}

ImageCost unreadable() {
    return {0, kScoreOfUnreadable, kScoreOfUnreadable};
}

}  // namespace

EstimateLoop::EstimateLoop(Estimator& estimator, OrderTaker& taker, ReportPublisher& publisher,
                           ReportsSegment& reports, std::string claimed, std::uint64_t max_file_bytes,
                           int wake_fd, int stop_fd)
    : estimator_(estimator),
      taker_(taker),
      publisher_(publisher),
      slots_(&reports),
      reporter_(&reports, 0),
      claimed_(std::move(claimed)),
      max_file_bytes_(max_file_bytes),
      wake_fd_(wake_fd),
      stop_fd_(stop_fd) {}

WorkerExit EstimateLoop::run() {
    try {
        publisher_.publish(ready_record(nlohmann::json{{"role", "estimate"}, {"batch", kAhead}}.dump()));
        while (wait_for_orders()) {
            take_orders();
            if (!waiting_.empty()) {
                const TakenOrder order = waiting_.front();
                waiting_.pop_front();
                look_at(order);
            } else if (drained_) {
                break;
            }
        }
        return WorkerExit::ok;
    } catch (const SupervisorGone&) {
        return WorkerExit::ok;
    } catch (const ProtocolError& error) {
        log::error(error.what());
        return WorkerExit::protocol;
    }
}

bool EstimateLoop::wait_for_orders() {
    std::array<pollfd, 2> fds = {{{wake_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}}};
    const int patience = waiting_.empty() && !drained_ ? kTickMilliseconds : 0;
    if (::poll(fds.data(), fds.size(), patience) < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (fds[1].revents != 0 && stop_signal_arrived(stop_fd_)) {
        return false;  // what is held is asked again, or not at all
    }
    return fds[0].revents == 0 || drain_wake(wake_fd_) != WakeState::closed;
}

void EstimateLoop::take_orders() {
    for (;;) {
        TakenOrder order;
        switch (taker_.next(order)) {
            case OrderTaker::Answer::empty:
            case OrderTaker::Answer::no_slot:
                return;
            case OrderTaker::Answer::drain:
                drained_ = true;
                return;
            case OrderTaker::Answer::take_back:
                give_back(order);
                break;
            case OrderTaker::Answer::task:
                first_look(order);
                break;
        }
    }
}

void EstimateLoop::first_look(const TakenOrder& order) {
    slots_.enter(order.slot, Stage::decode, reporter_.index());
    reporter_.begin(Stage::decode);
    Estimator::FirstLook look{unreadable(), true};
    try {
        const ClaimedImage image = read_claimed_image(
            claimed_, order.id, {max_file_bytes_, estimator_.header_bytes(), order.image_bytes});
        look = estimator_.by_header(order.id, image.bytes, order.image_bytes);
    } catch (const TaskFailed&) {
        // Gone already, empty or too large: its own worker says so.
    }
    reporter_.end();
    const ReportRecord record = estimated_record(order, look.cost, look.final);
    if (look.final) {
        end(order, record);
        return;
    }
    slots_.leave(order.slot, Stage::decode);
    publisher_.publish(record);
    waiting_.push_back(order);
}

void EstimateLoop::look_at(const TakenOrder& order) {
    slots_.enter(order.slot, Stage::decode, reporter_.index());
    reporter_.begin(Stage::decode);
    ImageCost cost = unreadable();
    try {
        const ClaimedImage image = read_claimed_image(
            claimed_, order.id, {max_file_bytes_, estimator_.image_bytes(), order.image_bytes});
        cost = estimator_.by_image(order.id, image.bytes);
    } catch (const TaskFailed&) {
        // As above.
    }
    reporter_.end();
    end(order, estimated_record(order, cost, true));
}

void EstimateLoop::give_back(const TakenOrder& order) {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const TakenOrder& one) {
        return one.id == order.id && one.attempt == order.attempt;
    });
    if (found == waiting_.end()) {
        return;  // answered already
    }
    ReportRecord record;
    record.kind = ReportKind::returned;
    record.id = found->id.bytes;
    record.attempt = found->attempt;
    record.output_bytes.fill(kNoSuchOutput);
    end(*found, record);
    waiting_.erase(found);
}

void EstimateLoop::end(const TakenOrder& order, const ReportRecord& record) {
    publisher_.publish(record);
    slots_.clear(order.slot);
}

}  // namespace hrn::runtime
