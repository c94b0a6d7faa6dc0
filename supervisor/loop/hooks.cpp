#include "supervisor/loop/hooks.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "shared/log.hpp"
#include "supervisor/workers/readable_watch.hpp"
#include "supervisor/workers/worker_output.hpp"
#include "supervisor/workers/worker_process.hpp"

namespace hrn::supervisor {
namespace {

// A file in memory that holds `text`, to be read from its beginning.
UniqueFd file_of(const std::string& text) {
    UniqueFd file(::memfd_create("hrn-hook", MFD_CLOEXEC));
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::lseek(file.get(), 0, SEEK_SET) != 0) {
        throw std::system_error(errno, std::generic_category(), "a hook's standard input");
    }
    return file;
}

std::string_view state_text(FinalState state) {
    switch (state) {
        case FinalState::done:
            return "done";
        case FinalState::failed:
            return "failed";
        case FinalState::quarantined:
            return "quarantined";
    }
    return "failed";
}

std::vector<std::pair<std::string, std::string>> environment_of(const FinishedTask& task) {
    std::vector<std::pair<std::string, std::string>> environment = {
        {"HRN_TASK_ID", task.id.text()},
        {"HRN_PATH", task.path},
        {"HRN_STATE", std::string(state_text(task.state))}};
    if (task.state == FinalState::done) {
        environment.emplace_back("HRN_RESULT_DIR", task.result_dir);
    } else if (task.error) {
        environment.emplace_back("HRN_ERROR_CODE", std::string(error_name(task.error->code)));
    }
    return environment;
}

std::string last_line(std::string text) {
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    return text.substr(text.find_last_of('\n') + 1);
}

}  // namespace

// One hook that runs: its process and the end of what it writes.
class Hooks::Run {
public:
    Run(Hooks& owner, const FinishedTask& task, const std::vector<std::string>& command,
        const std::string& description)
        : owner_(owner), program_(command.front()), task_(task.id) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2 for a hook");
        }
        output_ = UniqueFd(ends[0]);
        const UniqueFd write_end(ends[1]);
        ::fcntl(write_end.get(), F_SETFL, 0);  // the hook's own writes may block
        const UniqueFd input = file_of(description);
        ProcessSpec spec;
        spec.program = program_;
        spec.arguments.assign(command.begin() + 1, command.end());
        spec.environment = environment_of(task);
        spec.input_fd = input.get();
        spec.output_fd = write_end.get();
        process_ = WorkerProcess::start(spec);
        death_ = std::make_unique<ReadableWatch>(owner.io_, process_.pidfd(), [this] { dead(); });
        said_ = std::make_unique<ReadableWatch>(owner.io_, output_.get(), [this] { read(); });
        death_->arm();
        said_->arm();
    }

    void check(TimePoint now, double limit_s) {
        if (!killed_ && now - started_ > from_seconds(limit_s)) {
            killed_ = true;
            process_.signal_group(SIGKILL);
            process_.signal(SIGKILL);
        }
    }

private:
    void read() {
        std::array<char, 16 * 1024> buffer;
        const ssize_t count = ::read(output_.get(), buffer.data(), buffer.size());
        if (count > 0) {
            tail_.add({buffer.data(), static_cast<std::size_t>(count)}, Clock::now(),
                      [](std::string_view) {});
        }
        if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))) {
            said_->arm();
        }
    }

    void dead() {
        read();
        const std::optional<ExitStatus> end = process_.reap();
        if (!end) {
            death_->arm();
            return;
        }
        const bool well = !killed_ && !end->signalled && end->value == 0;
        const std::string how =
            killed_ ? "it ran longer than hooks.time_limit_s and was killed"
                    : (end->signalled ? "killed by signal " : "exit status ") + std::to_string(end->value);
        log::write(
            well ? log::Level::debug : log::Level::warning, well ? "a hook has run" : "a hook failed",
            {{"program", program_}, {"task", task_.text()}, {"how", how}, {"said", last_line(tail_.tail())}});
        owner_.finished(this);  // the end of this object
    }

    Hooks& owner_;
    const std::string program_;
    const TaskId task_;
    const TimePoint started_ = Clock::now();
    bool killed_ = false;
    UniqueFd output_;
    LineTail tail_;
    WorkerProcess process_;
    std::unique_ptr<ReadableWatch> death_, said_;  // go before what they watch
};

Hooks::Hooks(boost::asio::io_context& io, const Config::Hooks& config, Describe describe, Behind behind)
    : io_(io),
      config_(config),
      describe_(std::move(describe)),
      behind_(std::move(behind)),
      self_(std::make_shared<Hooks*>(this)) {}

Hooks::~Hooks() {
    *self_ = nullptr;
}

const std::vector<std::string>& Hooks::command_for(const FinishedTask& task) const {
    return task.state == FinalState::done ? config_.on_done : config_.on_failed;
}

void Hooks::ended(const FinishedTask& task) {
    if (command_for(task).empty()) {
        return;
    }
    if (waiting_.size() >= kLongestQueue) {
        if (!std::exchange(is_behind_, true)) {
            log::warning("hooks take longer than the tasks; some are not run");
            behind_(true);
        }
        return;
    }
    waiting_.push_back(task);
    start_some();
}

void Hooks::start_some() {
    while (!waiting_.empty() && running_.size() + described_ < kMostAtOnce) {
        FinishedTask task = std::move(waiting_.front());
        waiting_.pop_front();
        ++described_;
        const TaskId id = task.id;
        describe_(id, [self = self_, task = std::move(task)](const nlohmann::json& json) {
            if (Hooks* hooks = *self) {
                --hooks->described_;
                hooks->start(task,
                             json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
            }
        });
    }
    if (is_behind_ && waiting_.size() < kLongestQueue / 2) {
        is_behind_ = false;
        behind_(false);
    }
}

void Hooks::start(const FinishedTask& task, const std::string& description) {
    const std::vector<std::string>& command = command_for(task);
    if (!command.empty()) {  // a reload may have taken it away
        try {
            running_.push_back(std::make_unique<Run>(*this, task, command, description));
        } catch (const std::exception& error) {
            log::warning("a hook failed",
                         {{"program", command.front()}, {"task", task.id.text()}, {"how", error.what()}});
        }
    }
    start_some();
}

void Hooks::finished(Run* run) {
    std::erase_if(running_, [run](const std::unique_ptr<Run>& one) { return one.get() == run; });
    start_some();
}

void Hooks::tick(TimePoint now) {
    for (const std::unique_ptr<Run>& run : running_) {
        run->check(now, config_.time_limit_s);
    }
}

bool Hooks::idle() const {
    return waiting_.empty() && described_ == 0 && running_.empty();
}

}  // namespace hrn::supervisor
