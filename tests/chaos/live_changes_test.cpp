// Changes to a running service while files keep coming: whatever is reloaded, drained or restarted, every
// file ends once, at its first attempt.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/chaos/ledger.hpp"
#include "tests/chaos/random.hpp"

namespace hrn::test {
namespace {

constexpr std::uint64_t kSeed = 9;

struct Choice {
    const char* key;  // its name is that of one key only
    std::vector<std::string> values;
};

const std::vector<Choice> kChoices = {
    {"devices", {R"(["cpu"])", R"(["cpu", "cpu"])", R"(["cpu", "MIG-6f1c"])", R"(["MIG-6f1c", "MIG-77aa"])"}},
    {"per_device", {"1", "2", "3"}},
    {"batch_size", {"1", "3"}},
    {"policy", {R"("dynamic")", R"("static")", R"("complexity")"}},
    {"prefetch_batches", {"1", "3"}},
    {"active_limit", {"5", "40", "2000"}},
    {"max_attempts", {"3", "5"}},
    {"stage_timeout_s", {"20.0", "60.0"}},
    {"worker_max_tasks", {"0", "7"}},
};

Service::Settings first_choices() {
    return Service::Settings({{"workers", "devices = [\"cpu\"]"},
                              {"workers", "per_device = 2"},
                              {"workers", "batch_size = 1"},
                              {"scheduling", "policy = \"dynamic\""},
                              {"scheduling", "prefetch_batches = 1"},
                              {"spool", "active_limit = 2000"},
                              {"limits", "max_attempts = 3"},
                              {"limits", "stage_timeout_s = 60.0"},
                              {"limits", "worker_max_tasks = 0"},
                              {"simulated", "service_ms = 4.0"},
                              {"simulated", "distribution = \"exponential\""}});
}

void set(const Service& service, const std::string& key, const std::string& value) {
    const std::string path = service.root() + "/hrn.toml";
    std::string text = read_whole(path);
    const std::size_t begin = text.find("\n" + key + " = ") + 1;
    ASSERT_NE(begin, 0U) << key;
    text.replace(begin, text.find('\n', begin) - begin, key + " = " + value);
    std::ofstream(path) << text;
}

class Stream {
public:
    Stream(const Service& service, std::uint64_t seed) : service_(service), random_(seed, 0) {}

    void drop_some() {
        for (int left = random_.between(2, 8); left > 0; --left) {
            const std::string rel = "f" + std::to_string(random_.between(1, 3)) + "/" +
                                    std::to_string(random_.between(1, 99)) + ".jpg";
            const Order order =
                random_.chance(5) ? Order{Fate::failed, "hrn-sim: no_face\n", "no_face", 1} : Order{};
            static_cast<void>(ledger_.drop(service_, rel, order));
        }
    }
    void expect_all_ended_once() {
        ASSERT_LE(service_.wait_all(60), 1) << service_.status().dump(1);  // some have no face
        for (const std::string& violation : ledger_.judge(service_, Rules{})) {
            ADD_FAILURE() << violation;
        }
        EXPECT_EQ(service_.log().find("internal:"), std::string::npos);
        EXPECT_EQ(service_.log().find("worker died"), std::string::npos) << "nobody was killed";
    }
    Random& random() { return random_; }
    [[nodiscard]] std::size_t size() const { return ledger_.size(); }

private:
    const Service& service_;
    Random random_;
    Ledger ledger_;
};

TEST(LiveChanges, ReloadsUnderAStreamOfFilesLoseAndRepeatNothing) {
    Service service(first_choices());
    service.start();
    const auto pid = service.status().at("pid");
    Stream stream(service, kSeed);
    for (int step = 0; step < 40; ++step) {
        stream.drop_some();
        const Choice& choice = kChoices[static_cast<std::size_t>(
            stream.random().between(0, static_cast<int>(kChoices.size()) - 1))];
        const auto value =
            static_cast<std::size_t>(stream.random().between(0, static_cast<int>(choice.values.size()) - 1));
        set(service, choice.key, choice.values[value]);
        ASSERT_EQ(service.ctl({"reload"}).status, 0) << choice.key << " = " << choice.values[value];
    }
    stream.expect_all_ended_once();
    EXPECT_EQ(service.status().at("pid"), pid) << "the same service all the time";
}

TEST(LiveChanges, DevicesThatAreDrainedAndResumedUnderAStreamOfFilesLoseAndRepeatNothing) {
    Service service(first_choices());
    service.start();
    set(service, "devices", R"(["cpu", "MIG-6f1c"])");
    ASSERT_EQ(service.ctl({"reload"}).status, 0);
    Stream stream(service, kSeed);
    for (int step = 0; step < 12; ++step) {
        const char* device = stream.random().chance(50) ? "cpu" : "MIG-6f1c";
        stream.drop_some();
        ASSERT_EQ(service.ctl({"device", "drain", device}).status, 0);
        stream.drop_some();
        ASSERT_EQ(service.ctl({"device", "resume", device}).status, 0);
        ASSERT_EQ(service.ctl({"restart-worker", "--all"}).status, 0);
    }
    stream.expect_all_ended_once();
}

// As an upgrade does it: the old program finishes what it began, the new one goes on with the rest.
TEST(LiveChanges, RestartsOfTheServiceUnderAStreamOfFilesLoseAndRepeatNothing) {
    Service service(first_choices());
    service.start();
    Stream stream(service, kSeed);
    for (int restart = 0; restart < 6; ++restart) {
        stream.drop_some();
        stream.drop_some();
        ASSERT_EQ(service.stop(), 0);
        stream.drop_some();
        service.start();
    }
    stream.expect_all_ended_once();
}

}  // namespace
}  // namespace hrn::test
