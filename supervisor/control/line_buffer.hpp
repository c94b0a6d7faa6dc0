// Cuts a client's bytes into lines of bounded length (design.md 10). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hrn::supervisor {

class LineBuffer {
public:
    explicit LineBuffer(std::size_t longest_line) : longest_(longest_line) {}

    // false: a line is longer than allowed; nothing more can be taken from this client.
    [[nodiscard]] bool add(std::string_view bytes) {
        if (overlong_) {
            return false;
        }
        buffer_.append(bytes);
        if (buffer_.size() - begin_ > longest_ && buffer_.find('\n', begin_) > begin_ + longest_) {
            overlong_ = true;
            return false;
        }
        return true;
    }

    // The next whole line without its end ("\n" or "\r\n"); nothing if there is none yet.
    [[nodiscard]] std::optional<std::string> next() {
        const std::size_t end = buffer_.find('\n', begin_);
        if (end == std::string::npos || end - begin_ > longest_) {
            overlong_ = overlong_ || (end != std::string::npos);
            compact();
            return std::nullopt;
        }
        std::string line = buffer_.substr(begin_, end - begin_);
        if (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        begin_ = end + 1;
        if (begin_ == buffer_.size()) {
            compact();
        }
        return line;
    }

    [[nodiscard]] bool overlong() const { return overlong_; }
    [[nodiscard]] std::size_t size() const { return buffer_.size() - begin_; }
    // Room for more bytes: at most one longest line and what follows it is kept.
    [[nodiscard]] bool full() const { return size() > longest_; }

private:
    void compact() {
        if (begin_ > 0) {
            buffer_.erase(0, begin_);
            begin_ = 0;
        }
        if (buffer_.empty()) {
            buffer_.shrink_to_fit();  // a client that says nothing keeps no memory
        }
    }

    std::size_t longest_;
    std::string buffer_;
    std::size_t begin_ = 0;
    bool overlong_ = false;
};

}  // namespace hrn::supervisor
