// The other end of a worker's rings, for tests: makes the segments, the pipes and the folders as the
// supervisor does, pushes orders, reads and validates reports. One per test, one thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config.hpp"
#include "shared/records.hpp"
#include "shared/ring.hpp"
#include "shared/segment.hpp"
#include "shared/slots.hpp"
#include "shared/task_id.hpp"
#include "shared/wake_pipe.hpp"

namespace hrn::runtime::test {

// A folder that goes when the test ends.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

inline constexpr std::chrono::seconds kPatience{60};  // a guard against hangs, never what a test measures

class FakeSupervisor {
public:
    static constexpr std::uint64_t kGeneration = 0x0123456789ABCDEF;

    FakeSupervisor();

    // --- the spool ---
    // Makes claimed/ID/ with these bytes as its image and returns the id.
    TaskId claim(std::string_view image_bytes, const std::string& source = "photo.jpg");
    [[nodiscard]] std::string claimed() const { return folder_.path() + "/spool/claimed"; }
    [[nodiscard]] std::string generation_folder() const;
    [[nodiscard]] std::string result_path(const TaskId& id, const std::string& file = "") const;
    [[nodiscard]] bool result_exists(const TaskId& id) const;
    [[nodiscard]] const std::string& root() const { return folder_.path(); }

    // --- the rings ---
    void order(const TaskId& id, std::uint32_t attempt = 1, std::uint64_t image_bytes = 5);
    void order_drain();
    void order_back(const TaskId& id, std::uint32_t attempt = 1);
    void push(const OrderRecord& record);  // as it is, without a sequence of its own
    [[nodiscard]] std::uint64_t orders_not_taken();
    // The next report, validated; fails the test (and returns kind invalid) when none comes.
    ReportRecord next_report();
    // Waits until there are as many, in the order of their arrival.
    std::vector<ReportRecord> next_reports(std::size_t count);
    // Takes what there is; true once the ring or a report makes no sense.
    [[nodiscard]] bool report_ring_is_garbage();
    [[nodiscard]] SegmentView view() const { return read_segment(*reports_view_.get()); }
    // Polls the segment until `condition` holds; false after kPatience.
    template <typename Condition>
    [[nodiscard]] bool eventually(Condition condition) const {
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (!condition(view())) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
            pause();
        }
        return true;
    }

    [[nodiscard]] Config config() const;  // defaults with this test's folders

    // What the worker inherits.
    UniqueFd orders_fd, reports_fd;
    WakePipe wake, notify;
    // The supervisor's own mapping of the order segment.
    [[nodiscard]] OrdersSegment& orders() { return *orders_.get(); }

private:
    static void pause();

    ScratchFolder folder_;
    SegmentMapping<OrdersSegment> orders_;
    SegmentMapping<const ReportsSegment> reports_view_;
    RingProducer<OrderRecord> order_ring_;
    RingConsumer<ReportRecord> report_ring_;
    std::uint64_t order_sequence_ = 0;
    std::uint64_t report_sequence_ = 0;
};

void write_file(const std::string& path, std::string_view bytes);
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace hrn::runtime::test
