// Validation of what comes through the rings: every field of every kind, wrong once.
#include "shared/records.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "shared/text.hpp"

namespace hrn {
namespace {

constexpr std::uint64_t kGeneration = 42, kSequence = 7;

ReportRecord base(ReportKind kind) {
    ReportRecord record;
    record.generation = kGeneration;
    record.sequence = kSequence;
    record.kind = kind;
    return record;
}
ReportRecord done() {
    ReportRecord record = base(ReportKind::done);
    record.id = TaskId::generate().bytes;
    record.attempt = 1;
    record.faces = 1;
    record.output_bytes.fill(kNoSuchOutput);
    record.output_bytes[0] = 100;
    return record;
}
ReportRecord failed() {
    ReportRecord record = base(ReportKind::failed);
    record.id = TaskId::generate().bytes;
    record.attempt = 1;
    record.error = static_cast<std::uint16_t>(ErrorCode::no_face);
    return record;
}
std::string check(const ReportRecord& record) {
    return validate_report(record, kGeneration, kSequence);
}

TEST(Reports, RightOnesOfEveryKindPass) {
    ReportRecord fatal = base(ReportKind::fatal);
    fatal.error = static_cast<std::uint16_t>(ErrorCode::device_lost);
    ReportRecord returned = base(ReportKind::returned);
    returned.id = TaskId::generate().bytes;
    returned.attempt = 1;
    ReportRecord estimated = returned;
    estimated.kind = ReportKind::estimated;
    for (const ReportRecord& record :
         {done(), failed(), base(ReportKind::ready), base(ReportKind::waiting), fatal, returned, estimated}) {
        EXPECT_EQ(check(record), "");
    }
}

struct Mistake {
    const char* what;
    std::function<ReportRecord()> make;
    std::function<void(ReportRecord&)> spoil;
    const char* message;
};

const std::vector<Mistake>& mistakes() {
    static const auto ready = [] { return base(ReportKind::ready); };
    static const std::vector<Mistake> all = {
        {"generation", done, [](auto& r) { ++r.generation; }, "a report of another generation"},
        {"sequence", done, [](auto& r) { ++r.sequence; }, "report number 8 instead of 7"},
        {"stage", done, [](auto& r) { r.stage = kStageCount; }, "a report of stage 5"},
        {"errno", failed, [](auto& r) { r.error_number = -1; }, "errno -1 in a report"},
        {"kind", done, [](auto& r) { r.kind = static_cast<ReportKind>(99); }, "a report of kind 99"},
        {"no kind", done, [](auto& r) { r.kind = ReportKind::invalid; }, "a report of kind 0"},
        {"zero id", done, [](auto& r) { r.id = {}; }, "a report about something that is no task id"},
        {"foreign id", failed, [](auto& r) { r.id.fill(0xFF); },
         "a report about something that is no task id"},
        {"attempt", failed, [](auto& r) { r.attempt = 0; }, "a report about attempt 0"},
        {"done with error", done, [](auto& r) { r.error = 3; }, "a done task with error 3"},
        {"no faces", done, [](auto& r) { r.faces = 0; }, "a done task with 0 faces"},
        {"faces", done, [](auto& r) { r.faces = 100; }, "a done task with 100 faces"},
        {"no files", done, [](auto& r) { r.output_bytes.fill(kNoSuchOutput); },
         "a done task without output files"},
        {"unknown file", done, [](auto& r) { r.output_bytes[15] = 1; },
         "an output file that is not on the list"},
        {"size", done, [](auto& r) { r.output_bytes[0] = ~std::uint64_t{0} - 1; },
         "an impossible size of result.json"},
        {"sum of sizes", done,
         [](auto& r) { r.output_bytes[0] = r.output_bytes[1] = std::uint64_t{1} << 40; },
         "an impossible size of mesh.obj"},
        {"further bytes", done, [](auto& r) { r.further_bytes = ~std::uint64_t{0}; },
         "impossible sizes of further faces"},
        {"further files", done, [](auto& r) { r.further_files = 1'000'000; },
         "impossible sizes of further faces"},
        {"failed without", failed, [](auto& r) { r.error = 0; }, "a failure with error 0"},
        {"unknown error", failed, [](auto& r) { r.error = 9999; }, "a failure with error 9999"},
        {"ready with id", ready, [](auto& r) { r.id.fill(1); }, "a worker's own report names a task"},
    };
    return all;
}

TEST(Reports, EveryWrongFieldIsNamed) {
    for (const Mistake& mistake : mistakes()) {
        ReportRecord record = mistake.make();
        ASSERT_EQ(check(record), "") << mistake.what;
        mistake.spoil(record);
        EXPECT_EQ(check(record), mistake.message) << mistake.what;
    }
}

TEST(Orders, RightOnesPassAndWrongOnesAreNamed) {
    OrderRecord task;
    task.generation = kGeneration;
    task.sequence = kSequence;
    task.kind = OrderKind::task;
    task.id = TaskId::generate().bytes;
    task.attempt = 1;
    const auto check_order = [&](auto change) {
        OrderRecord record = task;
        change(record);
        return validate_order(record, kGeneration, kSequence);
    };
    EXPECT_EQ(check_order([](OrderRecord&) {}), "");
    EXPECT_EQ(check_order([](OrderRecord& r) { r.kind = OrderKind::drain; }), "");
    EXPECT_EQ(check_order([](OrderRecord& r) { r.generation = 0; }), "an order of another generation");
    EXPECT_EQ(check_order([](OrderRecord& r) { r.sequence = 9; }), "order number 9 instead of 7");
    EXPECT_EQ(check_order([](OrderRecord& r) { r.kind = OrderKind::invalid; }), "an order of kind 0");
    EXPECT_EQ(check_order([](OrderRecord& r) { r.id = {}; }), "an order for something that is no task id");
    EXPECT_EQ(check_order([](OrderRecord& r) { r.attempt = 0; }), "an order for attempt 0");
}

TEST(ReportText, ComesBack) {
    ReportRecord record;
    set_text(record, "no face found");
    EXPECT_EQ(text_of(record), "no face found");
    set_text(record, "");
    EXPECT_EQ(text_of(record), "");
}

TEST(ReportText, IsCutAtACharacterAndAlwaysEnded) {
    ReportRecord record;
    std::string text(278, 'a');
    text += "\xC3\xA4";  // would need bytes 278 and 279; 279 is the terminator's
    set_text(record, text);
    EXPECT_EQ(text_of(record), std::string(278, 'a'));
    set_text(record, std::string(1000, 'b'));
    EXPECT_EQ(text_of(record), std::string(279, 'b'));
    EXPECT_EQ(record.text.back(), '\0');
}

TEST(ReportText, OfAHostileWorkerIsMadeHarmless) {
    ReportRecord record;
    record.text.fill('x');
    EXPECT_EQ(text_of(record), std::string(280, 'x')) << "no terminator";
    record.text.fill('\0');
    const std::string nasty = "a\x1B[2J\n\xFF";
    std::copy(nasty.begin(), nasty.end(), record.text.begin());
    EXPECT_EQ(text_of(record), "a [2J \xEF\xBF\xBD");
}

}  // namespace
}  // namespace hrn
