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
    if (!fd) {
        return std::nullopt;
    }
    std::string text;
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count <= 0) {
            return count == 0 ? std::optional(text) : std::nullopt;
        }
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
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

OomKills count_oom_kills() {
    OomKills kills;
    if (const auto machine = read_small("/proc/vmstat")) {
        kills.on_machine = parse_oom_kills(*machine);
    }
    const std::optional<std::string> own = read_small("/proc/self/cgroup");
    const std::size_t begin = own ? own->find("0::/") : std::string::npos;
    if (begin != std::string::npos) {
        const std::size_t end = std::min(own->find('\n', begin), own->size());
        const std::string path = own->substr(begin + 3, end - begin - 3);
        if (const auto events = read_small("/sys/fs/cgroup" + path + "/memory.events")) {
            kills.in_cgroup = parse_oom_kills(*events);
        }
    }
    return kills;
}

bool memory_ran_out(const OomKills& before, const OomKills& after) {
    return before.in_cgroup && after.in_cgroup && *after.in_cgroup > *before.in_cgroup;
}

bool memory_surely_sufficed(const OomKills& before, const OomKills& after) {
    return before.on_machine && after.on_machine && *after.on_machine == *before.on_machine &&
           !memory_ran_out(before, after);
}

}  // namespace hrn::supervisor
