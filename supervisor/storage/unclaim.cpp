// hrn-supervisor --unclaim (design.md 4): the way out of the service. Runs alone, in the main thread.
#include <nlohmann/json.hpp>

#include "shared/fs.hpp"
#include "shared/log.hpp"
#include "supervisor/storage/claim_folder.hpp"
#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/locks.hpp"
#include "supervisor/storage/publish.hpp"
#include "supervisor/storage/recovery.hpp"
#include "supervisor/storage/settle.hpp"
#include "supervisor/storage/storage.hpp"
#include "supervisor/storage/store_file.hpp"

namespace hrn::supervisor {

namespace {

using namespace storage;

// "x.jpg" whose place is taken becomes "x-2.jpg": still an image, still its owner's folder.
std::string numbered(const std::string& name, int number) {
    const auto dot = name.rfind('.');
    const std::string stem = name.substr(0, dot);
    const std::string extension = dot == std::string::npos ? "" : name.substr(dot);
    std::string tail(1, '-');
    tail.append(std::to_string(number)).append(extension);
    return stem.substr(0, kMaxNameBytes - std::min(kMaxNameBytes, tail.size())) + tail;
}

bool put_back(Folders& folders, int claim, const std::string& source) {
    const DirectoryHandle parent = folders.incoming_folders.make(parent_of(source));
    std::string name = name_of(source);
    for (int number = 2;; ++number) {
        switch (fs::rename_no_replace(claim, kImageName, parent->get(), name)) {
            case fs::Moved::moved:
                fs::sync_fd(parent->get());
                return true;
            case fs::Moved::destination_exists:
                name = numbered(name_of(source), number);
                break;
            default:
                return false;
        }
    }
}

}  // namespace

std::size_t unclaim(const Config& config) {
    StoreFile store(config.service.state_dir);
    Folders folders(config.service, false);
    const auto never = [] { return false; };
    const UniqueFd spool_lock =
        take_lock(folders.spool.get(), folders.spool_path, std::chrono::seconds(5), never);
    const UniqueFd results_lock =
        take_lock(folders.results.get(), folders.results_path, std::chrono::seconds(5), never);
    std::size_t count = 0;
    for (const TaskId& id : claimed_ids(folders)) {
        const auto claim = fs::open_beneath(folders.claimed.get(), id.text(), true);
        if (!claim || !fs::status_at(claim->get(), kImageName)) {
            remove_claim_folder(folders.claimed.get(), id);
            continue;
        }
        const auto row = store.store().find(id);
        if (row && is_recorded(row->state)) {
            continue;  // finished; the next start moves its original
        }
        if (row) {
            const auto result = read_result(folders, row->result);
            if (result && result->id == id) {
                continue;  // likewise
            }
        }
        const auto record = read_claim_record(claim->get(), id);
        const std::string source = record ? record->source : "recovered-" + id.text() + ".jpg";
        if (!put_back(folders, claim->get(), source)) {
            log::error("cannot be put back; left in claimed/", {{"id", id.text()}, {"path", source}});
            continue;
        }
        if (row) {
            Transaction transaction(store.store().database());
            store.store().remove(*row);
            transaction.commit();
        }
        remove_claim_folder(folders.claimed.get(), id);
        ++count;
    }
    return count;
}

}  // namespace hrn::supervisor
