#include "supervisor/ctl/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <regex>

#include "shared/log.hpp"
#include "shared/text.hpp"

namespace hrn::ctl {
namespace {

// Seconds, with a fraction if one likes; CLI11 checks that it is a number.
void add_timeout(CLI::App& command, double& seconds) {
    command.add_option("--timeout", seconds, "give up after so many seconds; exit status 4")
        ->check(CLI::Range(0.0, 1e9));
}

// The whole command line; `options` is filled when `app` parses. One function a command, in the order of the
// help.
class CommandLine {
public:
    CommandLine() {
        app_.require_subcommand(1);
        app_.fallthrough();  // --json and the like may stand behind the command
        app_.add_option("--config", options_.config, "configuration that names the socket (or HRN_CONFIG)");
        app_.add_option("--socket", options_.socket, "the supervisor's control socket (or HRN_SOCKET)");
        app_.add_flag("--json", options_.json, "one JSON document for scripts");
        app_.set_version_flag("--version", "hrn-ctl " HRN_VERSION);
        add_looking();
        add_tasks();
        add_submit();
        add_changing();
        add_bench_options(command("bench", "measure throughput by devices and policy in a scratch service"),
                          options_.bench);
        add_plan_options(command("plan", "how many GPUs for so many images by a deadline"), options_.plan);
    }

    Options parse(std::vector<std::string> arguments) {
        std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
        try {
            app_.parse(arguments);
        } catch (const CLI::CallForHelp&) {
            throw CommandError(Exit::done, app_.help());  // of the command that was named
        } catch (const CLI::CallForVersion& version) {
            throw CommandError(Exit::done, std::string(version.what()) + "\n");
        } catch (const CLI::ParseError& error) {
            throw CommandError(Exit::usage, complaint(error) + " (hrn-ctl --help shows the commands)");
        }
        options_.command = app_.get_subcommands().front()->get_name();
        if (const auto deeper = app_.get_subcommands().front()->get_subcommands(); !deeper.empty()) {
            options_.action = deeper.front()->get_name();
        }
        finish();
        return options_;
    }

    [[nodiscard]] const CLI::App& app() const { return app_; }

private:
    CLI::App& command(const char* name, const char* help) { return *app_.add_subcommand(name, help); }

    // CLI11 tells first what is missing; a word that nobody knows explains more.
    [[nodiscard]] std::string complaint(const CLI::ParseError& error) const {
        const std::vector<std::string> unknown = app_.remaining(true);
        if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !unknown.empty()) {
            return "there is no command or option " + log::printable(unknown.front());
        }
        return error.what();
    }

    void add_looking() {
        command("status", "state, intake, queue, throughput, workers, problems")
            .add_flag("--check", options_.check, "exit status 1 unless running and without problems");
        command("workers", "a row per worker");
        command("gpus", "a row per GPU");
        command("stats", "per device: count, seconds, utilisation, percentiles by stage")
            .add_option("--since", options_.since,
                        "UTC time (2026-11-24T08:00:00Z) or age (90s, 15m, 2h, 1d)");
        CLI::App& top = command("top", "status, workers and the latest tasks, drawn anew every second");
        top.add_option("--interval", interval_seconds_, "seconds between two pictures")
            ->check(CLI::Range(0.1, 3600.0));
        top.add_option("--count", options_.count, "so many pictures, then the end")
            ->check(CLI::Range(1L, 1'000'000L));
        command("report", "a page about the service as it is now")
            .add_option("-o,--output", options_.output, "the HTML file to write")
            ->required();
    }

    void add_tasks() {
        CLI::App& tasks = command("tasks", "tasks, newest first");
        tasks.add_option("--state", options_.state, "only those")
            ->check(CLI::IsMember({"queued", "running", "done", "failed", "quarantined"}));
        tasks.add_option("--limit", options_.limit, "at most so many; 0: all")
            ->check(CLI::Range(0L, 100'000'000L));
        tasks.add_option("--after", options_.after, "only those older than this id");
        tasks.add_flag("--json-lines", options_.json_lines, "a JSON line a task");
        command("show", "everything about one task")
            .add_option("id", options_.ids, "id or unique prefix")
            ->required()
            ->expected(1);
        CLI::App& wait = command("wait", "until tasks are finished; without ids: until everything is");
        wait.add_option("id", options_.ids, "ids or unique prefixes");
        add_timeout(wait, timeout_seconds_);
        CLI::App& events = command("events", "a JSON line per event, as they happen");
        events.add_option("event", options_.events, "only those of these names (task.done, ...)");
        events.add_flag("--json-lines", options_.json_lines, "a JSON line per event (as without it)");
        events.add_option("--count", options_.count, "end after so many")->check(CLI::Range(1L, 1'000'000L));
        add_timeout(events, timeout_seconds_);
        CLI::App& retry = command("retry", "queue failed tasks again");
        retry.add_option("id", options_.ids, "ids or unique prefixes");
        retry.add_flag("--failed", options_.failed, "every failed or quarantined task");
        add_of_ids("cancel", "let unfinished tasks fail, dropping what is being computed of them");
        add_of_ids("hold", "do not dispatch queued tasks until they are released");
        add_of_ids("release", "let held tasks be dispatched again");
        add_of_ids("bump", "dispatch queued tasks before all others");
        CLI::App& clean = command("clean", "throw away the originals of finished tasks");
        clean.add_flag("--failed", options_.failed,
                       "failed and quarantined tasks instead: originals, error files, records");
        clean.add_option("--older-than", options_.older_than,
                         "only what finished before a UTC time or an age (90s, 15m, 2h, 1d)");
    }

    void add_of_ids(const char* name, const char* help) {
        command(name, help).add_option("id", options_.ids, "ids or unique prefixes")->required();
    }

    void add_submit() {
        CLI::App& submit = command("submit", "put images into the spool");
        submit.add_option("path", options_.paths, "images, or folders with --recursive")->required();
        submit.add_flag("-r,--recursive", options_.recursive, "folders with all the images in them");
        auto* copy = submit.add_flag("--copy", copy_, "leave the originals where they are (default)");
        auto* move = submit.add_flag("--move", move_, "take the originals away");
        auto* link = submit.add_flag("--link", link_, "hard links; same file system only");
        copy->excludes(move)->excludes(link);
        move->excludes(link);
        submit.add_flag("--wait", options_.wait, "until they are finished");
        add_timeout(submit, timeout_seconds_);
    }

    void add_changing() {
        command("pause", "claim and dispatch nothing more");
        command("resume", "end pause and drain");
        command("drain", "claim nothing more, finish what is queued");
        command("reload", "read the configuration again");
        CLI::App& restart = command("restart-worker", "let a worker finish what it holds and start it anew");
        restart.add_option("worker", worker_, "its index")->check(CLI::Range(0, 1'000'000));
        restart.add_flag("--all", options_.all, "every worker, one after the other");
        command("doctor", "is this machine fit to run the service, and if not, what to do");
        CLI::App& device = command("device", "take a device out of service, or back");
        device.require_subcommand(1);
        CLI::App& drain = *device.add_subcommand("drain", "its workers finish what they hold and stay away");
        drain.add_option("device", options_.device, "index, UUID or its beginning, or cpu")->required();
        drain.add_option("--reason", options_.reason, "why, for those who look later");
        CLI::App& resume = *device.add_subcommand("resume", "its workers come back");
        resume.add_option("device", options_.device, "index, UUID or its beginning, or cpu")->required();
    }

    void finish() {
        if (timeout_seconds_ >= 0) {
            options_.timeout = std::chrono::milliseconds(std::llround(timeout_seconds_ * 1000));
        }
        options_.interval = std::chrono::milliseconds(std::llround(interval_seconds_ * 1000));
        options_.transfer = move_ ? Transfer::move : link_ ? Transfer::link : Transfer::copy;
        if (worker_ >= 0) {
            options_.worker = worker_;
        }
        const auto usage = [](bool right, const char* what) {
            if (!right) {
                throw CommandError(Exit::usage, what);
            }
        };
        if (options_.since) {
            const auto time = since_time(*options_.since, unix_milliseconds_now());
            usage(time.has_value(),
                  "stats: --since takes a UTC time (2026-11-24T08:00:00Z) or an age (90s, 15m, 2h, 1d)");
            options_.since = time;
        }
        if (options_.older_than) {
            const auto time = since_time(*options_.older_than, unix_milliseconds_now());
            usage(time.has_value(), "clean: --older-than takes a UTC time or an age (90s, 15m, 2h, 1d)");
            options_.older_than = time;
        }
        if (options_.command == "retry") {
            usage(options_.ids.empty() == options_.failed, "retry: name ids, or give --failed (not both)");
        }
        if (options_.command == "restart-worker") {
            usage(options_.worker.has_value() != options_.all,
                  "restart-worker: name a worker, or give --all (not both)");
        }
        if (options_.command == "plan") {
            usage(duration_seconds(options_.plan.deadline).has_value(),
                  "plan: --deadline takes a duration (90s, 15m, 2h, 1d)");
        }
        if (options_.command == "submit") {
            usage(options_.wait || !options_.timeout, "submit: --timeout needs --wait");
        }
    }

    Options options_;
    CLI::App app_{"hrn-ctl: what an operator of hrn types", "hrn-ctl"};
    double timeout_seconds_ = -1;
    double interval_seconds_ = 1;
    int worker_ = -1;
    bool copy_ = false, move_ = false, link_ = false;
};

}  // namespace

std::optional<std::string> since_time(const std::string& text, long long now_ms) {
    static const std::regex time("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z");
    static const std::regex age("([0-9]{1,9})([smhd])");
    if (std::regex_match(text, time)) {
        return text;
    }
    std::smatch parts;
    if (!std::regex_match(text, parts, age)) {
        return std::nullopt;
    }
    const char unit = parts[2].str().front();
    const long long seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 86'400;
    return utc_time_text(std::max(0LL, now_ms - 1000 * seconds * std::stoll(parts[1].str())));
}

Options parse_options(std::vector<std::string> arguments) {
    return CommandLine().parse(std::move(arguments));
}

std::vector<std::pair<std::string, std::string>> command_list() {
    const CommandLine line;
    std::vector<std::pair<std::string, std::string>> list;
    for (const CLI::App* command : line.app().get_subcommands(nullptr)) {
        list.emplace_back(command->get_name(), command->get_description());
    }
    return list;
}

}  // namespace hrn::ctl
