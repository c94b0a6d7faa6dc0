// How many images a second does the whole service take, files in, result folders out? The real supervisor
// with its real workers in a scratch folder, fed with portraits made of the one in tests/data.
//
//   bench_service --model DIR [--devices auto|cpu|0,1] [--megapixels 0.5,2,12] [--mesh obj,glb]
//                 [--folders /tmp,/dev/shm] [--images N] [--lone N] [--set SECTION.KEY=VALUE]… [--cold]
//                 [--json FILE] [--logs FOLDER]
//
// A row per folder, mesh and size: images/s from the first file renamed in to the last result recorded; a
// lone image's latency; GPU busy by the workers' own counters and by NVML; CPU time; and beside them how many
// files of the mesh's size the folder takes when nothing else is done. Before the first row, every portrait
// goes through once; those in which the model's detector finds no face (synthetic weights find what they
// find) are left out.
#include <sys/vfs.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "tests/bench/portraits.hpp"
#include "tests/bench/service_run.hpp"

namespace {

using namespace hrn::bench;
using hrn::test::Service;

struct Options {
    std::string model;
    std::string devices = "auto";
    std::string portrait = "tests/data/astronaut.png";
    std::vector<double> megapixels = {0.5, 2, 12};
    std::vector<std::string> meshes = {"obj", "glb"};
    std::vector<std::string> folders = {std::filesystem::temp_directory_path().string()};
    std::vector<std::string> settings;
    int images = 600;
    int lone = 30;
    int distinct = 24;
    bool cold = false;
    std::string json_file;
    std::string logs;
};

Options parse(int argc, char** argv) {
    Options options;
    CLI::App app{"images per second through the whole service"};
    app.add_option("--model", options.model, "model directory (hrn-model synthesise DIR --profile test)")
        ->required();
    app.add_option("--devices", options.devices, "auto, cpu, or a list as 0,1")->capture_default_str();
    app.add_option("--portrait", options.portrait, "the photo of which the others are made")
        ->capture_default_str();
    app.add_option("--megapixels", options.megapixels, "sizes of the photos")->delimiter(',');
    app.add_option("--mesh", options.meshes, "obj, glb, or both")->delimiter(',');
    app.add_option("--folders", options.folders, "where spool and results lie")->delimiter(',');
    app.add_option("--set", options.settings, "another setting, as workers.per_device=2");
    app.add_option("--images", options.images, "images a row")->capture_default_str();
    app.add_option("--lone", options.lone, "lone images a row; 0: none")->capture_default_str();
    app.add_option("--distinct", options.distinct, "different portraits")->capture_default_str();
    app.add_flag("--cold", options.cold, "empty the page cache before each row (root)");
    app.add_option("--json", options.json_file, "also write the figures here");
    app.add_option("--logs", options.logs, "keep the services' logs in this folder");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error));
    }
    return options;
}

std::string list_of(const std::string& devices) {
    if (devices == "auto") {
        return "\"auto\"";
    }
    std::string list;
    for (const char c : devices) {
        list += c == ',' ? std::string("\", \"") : std::string(1, c);
    }
    return "[\"" + list + "\"]";
}

Service::Settings settings_of(const Options& options, const std::string& mesh) {
    Service::Settings settings{{"model", "kind = \"hrn\""},
                               {"model", "dir = \"" + options.model + "\""},
                               {"workers", "devices = " + list_of(options.devices)},
                               {"output", "mesh = [\"" + mesh + "\"]"},
                               {"spool", "rescan_s = 30"},
                               {"limits", "load_timeout_s = 600"},
                               {"limits", "stage_timeout_s = 600"},
                               {"limits", "task_timeout_s = 1200"},
                               {"log", "level = \"warning\""}};
    for (const std::string& setting : options.settings) {
        const std::size_t dot = setting.find('.');
        const std::size_t equals = setting.find('=');
        if (dot == std::string::npos || equals == std::string::npos || dot > equals) {
            throw std::runtime_error("--set " + setting + ": not SECTION.KEY=VALUE");
        }
        settings.add(setting.substr(0, dot),
                     setting.substr(dot + 1, equals - dot - 1) + " = " + setting.substr(equals + 1));
    }
    return settings;
}

std::string file_system_of(const std::string& folder) {
    constexpr long kTmpfs = 0x01021994;
    struct statfs status {};
    return ::statfs(folder.c_str(), &status) == 0 && status.f_type == kTmpfs ? "tmpfs" : "disk";
}

std::string machine() {
    std::ifstream cpu("/proc/cpuinfo");
    std::string model = "CPU";
    for (std::string line; std::getline(cpu, line);) {
        if (line.rfind("model name", 0) == 0) {
            model = line.substr(line.find(':') + 2);
            break;
        }
    }
    return model + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores";
}

Files portraits_of(const Options& options, double megapixels) {
    const cv::Mat portrait = read_portrait(options.portrait);
    Files files;
    for (int i = 0; i < options.distinct; ++i) {
        files.push_back(make_portrait(portrait, megapixels, static_cast<unsigned>(i)));
    }
    return files;
}

// Those that the service makes a result of.
Files usable(ServiceUnderLoad& service, const Files& files) {
    const std::vector<bool> succeeded = service.which_succeed(files);
    Files good;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (succeeded[i]) {
            good.push_back(files[i]);
        }
    }
    if (good.empty()) {
        throw std::runtime_error("this model finds a face in none of the portraits");
    }
    return good;
}

// After each row: what was measured stays, whatever becomes of the next.
void write_json(const Options& options, const nlohmann::json& document) {
    if (!options.json_file.empty() && !(std::ofstream(options.json_file) << document.dump(1) << '\n')) {
        throw std::runtime_error(options.json_file + " cannot be written");
    }
}

std::string log_path(const Options& options, const std::string& folder, const std::string& mesh) {
    return options.logs.empty() ? std::string()
                                : options.logs + "/service-" + file_system_of(folder) + "-" + mesh + ".log";
}

void print_head() {
    std::printf("%-6s %5s %-4s %6s %9s %10s %10s %6s %6s %11s %11s %10s\n", "folder", "MP", "mesh", "images",
                "images/s", "lone p50", "lone p99", "busy", "NVML", "CPU ms/img", "of superv.", "disk f/s");
}

nlohmann::json measure(ServiceUnderLoad& service, const Options& options, const std::string& folder,
                       const std::string& mesh, double megapixels, const Files& files, double disk) {
    Latency latency;
    if (options.lone > 0) {
        static_cast<void>(service.lone_images(files, 3));
        latency = service.lone_images(files, options.lone);
    }
    const Load load = service.throughput(files, options.images, options.cold);
    char nvml[16] = "-";
    if (load.nvml_busy) {
        std::snprintf(nvml, sizeof nvml, "%.0f %%", 100 * *load.nvml_busy);
    }
    std::printf("%-6s %5.1f %-4s %6d %9.1f %7.1f ms %7.1f ms %4.0f %% %6s %11.1f %11.2f %10.0f\n",
                file_system_of(folder).c_str(), megapixels, mesh.c_str(), load.done, load.images_per_second,
                latency.p50_ms, latency.p99_ms, 100 * load.device_busy, nvml, load.worker_cpu_ms,
                load.supervisor_cpu_ms, disk);
    std::fflush(stdout);
    nlohmann::json row = {{"folder", folder},
                          {"file_system", file_system_of(folder)},
                          {"megapixels", megapixels},
                          {"mesh", mesh},
                          {"portraits", files.size()},
                          {"images", options.images},
                          {"failed", load.failed},
                          {"seconds", load.seconds},
                          {"images_per_second", load.images_per_second},
                          {"lone_p50_ms", latency.p50_ms},
                          {"lone_p99_ms", latency.p99_ms},
                          {"lone_count", latency.count},
                          {"device_busy", load.device_busy},
                          {"nvml_busy", nullptr},
                          {"gpu_mb", load.gpu_mb},
                          {"worker_cpu_ms_per_image", load.worker_cpu_ms},
                          {"supervisor_cpu_ms_per_image", load.supervisor_cpu_ms},
                          {"disk_files_per_second", disk},
                          {"cold", options.cold},
                          {"stages", load.stages},
                          {"result", load.example}};
    if (load.nvml_busy) {
        row["nvml_busy"] = *load.nvml_busy;
    }
    return row;
}

}  // namespace

int main(int argc, char** argv) try {
    const Options options = parse(argc, argv);
    nlohmann::json document = {{"machine", machine()}, {"rows", nlohmann::json::array()}};
    std::vector<Files> portraits;
    for (const double megapixels : options.megapixels) {
        portraits.push_back(portraits_of(options, megapixels));
    }
    bool checked = false;
    for (const std::string& folder : options.folders) {
        for (const std::string& mesh : options.meshes) {
            const double disk = synced_files_per_second(folder, mesh == "obj" ? 6'700'000 : 1'600'000);
            ServiceUnderLoad service(folder, settings_of(options, mesh), log_path(options, folder, mesh));
            const double load_seconds = service.start();
            std::printf("ready after %.1f s, %s\n", load_seconds,
                        document.at("machine").get<std::string>().c_str());
            for (Files& files : portraits) {
                files = checked ? files : usable(service, files);
            }
            checked = true;
            print_head();
            for (std::size_t i = 0; i < portraits.size(); ++i) {
                nlohmann::json row =
                    measure(service, options, folder, mesh, options.megapixels[i], portraits[i], disk);
                row["ready_seconds"] = load_seconds;
                document["rows"].push_back(std::move(row));
                write_json(options, document);
            }
        }
    }
    for (const nlohmann::json& row : document.at("rows")) {
        std::printf("%s %s %.1f MP stages: %s result: %s\n", row.at("file_system").get<std::string>().c_str(),
                    row.at("mesh").get<std::string>().c_str(), row.at("megapixels").get<double>(),
                    row.at("stages").dump().c_str(), row.at("result").dump().c_str());
    }
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_service: " << error.what() << '\n';
    return 1;
}
