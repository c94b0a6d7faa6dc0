#include <atomic>
#include <cstdlib>
#include <cstring>
#include <set>

#include "shared/log.hpp"
#include "supervisor/workers/culprit.hpp"
#include "supervisor/workers/health.hpp"
#include "supervisor/workers/worker_channel.hpp"
#include "tests/fuzz/hostile_bytes.hpp"

namespace hrn::fuzz {
namespace {

using namespace hrn::supervisor;

constexpr std::uint64_t kGeneration = 0x1122334455667788;
constexpr std::size_t kStoreBytes = 12;  // where (4, in words of the segment), what (8)

TaskId held_id(std::uint8_t number) {
    TaskId id;
    id.bytes[6] = 0x70;
    id.bytes[8] = 0x80;
    id.bytes[15] = number;
    return id;
}

// What a worker does that took three tasks, ended one and died in another.
void behave(ReportsSegment& segment) {
    SlotWriter slots(&segment);
    ThreadReporter thread(&segment, 0);
    for (std::uint8_t number = 1; number <= 3; ++number) {
        static_cast<void>(slots.occupy(held_id(number), 1));
    }
    thread.begin(Stage::infer);
    slots.enter(1, Stage::infer, 0);
    ReportRecord ready;
    ready.generation = kGeneration;
    ready.kind = ReportKind::ready;
    ready.sequence = 1;
    set_text(ready, "{\"batch\":4}");
    ring_detail::store_words(&segment.records[0], ready);
    ReportRecord failed;
    failed.generation = kGeneration;
    failed.id = held_id(1).bytes;
    failed.attempt = 1;
    failed.kind = ReportKind::failed;
    failed.error = static_cast<std::uint16_t>(ErrorCode::no_face);
    failed.sequence = 2;
    ring_detail::store_words(&segment.records[1], failed);
    segment.report_tail.value = 2;
    segment.order_head.value = 3;
    slots.clear(0);
}

void store_all(ReportsSegment& segment, Bytes bytes) {
    auto* words = reinterpret_cast<std::uint64_t*>(&segment);
    while (bytes.size() >= kStoreBytes) {
        std::uint32_t where = 0;
        std::uint64_t what = 0;
        std::memcpy(&where, bytes.data(), 4);
        std::memcpy(&what, bytes.data() + 4, 8);
        words[where % (sizeof(ReportsSegment) / 8)] = what;
        bytes = bytes.subspan(kStoreBytes);
    }
}

// Nobody is judged who was not held, and nobody twice.
void check_verdict(const Death& death) {
    const Verdict verdict = judge(death);
    std::set<std::string> judged;
    const auto check = [&](const TaskId& id) {
        bool held = false;
        for (const Death::Held& task : death.held) {
            held = held || task.id == id;
        }
        if (!held || !judged.insert(id.text()).second) {
            std::abort();
        }
    };
    for (const Verdict::Suspect& suspect : verdict.suspects) {
        check(suspect.id);
    }
    for (const TaskId& id : verdict.innocents) {
        check(id);
    }
    if (judged.size() != death.held.size() || death_text(death).find('\n') != std::string::npos) {
        std::abort();
    }
}

}  // namespace

void read_segment_after_stores(Bytes bytes) {
    WorkerChannel channel(kGeneration, "");
    const auto worker = create_reports(channel.worker_ends().reports.get(), kGeneration);
    for (std::uint8_t number = 1; number <= 3; ++number) {
        static_cast<void>(channel.push(OrderKind::task, held_id(number), 1, 1000));
    }
    behave(*worker.get());
    store_all(*worker.get(), bytes);

    std::string error;
    std::set<std::string> reported;
    if (channel.attach(error) == WorkerChannel::Attachment::attached) {
        const auto take = [&](const ReportRecord& report) {
            static_cast<void>(text_of(report));
            TaskId id;
            id.bytes = report.id;
            reported.insert(id.text());
            return std::string();
        };
        while (channel.poll(take, error) == WorkerChannel::Poll::more) {
        }
    }
    static_cast<void>(channel.room());
    static_cast<void>(channel.untaken_tasks());
    Config::Limits limits;
    Health health(Clock::now());
    health.loaded(Clock::now());
    Death death;
    death.was_ready = true;
    death.segment = channel.view();
    for (std::uint8_t number = 1; number <= 3; ++number) {
        if (reported.count(held_id(number).text()) == 0) {
            death.held.push_back({held_id(number), 1, false, number == 3});
        }
    }
    std::vector<TaskId> held;
    for (const Death::Held& task : death.held) {
        held.push_back(task.id);
    }
    static_cast<void>(health.check(Clock::now() + std::chrono::hours(1), death.segment, held, limits));
    for (const KillReason reason :
         {KillReason::none, KillReason::stage_timeout, KillReason::protocol_error}) {
        death.kill_reason = reason;
        death.hung_threads =
            reason == KillReason::stage_timeout ? std::vector<int>{0, 1} : std::vector<int>{};
        death.status = {true, 11};
        check_verdict(death);
    }
}

std::vector<std::string> segment_seeds() {
    const auto store = [](std::size_t offset, std::uint64_t what) {
        const auto where = static_cast<std::uint32_t>(offset / 8);
        std::string text(kStoreBytes, '\0');
        std::memcpy(text.data(), &where, 4);
        std::memcpy(text.data() + 4, &what, 8);
        return text;
    };
    std::vector<std::string> seeds = {""};
    for (const std::size_t offset :
         {offsetof(ReportsSegment, header), offsetof(ReportsSegment, report_tail),
          offsetof(ReportsSegment, order_head), offsetof(ReportsSegment, slots),
          offsetof(ReportsSegment, slots) + 64, offsetof(ReportsSegment, threads),
          offsetof(ReportsSegment, last_words), offsetof(ReportsSegment, counters),
          offsetof(ReportsSegment, records), offsetof(ReportsSegment, records) + sizeof(ReportRecord)}) {
        seeds.push_back(store(offset, 3) + store(offset + 8, ~std::uint64_t{0}) +
                        store(offset + 24, 0x0001'0002'0003));
    }
    return seeds;
}

}  // namespace hrn::fuzz
