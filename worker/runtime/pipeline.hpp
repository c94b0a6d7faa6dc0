// The threads of a worker (design.md 2): decode x N, infer x L, write x M, joined by bounded queues, so that
// the device never waits for a file. The L infer threads (lanes) each have a batch of their own: while the
// CPU looks at the numbers of one, the device computes another. Every change of a task's place is told in
// shared memory by the rules of shared/slots.hpp, every end of a task by one report.
//
// Owned by run_worker(). start(), submit(), finish_input() and join() are called by the main thread. The
// first infer thread conducts: it loads, starts the other threads, computes, and at the end joins them.
//
// Failures: one task's fault is that task's report. A device that is lost for good, a model that cannot be
// loaded and nonsense from the supervisor end the pipeline; ending() says how. Whatever else is thrown is a
// bug and ends the process by SIGABRT, which names the thread (last_words.hpp).
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "shared/slots.hpp"
#include "shared/unique_fd.hpp"
#include "worker/runtime/bounded_queue.hpp"
#include "worker/runtime/busy_time.hpp"
#include "worker/runtime/decode_order.hpp"
#include "worker/runtime/order_taker.hpp"
#include "worker/runtime/report_publisher.hpp"
#include "worker/runtime/wanted_back.hpp"
#include "worker/runtime/work.hpp"

namespace hrn::runtime {

class BatchRunner;

struct PipelineOptions {
    int decode_threads = 1;
    int write_threads = 1;
    std::chrono::milliseconds batch_wait{0};  // for a batch to fill up while more images are being decoded
    std::uint64_t max_file_bytes = 0;         // 0: no limit
    std::string claimed;                      // path of claimed/
    std::string generation_folder;            // path of results/.tmp/GENERATION
    std::function<void()> confine;            // once, on the first infer thread, after loading; may be empty
};

// One order on its way through the stages. Owned by the thread or queue that it is with.
struct TaskInHand {
    TakenOrder order;
    std::string source;
    std::unique_ptr<Prepared> prepared;
    std::unique_ptr<Computed> computed;
    std::array<std::uint32_t, 8> stage_microseconds{};
    std::uint32_t batch = 0;
};
using TaskPointer = std::unique_ptr<TaskInHand>;

class Pipeline {
public:
    // Everything that is passed by reference outlives the pipeline.
    Pipeline(Work& work, PipelineOptions options, ReportsSegment& reports, ReportPublisher& publisher);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    void start();

    enum class State : std::uint8_t { loading, running, ended };
    [[nodiscard]] State state() const { return state_.load(std::memory_order_acquire); }
    // Readable whenever state() has changed; drain it by read().
    [[nodiscard]] int state_fd() const { return state_fd_.get(); }

    // A task whose slot is occupied. Only while running, before finish_input().
    void submit(const TakenOrder& order);
    // Gives a task back to the supervisor (report `returned`) if it only waits for decode or infer; one that
    // a decode thread has in hand goes back when that is done; one that is computed already is kept. Main
    // thread, like submit().
    void take_back(const TaskId& id, std::uint32_t attempt);
    // Nothing more comes: what is held is finished, then the state becomes ended.
    void finish_input();
    // Once, after the state became ended.
    void join();

    struct Ending {
        WorkerExit status = WorkerExit::ok;
        ErrorCode code = ErrorCode::none;
        std::string message;  // empty: everything that was held is done
    };
    [[nodiscard]] Ending ending() const;

private:
    void run_infer();
    void run_decode(int thread_index);
    void run_write(int thread_index);
    [[nodiscard]] std::optional<Loaded> load(ThreadReporter& reporter);
    [[nodiscard]] bool wait_until_loadable();
    void start_stages(const Loaded& loaded);
    void run_lane(int thread_index, int batch_size);
    void infer_batches(ThreadReporter& reporter, BatchRunner& runner);
    [[nodiscard]] std::vector<TaskPointer> gather(int most);
    void infer_one_batch(ThreadReporter& reporter, BatchRunner& runner, std::vector<TaskPointer>& batch);
    void decode_one(ThreadReporter& reporter, TaskPointer task);
    void left_decode();
    void read_and_decode(TaskInHand& task);
    void write_one(ThreadReporter& reporter, TaskPointer task);
    [[nodiscard]] ReportRecord write_result(TaskInHand& task, ThreadReporter& reporter);
    void end_task(TaskInHand& task, ReportRecord& record);
    void give_back(TaskPointer task);
    void fail_task(TaskInHand& task, const TaskFailure& failure);
    void break_off(WorkerExit status, ErrorCode code, const std::string& message);
    void set_state(State state);
    // Runs the body of a stage thread; what ends the worker as a whole is caught here.
    void guarded(const std::function<void()>& body);

    Work& work_;
    const PipelineOptions options_;
    ReportsSegment& reports_;
    ReportPublisher& publisher_;
    SlotWriter slots_;
    WantedBack wanted_back_;

    BoundedQueue<TaskPointer> to_decode_;
    DecodeOrder decode_order_;            // under the lock of that queue
    BoundedQueue<TaskPointer> to_infer_;  // both widened once the batch size is known
    BoundedQueue<TaskPointer> to_write_;
    std::atomic<int> before_infer_{0};  // tasks that are on their way to the infer threads
    std::mutex gathering_;              // one batch is put together at a time: two would get half of it each
    BusyTime device_busy_;
    std::atomic<int> decoders_left_{0};
    std::vector<std::thread> lane_threads_;  // all infer threads but the first
    std::vector<std::thread> decode_threads_;
    std::vector<std::thread> write_threads_;
    std::thread infer_thread_;

    UniqueFd state_fd_;
    std::atomic<State> state_{State::loading};
    mutable std::mutex ending_mutex_;
    Ending ending_;
};

}  // namespace hrn::runtime
