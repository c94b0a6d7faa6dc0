#include "worker/runtime/sim/sim_commands.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "worker/runtime/task_failure.hpp"

namespace hrn::runtime::sim {

namespace {

constexpr std::string_view kPrefix = "hrn-sim:";

struct ActionRow {
    std::string_view word;
    Action action;
    bool number;  // takes one
};
constexpr std::array<ActionRow, 18> kActions = {{
    {"crash", Action::crash, false},
    {"abort", Action::abort, false},
    {"overflow", Action::overflow, false},
    {"exit", Action::exit, true},
    {"hang", Action::hang, false},
    {"freeze", Action::freeze, false},
    {"slow", Action::slow, true},
    {"oom", Action::oom, false},
    {"device_oom", Action::device_oom, false},
    {"device_fits", Action::device_fits, true},
    {"device_fatal", Action::device_fatal, false},
    {"leak", Action::leak, true},
    {"flood", Action::flood, true},
    {"chatter", Action::chatter, true},
    {"close_pipes", Action::close_pipes, false},
    {"garbage", Action::garbage, false},
    {"escape", Action::escape, false},
    {"throw", Action::unexpected, false},
}};
constexpr std::array<std::string_view, kGarbageKinds> kGarbageWords = {
    "report_index", "order_index", "records",    "slots",  "header",
    "counters",     "threads",     "last_words", "foreign"};

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (true) {
        const std::size_t begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) {
            return words;
        }
        const std::size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
        words.push_back(line.substr(begin, end - begin));
        line.remove_prefix(end);
    }
}

std::optional<double> number_of(std::string_view word) {
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size() || value < 0) {
        return std::nullopt;
    }
    return value;
}

std::optional<Stage> stage_of(std::string_view word) {
    for (const Stage stage : {Stage::decode, Stage::infer, Stage::write}) {
        if (stage_name(stage) == word) {
            return stage;
        }
    }
    return std::nullopt;
}

// Takes the words of one command from the front; false: not understood.
class CommandReader {
public:
    explicit CommandReader(std::vector<std::string_view> words) : words_(std::move(words)) {}

    [[nodiscard]] std::optional<SimCommand> read() {
        SimCommand command;
        if (!read_action(command)) {
            return std::nullopt;
        }
        while (!words_.empty()) {
            const std::string_view clause = take();
            if (clause == "in") {
                const auto stage = stage_of(take());
                if (!stage) {
                    return std::nullopt;
                }
                command.stage = *stage;
            } else if (clause == "first") {
                const auto attempts = number_of(take());
                if (!attempts || *attempts < 1 || *attempts > 1000) {
                    return std::nullopt;
                }
                command.attempts = static_cast<std::uint32_t>(*attempts);
            } else {
                return std::nullopt;
            }
        }
        return command;
    }

private:
    std::string_view take() {
        if (words_.empty()) {
            return {};
        }
        const std::string_view word = words_.front();
        words_.erase(words_.begin());
        return word;
    }

    bool read_action(SimCommand& command) {
        const std::string_view word = take();
        for (const ActionRow& row : kActions) {
            if (row.word != word) {
                continue;
            }
            command.action = row.action;
            if (row.number) {
                const auto number = number_of(take());
                command.number = number.value_or(0);
                return number.has_value();
            }
            return (row.action != Action::garbage || read_garbage(command)) &&
                   (row.action != Action::escape || read_escape(command));
        }
        const auto code = parse_error_code(word == "fail" ? take() : word);
        command.action = Action::fail;
        command.code = code.value_or(ErrorCode::none);
        return command.code != ErrorCode::none;
    }

    bool read_escape(SimCommand& command) {
        const auto escape = parse_escape(take());
        if (!escape) {
            return false;
        }
        command.escape = *escape;
        if (takes_path(*escape)) {
            command.path = take();
            return !command.path.empty();
        }
        return true;
    }

    bool read_garbage(SimCommand& command) {
        const std::string_view word = take();
        for (std::size_t i = 0; i < kGarbageWords.size(); ++i) {
            if (kGarbageWords[i] == word) {
                command.garbage = static_cast<Garbage>(i);
                return true;
            }
        }
        return false;
    }

    std::vector<std::string_view> words_;
};

}  // namespace

std::vector<SimCommand> parse_commands(std::span<const std::byte> file) {
    std::string_view text(reinterpret_cast<const char*>(file.data()), std::min(file.size(), kCommandBytes));
    std::vector<SimCommand> commands;
    while (text.starts_with(kPrefix)) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(kPrefix.size(), end - kPrefix.size());
        const auto command = CommandReader(words_of(line)).read();
        if (!command) {
            throw TaskFailed(ErrorCode::unreadable_image, "hrn-worker-sim does not understand \"" +
                                                              std::string(text.substr(0, end)) + "\"");
        }
        commands.push_back(*command);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return commands;
}

}  // namespace hrn::runtime::sim
