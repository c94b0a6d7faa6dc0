// hrn-supervisor: reads the configuration, then runs the service until it is told to stop.
//
// Exit statuses: 0 stopped as told (or --check, --version, --unclaim done), 1 the request failed or the
// service cannot go on (a restart may help), 2 usage or configuration (a restart will not help).
#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "shared/config.hpp"
#include "shared/log.hpp"
#include "supervisor/control/commands.hpp"
#include "supervisor/control/control_server.hpp"
#include "supervisor/control/metrics_page.hpp"
#include "supervisor/control/metrics_server.hpp"
#include "supervisor/control/waiters.hpp"
#include "supervisor/loop/signal_watch.hpp"
#include "supervisor/loop/supervisor.hpp"
#include "supervisor/storage/storage.hpp"

namespace {

constexpr int kOk = 0, kFailed = 1, kUsage = 2;

struct Options {
    std::optional<std::string> config;
    bool check = false, quiet = false, unclaim = false;
};

// Two threads and a few short helpers need no arena each; memory stays small and flat.
void keep_memory_small() {
    ::mallopt(M_ARENA_MAX, 2);
    ::mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

// A client each, a few descriptors a worker: the soft limit is often 1,024.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
            hrn::log::warning("the limit of open files cannot be raised");
        }
    }
}

// Closed standard descriptors would be taken by files and sockets of ours.
void open_standard_descriptors() {
    for (int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC); fd >= 0;
         fd = ::open("/dev/null", O_RDWR | O_CLOEXEC)) {
        if (fd > STDERR_FILENO) {
            ::close(fd);
            return;
        }
    }
}

void start_log(const hrn::Config& config) {
    hrn::log::Level level = hrn::log::Level::info;
    hrn::log::Format format = hrn::log::Format::text;
    // Both were checked by the parser of the configuration.
    static_cast<void>(hrn::log::parse_level(config.log.level, level));
    static_cast<void>(hrn::log::parse_format(config.log.format, format));
    hrn::log::start("hrn-supervisor", level, format);
}

int serve(const hrn::Config& config, const std::string& config_path) {
    using namespace hrn::supervisor;
    SignalWatch::block();
    raise_descriptor_limit();
    boost::asio::io_context io;
    Supervisor supervisor(io, config, config_path);
    Commands commands(supervisor, HRN_VERSION);
    ControlServer control(io, config, commands);
    commands.set_server(control);
    // First of all, so that whoever asks gets an answer while everything else comes up.
    control.open();
    supervisor.set_events(control);
    SignalWatch signals(io, [&](int signal) {
        if (signal == SIGHUP) {
            supervisor.reload();
        } else {
            supervisor.stop();
        }
    });
    MetricsServer metrics(io, [&] { return metrics_page(supervisor); });
    metrics.open(config.metrics.listen);
    hrn::log::info("starting", {{"version", HRN_VERSION}, {"config", config_path}});
    supervisor.start();
    io.run();
    return supervisor.exit_status();
}

int run(const Options& options) {
    const std::string path = hrn::config_path(options.config);
    hrn::Config config;
    try {
        config = hrn::load_config(path);
    } catch (const hrn::ConfigError& error) {
        std::cerr << "hrn-supervisor: " << error.what() << '\n';
        return kUsage;
    }
    if (options.check && options.quiet) {
        return kOk;
    }
    if (options.check) {
        std::cout << hrn::to_toml(config) << std::flush;
        return std::cout ? kOk : kFailed;
    }
    start_log(config);
    try {
        if (options.unclaim) {
            const std::size_t count = hrn::supervisor::unclaim(config);
            std::cout << count << (count == 1 ? " image was" : " images were")
                      << " put back into incoming/\n";
            return kOk;
        }
        return serve(config, path);
    } catch (const std::exception& error) {
        hrn::log::error(error.what());
        return kFailed;
    }
}

}  // namespace

int main(int argc, char** argv) try {
    open_standard_descriptors();
    keep_memory_small();
    Options options;
    CLI::App app("hrn-supervisor: turns the images of a spool folder into textured 3D face meshes");
    app.set_version_flag("--version", std::string("hrn-supervisor ") + HRN_VERSION);
    app.add_option("--config", options.config,
                   "the configuration file (else HRN_CONFIG, else /etc/hrn/hrn.toml)");
    auto* check = app.add_flag("--check", options.check, "print the configuration in force and exit");
    app.add_flag("--quiet", options.quiet, "with --check: print only what is wrong")->needs(check);
    app.add_flag("--unclaim", options.unclaim,
                 "while the service is stopped: put claimed images back into incoming/ and exit");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {  // --help, --version
            return app.exit(error);
        }
        std::cerr << "hrn-supervisor: " << error.what() << " (hrn-supervisor --help shows the options)\n";
        return kUsage;
    }
    return run(options);
} catch (const std::exception& error) {
    std::cerr << "hrn-supervisor: " << error.what() << "\n";
    return kFailed;
}
