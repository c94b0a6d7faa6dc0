#include "supervisor/workers/oom_events.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "shared/unique_fd.hpp"

namespace hrn::supervisor {
namespace {

std::optional<std::string> read_small(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> buffer;
    const ssize_t count = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : -1;
    if (count < 0) {
        return std::nullopt;
    }
    return std::string(buffer.data(), static_cast<std::size_t>(count));
}

}  // namespace

std::optional<std::uint64_t> parse_oom_kills(std::string_view text) {
    constexpr std::string_view kKey = "oom_kill ";
    while (!text.empty()) {
        const std::size_t stop = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, stop);
        if (line.starts_with(kKey)) {
            std::uint64_t value = 0;
            const char* end = line.data() + line.size();
            const auto [stopped, error] = std::from_chars(line.data() + kKey.size(), end, value);
            return error == std::errc{} && stopped == end ? std::optional(value) : std::nullopt;
        }
        text.remove_prefix(std::min(stop + 1, text.size()));
    }
    return std::nullopt;
}

std::optional<std::uint64_t> cgroup_oom_kills() {
    const std::optional<std::string> own = read_small("/proc/self/cgroup");
    const std::size_t begin = own ? own->find("0::/") : std::string::npos;
    if (begin == std::string::npos) {
        return std::nullopt;
    }
    const std::size_t end = std::min(own->find('\n', begin), own->size());
    const auto text =
        read_small("/sys/fs/cgroup" + own->substr(begin + 3, end - begin - 3) + "/memory.events");
    return text ? parse_oom_kills(*text) : std::nullopt;
}

}  // namespace hrn::supervisor
