// The real Storage with a fake loop and a fake worker around it: tasks that are queued are "computed" at once
// (a result folder with two small files is written) unless the test says otherwise. One folder per service
// life can be reused by the next, which is how restarts are tested.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/storage/storage.hpp"

namespace hrn::test {

// Folders and configuration of a service below `root`: spool/, results/, state/.
[[nodiscard]] Config service_config(const std::string& root);
// Writes incoming/REL through a dot name and a rename, as users of the spool should.
void drop(const Config& config, const std::string& rel, const std::string& bytes = "image bytes");
[[nodiscard]] std::string read_file(const std::string& path);
[[nodiscard]] bool path_exists(const std::string& path);
// Every file and folder below `folder`, as relative paths, sorted.
[[nodiscard]] std::vector<std::string> tree(const std::string& folder);

// Of the calls that shared/fs announces to its fault hook: those that change something on disk.
[[nodiscard]] bool changes_something(std::string_view call);

class FakeService : public supervisor::StorageEvents {
public:
    explicit FakeService(Config config);
    ~FakeService() override;  // stops

    // What the fake worker does with a queued task; set before start().
    enum class Work : std::uint8_t { succeed, fail, quarantine, leave };
    std::function<Work(const supervisor::QueuedTask&)> work = [](const auto&) { return Work::succeed; };

    void start(bool intake = true);
    // Runs posted calls until `condition` holds; false after a generous guard against hangs.
    bool run_until(const std::function<bool()>& condition, int guard_seconds = 60);
    bool wait_for_finished(std::size_t count);
    // And the worker's folder is there.
    bool wait_recovered() {
        return run_until([this] { return (recovered && generation_made_) || fatal; });
    }
    void stop();

    // The worker's side: results/.tmp/GENERATION/ID/ with `files`, and the report that describes them.
    [[nodiscard]] supervisor::DoneTask compute(const supervisor::QueuedTask& task) const;
    void finish(const supervisor::QueuedTask& task, Work how);
    // Calls a command and waits for its answer.
    [[nodiscard]] nlohmann::json ask(const std::function<void(supervisor::JsonCallback)>& command);

    supervisor::Storage& storage() { return *storage_; }
    [[nodiscard]] const Config& config() const { return config_; }
    [[nodiscard]] std::string result(const std::string& name) const {
        return config_.service.results_dir + "/" + name;
    }
    [[nodiscard]] std::string spool(const std::string& name) const {
        return config_.service.spool_dir + "/" + name;
    }

    std::vector<supervisor::QueuedTask> queued;
    std::vector<supervisor::FinishedTask> finished;
    std::vector<std::pair<TaskId, std::string>> refused;
    std::vector<TaskId> attempts_committed;
    std::vector<supervisor::QueuedTask> changed;
    std::map<std::string, std::string> problems;
    std::set<std::string> problems_ever;
    supervisor::StoreCounts counts;
    std::optional<supervisor::Recovery> recovered;
    std::optional<std::pair<int, std::string>> fatal;

    static constexpr std::uint64_t kGeneration = 0x1234;

private:
    void on_recovered(const supervisor::Recovery& recovery) override;
    void on_queued(const std::vector<supervisor::QueuedTask>& tasks) override;
    void on_attempt_committed(const TaskId& id) override { attempts_committed.push_back(id); }
    void on_finished(const supervisor::FinishedTask& task) override { finished.push_back(task); }
    void on_publish_refused(const TaskId& id, const std::string& why) override {
        refused.emplace_back(id, why);
    }
    void on_changed(const supervisor::QueuedTask& task) override { changed.push_back(task); }
    void on_counts(const supervisor::StoreCounts& now) override { counts = now; }
    void on_problem(const std::string& code, const std::string& text) override {
        problems[code] = text;
        problems_ever.insert(code);
    }
    void on_problem_cleared(const std::string& code) override { problems.erase(code); }
    void on_fatal(int status, const std::string& why) override { fatal = {status, why}; }

    Config config_;
    bool intake_ = true;
    bool generation_made_ = false;
    std::deque<supervisor::QueuedTask> before_generation_;
    std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<std::function<void()>> calls_;
    std::unique_ptr<supervisor::Storage> storage_;
};

}  // namespace hrn::test
