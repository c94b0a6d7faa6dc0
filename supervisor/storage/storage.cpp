#include "supervisor/storage/storage.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>

#include "supervisor/storage/storage_thread.hpp"

namespace hrn::supervisor {

namespace {

using Request = std::function<void(storage::StorageThread&)>;
using Clock = std::chrono::steady_clock;

// Clients' requests beyond this are refused; what the loop reports about tasks never is (it is bounded by
// active_limit).
constexpr std::size_t kMaxQueuedCommands = 4096;

std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

}  // namespace

class Storage::Impl {
public:
    Impl(Config config, StorageEvents& events, Post post)
        : config_(std::move(config)),
          events_(events),
          post_(std::move(post)),
          wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        if (!wake_) {
            throw std::system_error(errno, std::generic_category(), "eventfd");
        }
    }
    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void start() {
        // Signals are the main thread's.
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        thread_ = std::thread([this] { run(); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    void stop() {
        stopping_ = true;
        wake();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    void request(Request request) {
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(std::move(request));
        }
        wake();
    }

    // A client's: answered even when it cannot be carried out.
    void command(JsonCallback done, std::function<void(storage::Commands&, const JsonCallback&)> command) {
        bool full = false;
        {
            const std::lock_guard lock(mutex_);
            full = requests_.size() >= kMaxQueuedCommands;
        }
        if (full) {
            post_([done = std::move(done)] {
                done(storage::error_answer("busy", "too many requests are waiting for the disk"));
            });
            return;
        }
        request([done = std::move(done), command = std::move(command)](storage::StorageThread& thread) {
            if (storage::Commands* commands = thread.commands()) {
                command(*commands, done);
                return;
            }
            thread.outbox().add([done](StorageEvents&) {
                done(storage::error_answer("busy",
                                           "the service is still starting: its task store is not open yet"));
            });
        });
    }

    // About a task that the loop holds.
    void task(std::function<void(storage::TaskLife&)> call) {
        request([call = std::move(call)](storage::StorageThread& thread) {
            if (storage::TaskLife* life = thread.life()) {
                call(*life);
            }
        });
    }

    [[nodiscard]] std::chrono::milliseconds busy_for() const {
        const std::int64_t begun = turn_begun_ns_.load();
        return begun == 0 ? std::chrono::milliseconds(0)
                          : std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::nanoseconds(now_ns() - begun));
    }

private:
    void wake() {
        const std::uint64_t one = 1;
        // Fails only if 2^64 wake-ups are unread, and then the thread is awake.
        static_cast<void>(::write(wake_.get(), &one, sizeof(one)) == sizeof(one));
    }

    void run() {
        storage::StorageThread thread(config_, events_, post_, stopping_);
        while (true) {
            // Before the queue is looked at: what was requested before stop() is carried out.
            const bool last = stopping_;
            turn_begun_ns_ = now_ns();
            std::vector<Request> requests;
            {
                const std::lock_guard lock(mutex_);
                requests.swap(requests_);
            }
            for (const Request& request : requests) {
                thread.handle(request);
            }
            if (last) {
                thread.finish();
                break;
            }
            thread.turn();
            turn_begun_ns_ = 0;
            wait(thread);
        }
        turn_begun_ns_ = 0;
    }

    void wait(const storage::StorageThread& thread) {
        int timeout = -1;
        if (!thread.dead()) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(thread.next_time() - Clock::now()).count();
            timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000));
        }
        pollfd waits[2] = {{wake_.get(), POLLIN, 0}, {thread.dead() ? -1 : thread.event_fd(), POLLIN, 0}};
        ::poll(waits, 2, timeout);  // EINTR and errors: the next turn looks at everything anyway
        std::uint64_t count = 0;
        static_cast<void>(::read(wake_.get(), &count, sizeof(count)) == sizeof(count));
    }

    Config config_;
    StorageEvents& events_;
    Post post_;
    UniqueFd wake_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::int64_t> turn_begun_ns_{0};
    std::mutex mutex_;
    std::vector<Request> requests_;
    std::thread thread_;
};

Storage::Storage(Config config, StorageEvents& events, Post post)
    : impl_(std::make_unique<Impl>(std::move(config), events, std::move(post))) {}
Storage::~Storage() = default;

void Storage::start() {
    impl_->start();
}
void Storage::stop() {
    impl_->stop();
}
void Storage::reload(const Config& config) {
    impl_->request([config](storage::StorageThread& thread) { thread.reload(config); });
}
void Storage::set_intake(bool open) {
    impl_->request([open](storage::StorageThread& thread) { thread.set_intake(open); });
}
void Storage::persist_pause(bool paused) {
    impl_->request([paused](storage::StorageThread& thread) { thread.persist_pause(paused); });
}
void Storage::persist_drained_devices(std::map<std::string, std::string> devices) {
    impl_->request([devices = std::move(devices)](storage::StorageThread& thread) {
        thread.persist_drained_devices(devices);
    });
}
void Storage::persist_cancelled(std::vector<TaskId> ids) {
    impl_->request([ids = std::move(ids)](storage::StorageThread& thread) { thread.persist_cancelled(ids); });
}
void Storage::after_all(std::function<void()> done) {
    impl_->request([done = std::move(done)](storage::StorageThread& thread) {
        thread.outbox().add([done](StorageEvents&) { done(); });
    });
}

void Storage::commit_attempt(const TaskId& id, std::uint32_t attempts,
                             const std::vector<TaskError>& history) {
    impl_->task([=](storage::TaskLife& life) { life.commit_attempt(id, attempts, history, true); });
}
void Storage::record_attempt(const TaskId& id, std::uint32_t attempts, const TaskError& error) {
    impl_->task([=](storage::TaskLife& life) { life.commit_attempt(id, attempts, {error}, false); });
}
void Storage::finish_done(DoneTask task) {
    impl_->task([task = std::move(task)](storage::TaskLife& life) { life.finish_done(task); });
}
void Storage::finish_failed(FailedTask task) {
    impl_->task([task = std::move(task)](storage::TaskLife& life) { life.finish_failed(task); });
}

void Storage::forget_generation(std::uint64_t generation) {
    impl_->request([generation](storage::StorageThread& thread) { thread.forget_generation(generation); });
}
void Storage::discard_result(std::uint64_t generation, const TaskId& id) {
    impl_->request([=](storage::StorageThread& thread) { thread.discard_result(generation, id); });
}
void Storage::prepare_generation(std::uint64_t generation,
                                 std::function<void(bool made, const std::string& why)> done) {
    impl_->request([generation, done = std::move(done)](storage::StorageThread& thread) {
        thread.prepare_generation(generation, done);
    });
}
void Storage::rescan(std::function<void()> done) {
    impl_->request([done = std::move(done)](storage::StorageThread& thread) { thread.rescan(done); });
}

void Storage::show(const std::string& id_prefix, JsonCallback done) {
    impl_->command(std::move(done), [id_prefix](storage::Commands& commands, const JsonCallback& answer) {
        commands.show(id_prefix, answer);
    });
}
void Storage::list(const Listing& listing, JsonCallback done) {
    impl_->command(std::move(done), [listing](storage::Commands& commands, const JsonCallback& answer) {
        commands.list(listing, answer);
    });
}
void Storage::retry(std::vector<std::string> id_prefixes, bool all_failed, JsonCallback done) {
    impl_->command(std::move(done), [ids = std::move(id_prefixes), all_failed](storage::Commands& commands,
                                                                               const JsonCallback& answer) {
        commands.retry(ids, all_failed, answer);
    });
}
void Storage::set_held(std::vector<std::string> id_prefixes, bool held, JsonCallback done) {
    impl_->command(std::move(done), [ids = std::move(id_prefixes), held](storage::Commands& commands,
                                                                         const JsonCallback& answer) {
        commands.set_held(ids, held, answer);
    });
}
void Storage::bump(std::vector<std::string> id_prefixes, JsonCallback done) {
    impl_->command(std::move(done),
                   [ids = std::move(id_prefixes)](storage::Commands& commands, const JsonCallback& answer) {
                       commands.bump(ids, answer);
                   });
}
void Storage::clean(bool failed, std::int64_t before_ms, JsonCallback done) {
    impl_->command(std::move(done),
                   [failed, before_ms](storage::Commands& commands, const JsonCallback& answer) {
                       commands.clean(failed, before_ms, answer);
                   });
}
void Storage::find_claimed(std::vector<std::string> paths, std::int64_t since_ms, JsonCallback done) {
    impl_->command(std::move(done), [paths = std::move(paths), since_ms](storage::Commands& commands,
                                                                         const JsonCallback& answer) {
        commands.find_claimed(paths, since_ms, answer);
    });
}
void Storage::resolve(std::vector<std::string> id_prefixes, JsonCallback done) {
    impl_->command(std::move(done),
                   [ids = std::move(id_prefixes)](storage::Commands& commands, const JsonCallback& answer) {
                       commands.resolve(ids, answer);
                   });
}

std::chrono::milliseconds Storage::busy_for() const {
    return impl_->busy_for();
}

}  // namespace hrn::supervisor
