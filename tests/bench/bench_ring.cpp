// How fast is our ring? Against boost::lockfree::spsc_queue and boost::interprocess::message_queue, in the
// same run, across two processes: records a second (64-byte orders, 512-byte reports), and one-way latency
// with a reader that spins and with one that sleeps and is woken by a pipe.
//
//   bench_ring [--records N] [--pings N] [--rounds N] [--json FILE]
//
// Each figure is the median of the rounds. Neither Boost queue survives a hostile or dying peer; the ring's
// checks are part of what is measured.
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "shared/records.hpp"
#include "tests/bench/ring_channels.hpp"
#include "tests/bench/ring_measure.hpp"

namespace hrn::bench {
namespace {

struct Settings {
    std::uint64_t records = 2'000'000;
    std::uint64_t pings = 50'000;
    int rounds = 5;
};

struct Row {
    std::string name;
    double orders_per_s = 0, reports_per_s = 0;
    double spin_p50 = 0, spin_p99 = 0, woken_p50 = 0, woken_p99 = 0;  // microseconds
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// The figures of every round of one kind of queue.
struct Samples {
    std::vector<double> orders_per_s, reports_per_s, spin_p50, spin_p99, woken_p50, woken_p99;
};

template <template <typename> typename Channel>
void measure_round(const Settings& settings, Samples& samples) {
    samples.orders_per_s.push_back(records_per_second<Channel, OrderRecord>(settings.records));
    samples.reports_per_s.push_back(records_per_second<Channel, ReportRecord>(settings.records / 4));
    const auto spinning = spinning_latencies<Channel, OrderRecord>(settings.pings);
    samples.spin_p50.push_back(percentile_us(spinning, 0.50));
    samples.spin_p99.push_back(percentile_us(spinning, 0.99));
    const auto woken = woken_latencies<Channel, OrderRecord>(settings.pings / 4);
    samples.woken_p50.push_back(percentile_us(woken, 0.50));
    samples.woken_p99.push_back(percentile_us(woken, 0.99));
}

Row row_of(const char* name, const Samples& samples) {
    return {name,
            median(samples.orders_per_s),
            median(samples.reports_per_s),
            median(samples.spin_p50),
            median(samples.spin_p99),
            median(samples.woken_p50),
            median(samples.woken_p99)};
}

std::string machine() {
    utsname name{};
    ::uname(&name);
    std::string model = "unknown processor";
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; std::getline(cpuinfo, line);) {
        if (line.starts_with("model name")) {
            model = line.substr(line.find(':') + 2);
            break;
        }
    }
    return model + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores, Linux " +
           name.release;
}

void print_table(const std::vector<Row>& rows) {
    std::cout << machine() << "\n\n";
    std::printf("%-34s %10s %10s %17s %17s\n", "two processes", "64 B", "512 B", "spinning us", "woken us");
    std::printf("%-34s %10s %10s %17s %17s\n", "", "records/s", "records/s", "p50 / p99", "p50 / p99");
    for (const Row& row : rows) {
        std::array<char, 32> spinning{}, woken{};
        std::snprintf(spinning.data(), spinning.size(), "%.2f / %.2f", row.spin_p50, row.spin_p99);
        std::snprintf(woken.data(), woken.size(), "%.1f / %.1f", row.woken_p50, row.woken_p99);
        std::printf("%-34s %9.2fM %9.2fM %17s %17s\n", row.name.c_str(), row.orders_per_s / 1e6,
                    row.reports_per_s / 1e6, spinning.data(), woken.data());
    }
}

nlohmann::json json_of(const std::vector<Row>& rows, const Settings& settings) {
    nlohmann::json list = nlohmann::json::array();
    for (const Row& row : rows) {
        list.push_back({{"name", row.name},
                        {"records_per_second_64", row.orders_per_s},
                        {"records_per_second_512", row.reports_per_s},
                        {"spinning_us", {{"p50", row.spin_p50}, {"p99", row.spin_p99}}},
                        {"woken_us", {{"p50", row.woken_p50}, {"p99", row.woken_p99}}}});
    }
    return {{"machine", machine()},
            {"records", settings.records},
            {"pings", settings.pings},
            {"rounds", settings.rounds},
            {"queues", std::move(list)}};
}

int run(int argc, char** argv) {
    Settings settings;
    std::string json_file;
    CLI::App app("The ring against two of Boost's queues, across two processes");
    app.add_option("--records", settings.records, "records of one round of throughput")
        ->check(CLI::Range(std::uint64_t{1000}, std::uint64_t{1'000'000'000}));
    app.add_option("--pings", settings.pings, "records of one round of latency")
        ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{100'000'000}));
    app.add_option("--rounds", settings.rounds, "each figure is the median of so many")
        ->check(CLI::Range(1, 100));
    app.add_option("--json", json_file, "write the figures there too");
    CLI11_PARSE(app, argc, argv);

    // Round by round through all of them, so that whatever else the machine does hits each alike.
    Samples ring, lockfree, message_queue;
    for (int round = 0; round < settings.rounds; ++round) {
        measure_round<RingChannel>(settings, ring);
        measure_round<LockfreeChannel>(settings, lockfree);
        measure_round<MessageQueueChannel>(settings, message_queue);
    }
    const std::vector<Row> rows = {row_of(RingChannel<OrderRecord>::kName, ring),
                                   row_of(LockfreeChannel<OrderRecord>::kName, lockfree),
                                   row_of(MessageQueueChannel<OrderRecord>::kName, message_queue)};
    print_table(rows);
    if (!json_file.empty()) {
        std::ofstream file(json_file);
        file << json_of(rows, settings).dump(2) << "\n";
        file.close();
        if (!file) {
            std::cerr << "bench_ring: " << json_file << " cannot be written\n";
            return 1;
        }
    }
    return 0;
}

}  // namespace
}  // namespace hrn::bench

int main(int argc, char** argv) {
    try {
        return hrn::bench::run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "bench_ring: " << error.what() << "\n";
        return 1;
    }
}
