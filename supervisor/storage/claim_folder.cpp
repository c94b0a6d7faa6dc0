#include "supervisor/storage/claim_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "shared/fs.hpp"
#include "shared/text.hpp"
#include "supervisor/storage/result_names.hpp"

namespace hrn::supervisor::storage {

namespace {
constexpr const char* kRecordName = "task.json";
constexpr std::size_t kMaxRecordBytes = 64 * 1024;  // a path of 3,900 bytes, three times over

std::string text_of(const ClaimRecord& record) {
    const nlohmann::json json = {{"id", record.id.text()},
                                 {"source", to_utf8(record.source)},
                                 {"source_bytes", base64(record.source)},
                                 {"time", utc_time_text(record.time_ms)},
                                 {"time_ms", record.time_ms}};
    return json.dump() + "\n";
}

}  // namespace

UniqueFd make_claim_folder(int claimed, const ClaimRecord& record, bool sync) {
    const std::string name = record.id.text();
    fs::make_directory_at(claimed, name);
    UniqueFd folder = fs::open_directory_at(claimed, name);
    fs::write_file_at(folder.get(), kRecordName, text_of(record), sync);
    return folder;
}

void overwrite_claim_record(int claim_folder, const ClaimRecord& record, bool sync) {
    const UniqueFd file(
        ::openat(claim_folder, kRecordName, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0664));
    if (!file) {
        throw fs::FsError(errno, "open task.json");
    }
    std::string text = text_of(record);
    // What the longer record before it left behind becomes white space, which JSON allows.
    const auto before = static_cast<std::size_t>(fs::status_of(file.get()).st_size);
    text.resize(std::max(text.size(), before), ' ');
    for (std::size_t written = 0; written < text.size();) {
        const ssize_t count =
            ::pwrite(file.get(), text.data() + written, text.size() - written, static_cast<off_t>(written));
        if (count < 0 && errno != EINTR) {
            throw fs::FsError(errno, "write task.json");
        }
        written += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    if (sync) {
        fs::sync_fd(file.get());
    }
}

std::optional<ClaimRecord> read_claim_record(int claim_folder, const TaskId& id) {
    const auto text = fs::read_file_at(claim_folder, kRecordName, kMaxRecordBytes);
    if (!text) {
        return std::nullopt;
    }
    const auto json = nlohmann::json::parse(*text, nullptr, false);
    try {
        ClaimRecord record{id, from_base64(json.at("source_bytes").get<std::string>()),
                           json.at("time_ms").get<std::int64_t>()};
        // A folder that is used again has the record of its last task until the new one is durable.
        return json.value("id", "") == id.text() && is_valid_rel(record.source) ? std::optional(record)
                                                                                : std::nullopt;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    } catch (const std::invalid_argument&) {  // not base64
        return std::nullopt;
    }
}

bool remove_claim_folder(int claimed, const TaskId& id) {
    const std::string name = id.text();
    const auto folder = fs::open_beneath(claimed, name, true);
    if (!folder) {
        return true;
    }
    if (fs::status_at(folder->get(), kImageName)) {
        return false;
    }
    fs::unlink_at(folder->get(), kRecordName);
    try {
        fs::remove_directory_at(claimed, name);
    } catch (const fs::FsError& error) {
        if (error.error() != ENOTEMPTY && error.error() != EEXIST) {
            throw;
        }
        return false;  // somebody put a file of their own into it
    }
    return true;
}

}  // namespace hrn::supervisor::storage
