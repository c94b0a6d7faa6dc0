#include "supervisor/loop/stop_deadlines.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace hrn::supervisor {
namespace {

using std::chrono::seconds;

// What stands behind "TimeoutStopSec=" in the unit.
seconds timeout_of_the_unit() {
    std::ifstream unit(HRN_SOURCE_DIR "/systemd/hrn.service.in");
    const std::string key = "TimeoutStopSec=";
    for (std::string line; std::getline(unit, line);) {
        if (line.starts_with(key)) {
            return seconds(std::stol(line.substr(key.size())));
        }
    }
    return seconds(0);
}

TEST(StopDeadlines, LeaveTheServiceTimeToEndBeforeItsUnitKillsIt) {
    EXPECT_LT(longest_stop(Config::Limits{}), timeout_of_the_unit());
}

TEST(StopDeadlines, HoldForTasksThatMayTakeHours) {
    Config::Limits limits;
    limits.task_timeout_s = 86400;
    EXPECT_LT(longest_stop(limits), timeout_of_the_unit());
}

TEST(StopDeadlines, WaitNoLongerThanTheSlowestTaskMayTake) {
    Config::Limits limits;
    limits.task_timeout_s = 3;
    limits.kill_timeout_s = 1;
    EXPECT_EQ(drain_time(limits), seconds(4));
    EXPECT_EQ(killing_time(limits), seconds(3));
}

}  // namespace
}  // namespace hrn::supervisor
