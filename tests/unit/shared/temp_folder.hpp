// A folder for one test, removed with everything in it at the end.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "shared/fs.hpp"

namespace hrn::test {

class TempFolder {
public:
    TempFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "hrn-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("mkdtemp failed");
        }
        path_ = pattern;
        fd_ = fs::open_directory(path_);
    }
    ~TempFolder() {
        fs::set_fault_hook(nullptr);
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string path(const std::string& relative) const { return path_ + "/" + relative; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    void write(const std::string& relative, const std::string& text) const {
        std::filesystem::create_directories(std::filesystem::path(path(relative)).parent_path());
        std::ofstream(path(relative), std::ios::binary) << text;
    }
    [[nodiscard]] std::string read(const std::string& relative) const {
        std::ifstream file(path(relative), std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    [[nodiscard]] bool exists(const std::string& relative) const {
        return std::filesystem::symlink_status(path(relative)).type() !=
               std::filesystem::file_type::not_found;
    }

private:
    std::string path_;
    UniqueFd fd_;
};

}  // namespace hrn::test
