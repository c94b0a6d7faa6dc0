#include "tests/bench/service_run.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "shared/unique_fd.hpp"

namespace hrn::bench {

namespace {

namespace files_system = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes kPatience{30};  // for the slowest CPU

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string make_folder(const std::string& parent) {
    std::string pattern = parent + "/hrn-bench.XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "making a folder in " + parent);
    }
    return pattern;
}

// One request on a connection of its own.
nlohmann::json ask(const std::string& socket_path, const std::string& command) {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
    const std::string request = R"({"command":")" + command + "\"}\n";
    std::string answer;
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size())) {
        char buffer[65536];
        while (answer.find('\n') == std::string::npos) {
            const ssize_t count = ::recv(fd.get(), buffer, sizeof buffer, 0);
            if (count <= 0) {
                break;
            }
            answer.append(buffer, static_cast<std::size_t>(count));
        }
    }
    if (answer.empty()) {
        throw std::runtime_error("the supervisor does not answer");
    }
    return nlohmann::json::parse(answer).at("result");
}

double cpu_seconds(pid_t pid) {
    const std::string stat = test::read_whole("/proc/" + std::to_string(pid) + "/stat");
    std::istringstream rest(stat.substr(stat.rfind(')') + 2));
    std::string field;
    double ticks = 0;
    for (int i = 3; i <= 15 && rest >> field; ++i) {
        ticks += i >= 14 ? std::stod(field) : 0;
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double cpu_seconds(const std::vector<pid_t>& pids) {
    double sum = 0;
    for (const pid_t pid : pids) {
        sum += cpu_seconds(pid);
    }
    return sum;
}

double sum_of(const nlohmann::json& workers, const char* key) {
    double sum = 0;
    for (const nlohmann::json& worker : workers) {
        sum += worker.contains(key) && worker.at(key).is_number() ? worker.at(key).get<double>() : 0;
    }
    return sum;
}

double median_of(std::vector<double>& numbers, double share) {
    std::sort(numbers.begin(), numbers.end());
    const auto last = static_cast<double>(numbers.size() - 1);
    return numbers[static_cast<std::size_t>(share * last + 0.5)];
}

void drop_page_cache() {
    ::sync();
    if (!(std::ofstream("/proc/sys/vm/drop_caches") << 3 << std::flush)) {
        throw std::runtime_error("only root can empty the page cache (--cold)");
    }
}

// NVML's share of time with a kernel on any of the service's GPUs, looked at while it works.
class NvmlWatch {
public:
    void look(const std::string& socket_path) {
        for (const nlohmann::json& gpu : ask(socket_path, "gpus")) {
            if (!gpu.at("workers").empty() && gpu.at("utilization").is_number()) {
                seen_.push_back(gpu.at("utilization").get<double>());
            }
        }
    }
    // The first and last looks reach beyond the load.
    [[nodiscard]] std::optional<double> median() {
        if (seen_.size() < 3) {
            return std::nullopt;
        }
        std::vector<double> inner(seen_.begin() + 1, seen_.end() - 1);
        return median_of(inner, 0.5);
    }

private:
    std::vector<double> seen_;
};

}  // namespace

ServiceUnderLoad::ServiceUnderLoad(const std::string& parent, const test::Service::Settings& settings,
                                   std::string log)
    : root_(make_folder(parent)), log_(std::move(log)) {
    service_.emplace(settings, root_);
}

ServiceUnderLoad::~ServiceUnderLoad() {
    service_.reset();
    std::error_code ignored;
    if (!log_.empty()) {
        files_system::copy_file(root_ + "/log", log_, files_system::copy_options::overwrite_existing,
                                ignored);
    }
    files_system::remove_all(root_, ignored);
}

double ServiceUnderLoad::start() {
    const auto start = Clock::now();
    service_->start();
    const bool ready = test::Service::eventually(
        [&] {
            const nlohmann::json all = workers();
            return !all.empty() && std::all_of(all.begin(), all.end(), [](const nlohmann::json& worker) {
                return worker.at("state") == "ready";
            });
        },
        kPatience);
    if (!ready) {
        throw std::runtime_error("no worker became ready:\n" + service_->log());
    }
    return seconds_since(start);
}

nlohmann::json ServiceUnderLoad::workers() const {
    return ask(root_ + "/run/control.sock", "workers");
}

std::string ServiceUnderLoad::prepare(const Files& files, int count) const {
    std::string folder = root_ + "/spool/.prepared" + std::to_string(drops_);
    files_system::create_directories(folder);
    for (int i = 0; i < count; ++i) {
        const auto& file = files[static_cast<std::size_t>(i) % files.size()];
        std::ofstream(folder + "/" + std::to_string(i) + ".jpg", std::ios::binary)
            .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
    }
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ::syncfs(fd.get());
    return folder;
}

// Done and failed together.
void ServiceUnderLoad::wait_for_ended(std::uint64_t wanted) const {
    const auto start = Clock::now();
    for (;;) {
        const nlohmann::json status = ask(root_ + "/run/control.sock", "status");
        const auto ended = status.at("done").get<std::uint64_t>() + status.at("failed").get<std::uint64_t>() +
                           status.at("quarantined").get<std::uint64_t>();
        if (ended >= wanted) {
            return;
        }
        if (Clock::now() - start > kPatience) {
            throw std::runtime_error("only " + std::to_string(ended) + " of " + std::to_string(wanted) +
                                     " images ended in half an hour");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

std::vector<bool> ServiceUnderLoad::which_succeed(const Files& files) {
    const auto count = static_cast<int>(files.size());
    const std::string from = prepare(files, count);
    const std::string name = "check" + std::to_string(drops_++);
    const nlohmann::json before = ask(root_ + "/run/control.sock", "status");
    files_system::rename(from, service_->incoming() + "/" + name);
    wait_for_ended(before.at("done").get<std::uint64_t>() + before.at("failed").get<std::uint64_t>() +
                   static_cast<std::uint64_t>(count));
    std::vector<bool> succeeded;
    for (int i = 0; i < count; ++i) {
        succeeded.push_back(files_system::exists(service_->results() + "/" + name + "/" + std::to_string(i) +
                                                 ".jpg/result.json"));
    }
    return succeeded;
}

Load ServiceUnderLoad::throughput(const Files& files, int count, bool cold) {
    const std::string socket_path = root_ + "/run/control.sock";
    const std::string from = prepare(files, count);
    const std::string name = "load" + std::to_string(drops_++);
    if (cold) {
        drop_page_cache();
    }
    const nlohmann::json before = ask(socket_path, "status");
    const double busy_before = sum_of(workers(), "device_busy_seconds");
    const std::vector<pid_t> pids = service_->worker_pids();
    const double worker_before = cpu_seconds(pids);
    const double supervisor_before = cpu_seconds(service_->supervisor().pid());
    NvmlWatch nvml;

    const auto start = Clock::now();
    files_system::rename(from, service_->incoming() + "/" + name);
    std::atomic<bool> over{false};
    std::thread watch([&] {
        for (int i = 0; !over; ++i) {
            if (i % 10 == 0) {
                nvml.look(socket_path);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    });
    const auto ended_before =
        before.at("done").get<std::uint64_t>() + before.at("failed").get<std::uint64_t>();
    wait_for_ended(ended_before + static_cast<std::uint64_t>(count));
    Load load;
    load.seconds = seconds_since(start);
    over = true;
    watch.join();

    const nlohmann::json after = ask(socket_path, "status");
    const nlohmann::json all = workers();
    load.done = after.at("done").get<int>() - before.at("done").get<int>();
    load.failed = count - load.done;
    load.images_per_second = count / load.seconds;
    load.worker_cpu_ms = 1e3 * (cpu_seconds(pids) - worker_before) / count;
    load.supervisor_cpu_ms = 1e3 * (cpu_seconds(service_->supervisor().pid()) - supervisor_before) / count;
    load.device_busy =
        (sum_of(all, "device_busy_seconds") - busy_before) / load.seconds / static_cast<double>(all.size());
    load.nvml_busy = nvml.median();
    load.gpu_mb = sum_of(all, "gpu_mb");
    load.stages = ask(socket_path, "stats").at("devices").at(0).at("stages");
    std::ifstream result(service_->results() + "/" + name + "/0.jpg/result.json");
    if (result) {
        const nlohmann::json json = nlohmann::json::parse(result);
        for (const char* key : {"device", "precision", "front_end", "model"}) {
            load.example[key] = json.contains(key) ? json.at(key) : nlohmann::json();
        }
    }
    // What is measured next needs the room.
    files_system::remove_all(service_->results() + "/" + name);
    files_system::remove_all(root_ + "/spool/done/" + name);
    return load;
}

Latency ServiceUnderLoad::lone_images(const Files& files, int count) {
    const std::string from = prepare(files, count);
    std::vector<double> taken;
    for (int i = 0; i < count; ++i) {
        const std::string file = std::to_string(i) + ".jpg";
        const std::string name = "lone" + std::to_string(drops_) + "-" + file;
        const std::string result = service_->results() + "/" + name + "/result.json";
        const auto start = Clock::now();
        files_system::rename(from + "/" + file, service_->incoming() + "/" + name);
        while (::access(result.c_str(), F_OK) != 0) {
            if (Clock::now() - start > kPatience) {
                throw std::runtime_error("a lone image never ended");
            }
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        taken.push_back(1e3 * seconds_since(start));
        // The original is moved and the row written; the next image finds a service at rest.
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
    ++drops_;
    Latency latency;
    latency.count = count;
    latency.p50_ms = median_of(taken, 0.5);
    latency.p99_ms = median_of(taken, 0.99);
    return latency;
}

double synced_files_per_second(const std::string& folder, std::size_t bytes) {
    const std::string content(bytes, 'x');
    const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    std::atomic<int> written{0};
    std::atomic<bool> failed{false};
    const auto start = Clock::now();
    std::vector<std::thread> writers;
    for (unsigned t = 0; t < threads; ++t) {
        writers.emplace_back([&, t] {
            for (int i = 0; seconds_since(start) < 2.0; ++i) {
                const std::string path =
                    folder + "/bench-disk-" + std::to_string(t) + "-" + std::to_string(i);
                const UniqueFd fd(::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644));
                const bool whole =
                    ::write(fd.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size());
                failed = failed || !whole || ::fsync(fd.get()) != 0;
                ::unlink(path.c_str());
                ++written;
            }
        });
    }
    for (std::thread& writer : writers) {
        writer.join();
    }
    if (failed) {
        throw std::runtime_error("cannot write and sync files in " + folder);
    }
    return written / seconds_since(start);
}

}  // namespace hrn::bench
