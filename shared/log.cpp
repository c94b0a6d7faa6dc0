#include "shared/log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>

#include "shared/log_journal.hpp"
#include "shared/log_text.hpp"
#include "shared/text.hpp"

namespace hrn::log {
namespace {

// Sends each message, a datagram made by journal_datagram, to the journal.
class JournalSink : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit JournalSink(UniqueFd socket) : socket_(std::move(socket)) {}

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        // A datagram that the journal does not take is dropped (log.hpp).
        (void)send_to_journal(socket_.get(),
                              std::string_view(message.payload.data(), message.payload.size()));
    }
    void flush_() override {}

private:
    UniqueFd socket_;
};

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

struct State {
    std::string program = "hrn";
    Format format = Format::text;
    bool native_journal = false;
    std::shared_ptr<spdlog::logger> logger;
};

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>("hrn", std::move(sink));
    logger->set_pattern("%v", spdlog::pattern_time_type::utc);
    logger->flush_on(spdlog::level::trace);
    logger->set_error_handler([](const std::string&) {});  // a log that cannot be written is dropped
    return logger;
}

// Before start(): text on stderr, from "info" up. Never destroyed: threads may log while the process ends.
State& state() {
    static State& instance = *new State{"hrn", Format::text, false,
                                        make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>())};
    return instance;
}

std::string line_of(const State& now, Level level, std::string_view message, Fields fields) {
    if (now.native_journal) {
        return journal_datagram(now.program, level, message, fields);
    }
    switch (now.format) {
        case Format::json:
            return json_line(utc_time_text(unix_milliseconds_now()), now.program, level, message, fields);
        case Format::journal:
            return prefixed_line(level, message, fields);
        case Format::text:
            break;
    }
    return text_line(utc_time_text(unix_milliseconds_now()), now.program, level, message, fields);
}

}  // namespace

void start(std::string_view program, Level level, Format format) {
    State& now = state();
    now.program = program;
    now.format = format;
    UniqueFd socket = format == Format::journal ? connect_journal() : UniqueFd();
    now.native_journal = static_cast<bool>(socket);
    now.logger = now.native_journal ? make_logger(std::make_shared<JournalSink>(std::move(socket)))
                                    : make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    set_level(level);
}

void set_level(Level level) {
    state().logger->set_level(spdlog_level(level));
}

void write(Level level, std::string_view message, Fields fields) {
    try {
        const State& now = state();
        const spdlog::level::level_enum at = spdlog_level(level);
        if (now.logger->should_log(at)) {
            const std::string line = line_of(now, level, message, fields);
            now.logger->log(at, spdlog::string_view_t(line.data(), line.size()));
        }
    } catch (const std::exception&) {
        // Out of memory while formatting: the message is lost, the caller's work goes on (log.hpp).
    }
}

}  // namespace hrn::log
