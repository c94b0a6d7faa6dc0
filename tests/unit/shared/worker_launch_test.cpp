#include "shared/worker_launch.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace hrn {
namespace {

WorkerLaunch example() {
    WorkerLaunch launch;
    launch.index = 3;
    launch.generation = 0x00ABCDEF12345678;
    launch.device = "GPU-11111111-2222";
    launch.supervisor_pid = 4711;
    launch.orders_fd = 65;
    launch.reports_fd = 66;
    launch.config_fd = 67;
    launch.wake_fd = 68;
    launch.notify_fd = 69;
    launch.lock_fd = 70;
    return launch;
}

WorkerLaunch parse(const std::vector<std::string>& arguments) {
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) {
        pointers.push_back(argument.c_str());
    }
    return parse_worker_arguments(pointers);
}

std::string complaint(std::vector<std::string> arguments) {
    try {
        (void)parse(arguments);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

TEST(WorkerLaunch, ArgumentsGiveTheSameLaunchBack) {
    const WorkerLaunch again = parse(arguments_of(example()));
    EXPECT_EQ(again.index, 3);
    EXPECT_EQ(again.generation, example().generation);
    EXPECT_EQ(again.device, "GPU-11111111-2222");
    EXPECT_EQ(again.supervisor_pid, 4711);
    EXPECT_EQ(again.orders_fd, 65);
    EXPECT_EQ(again.reports_fd, 66);
    EXPECT_EQ(again.config_fd, 67);
    EXPECT_EQ(again.wake_fd, 68);
    EXPECT_EQ(again.notify_fd, 69);
    EXPECT_EQ(again.lock_fd, 70);
}

TEST(WorkerLaunch, ALockIsOptional) {
    WorkerLaunch launch = example();
    launch.lock_fd = -1;
    EXPECT_EQ(parse(arguments_of(launch)).lock_fd, -1);
}

TEST(WorkerLaunch, EveryMissingArgumentIsNamed) {
    const std::vector<std::string> all = arguments_of(example());
    for (std::size_t i = 0; i < all.size(); i += 2) {
        if (all[i] == "--lock-fd") {
            continue;
        }
        std::vector<std::string> some = all;
        some.erase(some.begin() + static_cast<std::ptrdiff_t>(i),
                   some.begin() + static_cast<std::ptrdiff_t>(i + 2));
        EXPECT_EQ(complaint(some), all[i] + " is missing");
    }
}

TEST(WorkerLaunch, WrongArgumentsAreNamed) {
    std::vector<std::string> arguments = arguments_of(example());
    arguments[1] = "three";
    EXPECT_EQ(complaint(arguments), "--index: \"three\" is not a number from 0");
    arguments[1] = "-1";
    EXPECT_EQ(complaint(arguments), "--index: \"-1\" is not a number from 0");
    EXPECT_EQ(complaint({"--colour", "red"}), "\"--colour\": no such argument of a worker");
    EXPECT_EQ(complaint({"--index"}), "--index: its value is missing");
    EXPECT_EQ(complaint({"--generation", "xyz"}), "--generation: \"xyz\" is not 16 hex digits");
}

TEST(Generation, HasOneSpellingOfSixteenDigits) {
    EXPECT_EQ(generation_text(0xAB), "00000000000000ab");
    EXPECT_EQ(parse_generation("00000000000000ab"), 0xABU);
    EXPECT_EQ(parse_generation(generation_text(~std::uint64_t{0})), ~std::uint64_t{0});
    for (const char* wrong :
         {"", "ab", "00000000000000AB", "00000000000000ag", "0000000000000000ab", "-0000000000000ab"}) {
        EXPECT_FALSE(parse_generation(wrong)) << wrong;
    }
}

TEST(WorkerExits, AreATableWithoutGaps) {
    std::set<int> statuses;
    for (const WorkerExitRow& row : worker_exit_table()) {
        EXPECT_TRUE(statuses.insert(static_cast<int>(row.status)).second);
        EXPECT_EQ(find_worker_exit(static_cast<int>(row.status)), &row);
    }
    EXPECT_EQ(find_worker_exit(1), nullptr);
    EXPECT_TRUE(find_worker_exit(78)->permanent);
    EXPECT_FALSE(find_worker_exit(69)->permanent) << "a lack of memory or descriptors passes";
    EXPECT_FALSE(find_worker_exit(75)->counts_as_failure);
    EXPECT_FALSE(find_worker_exit(0)->counts_as_failure);
}

}  // namespace
}  // namespace hrn
