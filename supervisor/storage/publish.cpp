#include "supervisor/storage/publish.hpp"

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "shared/fs.hpp"
#include "shared/log.hpp"
#include "shared/output_files.hpp"
#include "shared/text.hpp"
#include "shared/worker_launch.hpp"
#include "supervisor/storage/task_row.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr std::size_t kMaxResultJson = 4u << 20;
constexpr int kMaxEntries = kMaxOutputFiles + kMaxFaces;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
    throw PublishRefused("result folder: " + log::printable(name) + " " + why);
}

std::uint64_t size_of_plain_file(int folder, const std::string& name) {
    const auto status = fs::status_at(folder, name);
    if (!status || !S_ISREG(status->st_mode)) {
        refuse(name, "is no regular file");
    }
    if (status->st_nlink != 1) {
        refuse(name, "has " + std::to_string(status->st_nlink) + " links");
    }
    return static_cast<std::uint64_t>(status->st_size);
}

struct FurtherFiles {
    std::uint64_t bytes = 0;
    std::uint32_t files = 0;
};

void add_further_face(int parent, const std::string& face, FurtherFiles& sum) {
    const auto folder = fs::open_beneath(parent, face, true);
    if (!folder) {
        refuse(face, "is no folder");
    }
    fs::for_each_entry(folder->get(), [&](const fs::DirectoryEntry& entry) {
        const std::string name(entry.name);
        if (!output_index(name)) {
            refuse(face + "/" + name, "is not an output file");
        }
        sum.bytes += size_of_plain_file(folder->get(), name);
        ++sum.files;
        return true;
    });
}

// A checked folder: files, and folders of files.
void sync_files(int folder) {
    fs::for_each_entry(folder, [&](const fs::DirectoryEntry& entry) {
        const std::string name(entry.name);
        if (further_face_number(name)) {
            if (const auto further = fs::open_beneath(folder, name, true)) {
                sync_files(further->get());
            }
        } else {
            fs::sync_file_at(folder, name);
        }
        return true;
    });
    fs::sync_fd(folder);
}

}  // namespace

void check_result_folder(int folder, const ReportRecord& report) {
    std::array<bool, kMaxOutputFiles> found{};
    FurtherFiles further;
    int entries = 0;
    fs::for_each_entry(folder, [&](const fs::DirectoryEntry& entry) {
        const std::string name(entry.name);
        if (++entries > kMaxEntries) {
            refuse(name, "is one entry too many");
        }
        if (further_face_number(name)) {
            add_further_face(folder, name, further);
            return true;
        }
        const auto index = output_index(name);
        if (!index) {
            refuse(name, "is not an output file");
        }
        const std::uint64_t reported = report.output_bytes.at(static_cast<std::size_t>(*index));
        if (reported == kNoSuchOutput) {
            refuse(name, "was not reported");
        }
        const std::uint64_t size = size_of_plain_file(folder, name);
        if (size != reported) {
            refuse(name, "has " + std::to_string(size) + " bytes, reported were " + std::to_string(reported));
        }
        found.at(static_cast<std::size_t>(*index)) = true;
        return true;
    });
    for (std::size_t i = 0; i < kOutputFiles.size(); ++i) {
        if (report.output_bytes.at(i) != kNoSuchOutput && !found.at(i)) {
            refuse(std::string(kOutputFiles.at(i)), "was reported but is missing");
        }
    }
    if (!found.at(static_cast<std::size_t>(*output_index("result.json")))) {
        refuse("result.json", "is missing");
    }
    if (further.bytes != report.further_bytes || further.files != report.further_files) {
        refuse("face_N", "hold " + std::to_string(further.files) + " files of " +
                             std::to_string(further.bytes) + " bytes, reported were " +
                             std::to_string(report.further_files) + " of " +
                             std::to_string(report.further_bytes));
    }
}

Published publish_result(Folders& folders, GroupSync& sync, const Publication& publication,
                         const ReportRecord& report) {
    const TaskId& id = publication.id;
    const std::string& name = publication.name;
    const std::string where = generation_text(publication.generation);
    const auto worker_folder = fs::open_beneath(folders.temporary.get(), where, true);
    const auto task_folder =
        worker_folder ? fs::open_beneath(worker_folder->get(), id.text(), true) : std::nullopt;
    if (!task_folder) {
        refuse(where + "/" + id.text(), "is not there");
    }
    check_result_folder(task_folder->get(), report);
    if (publication.sync_files) {
        sync_files(task_folder->get());
    }
    DirectoryHandle parent;
    try {
        parent = folders.results_folders.make(parent_of(name));
    } catch (const fs::FsError& error) {
        // A file or a symlink lies where a folder must be: the next name would not help, the operator would.
        if (error.error() == ENOTDIR || error.error() == ELOOP || error.error() == EEXIST) {
            throw fs::FsError(error.error(), "cannot make results/" + log::printable(parent_of(name)) +
                                                 ": something that is no folder lies in the way");
        }
        throw;
    }
    sync.add(parent);
    switch (fs::rename_no_replace(worker_folder->get(), id.text(), parent->get(), name_of(name))) {
        case fs::Moved::moved:
            return Published::published;
        case fs::Moved::destination_exists:
            return Published::name_taken;
        case fs::Moved::source_missing:
            refuse(where + "/" + id.text(), "vanished");
        case fs::Moved::other_file_system:
            throw fs::FsError(EXDEV, "results/" + log::printable(parent_of(name)) +
                                         " lies on another file system than results/.tmp");
    }
    return Published::published;
}

std::optional<ResultRecord> read_result_at(int result_folder) {
    const auto status = fs::status_at(result_folder, "result.json");
    if (!status || !S_ISREG(status->st_mode)) {
        return std::nullopt;
    }
    const auto text = fs::read_file_at(result_folder, "result.json", kMaxResultJson);
    const auto json = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
    if (!json.is_object()) {
        return std::nullopt;
    }
    try {
        const auto id = TaskId::parse(json.value("id", ""));
        if (!id) {
            return std::nullopt;
        }
        const std::string bytes = from_base64(json.value("source_bytes", ""));
        return ResultRecord{*id, bytes.empty() ? json.value("source", "") : bytes, json.value("device", ""),
                            json.value("attempts", 0U), std::int64_t{1000} * status->st_mtim.tv_sec};
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    } catch (const std::invalid_argument&) {  // not base64
        return std::nullopt;
    }
}

std::optional<ResultRecord> read_result(Folders& folders, const std::string& name) {
    try {
        const DirectoryHandle folder = folders.results_folders.find(name);
        return folder ? read_result_at(folder->get()) : std::nullopt;
    } catch (const fs::FsError& error) {
        if (error.is_disk_trouble()) {
            throw;  // it may well be there
        }
        return std::nullopt;
    }
}

}  // namespace hrn::supervisor::storage
