// hrn-ctl's commands about capacity: bench and plan, which need no running service, and the views of one that
// runs (top, report).
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/behaviour/support/service.hpp"
#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;
using nlohmann::json;

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

class Bench : public testing::Test {
protected:
    [[nodiscard]] std::vector<std::string> arguments(std::vector<std::string> more) const {
        std::vector<std::string> all{"bench", "--simulated", "--scratch", folder.path()};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    [[nodiscard]] bool scratch_is_empty() const { return files::is_empty(folder.path()); }

    TempFolder folder, written;
};

TEST_F(Bench, MeasuresEachNumberOfDevicesAndPolicyAndWritesTableAndPlot) {
    const std::string csv = written.path("b.csv"), svg = written.path("b.svg");
    const Finished finished = run_program(
        bin("hrn-ctl"), arguments({"--devices", "1,2", "--policies", "dynamic,static", "--tasks", "20",
                                   "--runs", "1", "--service-ms", "5", "--csv", csv, "--plot", svg}));
    ASSERT_EQ(finished.status, 0) << finished.err;
    EXPECT_NE(finished.out.find("hrn-worker-sim"), std::string::npos) << "says that nothing is computed";
    EXPECT_NE(finished.out.find("EFFICIENCY"), std::string::npos) << finished.out;
    EXPECT_EQ(count_of(read_whole(csv), "\n"), 1U + 2 * 2) << read_whole(csv);
    EXPECT_EQ(count_of(read_whole(written.path("b.devices.csv")), "\n"), 1U + 2 * (1 + 2));
    EXPECT_EQ(read_whole(svg).rfind("<svg", 0), 0U);
    EXPECT_TRUE(scratch_is_empty());
}

TEST_F(Bench, AsJsonIsOneDocument) {
    const Finished finished = run_program(
        bin("hrn-ctl"),
        arguments({"--json", "--devices", "1", "--tasks", "10", "--runs", "1", "--service-ms", "1"}));
    ASSERT_EQ(finished.status, 0) << finished.err;
    EXPECT_TRUE(json::parse(finished.out).is_object());
}

TEST_F(Bench, WorksInAFolderOfAnyNameAndInOneNamedFromHere) {
    const std::string strange = folder.path("it's a \"folder\" \\ of mine\n");
    files::create_directory(strange);
    const std::vector<std::string> small = {"--devices", "1", "--tasks",      "3",
                                            "--runs",    "1", "--service-ms", "1"};
    for (const std::string& scratch : {strange, files::relative(strange).string()}) {
        std::vector<std::string> all{"bench", "--simulated", "--json", "--scratch", scratch};
        all.insert(all.end(), small.begin(), small.end());
        const Finished finished = run_program(bin("hrn-ctl"), all);
        EXPECT_EQ(finished.status, 0) << finished.err;
        EXPECT_TRUE(files::is_empty(strange));
    }
}

TEST_F(Bench, EndsAndRemovesItsServiceWhenItIsTold) {
    for (const int signal : {SIGTERM, SIGINT}) {
        Running bench(bin("hrn-ctl"),
                      arguments({"--devices", "1", "--tasks", "1000", "--runs", "1", "--service-ms", "1000"}),
                      {}, written.path("log"));
        ASSERT_TRUE(Service::eventually([&] {
            const auto roots = files::directory_iterator(folder.path());
            return std::any_of(begin(roots), end(roots), [](const files::directory_entry& root) {
                return files::exists(root.path() / "run/control.sock");
            });
        }));
        bench.signal(signal);
        EXPECT_EQ(bench.wait(std::chrono::seconds(30)), 1);
        EXPECT_TRUE(scratch_is_empty());
        EXPECT_NE(read_whole(written.path("log")).find("stopped"), std::string::npos);
    }
}

TEST(Plan, SaysHowManyGpusAreNeededWithoutAnyService) {
    const Finished finished = run_program(bin("hrn-ctl"),
                                          {"plan", "--json", "--images", "10000", "--deadline", "10m",
                                           "--service-ms", "250", "--distribution", "constant"},
                                          {"HRN_SOCKET=/nowhere/control.sock"});
    ASSERT_EQ(finished.status, 0) << finished.err;
    EXPECT_EQ(json::parse(finished.out).at("gpus"), 5) << "2,500 s of work in 600 s: " << finished.out;
}

TEST(Plan, FromMeasuredTimesNeedsAServiceThatHasSome) {
    const Finished nobody =
        run_program(bin("hrn-ctl"), {"plan", "--images", "10", "--deadline", "10m", "--measured"},
                    {"HRN_SOCKET=/nowhere/control.sock"});
    EXPECT_EQ(nobody.status, 3) << nobody.err;

    Service service({{"simulated", "service_ms = 20.0"}});
    service.start();
    EXPECT_EQ(service.ctl({"plan", "--images", "10", "--deadline", "10m", "--measured"}).status, 1)
        << "nothing was measured yet";
    for (int i = 0; i < 30; ++i) {
        service.drop(std::to_string(i) + ".jpg", "image");
    }
    ASSERT_EQ(service.wait_all(), 0);
    const json plan = service.ctl_json({"plan", "--images", "1000", "--deadline", "1h", "--measured"});
    EXPECT_EQ(plan.at("gpus"), 1) << plan;
}

TEST(Top, DrawsOnceWhereThereIsNoTerminal) {
    Service service;
    service.start();
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("state") == "running"; }));
    const Finished finished = service.ctl({"top"});
    ASSERT_EQ(finished.status, 0) << finished.err;
    EXPECT_NE(finished.out.find("running"), std::string::npos) << finished.out;
    EXPECT_EQ(finished.out.find('\033'), std::string::npos) << "no colours and no cursor movements";
    ASSERT_EQ(count_of(finished.out, "WAITING"), 1U) << finished.out;
    EXPECT_EQ(count_of(service.ctl({"top", "--count", "3", "--interval", "0.1"}).out, "WAITING"), 3U);
}

TEST(Report, IsAPageThatLoadsNothing) {
    Service service;
    service.start();
    service.drop("<b>anna.jpg", "image");
    ASSERT_EQ(service.wait_all(), 0);
    const std::string page_file = service.root() + "/page.html";
    ASSERT_EQ(service.ctl({"report", "-o", page_file}).status, 0);
    const std::string page = read_whole(page_file);
    EXPECT_NE(page.find("<!doctype html>"), std::string::npos) << page.substr(0, 100);
    EXPECT_EQ(page.find("src=\"http"), std::string::npos);
    EXPECT_EQ(page.find("<b>anna"), std::string::npos) << "a file's name must not become part of the page";
    EXPECT_EQ(service.ctl({"report", "-o", "/nowhere/page.html"}).status, 1);
}

}  // namespace
}  // namespace hrn::test
