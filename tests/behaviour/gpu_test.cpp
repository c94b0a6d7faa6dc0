// GPUs as they are, with a driver's library of our own making and simulated workers: which device each worker
// gets, what is shown of them, one that disappears, a driver that hangs (design.md 3.5, 7).
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

using nlohmann::json;

const std::string kA = "GPU-aaaaaaaa-0000-0000-0000-000000000000";
const std::string kB = "GPU-bbbbbbbb-0000-0000-0000-000000000000";
const std::string kGpuA = "gpu " + kA + " 81920 41 Fake H100\n";
const std::string kGpuB = "gpu " + kB + " 24576 67 Fake L4\n";

class Gpus : public ::testing::Test {
protected:
    void make(const std::string& machine, const std::string& devices = "devices = \"auto\"") {
        service_ = std::make_unique<Service>(Service::Settings{{"workers", devices}});
        driver(machine);
    }
    void driver(const std::string& machine) const {
        const std::string path = service_->root() + "/gpus";
        std::ofstream(path + ".new") << machine;
        ASSERT_EQ(std::rename((path + ".new").c_str(), path.c_str()), 0);
    }
    [[nodiscard]] std::vector<std::string> environment() const {
        return {"LD_LIBRARY_PATH=" HRN_FAKE_NVML_DIR, "HRN_FAKE_NVML=" + service_->root() + "/gpus"};
    }
    void start(const std::vector<std::string>& more = {}) {
        std::vector<std::string> all = environment();
        all.insert(all.end(), more.begin(), more.end());
        service_->start(all);
    }
    [[nodiscard]] std::vector<std::string> devices() const {
        std::vector<std::string> list;
        const json status = service_->status();
        for (const json& worker : status.at("workers")) {
            list.push_back(worker.at("device"));
        }
        return list;
    }
    // Workers are there, and on these devices.
    void expect_devices(const std::vector<std::string>& wanted) const {
        EXPECT_TRUE(Service::eventually([&] { return devices() == wanted; }))
            << testing::PrintToString(devices()) << service_->log();
    }
    [[nodiscard]] bool has_problem(const std::string& code) const {
        const json problems = service_->status().at("problems");
        return std::any_of(problems.begin(), problems.end(),
                           [&](const json& problem) { return problem.at("code") == code; });
    }

    std::unique_ptr<Service> service_;
};

TEST_F(Gpus, AreShownWithWhatTheDriverTellsAndHowOldThatIs) {
    make(kGpuA + kGpuB);
    start();
    expect_devices({kA, kB});
    const json gpus = service_->ctl_json({"gpus"});
    ASSERT_EQ(gpus.size(), 2U);
    EXPECT_EQ(gpus.at(1).at("uuid"), kB);
    EXPECT_EQ(gpus.at(1).at("name"), "Fake L4");
    EXPECT_EQ(gpus.at(1).at("memory_total_mb"), 24576);
    EXPECT_EQ(gpus.at(1).at("temperature_c"), 67);
    EXPECT_EQ(gpus.at(1).at("power_w"), 250.5);
    EXPECT_EQ(gpus.at(1).at("utilization"), 0.42);
    EXPECT_EQ(gpus.at(1).at("compute_capability"), "9.0");
    EXPECT_EQ(gpus.at(1).at("workers"), json({1}));
    EXPECT_GE(gpus.at(1).at("age_seconds").get<double>(), 0);
    EXPECT_EQ(service_->ctl_json({"workers"}).at(0).at("name"), "Fake H100");
}

TEST_F(Gpus, EachWorkerIsPinnedToTheUuidOfItsDevice) {
    make(kGpuA + kGpuB);
    start();
    ASSERT_TRUE(Service::eventually([&] { return service_->worker_pids().size() == 2; }));
    std::set<std::string> seen;
    for (const pid_t pid : service_->worker_pids()) {
        const std::string environment = read_whole("/proc/" + std::to_string(pid) + "/environ");
        EXPECT_NE(environment.find("CUDA_DEVICE_ORDER=PCI_BUS_ID"), std::string::npos);
        const std::size_t at = environment.find("CUDA_VISIBLE_DEVICES=");
        ASSERT_NE(at, std::string::npos);
        seen.insert(environment.substr(at + 21, kA.size()));
    }
    EXPECT_EQ(seen, (std::set<std::string>{kA, kB}));
}

TEST_F(Gpus, AutoTakesWhatCudaVisibleDevicesLeaves) {
    make(kGpuA + kGpuB);
    start({"CUDA_VISIBLE_DEVICES=1"});
    expect_devices({kB});
}

TEST_F(Gpus, AnIndexIsResolvedToAUuidAndOneThatIsNotThereIsSaid) {
    make(kGpuA + kGpuB, "devices = [\"1\", \"7\"]");
    start();
    expect_devices({kB, "7"});
    EXPECT_TRUE(Service::eventually([&] { return has_problem("device_down"); }));
    EXPECT_NE(service_->status().at("problems").dump().find("no GPU 7"), std::string::npos);
    service_->drop("a.jpg", "image");
    EXPECT_EQ(service_->wait_all(), 0) << "the other one works";
}

TEST_F(Gpus, OneThatIsDividedGivesAWorkerToEachInstance) {
    make("gpu " + kA + " 81920 41 Fake H100\nmig MIG-1\nmig MIG-2\n" + kGpuB);
    start();
    expect_devices({"MIG-1", "MIG-2", kB});
    const json gpus = service_->ctl_json({"gpus"});
    EXPECT_EQ(gpus.at(0).at("mig"), json({"MIG-1", "MIG-2"}));
    EXPECT_EQ(gpus.at(0).at("workers"), json({0, 1}));
}

TEST_F(Gpus, ADividedOneCannotBeNamedAsAWhole) {
    make("gpu " + kA + " 81920 41 Fake H100\nmig MIG-1\n", "devices = [\"0\"]");
    start();
    EXPECT_TRUE(Service::eventually([&] {
        return service_->status().at("problems").dump().find("MIG-1") != std::string::npos;
    })) << service_->status().dump(1);
}

TEST_F(Gpus, OneThatDisappearsIsAProblemAndTheOthersGoOn) {
    make(kGpuA + kGpuB);
    start();
    expect_devices({kA, kB});
    driver(kGpuA + "lost\n" + kGpuB);
    EXPECT_TRUE(Service::eventually([&] { return has_problem("gpu_lost"); }));
    EXPECT_NE(service_->status().at("problems").dump().find("Fake H100"), std::string::npos);
    ASSERT_EQ(service_->ctl_json({"gpus"}).size(), 1U);
    service_->drop("a.jpg", "image");
    EXPECT_EQ(service_->wait_all(), 0);
    driver(kGpuA + kGpuB);
    EXPECT_TRUE(Service::eventually([&] { return !has_problem("gpu_lost"); }));
}

TEST_F(Gpus, ADriverThatHangsHoldsNobodyUp) {
    make(kGpuA);
    start();
    expect_devices({kA});
    driver(kGpuA + "hang\n");
    EXPECT_TRUE(Service::eventually(
        [&] { return service_->ctl_json({"gpus"}).at(0).at("age_seconds").get<double>() > 3; }));
    service_->drop("a.jpg", "image");
    EXPECT_EQ(service_->wait_all(), 0);
    EXPECT_EQ(service_->stop(), 0) << "nor the end of the service";
}

TEST_F(Gpus, AreDrainedByTheirIndex) {
    make(kGpuA + kGpuB);
    start();
    expect_devices({kA, kB});
    EXPECT_EQ(service_->ctl_json({"device", "drain", "1", "--reason", "hot"}).at("device"), kB);
    EXPECT_TRUE(Service::eventually([&] { return service_->worker_pids().size() == 1; }));
    const json gpus = service_->ctl_json({"gpus"});
    EXPECT_EQ(gpus.at(0).at("drained"), false);
    EXPECT_EQ(gpus.at(1).at("drain_reason"), "hot");
    EXPECT_EQ(service_->ctl_json({"device", "resume", "GPU-bbbbbbbb"}).at("workers"), json({1}));
}

TEST_F(Gpus, TheDoctorNamesThemAndTheDriver) {
    make(kGpuA);
    const Finished finished = run_program(
        bin("hrn-ctl"), {"--config", service_->root() + "/hrn.toml", "doctor", "--json"}, environment());
    const json report = json::parse(finished.out);
    std::map<std::string, std::string> texts;
    for (const json& check : report.at("checks")) {
        texts[check.at("check")] = check.at("text");
    }
    EXPECT_NE(texts["driver"].find("999.1, up to CUDA 13.0"), std::string::npos) << finished.out;
    EXPECT_NE(texts["GPU 0"].find("Fake H100"), std::string::npos) << finished.out;
    EXPECT_NE(texts["GPU 0"].find("compute capability 9.0"), std::string::npos) << finished.out;
}

}  // namespace
}  // namespace hrn::test
