#include "tests/unit/runtime/fake_supervisor.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "shared/text.hpp"
#include "shared/worker_launch.hpp"

namespace hrn::runtime::test {

ScratchFolder::ScratchFolder() : path_(::testing::TempDir() + "hrn-runtime-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "mkdtemp " + path_);
    }
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

FakeSupervisor::FakeSupervisor()
    : orders_fd(make_segment_fd<OrdersSegment>("test-orders")),
      reports_fd(make_segment_fd<ReportsSegment>("test-reports")),
      wake(WakePipe::make()),
      notify(WakePipe::make()),
      orders_(create_orders(orders_fd.get(), kGeneration)),
      reports_view_(map_reports_for_reading(reports_fd.get())),
      order_ring_(orders_->records.data(), kOrderCapacity, &orders_->order_tail, &reports_view_->order_head),
      report_ring_(reports_view_->records.data(), kReportCapacity, &orders_->report_head,
                   &reports_view_->report_tail) {
    std::filesystem::create_directories(claimed());
    std::filesystem::create_directories(generation_folder());
}

std::string FakeSupervisor::generation_folder() const {
    return folder_.path() + "/results/.tmp/" + generation_text(kGeneration);
}

TaskId FakeSupervisor::claim(std::string_view image_bytes, const std::string& source) {
    const TaskId id = TaskId::generate();
    const std::string folder = claimed() + "/" + id.text();
    std::filesystem::create_directories(folder);
    write_file(folder + "/image", image_bytes);
    const nlohmann::json task = {
        {"id", id.text()}, {"source", to_utf8(source)}, {"source_bytes", base64(source)}, {"time", "now"}};
    write_file(folder + "/task.json", task.dump());
    return id;
}

std::string FakeSupervisor::result_path(const TaskId& id, const std::string& file) const {
    return generation_folder() + "/" + id.text() + (file.empty() ? "" : "/" + file);
}

bool FakeSupervisor::result_exists(const TaskId& id) const {
    return std::filesystem::exists(result_path(id));
}

void FakeSupervisor::order(const TaskId& id, std::uint32_t attempt, std::uint64_t image_bytes) {
    OrderRecord record;
    record.generation = kGeneration;
    record.id = id.bytes;
    record.attempt = attempt;
    record.kind = OrderKind::task;
    record.image_bytes = image_bytes;
    record.sequence = ++order_sequence_;
    push(record);
}

void FakeSupervisor::order_drain() {
    OrderRecord record;
    record.generation = kGeneration;
    record.kind = OrderKind::drain;
    record.sequence = ++order_sequence_;
    push(record);
}

void FakeSupervisor::order_back(const TaskId& id, std::uint32_t attempt) {
    OrderRecord record;
    record.generation = kGeneration;
    record.id = id.bytes;
    record.attempt = attempt;
    record.kind = OrderKind::take_back;
    record.sequence = ++order_sequence_;
    push(record);
}

void FakeSupervisor::push(const OrderRecord& record) {
    ASSERT_EQ(order_ring_.push(record), RingStatus::ok);
    ASSERT_TRUE(hrn::wake(wake.write_end.get()));
}

std::uint64_t FakeSupervisor::orders_not_taken() {
    return order_ring_.pending();
}

ReportRecord FakeSupervisor::next_report() {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    ReportRecord record;
    for (;;) {
        const RingStatus status = report_ring_.pop(record);
        if (status == RingStatus::ok) {
            EXPECT_EQ(validate_report(record, kGeneration, ++report_sequence_), "");
            return record;
        }
        if (status == RingStatus::corrupt || std::chrono::steady_clock::now() > end) {
            ADD_FAILURE() << (status == RingStatus::corrupt ? "the report ring is corrupt"
                                                            : "no report came");
            return ReportRecord{};
        }
        pause();
    }
}

bool FakeSupervisor::report_ring_is_garbage() {
    ReportRecord record;
    for (;;) {
        switch (report_ring_.pop(record)) {
            case RingStatus::ok:
                if (!validate_report(record, kGeneration, ++report_sequence_).empty()) {
                    return true;
                }
                break;
            case RingStatus::corrupt:
                return true;
            case RingStatus::empty:
            case RingStatus::full:
                return false;
        }
    }
}

std::vector<ReportRecord> FakeSupervisor::next_reports(std::size_t count) {
    std::vector<ReportRecord> records;
    while (records.size() < count) {
        records.push_back(next_report());
        if (records.back().kind == ReportKind::invalid) {
            break;
        }
    }
    return records;
}

Config FakeSupervisor::config() const {
    Config config = default_config();
    config.service.spool_dir = folder_.path() + "/spool";
    config.service.results_dir = folder_.path() + "/results";
    return config;
}

void FakeSupervisor::pause() {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void write_file(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace hrn::runtime::test
