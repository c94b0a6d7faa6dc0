#include "supervisor/storage/spool_claim.hpp"

#include <fcntl.h>

#include <cerrno>

#include "shared/fs.hpp"
#include "supervisor/storage/claim_folder.hpp"

namespace hrn::supervisor::storage {

namespace {

// The file's own fault, not the disk's: permissions, sticky folders, immutable files, mount points.
bool is_about_the_file(int error) {
    return error == EACCES || error == EPERM || error == EBUSY || error == ETXTBSY;
}

// Everything that the claim touched, for a group that is fsynced one by one.
void hand_over(GroupSync& sync, Folders& folders, const DirectoryHandle& source, UniqueFd claim) {
    UniqueFd image(::openat(claim.get(), kImageName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (image) {
        sync.add(std::make_shared<const UniqueFd>(std::move(image)));
    } else {
        sync.touch_unopened();  // a file that we may rename but not read
    }
    sync.add(std::make_shared<const UniqueFd>(std::move(claim)));
    sync.add(std::make_shared<const UniqueFd>(fs::open_directory_at(folders.spool.get(), "claimed")));
    sync.add(source);
}

}  // namespace

ClaimAttempt claim_file(Folders& folders, GroupSync& sync, const WaitingFile& file, const TaskId& id,
                        std::int64_t time_ms) {
    const std::string name = name_of(file.rel);
    DirectoryHandle parent;
    std::optional<struct stat> status;
    try {
        parent = folders.incoming_folders.find(parent_of(file.rel));
        status = parent ? fs::status_at(parent->get(), name) : std::nullopt;
    } catch (const fs::FsError& error) {
        if (is_about_the_file(error.error())) {
            return {ClaimOutcome::not_movable, {}, 0, error.what()};
        }
        throw;
    }
    if (!status) {
        return {ClaimOutcome::gone, {}, 0, ""};
    }
    if (!S_ISREG(status->st_mode)) {
        return {ClaimOutcome::not_regular, {}, 0, ""};
    }
    switch (judge(file.notice, file.look, *status)) {
        case Ready::now:
            break;
        case Ready::look_again:
            return {ClaimOutcome::look_again, *status, 0, ""};
        case Ready::not_ours:
            return {ClaimOutcome::not_ours, {}, 0, ""};
    }

    UniqueFd claim = folders.claim_folders.make({id, file.rel, time_ms}, sync.wants_each());
    auto refused = [&](ClaimOutcome outcome, const std::string& why) {
        folders.claim_folders.release(id);
        return ClaimAttempt{outcome, {}, 0, why};
    };
    try {
        switch (fs::rename_no_replace(parent->get(), name, claim.get(), kImageName)) {
            case fs::Moved::moved:
                break;
            case fs::Moved::source_missing:
                return refused(ClaimOutcome::gone, "");
            case fs::Moved::other_file_system:
                return refused(ClaimOutcome::not_movable, "it lies on another file system");
            case fs::Moved::destination_exists:
                throw fs::FsError(EEXIST, "claimed/" + id.text() + "/image exists in a folder just made");
        }
    } catch (const fs::FsError& error) {
        if (is_about_the_file(error.error())) {
            return refused(ClaimOutcome::not_movable, error.what());
        }
        throw;
    }

    const auto arrived = fs::status_at(claim.get(), kImageName);
    if (!arrived || !S_ISREG(arrived->st_mode)) {
        // Something else took the name between look and rename: back to where it was, untouched.
        if (arrived &&
            fs::rename_no_replace(claim.get(), kImageName, parent->get(), name) != fs::Moved::moved) {
            return refused(ClaimOutcome::not_movable,
                           "not a regular file, and its name was taken again: it stays in "
                           "claimed/" +
                               id.text());
        }
        return refused(ClaimOutcome::not_regular, "");
    }
    if (sync.wants_each()) {
        hand_over(sync, folders, parent, std::move(claim));
    }
    return {ClaimOutcome::claimed, *arrived, static_cast<std::uint64_t>(arrived->st_size), ""};
}

}  // namespace hrn::supervisor::storage
