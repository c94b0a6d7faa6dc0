// The table: every key of the configuration, one row each (design.md 9). A key is added here, in the struct
// of config.hpp, and nowhere else.
#include <array>

#include "shared/config.hpp"
#include "shared/config_rows.hpp"

namespace hrn {
namespace {

using config_detail::Place;

struct Row {
    ConfigKey key;
    Place place;
};

// The place of a value, as a function pointer of the right type.
// NOLINTBEGIN(bugprone-macro-parentheses): `Config & c` is a declaration
#define HRN_AT(path)           \
    +[](Config & c) -> auto& { \
        return c.path;         \
    }
// NOLINTEND(bugprone-macro-parentheses)

using enum KeyType;
constexpr Reload live = Reload::live, new_workers = Reload::new_workers, restart = Reload::restart;

const std::array kRows = {
    // clang-format off
    Row{{"service", "spool_dir", text, "\"/var/lib/hrn/spool\"", "an absolute path", "", restart,
         "Holds incoming/, claimed/, done/ and failed/, all on one file system. Must exist: it may be a disk that is not mounted yet, so the service never makes it."},
        HRN_AT(service.spool_dir)},
    Row{{"service", "results_dir", text, "\"/var/lib/hrn/results\"", "an absolute path", "", restart,
         "Where results are published, one folder an image, below the image's path in incoming/."},
        HRN_AT(service.results_dir)},
    Row{{"service", "state_dir", text, "\"/var/lib/hrn/state\"", "an absolute path", "", restart,
         "The task store (SQLite). May be deleted while the service is stopped: unfinished tasks come back from claimed/."},
        HRN_AT(service.state_dir)},
    Row{{"service", "runtime_dir", text, "\"/run/hrn\"", "an absolute path", "", restart,
         "The control socket (control.sock) and the locks of the devices."},
        HRN_AT(service.runtime_dir)},
    Row{{"service", "originals", choice, "\"keep\"", "keep|delete", "", live,
         "What becomes of an image whose result is published: kept in done/, or deleted. Images that failed are always kept, in failed/."},
        HRN_AT(service.originals)},

    Row{{"spool", "settle_ms", integer, "1000", "0..3600000", "ms", live,
         "A file that was not seen being closed (linked in, or found by a scan) is taken once its size and times were equal in two looks this far apart."},
        HRN_AT(spool.settle_ms)},
    Row{{"spool", "rescan_s", integer, "30", "1..86400", "s", live,
         "How often incoming/ is read as a whole, besides the kernel's notices, which some file systems do not give."},
        HRN_AT(spool.rescan_s)},
    Row{{"spool", "ignore", text_list, "[\"@eaDir\", \"lost+found\", \"Thumbs.db\", \"~$*\"]", "shell patterns", "", live,
         "Names of files and folders that are left alone, besides those that begin with a dot or end in .part or .tmp."},
        HRN_AT(spool.ignore)},
    Row{{"spool", "active_limit", integer, "2000", "1..1000000", "tasks", live,
         "At most so many tasks are claimed and unfinished; the rest waits in incoming/."},
        HRN_AT(spool.active_limit)},
    Row{{"spool", "min_free_mb", integer, "1024", "0..1000000000", "MB", live,
         "Intake and dispatch pause while the file system of the spool or of the results has less free space than this."},
        HRN_AT(spool.min_free_mb)},

    Row{{"model", "dir", text, "\"/var/lib/hrn/model\"", "an absolute path", "", new_workers,
         "The model directory: the official one, or one made by hrn-model synthesise."},
        HRN_AT(model.dir)},
    Row{{"model", "kind", choice, "\"hrn\"", "hrn|simulated", "", new_workers,
         "simulated starts hrn-worker-sim, which computes nothing and says so in every result."},
        HRN_AT(model.kind)},
    Row{{"model", "front_end", choice, "\"auto\"", "auto|hrn|dlib", "", new_workers,
         "How faces and landmarks are found: the official networks, or dlib. auto takes the official ones when their files are there; each result says which was used."},
        HRN_AT(model.front_end)},
    Row{{"model", "faces", choice, "\"first\"", "first|largest|all", "", new_workers,
         "Which faces of a photo are reconstructed: the detector's first, the largest, or all (the further ones in face_2/, face_3/, ...)."},
        HRN_AT(model.faces)},
    Row{{"model", "precision", choice, "\"auto\"", "auto|fp32|tf32|fp16|bf16", "", new_workers,
         "Number format of the networks. auto: fp32 on a CPU, the fastest one within tolerance on a GPU."},
        HRN_AT(model.precision)},
    Row{{"model", "landmarks", text, "\"/usr/share/dlib/shape_predictor_68_face_landmarks.dat\"", "an absolute path", "", new_workers,
         "The file of dlib's predictor of 68 landmarks; needed when front_end is dlib, or auto without the official networks."},
        HRN_AT(model.landmarks)},

    Row{{"workers", "devices", text_or_list, "\"auto\"", "\"auto\", or a list of \"0\", \"GPU-<uuid>\", \"MIG-<uuid>\", \"cpu\"", "", live,
         "One entry a worker. auto: every GPU that there is (within CUDA_VISIBLE_DEVICES), else the CPU. Workers of devices that a reload takes away finish what they hold."},
        HRN_AT(workers.devices)},
    Row{{"workers", "per_device", integer, "1", "1..16", "workers", live,
         "Workers on each device."},
        HRN_AT(workers.per_device)},
    Row{{"workers", "program", text, "\"\"", "a path, or empty", "", new_workers,
         "The worker program. Empty: hrn-worker (or hrn-worker-sim) in the supervisor's own folder, in ../libexec/hrn, then in PATH."},
        HRN_AT(workers.program)},
    Row{{"workers", "batch_size", integer_or_auto, "\"auto\"", "1..64", "images", new_workers,
         "Images that go through the networks at once. auto: found by timing batches when a worker starts; 1 on a CPU."},
        HRN_AT(workers.batch_size)},
    Row{{"workers", "batch_wait_ms", integer, "20", "0..10000", "ms", new_workers,
         "How long an incomplete batch waits for more images."},
        HRN_AT(workers.batch_wait_ms)},
    Row{{"workers", "decode_threads", integer, "0", "0..32", "threads", new_workers,
         "Threads of a worker that decode images and find faces. 0: chosen from the cores and the number of workers."},
        HRN_AT(workers.decode_threads)},
    Row{{"workers", "write_threads", integer, "0", "0..32", "threads", new_workers,
         "Threads of a worker that write meshes and textures. 0: chosen from the cores and the number of workers."},
        HRN_AT(workers.write_threads)},
    Row{{"workers", "min_free_gpu_mb", integer, "0", "0..1000000", "MB", new_workers,
         "A worker waits with loading until its GPU has so much free memory. 0: it does not wait."},
        HRN_AT(workers.min_free_gpu_mb)},

    Row{{"scheduling", "policy", choice, "\"dynamic\"", "dynamic|static|complexity", "", live,
         "dynamic: whichever worker has room gets the next task. static: equal shares fixed beforehand. complexity: by the estimated cost of each image, from dear to cheap."},
        HRN_AT(scheduling.policy)},
    Row{{"scheduling", "prefetch_batches", integer, "2", "1..16", "batches", live,
         "How many batches of tasks a worker is given ahead, so that its device never waits."},
        HRN_AT(scheduling.prefetch_batches)},
    Row{{"scheduling", "classes", class_list, "[]", "a list of {folder, weight, priority}", "", live,
         "Shares of the top-level folders of incoming/, for intake and dispatch: within one priority in proportion to weight; a priority higher, sixteen times as much, so that nobody waits for ever. Folders that are not listed: together weight 1, priority 0."},
        HRN_AT(scheduling.classes)},

    Row{{"limits", "load_timeout_s", number, "120", "0.1..86400", "s", live,
         "A worker that has not loaded its model and warmed up in this time is killed."},
        HRN_AT(limits.load_timeout_s)},
    Row{{"limits", "stage_timeout_s", number, "60", "0.1..86400", "s", live,
         "A task that stays in one stage of a worker longer than this counts as hung."},
        HRN_AT(limits.stage_timeout_s)},
    Row{{"limits", "task_timeout_s", number, "300", "0.1..86400", "s", live,
         "A task whose stages together take longer than this counts as hung."},
        HRN_AT(limits.task_timeout_s)},
    Row{{"limits", "kill_timeout_s", number, "5", "0.1..600", "s", live,
         "Between SIGTERM and SIGKILL for a worker that must end."},
        HRN_AT(limits.kill_timeout_s)},
    Row{{"limits", "max_attempts", integer, "3", "1..100", "attempts", live,
         "So often is a task tried before it fails for good; an image that kills workers is quarantined after so many."},
        HRN_AT(limits.max_attempts)},
    Row{{"limits", "max_image_pixels", integer, "178956970", "4096..4294967296", "pixels", new_workers,
         "Images with more pixels are refused before any decoder sees them."},
        HRN_AT(limits.max_image_pixels)},
    Row{{"limits", "max_file_bytes", integer, "268435456", "1024..1099511627776", "bytes", new_workers,
         "Larger files are refused before they are read."},
        HRN_AT(limits.max_file_bytes)},
    Row{{"limits", "worker_max_rss_mb", integer, "0", "0..1000000000", "MB", new_workers,
         "A worker that uses more memory than this is replaced once it holds no task. 0: no limit."},
        HRN_AT(limits.worker_max_rss_mb)},
    Row{{"limits", "worker_max_gpu_mb", integer, "0", "0..1000000", "MB", new_workers,
         "Device memory that a worker may use; batches shrink to fit. 0: no limit."},
        HRN_AT(limits.worker_max_gpu_mb)},
    Row{{"limits", "worker_max_tasks", integer, "0", "0..1000000000", "tasks", new_workers,
         "A worker is replaced after so many tasks. 0: never."},
        HRN_AT(limits.worker_max_tasks)},

    Row{{"restart", "initial_backoff_ms", integer, "500", "0..3600000", "ms", live,
         "Pause before a worker that died is started again; doubled with each further death."},
        HRN_AT(restart.initial_backoff_ms)},
    Row{{"restart", "max_backoff_ms", integer, "60000", "0..86400000", "ms", live,
         "The longest such pause."},
        HRN_AT(restart.max_backoff_ms)},
    Row{{"restart", "max_failures", integer, "5", "1..1000", "deaths", live,
         "A device whose worker dies so often within failure_window_s is given up (state down)."},
        HRN_AT(restart.max_failures)},
    Row{{"restart", "failure_window_s", number, "300", "1..86400", "s", live,
         "The window in which max_failures counts."},
        HRN_AT(restart.failure_window_s)},
    Row{{"restart", "probe_interval_s", number, "300", "1..86400", "s", live,
         "How often a device that was given up is tried again."},
        HRN_AT(restart.probe_interval_s)},

    Row{{"output", "mesh", text_list, "[\"obj\"]", "obj|glb|ply", "", new_workers,
         "Mesh files of a result. obj comes with its mtl."},
        HRN_AT(output.mesh)},
    Row{{"output", "texture", choice, "\"jpg\"", "jpg|png", "", new_workers,
         "Format of the texture file."},
        HRN_AT(output.texture)},
    Row{{"output", "texture_size", integer, "256", "256..2048", "pixels", new_workers,
         "Edge of the texture. 256 is the model's own; larger ones are sampled from the photo."},
        HRN_AT(output.texture_size)},
    Row{{"output", "detail", boolean, "false", "true|false", "", new_workers,
         "Also write mesh_detail.*: the dense mesh with the high-frequency displacement."},
        HRN_AT(output.detail)},
    Row{{"output", "preview", boolean, "false", "true|false", "", new_workers,
         "Also write preview.jpg: photo, overlay, grey mesh and two turned views."},
        HRN_AT(output.preview)},

    Row{{"hooks", "on_done", text_list, "[]", "a program and its arguments", "", live,
         "Run for every published result, without a shell; the task's JSON comes on its standard input, and HRN_TASK_ID, HRN_PATH, HRN_STATE and HRN_RESULT_DIR in its environment."},
        HRN_AT(hooks.on_done)},
    Row{{"hooks", "on_failed", text_list, "[]", "a program and its arguments", "", live,
         "Run for every failed or quarantined task, likewise, with HRN_ERROR_CODE."},
        HRN_AT(hooks.on_failed)},
    Row{{"hooks", "time_limit_s", number, "30", "1..3600", "s", live,
         "A hook that runs longer is killed; nothing waits for it."},
        HRN_AT(hooks.time_limit_s)},

    Row{{"retention", "done_days", number, "0", "0..36500", "days", live,
         "Originals in done/ are deleted after so many days. 0: never."},
        HRN_AT(retention.done_days)},
    Row{{"retention", "failed_days", number, "0", "0..36500", "days", live,
         "Failed and quarantined tasks are forgotten after so many days, and their originals and error files deleted. 0: never."},
        HRN_AT(retention.failed_days)},
    Row{{"retention", "results_max_gb", number, "0", "0..1000000", "GB", live,
         "The oldest results are deleted, with their originals, while all of them take more than this. 0: no limit."},
        HRN_AT(retention.results_max_gb)},

    Row{{"simulated", "service_ms", number, "100", "0..3600000", "ms", new_workers,
         "Mean service time of a simulated image."},
        HRN_AT(simulated.service_ms)},
    Row{{"simulated", "distribution", choice, "\"exponential\"", "constant|exponential|lognormal", "", new_workers,
         "Distribution of the service time."},
        HRN_AT(simulated.distribution)},
    Row{{"simulated", "sigma", number, "0.5", "0..10", "", new_workers,
         "Standard deviation of the logarithm, for lognormal."},
        HRN_AT(simulated.sigma)},
    Row{{"simulated", "speeds", number_list, "[]", "numbers from 0.001 to 1000, one a worker", "", new_workers,
         "Relative speed of each worker; 1 where the list ends."},
        HRN_AT(simulated.speeds)},
    Row{{"simulated", "load_ms", number, "100", "0..3600000", "ms", new_workers,
         "How long a simulated worker pretends to load its model."},
        HRN_AT(simulated.load_ms)},
    Row{{"simulated", "crash_rate", number, "0", "0..1", "per task", new_workers,
         "Probability of a crash in a task."},
        HRN_AT(simulated.crash_rate)},
    Row{{"simulated", "hang_rate", number, "0", "0..1", "per task", new_workers,
         "Probability of a hang in a task."},
        HRN_AT(simulated.hang_rate)},
    Row{{"simulated", "leak_mb", number, "0", "0..100000", "MB per task", new_workers,
         "Memory that is never given back after each task."},
        HRN_AT(simulated.leak_mb)},
    Row{{"simulated", "garbage_rate", number, "0", "0..1", "per task", new_workers,
         "Probability that the report of a task is garbage."},
        HRN_AT(simulated.garbage_rate)},
    Row{{"simulated", "estimate_noise", number, "0.1", "0..10", "", new_workers,
         "How wrong the simulated estimates are that policy complexity gets: standard deviation of the logarithm of estimate / service time."},
        HRN_AT(simulated.estimate_noise)},
    Row{{"simulated", "seed", integer, "1", "0..9007199254740991", "", new_workers,
         "Seed of all the random numbers. A task's service time comes from the seed and its id alone: every worker would need the same, divided by its speed."},
        HRN_AT(simulated.seed)},

    Row{{"metrics", "listen", text, "\"127.0.0.1:9464\"", "\"address:port\" or \"off\"", "", restart,
         "Where metrics are served over HTTP for Prometheus; a socket passed by systemd comes first. A busy port is a warning."},
        HRN_AT(metrics.listen)},

    Row{{"control", "group", text, "\"\"", "a group's name, or empty", "", restart,
         "Members of this group may change things through the control socket, besides root and the service's own user."},
        HRN_AT(control.group)},
    Row{{"control", "mode", text, "\"0660\"", "four octal digits", "", restart,
         "Permissions of the control socket."},
        HRN_AT(control.mode)},

    Row{{"log", "level", choice, "\"info\"", "debug|info|warning|error", "", live,
         "The least serious messages that are written."},
        HRN_AT(log.level)},
    Row{{"log", "format", choice, "\"text\"", "text|json|journal", "", restart,
         "Lines for people, one JSON object a line, or journald's native fields."},
        HRN_AT(log.format)},
    // clang-format on
};
#undef HRN_AT

template <typename Element, std::size_t... I>
constexpr auto column(Element Row::*member, std::index_sequence<I...>) {
    return std::array<Element, sizeof...(I)>{kRows[I].*member...};
}

}  // namespace

std::span<const ConfigKey> config_keys() {
    static const auto keys =
        column(&Row::key, std::make_index_sequence<std::tuple_size_v<decltype(kRows)>>());
    return keys;
}

std::span<const config_detail::Place> config_detail::places() {
    static const auto all =
        column(&Row::place, std::make_index_sequence<std::tuple_size_v<decltype(kRows)>>());
    return all;
}

}  // namespace hrn
