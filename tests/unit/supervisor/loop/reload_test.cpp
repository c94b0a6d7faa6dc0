// Every key of the configuration through a reload: what the table says about it is what happens.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <map>

#include "shared/config_rows.hpp"
#include "shared/toml_text.hpp"
#include "supervisor/loop/supervisor.hpp"
#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::supervisor {
namespace {

std::string name_of(const ConfigKey& key) {
    return std::string(key.section).append(".").append(key.name);
}

// A value that is allowed and not the default, as it would stand in the file.
std::string other_value(const ConfigKey& key) {
    static const std::map<std::string, std::string> chosen = {
        {"workers.program", "\"/bin/true\""},
        {"workers.devices", "[\"cpu\"]"},
        {"metrics.listen", "\"off\""},
        {"control.group", "\"root\""},
        {"control.mode", "\"0600\""},
        {"spool.ignore", "[\"x\"]"},
        {"output.mesh", "[\"glb\"]"},
        {"hooks.on_done", "[\"/bin/true\"]"},
        {"hooks.on_failed", "[\"/bin/true\"]"},
        {"scheduling.classes", "[{folder = \"a\", weight = 2.0, priority = 1}]"},
        {"simulated.speeds", "[2.0]"},
    };
    if (const auto found = chosen.find(name_of(key)); found != chosen.end()) {
        return found->second;
    }
    const std::string now(key.default_text);
    switch (key.type) {
        case KeyType::boolean:
            return now == "true" ? "false" : "true";
        case KeyType::integer:
        case KeyType::number: {
            const auto range = config_detail::range_of(key);
            const double value = std::stod(now);
            return std::to_string(static_cast<long long>(value + 1 <= range.high ? value + 1 : value - 1));
        }
        case KeyType::integer_or_auto:
            return "2";
        case KeyType::choice:
            for (const std::string_view choice : config_detail::choices_of(key)) {
                if (const std::string quoted = toml_string(choice); quoted != now) {
                    return quoted;
                }
            }
            break;
        case KeyType::text:
            return "\"/elsewhere/" + std::string(key.name) + "\"";
        default:
            break;
    }
    throw std::logic_error("no other value for " + name_of(key));
}

class ReloadTest : public testing::Test {
protected:
    void write(const ConfigKey& key, const std::string& value) {
        folder_.write("hrn.toml",
                      "[" + std::string(key.section) + "]\n" + std::string(key.name) + " = " + value + "\n");
    }

    hrn::test::TempFolder folder_;
    boost::asio::io_context io_;
    Supervisor supervisor_{io_, default_config(), folder_.path("hrn.toml")};
};

TEST_F(ReloadTest, EveryKeyAppliesWhenTheTableSaysSo) {
    const auto keys = config_keys();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        folder_.write("hrn.toml", "");
        ASSERT_EQ(supervisor_.reload().refused, "");
        const std::string before = config_detail::value_text(supervisor_.config(), i);
        const std::string wanted = other_value(keys[i]);
        write(keys[i], wanted);
        const Supervisor::Reloaded reloaded = supervisor_.reload();
        ASSERT_EQ(reloaded.refused, "") << name_of(keys[i]);
        ASSERT_EQ(reloaded.changes.size(), 1U) << name_of(keys[i]);
        EXPECT_EQ(reloaded.changes[0].key, &keys[i]);
        EXPECT_EQ(reloaded.changes[0].from, before);
        const bool kept = keys[i].reload == Reload::restart;
        EXPECT_EQ(config_detail::value_text(supervisor_.config(), i), kept ? before : reloaded.changes[0].to)
            << name_of(keys[i]);
    }
}

TEST_F(ReloadTest, AKeyThatNeedsARestartIsNamedUntilThere) {
    folder_.write("hrn.toml", "[log]\nformat = \"json\"\n");
    EXPECT_EQ(supervisor_.reload().changes.size(), 1U);
    EXPECT_EQ(supervisor_.reload().changes.size(), 1U) << "still not in force";
}

TEST_F(ReloadTest, ABadFileNamesTheKeyAndChangesNothing) {
    folder_.write("hrn.toml", "[limits]\nmax_attempts = 7\n\n[spool]\nsettle_millis = 5\n");
    const Supervisor::Reloaded reloaded = supervisor_.reload();
    EXPECT_NE(reloaded.refused.find("hrn.toml:5"), std::string::npos) << reloaded.refused;
    EXPECT_NE(reloaded.refused.find("settle_millis"), std::string::npos) << reloaded.refused;
    EXPECT_EQ(supervisor_.config().limits.max_attempts, 3);
}

TEST_F(ReloadTest, AFileThatIsGoneChangesNothing) {
    EXPECT_NE(supervisor_.reload().refused.find("cannot be read"), std::string::npos);
    EXPECT_EQ(supervisor_.config().limits.max_attempts, 3);
}

}  // namespace
}  // namespace hrn::supervisor
