// A Work for tests: its image is a word that says what happens to it, and gates let a test hold a stage.
//
//   "good"        a result          "bad-decode"   TaskFailed(unreadable_image) in decode
//   "no-face"     an outcome        "bad-infer"    an exception in infer
//   "lost"        DeviceFatal       "bad-write"    an exception in write
//   "big"         DeviceOutOfMemory for any batch of more than one
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "worker/runtime/work.hpp"

namespace hrn::runtime::test {

// Closed: whoever passes waits. Counts who has arrived.
class Gate {
public:
    void pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return open_; });
    }
    void shut() {
        const std::lock_guard lock(mutex_);
        open_ = false;
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait_for_arrivals(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return arrived_ >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true;
    int arrived_ = 0;
};

class Word : public Prepared, public Computed {
public:
    explicit Word(std::string the_word, int the_batch = 0) : word(std::move(the_word)), batch(the_batch) {}
    std::string word;
    int batch;
};

class FakeWork : public Work {
public:
    Gate load_gate, decode_gate, infer_gate, write_gate;
    int batch_size = 4;
    int lanes = 1;
    std::function<void()> on_load = [] {};
    int not_yet = 0;                   // so many times is loading put off
    std::vector<std::size_t> batches;  // sizes given to infer(), in order; read after the worker ended

    std::optional<std::string> cannot_load_yet() override {
        return not_yet-- > 0 ? std::optional<std::string>("too little free memory") : std::nullopt;
    }

    Loaded load() override {
        load_gate.pass();
        on_load();
        return {R"({"device": "fake"})", batch_size, lanes};
    }

    std::unique_ptr<Prepared> decode(TaskInput input) override {
        decode_gate.pass();
        std::string word(reinterpret_cast<const char*>(input.image.data()), input.image.size());
        if (word == "bad-decode") {
            throw TaskFailed(ErrorCode::unreadable_image, "not a good word");
        }
        return std::make_unique<Word>(std::move(word));
    }

    std::vector<Outcome> infer(std::span<Prepared* const> batch, const Step& step) override {
        {
            const std::lock_guard lock(batches_mutex_);
            batches.push_back(batch.size());
        }
        infer_gate.pass();
        step();
        std::vector<Outcome> outcomes;
        for (Prepared* prepared : batch) {
            const std::string& word = static_cast<Word*>(prepared)->word;
            if (word == "bad-infer") {
                throw std::runtime_error("this image upsets the network");
            }
            if (word == "lost") {
                throw DeviceFatal("the device fell off the bus");
            }
            if (word == "big" && batch.size() > 1) {
                throw DeviceOutOfMemory("too big");
            }
            if (word == "no-face") {
                outcomes.emplace_back(TaskFailure{ErrorCode::no_face, "nobody there"});
            } else {
                outcomes.emplace_back(std::make_unique<Word>(word, static_cast<int>(batch.size())));
            }
        }
        return outcomes;
    }

    Outputs write(Computed& computed, const TaskFacts& facts) override {
        write_gate.pass();
        const std::string& word = static_cast<Word&>(computed).word;
        if (word == "bad-write") {
            throw std::runtime_error("no mesh of this");
        }
        return {{{"", "mesh.obj", word}, {"", "result.json", facts.source}}, 2};
    }

private:
    std::mutex batches_mutex_;
};

}  // namespace hrn::runtime::test
