#include "supervisor/ctl/bench/bench_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "shared/image_names.hpp"
#include "shared/toml_text.hpp"
#include "supervisor/ctl/bench/scratch_service.hpp"
#include "supervisor/ctl/exit_status.hpp"
#include "supervisor/ctl/json_view.hpp"

namespace hrn::ctl {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kSimulatedTasks = 1000;
constexpr auto kLook = 10ms;

// By its extension alone: the copies get names of their own, so a hidden image is as good as any; but a file
// called ".jpg" has none to give to its copies.
bool is_image(const files::path& path) {
    return has_image_extension(path.extension().native());
}

std::vector<std::string> find_images(const std::vector<std::string>& paths) {
    std::vector<std::string> images;
    for (const std::string& path : paths) {
        std::error_code error;
        if (files::is_directory(path, error)) {
            for (const auto& entry : files::recursive_directory_iterator(path)) {
                if (entry.is_regular_file() && is_image(entry.path())) {
                    images.push_back(files::absolute(entry.path()).string());
                }
            }
        } else if (files::is_regular_file(path, error) && is_image(path)) {
            images.push_back(files::absolute(path).string());
        } else {
            throw CommandError(Exit::usage, "bench: " + path + " is neither an image nor a folder");
        }
    }
    std::sort(images.begin(), images.end());
    return images;
}

ScratchService::Sections sections_of(const BenchOptions& options, const BenchSetup& setup,
                                     const BenchCase& what) {
    ScratchService::Sections sections;
    const std::string batch = options.batch_size > 0 ? std::to_string(options.batch_size) : "\"auto\"";
    sections["spool"] = {"settle_ms = 0", "min_free_mb = 0",
                         "active_limit = " + std::to_string(std::min(1'000'000, setup.tasks + 100))};
    sections["workers"] = {"batch_size = " + batch};
    sections["scheduling"] = {"policy = " + toml_string(what.policy),
                              "prefetch_batches = " + std::to_string(options.prefetch)};
    sections["metrics"] = {"listen = \"off\""};
    sections["log"] = {"level = \"warning\""};
    if (!setup.simulated) {
        sections["workers"].push_back("devices = " + toml_list(what.devices, toml_string));
        if (!options.model.empty()) {
            sections["model"] = {"dir = " + toml_string(files::absolute(options.model).string())};
        }
        return sections;
    }
    sections["model"] = {"kind = \"simulated\""};
    sections["workers"].push_back(
        "devices = " + toml_list(std::vector<std::string>(what.devices.size(), "cpu"), toml_string));
    sections["simulated"] = {"service_ms = " + toml_number(options.times.service_ms),
                             "distribution = " + toml_string(options.times.distribution),
                             "sigma = " + toml_number(options.times.sigma),
                             "speeds = " + toml_list(options.speeds, toml_number),
                             "load_ms = 0",
                             "estimate_noise = " + toml_number(options.noise),
                             "seed = " + std::to_string(options.seed)};
    return sections;
}

void prepare_images(const std::string& folder, const BenchSetup& setup) {
    for (int i = 0; i < setup.tasks; ++i) {
        std::string number = std::to_string(i);
        number.insert(0, 7 - std::min<std::size_t>(7, number.size()), '0');
        if (setup.simulated) {
            std::ofstream(folder + "/" + number + ".jpg") << "image " << i << "\n";
            continue;
        }
        const files::path source = setup.images[static_cast<std::size_t>(i) % setup.images.size()];
        const std::string target = folder + "/" + number + source.extension().string();
        files::copy_file(source, target);
    }
}

double speed_of(const BenchOptions& options, std::size_t worker) {
    return worker < options.speeds.size() ? options.speeds[worker] : 1;
}

// From what every simulated result says of its own work.
void add_bounds(const BenchOptions& options, const std::string& results, std::size_t workers, BenchRun& run) {
    double total = 0, longest = 0, speed = 0, slowest = speed_of(options, 0);
    for (std::size_t i = 0; i < workers; ++i) {
        speed += speed_of(options, i);
        slowest = std::min(slowest, speed_of(options, i));
    }
    for (const auto& entry : files::directory_iterator(results)) {
        std::ifstream file(entry.path() / "result.json");
        const nlohmann::json result = nlohmann::json::parse(file, nullptr, false);
        const double work = number_at(result, "simulated_work_seconds").value_or(0);
        total += work;
        longest = std::max(longest, work);
    }
    run.work_seconds = total;
    run.ideal_seconds = total / speed;
    run.bound_seconds = run.ideal_seconds + longest / slowest;
}

}  // namespace

int count_gpus() {
    int count = 0;
    while (::access(("/dev/nvidia" + std::to_string(count)).c_str(), F_OK) == 0) {
        ++count;
    }
    return count;
}

BenchSetup prepare_bench(const BenchOptions& options) {
    if (options.simulated && options.real) {
        throw CommandError(Exit::usage, "bench: --simulated and --real exclude each other");
    }
    BenchSetup setup;
    setup.simulated = options.simulated || (!options.real && count_gpus() == 0);
    if (setup.simulated) {
        setup.tasks = options.tasks > 0 ? options.tasks : kSimulatedTasks;
        return setup;
    }
    setup.images = find_images(options.images);
    if (setup.images.empty()) {
        throw CommandError(Exit::usage,
                           "bench: real workers need images: --images FOLDER (or use --simulated)");
    }
    setup.tasks = options.tasks > 0 ? options.tasks : static_cast<int>(setup.images.size());
    return setup;
}

std::vector<BenchCase> bench_cases(const BenchOptions& options, const BenchSetup& setup) {
    std::vector<std::vector<std::string>> devices;
    for (const std::string& list : options.lists) {
        devices.emplace_back();
        std::istringstream items(list);
        for (std::string item; std::getline(items, item, ',');) {
            devices.back().push_back(item);
        }
    }
    if (options.lists.empty()) {
        const int gpus = count_gpus();
        for (const int count : options.counts) {
            if (!setup.simulated && gpus > 0 && count > gpus) {
                continue;  // there are no more
            }
            devices.emplace_back();
            for (int i = 0; i < count; ++i) {
                devices.back().push_back(gpus == 0 ? "cpu" : std::to_string(i));
            }
        }
    }
    std::vector<BenchCase> cases;
    for (const std::string& policy : options.policies) {
        for (const auto& list : devices) {
            cases.push_back({policy, list});
        }
    }
    if (cases.empty()) {
        throw CommandError(Exit::usage, "bench: this machine has fewer GPUs than --devices asks for");
    }
    return cases;
}

BenchRun run_bench(const BenchOptions& options, const BenchSetup& setup, const BenchCase& what) {
    const char* temporary = std::getenv("TMPDIR");
    const std::string parent = !options.scratch.empty() ? options.scratch
                               : temporary != nullptr   ? temporary
                                                        : "/tmp";
    ScratchService service(parent, sections_of(options, setup, what));
    prepare_images(service.prepared(), setup);
    service.wait_until_ready(what.devices.size());
    const auto start = Clock::now();
    service.release();
    BenchRun run;
    nlohmann::json status;
    for (;;) {
        std::this_thread::sleep_for(kLook);
        status = service.ask("status", nlohmann::json::object());
        run.done = static_cast<long>(number_at(status, "done").value_or(0));
        run.failed = static_cast<long>(number_at(status, "failed").value_or(0) +
                                       number_at(status, "quarantined").value_or(0));
        if (run.done + run.failed >= setup.tasks) {
            break;
        }
    }
    run.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const nlohmann::json& workers = list_at(status, "workers");
    for (std::size_t i = 0; i < workers.size(); ++i) {
        const nlohmann::json& worker = workers[i];
        DeviceShare share;
        share.device = setup.simulated ? "simulated " + std::to_string(i) : text_at(worker, "device");
        share.images = static_cast<long>(number_at(worker, "completed").value_or(0));
        share.mean_seconds = number_at(worker, "mean_seconds").value_or(0);
        share.total_seconds = share.mean_seconds * static_cast<double>(share.images);
        share.utilization = std::min(1.0, number_at(worker, "busy_seconds").value_or(0) / run.seconds);
        run.devices.push_back(share);
    }
    if (setup.simulated) {
        add_bounds(options, service.results(), what.devices.size(), run);
    }
    return run;
}

}  // namespace hrn::ctl
