// One run of the whole service for bench_service: files in, result folders out, and what it took.
//
// A ServiceUnderLoad owns a scratch folder with spool and results, the supervisor and its workers; all of it
// is gone with the object. One thread. Throws std::runtime_error when the service does not come up or stalls.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/behaviour/support/service.hpp"

namespace hrn::bench {

using Files = std::vector<std::vector<std::uint8_t>>;

struct Load {
    double images_per_second = 0;
    double seconds = 0;
    int done = 0;
    int failed = 0;
    double worker_cpu_ms = 0;      // per image
    double supervisor_cpu_ms = 0;  // per image
    double device_busy = 0;        // share of the time, by the workers' own counters
    std::optional<double> nvml_busy;
    double gpu_mb = 0;       // device memory of all workers at the end
    nlohmann::json stages;   // seconds by stage: mean, p50, p99
    nlohmann::json example;  // device, precision and front end of a result
};

struct Latency {
    double p50_ms = 0, p99_ms = 0;
    int count = 0;
};

class ServiceUnderLoad {
public:
    // `parent`: where the scratch folder is made; `settings` as for test::Service; `log`: where the service's
    // log is kept in the end, empty: nowhere.
    ServiceUnderLoad(const std::string& parent, const test::Service::Settings& settings, std::string log);
    ~ServiceUnderLoad();
    ServiceUnderLoad(const ServiceUnderLoad&) = delete;
    ServiceUnderLoad& operator=(const ServiceUnderLoad&) = delete;

    // Starts it and waits for all workers; seconds until then.
    double start();
    // Which of the files end as a result.
    std::vector<bool> which_succeed(const Files& files);
    // `count` copies of the files, renamed into incoming/ at once. cold: from the disk, not from the page
    // cache.
    Load throughput(const Files& files, int count, bool cold);
    // One after the other: from the rename into incoming/ to the result in its place.
    Latency lone_images(const Files& files, int count);

private:
    [[nodiscard]] std::string prepare(const Files& files, int count) const;
    void wait_for_ended(std::uint64_t wanted) const;
    [[nodiscard]] nlohmann::json workers() const;

    std::string root_;
    const std::string log_;
    std::optional<test::Service> service_;
    int drops_ = 0;
};

// Files of `bytes` bytes that the folder takes in a second, each synced, by as many threads as there are
// cores.
[[nodiscard]] double synced_files_per_second(const std::string& folder, std::size_t bytes);

}  // namespace hrn::bench
