#include "tests/unit/supervisor/storage/fake_service.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "shared/output_files.hpp"
#include "shared/worker_launch.hpp"

namespace hrn::test {

namespace stdfs = std::filesystem;
using namespace supervisor;

Config service_config(const std::string& root) {
    Config config = default_config();
    config.service.spool_dir = root + "/spool";
    config.service.results_dir = root + "/results";
    config.service.state_dir = root + "/state";
    config.service.runtime_dir = root + "/run";
    config.spool.settle_ms = 20;
    config.spool.rescan_s = 1;
    config.spool.min_free_mb = 0;
    stdfs::create_directories(config.service.spool_dir + "/incoming");
    return config;
}

void drop(const Config& config, const std::string& rel, const std::string& bytes) {
    const stdfs::path target = stdfs::path(config.service.spool_dir) / "incoming" / rel;
    stdfs::create_directories(target.parent_path());
    const stdfs::path beside = target.parent_path() / ".drop.part";
    std::ofstream(beside, std::ios::binary) << bytes;
    stdfs::rename(beside, target);
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

bool path_exists(const std::string& path) {
    return stdfs::symlink_status(path).type() != stdfs::file_type::not_found;
}

std::vector<std::string> tree(const std::string& folder) {
    std::vector<std::string> paths;
    if (path_exists(folder)) {
        for (const auto& entry : stdfs::recursive_directory_iterator(folder)) {
            paths.push_back(stdfs::relative(entry.path(), folder).string());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

bool changes_something(std::string_view call) {
    static const std::set<std::string_view> kCalls = {"mkdirat",  "write", "renameat2", "renameat", "linkat",
                                                      "unlinkat", "rmdir", "fsync",     "syncfs"};
    return kCalls.contains(call);
}

FakeService::FakeService(Config config) : config_(std::move(config)) {
    storage_ = std::make_unique<Storage>(config_, *this, [this](std::function<void()> call) {
        const std::lock_guard lock(mutex_);
        calls_.push_back(std::move(call));
        posted_.notify_one();
    });
}

FakeService::~FakeService() {
    stop();
}

void FakeService::start(bool intake) {
    intake_ = intake;
    storage_->start();
    storage_->set_intake(intake);
}

void FakeService::stop() {
    storage_->stop();
    run_until([this] {
        const std::lock_guard lock(mutex_);
        return calls_.empty();
    });
}

bool FakeService::run_until(const std::function<bool()>& condition, int guard_seconds) {
    const auto guard = std::chrono::steady_clock::now() + std::chrono::seconds(guard_seconds);
    while (!condition()) {
        std::function<void()> call;
        {
            std::unique_lock lock(mutex_);
            if (!posted_.wait_until(lock, guard, [this] { return !calls_.empty(); })) {
                return false;
            }
            call = std::move(calls_.front());
            calls_.pop_front();
        }
        call();
    }
    return true;
}

bool FakeService::wait_for_finished(std::size_t count) {
    return run_until([&] { return finished.size() >= count || fatal.has_value(); }) && !fatal;
}

void FakeService::on_recovered(const Recovery& recovery) {
    recovered = recovery;
    storage_->prepare_generation(kGeneration, [this](bool made, const std::string& why) {
        if (!made) {
            throw std::runtime_error("prepare_generation: " + why);
        }
        generation_made_ = true;
        for (const QueuedTask& task : std::exchange(before_generation_, {})) {
            finish(task, work(task));
        }
    });
}

void FakeService::on_queued(const std::vector<QueuedTask>& tasks) {
    for (const QueuedTask& task : tasks) {
        queued.push_back(task);
        if (!generation_made_) {
            before_generation_.push_back(task);
        } else {
            finish(task, work(task));
        }
    }
}

DoneTask FakeService::compute(const QueuedTask& task) const {
    const std::string folder =
        config_.service.results_dir + "/.tmp/" + generation_text(kGeneration) + "/" + task.id.text();
    stdfs::create_directories(folder);
    const std::string json =
        nlohmann::json{{"id", task.id.text()}, {"device", "fake"}, {"attempts", 1}}.dump();
    const std::string mesh = "v 0 0 0\n";
    std::ofstream(folder + "/result.json", std::ios::binary) << json;
    std::ofstream(folder + "/mesh.obj", std::ios::binary) << mesh;
    DoneTask done;
    done.id = task.id;
    done.generation = kGeneration;
    done.attempts = task.attempts + 1;
    done.worker = 0;
    done.device = "fake";
    done.seconds = 0.25;
    done.report.kind = ReportKind::done;
    done.report.output_bytes.fill(kNoSuchOutput);
    done.report.output_bytes.at(static_cast<std::size_t>(output_index("result.json").value())) = json.size();
    done.report.output_bytes.at(static_cast<std::size_t>(output_index("mesh.obj").value())) = mesh.size();
    return done;
}

void FakeService::finish(const QueuedTask& task, Work how) {
    if (how == Work::leave) {
        return;
    }
    if (how == Work::succeed) {
        storage_->finish_done(compute(task));
        return;
    }
    FailedTask failed;
    failed.id = task.id;
    failed.attempts = task.attempts + 1;
    failed.quarantined = how == Work::quarantine;
    failed.worker = 0;
    failed.device = "fake";
    failed.error.code = how == Work::quarantine ? ErrorCode::poison : ErrorCode::no_face;
    failed.error.message = "no face in this picture";
    failed.error.stage = "in decode";
    storage_->finish_failed(failed);
}

nlohmann::json FakeService::ask(const std::function<void(JsonCallback)>& command) {
    std::optional<nlohmann::json> answer;
    command([&](const nlohmann::json& json) { answer = json; });
    if (!run_until([&] { return answer.has_value(); })) {
        throw std::runtime_error("no answer");
    }
    return *answer;
}

}  // namespace hrn::test
