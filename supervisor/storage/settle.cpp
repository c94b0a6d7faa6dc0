#include "supervisor/storage/settle.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "shared/fs.hpp"
#include "shared/text.hpp"
#include "supervisor/storage/claim_folder.hpp"
#include "supervisor/storage/result_names.hpp"

namespace hrn::supervisor::storage {

using nlohmann::json;

namespace {

constexpr std::size_t kMaxErrorFile = 1u << 20;

bool goes_to_failed(TaskState state) {
    return state != TaskState::done && state != TaskState::settled_done;
}

std::string error_text(const TaskRow& row) {
    const json parsed = row.error.empty() ? json() : json::parse(row.error, nullptr, false);
    json file = to_json(error_from_json(parsed));
    file["id"] = row.id.text();
    file["source"] = to_utf8(row.source);
    file["source_bytes"] = base64(row.source);
    file["attempts"] = row.attempts;
    file["quarantined"] = row.state == TaskState::quarantined || row.state == TaskState::settled_quarantined;
    file["claimed_ms"] = row.claimed_ms;
    file["finished_ms"] = row.finished_ms;
    return file.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

// Written beside and moved into place, so that it is whole or absent.
void write_error_file(const DirectoryHandle& folder, GroupSync& sync, const TaskRow& row) {
    std::string beside(1, '.');
    beside.append(row.id.text()).append(".error.part");
    fs::unlink_at(folder->get(), beside);  // of an attempt that was interrupted
    fs::write_file_at(folder->get(), beside, error_text(row), sync.wants_each());
    static_cast<void>(fs::rename_replace(folder->get(), beside, folder->get(),
                                         error_file_name(name_of(row.original_name()), row.id)));
    sync.add(folder);
}

// The same file under both names: a move that was a link and an unlink, and was interrupted between them.
bool are_one_file(int folder_a, const std::string& a, int folder_b, const std::string& b) {
    const auto status_a = fs::status_at(folder_a, a);
    const auto status_b = fs::status_at(folder_b, b);
    return status_a && status_b && status_a->st_ino == status_b->st_ino &&
           status_a->st_dev == status_b->st_dev;
}

}  // namespace

MovedOriginal settle_original(Folders& folders, GroupSync& sync, const TaskRow& row, bool delete_done) {
    const bool to_failed = goes_to_failed(row.state);
    const auto claim = fs::open_beneath(folders.claimed.get(), row.id.text(), true);
    const bool has_image = claim && fs::status_at(claim->get(), kImageName);
    if (!to_failed && delete_done) {
        if (has_image) {
            fs::unlink_at(claim->get(), kImageName);
        }
        return MovedOriginal::moved;
    }
    if (!to_failed && !has_image) {
        return MovedOriginal::moved;
    }
    const std::string name = row.original_name();
    DirectoryCache& target = to_failed ? folders.failed_folders : folders.done_folders;
    const DirectoryHandle parent = target.make(parent_of(name));
    if (has_image) {
        // Looked at before the error file is written: that must not land beside somebody else's original.
        if (fs::status_at(parent->get(), name_of(name))) {
            if (!are_one_file(claim->get(), kImageName, parent->get(), name_of(name))) {
                return MovedOriginal::name_taken;
            }
            fs::unlink_at(claim->get(), kImageName);
        } else {
            if (to_failed) {
                write_error_file(parent, sync, row);
            }
            sync.add(parent);
            if (fs::rename_no_replace(claim->get(), kImageName, parent->get(), name_of(name)) ==
                fs::Moved::destination_exists) {
                return MovedOriginal::name_taken;
            }
            return MovedOriginal::moved;
        }
    }
    if (to_failed) {
        write_error_file(parent, sync, row);
    }
    sync.add(parent);
    return MovedOriginal::moved;
}

std::string free_original_name(Folders& folders, const TaskRow& row) {
    DirectoryCache& target = goes_to_failed(row.state) ? folders.failed_folders : folders.done_folders;
    for (int number = 2;; ++number) {
        std::string suffix(1, '~');
        suffix.append(std::to_string(number));
        std::string name = joined(parent_of(row.result), with_suffix(name_of(row.result), suffix, row.id));
        if (!exists_below(target, name)) {
            return name;
        }
    }
}

bool original_is_in_done(Folders& folders, const TaskRow& row) {
    return exists_below(folders.done_folders, row.original_name());
}

bool original_is_in_failed(Folders& folders, const TaskRow& row) {
    return exists_below(folders.failed_folders, row.original_name());
}

std::optional<FailureRecord> read_error_file(int folder, const std::string& file_name) {
    std::optional<std::string> text;
    try {
        text = fs::read_file_at(folder, file_name, kMaxErrorFile);
    } catch (const fs::FsError& error) {
        if (error.is_disk_trouble()) {
            throw;
        }
    }
    const json file = text ? json::parse(*text, nullptr, false) : json();
    if (!file.is_object()) {
        return std::nullopt;
    }
    FailureRecord record;
    record.error = error_from_json(file);
    try {
        record.id = TaskId::parse(file.value("id", ""));
        record.source = from_base64(file.value("source_bytes", ""));
        record.quarantined = file.value("quarantined", false);
        record.attempts = file.value("attempts", 0U);
        record.claimed_ms = file.value("claimed_ms", std::int64_t{0});
        record.finished_ms = file.value("finished_ms", std::int64_t{0});
    } catch (const json::exception&) {
        return std::nullopt;
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
    return record;
}

bool remove_error_file(Folders& folders, const TaskRow& row) {
    const DirectoryHandle folder = folders.failed_folders.find(parent_of(row.original_name()));
    return folder && fs::unlink_at(folder->get(), error_file_name(name_of(row.original_name()), row.id));
}

bool fetch_original_back(Folders& folders, GroupSync& sync, const TaskRow& row) {
    const std::string name = row.original_name();
    const DirectoryHandle folder = folders.failed_folders.find(parent_of(name));
    const auto original = folder ? fs::status_at(folder->get(), name_of(name)) : std::nullopt;
    if (!original || !S_ISREG(original->st_mode)) {
        return false;
    }
    remove_claim_folder(folders.claimed.get(), row.id);  // of an attempt that was interrupted
    UniqueFd claim =
        make_claim_folder(folders.claimed.get(), {row.id, row.source, row.claimed_ms}, sync.wants_each());
    const fs::Moved moved = fs::rename_no_replace(folder->get(), name_of(name), claim.get(), kImageName);
    if (moved != fs::Moved::moved) {
        remove_claim_folder(folders.claimed.get(), row.id);
        return false;
    }
    sync.add(std::make_shared<const UniqueFd>(std::move(claim)));
    sync.add(std::make_shared<const UniqueFd>(fs::open_directory_at(folders.spool.get(), "claimed")));
    sync.add(folder);
    return true;
}

}  // namespace hrn::supervisor::storage
