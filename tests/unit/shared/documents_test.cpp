// Documents that promise something are true: every promise of docs/what-happens-when.md names a test that
// exists, every problem and metric that the sources know is explained.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace hrn {
namespace {

namespace files = std::filesystem;
const std::string kRoot = HRN_SOURCE_DIR;

std::string content_of(const files::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string sources_below(const std::string& folder) {
    std::string all;
    for (const auto& entry : files::recursive_directory_iterator(kRoot + folder)) {
        if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp") {
            all += content_of(entry.path());
        }
    }
    return all;
}

// Everything that the expression's first group finds.
std::set<std::string> found(const std::string& text, const char* expression) {
    const std::regex regex(expression);
    std::set<std::string> all;
    for (std::sregex_iterator hit(text.begin(), text.end(), regex), end; hit != end; ++hit) {
        all.insert((*hit)[1].str());
    }
    return all;
}

TEST(WhatHappensWhen, EveryLineIsBackedByATestThatExists) {
    std::set<std::string> tests;
    std::string line;
    for (const auto& entry : files::recursive_directory_iterator(kRoot + "/tests")) {
        if (entry.path().extension() != ".cpp") {
            continue;
        }
        std::istringstream lines(content_of(entry.path()));
        // A test's head may be broken behind its comma.
        for (std::string before; std::getline(lines, line); before = line) {
            for (const std::string& head : {line, before + line}) {
                std::smatch parts;
                static const std::regex test(R"(^TEST(?:_F|_P)?\((\w+),\s*(\w+)\))");
                if (head.starts_with("TEST") && std::regex_search(head, parts, test)) {
                    tests.insert(parts[1].str() + "." + parts[2].str());
                }
            }
        }
    }
    const std::string checks = content_of(kRoot + "/tests/systemd/inside");
    std::istringstream document(content_of(kRoot + "/docs/what-happens-when.md"));
    int rows = 0;
    while (std::getline(document, line)) {
        if (!line.starts_with("| ") || line.starts_with("| when |") || line.starts_with("| --- |")) {
            continue;
        }
        ++rows;
        const std::string last = line.substr(line.rfind('|', line.size() - 2));
        const std::set<std::string> names = found(last, "`([^`]+)`");
        EXPECT_FALSE(names.empty()) << line;
        for (const std::string& name : names) {
            const bool exists = name.find('.') == std::string::npos
                                    ? checks.find("\n" + name + "() {") != std::string::npos
                                    : tests.contains(name);
            EXPECT_TRUE(exists) << name << " is no test";
        }
    }
    EXPECT_GT(rows, 50);
}

TEST(Problems, EachCodeIsExplained) {
    const std::string document = content_of(kRoot + "/docs/problems.md");
    const std::string sources = sources_below("/supervisor");
    std::set<std::string> codes = found(sources, R"rx(raise\(\s*"([a-z_]+)")rx");
    codes.merge(found(sources, R"rx(constexpr const char\* k\w+ = "([a-z]+_[a-z_]+)";\s*(?:// problem)?)rx"));
    codes.merge(found(sources, R"rx(return "((?:not|path|other|unreadable|cannot)_[a-z_]+)";)rx"));
    codes.erase("drained_devices");  // a name in the store, no problem
    codes.erase("not_regular");      // said in the log only
    ASSERT_GT(codes.size(), 10U);
    for (const std::string& code : codes) {
        EXPECT_NE(document.find("| `" + code + "` |"), std::string::npos)
            << code << " is not in docs/problems.md";
    }
    for (const std::string& code : found(document, R"(\| `([a-z_]+)` \|)")) {
        const bool generated = code.starts_with("worker_");  // worker_ + an error of class operator
        EXPECT_TRUE(generated || codes.contains(code) || sources.find('"' + code + '"') != std::string::npos)
            << code << " does not exist";
    }
}

TEST(Metrics, EachIsExplainedAndExists) {
    const std::set<std::string> metrics =
        found(sources_below("/supervisor/control"), R"rx("(hrn_[a-z_]+)")rx");
    const std::string document = content_of(kRoot + "/docs/metrics.md");
    ASSERT_GT(metrics.size(), 8U);
    for (const std::string& metric : metrics) {
        EXPECT_NE(document.find("| `" + metric + "` |"), std::string::npos) << metric;
    }
    for (const std::string& metric : found(document, R"(\| `(hrn_[a-z_]+)` \|)")) {
        EXPECT_TRUE(metrics.contains(metric)) << metric << " does not exist";
    }
}

}  // namespace
}  // namespace hrn
