// A folder, a console that can be read, and hrn-ctl as a function.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "supervisor/ctl/commands.hpp"
#include "tests/unit/ctl/fake_supervisor.hpp"
#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::ctl::test {

class CtlTest : public testing::Test {
protected:
    CtlTest() {
        ::unsetenv("HRN_CONFIG");
        ::unsetenv("HRN_SOCKET");
        std::filesystem::create_directories(folder_.path("spool/incoming"));
    }

    // Runs hrn-ctl against the socket in the folder; returns its exit status.
    int ctl(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--socket", socket_});
        return run(arguments);
    }
    int run(const std::vector<std::string>& arguments) {
        out_.str("");
        err_.str("");
        return hrn::ctl::run(arguments, {out_, err_, colour_, progress_});
    }
    [[nodiscard]] nlohmann::json document() const { return nlohmann::json::parse(out_.str()); }
    [[nodiscard]] std::string out() const { return out_.str(); }
    [[nodiscard]] long lines() const {
        const std::string text = out();
        return std::count(text.begin(), text.end(), '\n');
    }
    [[nodiscard]] std::string err() const { return err_.str(); }

    hrn::test::TempFolder folder_;
    std::string socket_ = folder_.path("control.sock");
    bool colour_ = false, progress_ = false;

private:
    std::ostringstream out_, err_;
};

}  // namespace hrn::ctl::test
