// Workers in virtual time behind a real Dispatcher: each computes what it was given one after the other, task
// t taking work[t] / speed seconds, and gives back what it has not begun when it is asked. No threads, no
// clock, no processes: 20,000 tasks take a moment.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "supervisor/loop/dispatcher.hpp"

namespace hrn::supervisor::test {

inline TaskId number_id(std::size_t number) {
    TaskId id;
    id.bytes[0] = 1;  // not empty
    for (std::size_t i = 0; i < 8; ++i) {
        id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return id;
}
inline std::size_t id_number(const TaskId& id) {
    std::size_t number = 0;
    for (std::size_t i = 8; i < 16; ++i) {
        number = number << 8 | id.bytes[i];
    }
    return number;
}

class VirtualWorker final : public WorkerPort {
public:
    VirtualWorker(int index, double speed, std::size_t capacity, const std::vector<double>& work)
        : index_(index), speed_(speed), capacity_(capacity), work_(work) {}

    int index() const override { return index_; }
    bool will_serve() const override { return serving; }
    std::size_t room() const override { return serving ? capacity_ - held_.size() : 0; }
    std::size_t held_count() const override { return held_.size(); }
    std::size_t batch_size() const override { return 1; }
    std::span<const HeldOrder> held_orders() const override { return held_.orders(); }
    TimePoint computing_since() const override { return begun_; }
    bool give(const TaskId& id, std::uint32_t attempt, std::uint64_t, bool solo, TimePoint now) override {
        if (held_.empty()) {
            begun_ = now;
        }
        held_.add({id, attempt, solo, now}, now);
        return true;
    }
    bool take_back(const TaskId& id, TimePoint now) override { return held_.mark_asked_back(id, now); }
    void flush() override {}

    // When what it computes will be ready; nothing: it is idle.
    std::optional<TimePoint> next_end() const {
        if (held_.empty()) {
            return std::nullopt;
        }
        const double seconds = work_[id_number(held_.orders().front().id)] / speed_;
        return begun_ + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    }
    TaskId finish(TimePoint now) {
        const HeldOrder order = held_.orders().front();
        held_.remove(order.id, order.attempt, now);
        begun_ = now;
        return order.id;
    }
    // What was asked back and not begun.
    std::vector<TaskId> give_back(TimePoint now) {
        std::vector<TaskId> back;
        const std::vector<HeldOrder> orders = held_.orders();
        for (std::size_t i = 1; i < orders.size(); ++i) {
            if (orders[i].asked_back) {
                held_.remove(orders[i].id, orders[i].attempt, now);
                back.push_back(orders[i].id);
            }
        }
        return back;
    }

    bool serving = true;

private:
    int index_;
    double speed_;
    std::size_t capacity_;
    const std::vector<double>& work_;
    HeldTasks held_;
    TimePoint begun_{};
};

class VirtualFleet {
public:
    VirtualFleet(const std::string& policy, std::vector<double> work, const std::vector<double>& speeds,
                 std::size_t capacity = 3)
        : work_(std::move(work)), speeds_(speeds) {
        gate_.set_recovered();
        std::vector<WorkerPort*> ports;
        std::map<int, std::string> devices;
        for (std::size_t i = 0; i < speeds.size(); ++i) {
            workers_.push_back(
                std::make_unique<VirtualWorker>(static_cast<int>(i), speeds[i], capacity, work_));
            ports.push_back(workers_.back().get());
            devices[static_cast<int>(i)] = "device " + std::to_string(i);
        }
        costs_.set_workers(devices);
        dispatcher_.set_workers(ports);
        dispatcher_.set_policy(policy);
    }

    // Everything at once; `noise`: the estimates are lognormally wrong by that much. What each task's folder
    // is, and what happens at each end, may be given.
    double run(double noise = 0, const std::function<std::string(std::size_t)>& folder = {}) {
        std::mt19937 random(7);
        std::normal_distribution<double> normal;
        for (std::size_t i = 0; i < work_.size(); ++i) {
            QueuedTask task;
            task.id = number_id(i);
            task.order = static_cast<std::int64_t>(i);
            task.top_folder = folder ? folder(i) : "";
            table_.add(task, false);
            TaskEntry& entry = *table_.find(task.id);
            entry.estimate.work = work_[i] * std::exp(noise * normal(random));
            entry.estimate.score = 0.5;
            table_.set_cost(entry, entry.estimate.work);
        }
        const TimePoint start = now_;
        dispatcher_.run(now_);
        while (VirtualWorker* worker = next_to_end()) {
            now_ = *worker->next_end();
            const TaskId id = worker->finish(now_);
            const double speed = speeds_[static_cast<std::size_t>(worker->index())];
            costs_.learn(worker->index(), table_.find(id)->estimate, work_[id_number(id)] / speed);
            ended_.push_back(id_number(id));
            table_.start_finishing(*table_.find(id));
            table_.erase(id);
            dispatcher_.run(now_);
            return_tasks();
            most_held_while_idle_ = std::max(most_held_while_idle_, held_while_idle());
        }
        return to_seconds(now_ - start);
    }

    [[nodiscard]] double total_work() const {
        double sum = 0;
        for (const double work : work_) {
            sum += work;
        }
        return sum;
    }
    [[nodiscard]] double longest() const { return *std::max_element(work_.begin(), work_.end()); }
    [[nodiscard]] double total_speed() const {
        double sum = 0;
        for (const double speed : speeds_) {
            sum += speed;
        }
        return sum;
    }
    // In the order in which they ended.
    [[nodiscard]] const std::vector<std::size_t>& ended() const { return ended_; }
    // The most tasks that a worker held while another one was idle, after each event.
    [[nodiscard]] std::size_t most_held_while_idle() const { return most_held_while_idle_; }
    [[nodiscard]] VirtualWorker& worker(std::size_t index) { return *workers_[index]; }
    TaskTable& table() { return table_; }
    Dispatcher& dispatcher() { return dispatcher_; }

private:
    VirtualWorker* next_to_end() {
        VirtualWorker* next = nullptr;
        for (const auto& worker : workers_) {
            const auto end = worker->next_end();
            if (end && (next == nullptr || *end < *next->next_end())) {
                next = worker.get();
            }
        }
        return next;
    }

    void return_tasks() {
        for (bool any = true; any;) {
            any = false;
            for (const auto& worker : workers_) {
                for (const TaskId& id : worker->give_back(now_)) {
                    table_.requeue(*table_.find(id));
                    any = true;
                }
            }
            if (any) {
                dispatcher_.run(now_);
            }
        }
    }

    std::size_t held_while_idle() const {
        std::size_t most = 0;
        bool idle = false;
        for (const auto& worker : workers_) {
            most = std::max(most, worker->held_count());
            idle = idle || worker->held_count() == 0;
        }
        return idle ? most : 0;
    }

    std::vector<double> work_, speeds_;
    TaskTable table_;
    CostBook costs_;
    DispatchGate gate_;
    Dispatcher dispatcher_{table_, costs_, gate_, [](TaskEntry&) {}, [](const TaskEntry&) {}};
    std::vector<std::unique_ptr<VirtualWorker>> workers_;
    std::vector<std::size_t> ended_;
    std::size_t most_held_while_idle_ = 0;
    TimePoint now_{std::chrono::seconds(1000)};
};

inline std::vector<double> lognormal_work(std::size_t count, double sigma, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::lognormal_distribution<double> distribution(-sigma * sigma / 2, sigma);  // mean 1
    std::vector<double> work;
    for (std::size_t i = 0; i < count; ++i) {
        work.push_back(distribution(random));
    }
    return work;
}

}  // namespace hrn::supervisor::test
