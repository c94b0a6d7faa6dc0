// A whole hrn service in a folder of its own: the real supervisor, real workers (simulated unless said
// otherwise), driven through hrn-ctl and the spool exactly as an operator would. One per test; everything is
// killed and removed on destruction, except the folder of a failed test (its path is printed).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/behaviour/support/process.hpp"

namespace hrn::test {

class Service {
public:
    // `settings` are TOML lines by section, added to quick test defaults: {"limits", "max_attempts = 2"}.
    struct Setting {
        std::string section, line;
    };
    struct Settings {
        Settings(std::initializer_list<Setting> settings) : all(settings) {}
        void add(const std::string& section, const std::string& line) { all.push_back({section, line}); }
        std::vector<Setting> all;
    };
    explicit Service(const Settings& settings = {});
    // In a folder of the caller's, which stays.
    Service(const Settings& settings, const std::string& root);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service();

    void start(const std::vector<std::string>& extra_environment = {});  // until the socket answers
    // Starts without waiting for anything (a second instance, a doomed start).
    void launch(const std::vector<std::string>& extra_environment = {});
    // As launch(), as another user (a number; his group has the same); needs root. The folders must be his.
    void launch_as(const std::string& user);
    int stop();  // SIGTERM, exit status
    // SIGKILL, and waits until its workers are gone too; std::runtime_error if they stay.
    void kill_supervisor();
    [[nodiscard]] Running& supervisor() { return supervisor_; }
    [[nodiscard]] std::string log() const;

    // A file that appears whole below incoming/ (written beside, renamed in). Missing folders are made.
    void drop(const std::string& rel, const std::string& bytes) const;
    void drop_file(const std::string& rel, const std::string& path) const;

    [[nodiscard]] Finished ctl(std::vector<std::string> arguments) const;
    [[nodiscard]] nlohmann::json ctl_json(
        std::vector<std::string> arguments) const;  // exit status 0 expected
    [[nodiscard]] nlohmann::json status() const { return ctl_json({"status"}); }
    // `hrn-ctl wait`: everything that was dropped has ended.
    [[nodiscard]] int wait_all(int timeout_s = 60) const;
    // Polls until `condition` holds; false when `limit` has passed.
    [[nodiscard]] static bool eventually(const std::function<bool()>& condition,
                                         std::chrono::milliseconds limit = std::chrono::seconds(20));

    // Leaves the folder for whoever looks into a failure.
    void keep() { kept_ = true; }
    [[nodiscard]] const std::string& root() const { return root_; }
    [[nodiscard]] std::string incoming() const { return root_ + "/spool/incoming"; }
    [[nodiscard]] std::string results() const { return root_ + "/results"; }
    // Every folder below results/ that holds a result.json, with its parsed contents.
    [[nodiscard]] std::map<std::string, nlohmann::json> published() const;
    // claimed/ and results/.tmp/ hold nothing (generation folders of living workers are empty).
    [[nodiscard]] std::vector<std::string> leftovers() const;
    [[nodiscard]] std::vector<pid_t> worker_pids() const;

private:
    std::string root_;
    std::string config_;
    Running supervisor_;
    bool kept_ = false;
};

[[nodiscard]] std::string read_whole(const std::string& path);
[[nodiscard]] std::string bin(
    const std::string& program);  // path of a program of this build, or of HRN_TEST_BIN_DIR

}  // namespace hrn::test
