// hrn-ctl doctor: what it finds out about a machine and a configuration, and how it ends.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;
using nlohmann::json;

json report_of(const Finished& finished) {
    return json::parse(finished.out);
}

std::map<std::string, std::string> results(const json& report) {
    std::map<std::string, std::string> all;
    for (const json& check : report.at("checks")) {
        all[check.at("check")] = check.at("result");
    }
    return all;
}

TEST(Doctor, FindsAWorkingServiceFitAndSaysWhatItLookedAt) {
    Service service;
    service.start();
    const Finished finished = service.ctl({"doctor", "--json"});
    EXPECT_EQ(finished.status, 0) << finished.out;
    const auto found = results(report_of(finished));
    for (const char* check :
         {"configuration", "service", "spool_dir", "incoming", "results_dir", "state_dir", "runtime_dir",
          "disk of the spool", "inotify watches", "open files", "worker program", "model"}) {
        ASSERT_TRUE(found.contains(check)) << check << "\n" << finished.out;
    }
    EXPECT_EQ(found.at("spool_dir"), "ok");
    EXPECT_EQ(found.at("service"), "ok");
}

TEST(Doctor, AnythingThatIsNotOkComesWithWhatToDo) {
    Service service({{"model", "kind = \"hrn\""}, {"model", "dir = \"/nonexistent/model\""}});
    const Finished finished = service.ctl({"doctor", "--json"});
    EXPECT_EQ(finished.status, 1);
    const json report = report_of(finished);
    EXPECT_EQ(report.at("worst"), "error");
    EXPECT_EQ(results(report).at("model"), "error");
    EXPECT_EQ(results(report).at("service"), "warning") << "none runs";
    for (const json& check : report.at("checks")) {
        EXPECT_EQ(check.at("advice").is_null(), check.at("result") == "ok") << check.dump();
    }
}

TEST(Doctor, NamesAMissingSpoolAndAFolderOnAnotherFileSystem) {
    Service service;
    files::remove_all(service.root() + "/spool");
    const Finished finished = service.ctl({"doctor", "--json"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_EQ(results(report_of(finished)).at("spool_dir"), "error");
}

TEST(Doctor, AWrongConfigurationIsAnErrorOfItsOwn) {
    Service service;
    std::ofstream(service.root() + "/hrn.toml", std::ios::app) << "no_such_key = 1\n";
    const Finished finished = service.ctl({"doctor", "--json"});
    EXPECT_EQ(finished.status, 2);
    EXPECT_EQ(results(report_of(finished)).at("configuration"), "error");
    EXPECT_NE(finished.out.find("no_such_key"), std::string::npos);
}

TEST(Doctor, TextFitsEightyColumns) {
    Service service;
    std::istringstream lines(service.ctl({"doctor"}).out);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        // A path may be longer than a line; words are never cut.
        EXPECT_TRUE(line.size() <= 80 || line.find(' ', 12) == std::string::npos) << line;
    }
    EXPECT_GT(count, 8);
}

}  // namespace
}  // namespace hrn::test
