// How many tasks a second the storage thread alone takes from a dropped file to a settled result, with
// workers that cost nothing but two files each; and what the ways to sync cost on this disk, to judge the
// figure by.
//
//   storage_throughput [TASKS [FOLDER]]     TASKS 0: only the cost of the ways to sync
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "shared/fs.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begun) {
    return std::chrono::duration<double>(Clock::now() - begun).count();
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// `group` new files, then one sync of each or one of the file system: microseconds a file.
double sync_cost(const std::string& folder, int group, bool whole) {
    const hrn::UniqueFd directory = hrn::fs::open_directory(folder);
    constexpr int kRounds = 10;
    const auto begun = Clock::now();
    for (int round = 0; round < kRounds; ++round) {
        for (int i = 0; i < group; ++i) {
            hrn::fs::write_file_at(directory.get(), "f" + std::to_string(round * group + i), "x", !whole);
        }
        if (whole) {
            hrn::fs::sync_file_system(directory.get());
        }
    }
    return 1e6 * seconds_since(begun) / (kRounds * group);
}

void print_sync_costs(const std::string& root) {
    std::printf("microseconds a file    fsync each   one syncfs\n");
    for (const int group : {1, 2, 4, 8, 32, 256}) {
        double cost[2];
        for (const bool whole : {false, true}) {
            const std::string folder = root + "/sync" + std::to_string(group) + (whole ? "w" : "e");
            std::filesystem::create_directories(folder);
            cost[whole ? 1 : 0] = sync_cost(folder, group, whole);
        }
        std::printf("  group of %-4d %14.0f %12.0f\n", group, cost[0], cost[1]);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t tasks = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10000;
    std::string root = argc > 2 ? argv[2] : std::filesystem::temp_directory_path().string();
    root += "/storage-throughput-" + std::to_string(::getpid());
    std::filesystem::create_directories(root);
    if (tasks == 0) {
        print_sync_costs(root);
        std::filesystem::remove_all(root);
        return 0;
    }
    hrn::Config config = hrn::test::service_config(root);
    config.spool.active_limit = 2000;
    for (std::size_t i = 0; i < tasks; ++i) {
        std::ofstream(config.service.spool_dir + "/incoming/x" + std::to_string(i) + ".jpg") << "image bytes";
    }
    hrn::test::FakeService service(config);
    const auto begun = Clock::now();
    const double cpu_before = cpu_seconds();
    service.start();
    if (!service.run_until([&] { return service.finished.size() == tasks || service.fatal; }, 600) ||
        service.fatal) {
        std::fprintf(stderr, "failed after %zu tasks%s\n", service.finished.size(),
                     service.fatal ? (": " + service.fatal->second).c_str() : "");
        return 1;
    }
    const double took = seconds_since(begun);
    std::printf("%zu tasks in %.2f s: %.0f tasks/s, %.0f us CPU a task (fake workers included)\n", tasks,
                took, static_cast<double>(tasks) / took,
                1e6 * (cpu_seconds() - cpu_before) / static_cast<double>(tasks));
    service.stop();
    std::filesystem::remove_all(root);
    return 0;
}
