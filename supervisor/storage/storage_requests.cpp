// The requests that are not about single tasks.
#include <nlohmann/json.hpp>

#include "shared/log.hpp"
#include "supervisor/storage/storage_thread.hpp"

namespace hrn::supervisor::storage {

void StorageThread::reload(Config config) {
    // Folders and locks stay as they were opened; those keys need a restart.
    config.service.spool_dir = config_.service.spool_dir;
    config.service.results_dir = config_.service.results_dir;
    config.service.state_dir = config_.service.state_dir;
    config_ = std::move(config);  // the parts hold references into it
    if (spool_) {
        spool_->set_classes(config_.scheduling.classes);
        spool_->request_scan([] {});  // other names may be ignored now
        disk_->measure();
    }
    if (janitor_) {
        janitor_->look_now();  // [retention] may ask for more now
    }
}

void StorageThread::set_intake(bool open) {
    intake_open_ = open;
    if (life_) {
        life_->set_intake(open && !outbox_.is_raised("spool_missing"));
    }
}

void StorageThread::persist_pause(bool paused) {
    unwritten_facts_["paused"] = std::string(1, paused ? '1' : '0');
    write_facts();
}

void StorageThread::persist_drained_devices(const std::map<std::string, std::string>& devices) {
    unwritten_facts_["drained_devices"] = json_text(nlohmann::json(devices));
    write_facts();
}

void StorageThread::persist_cancelled(const std::vector<TaskId>& ids) {
    nlohmann::json list = nlohmann::json::array();
    for (const TaskId& id : ids) {
        list.push_back(id.text());
    }
    unwritten_facts_["cancelled"] = list.dump();
    write_facts();
}

// Kept until the disk takes them: a pause that was asked for on a full disk must still be there tomorrow.
void StorageThread::write_facts() {
    if (!store_) {
        return;
    }
    try {
        while (!unwritten_facts_.empty()) {
            const auto fact = unwritten_facts_.begin();
            store_->store().set_fact(fact->first, fact->second);
            unwritten_facts_.erase(fact);
        }
    } catch (const StoreError& error) {
        if (!error.is_disk_full()) {
            throw;
        }
        if (disk_) {
            disk_->trouble(error);
        }
    }
}

void StorageThread::forget_generation(std::uint64_t generation) {
    if (generations_) {
        generations_->remove(generation);
    }
}

void StorageThread::discard_result(std::uint64_t generation, const TaskId& id) {
    if (generations_) {
        generations_->remove_task(generation, id);
    }
}

void StorageThread::prepare_generation(std::uint64_t generation,
                                       std::function<void(bool, const std::string&)> done) {
    bool made = false;
    std::string why = "the spool is not open yet";
    if (generations_) {
        try {
            generations_->make(generation);
            made = true;
            why.clear();
        } catch (const fs::FsError& error) {
            why = "results/.tmp: " + log::printable(error.what());
            if (DiskWatch::is_machine_trouble(error)) {
                disk_->trouble(error);
            }
        }
    }
    outbox_.add([made, why, done = std::move(done)](StorageEvents&) { done(made, why); });
}

void StorageThread::rescan(std::function<void()> done) {
    if (!spool_ || !life_) {
        rescans_before_start_.push_back(std::move(done));
        return;
    }
    // Counts first: whoever waits for the scan wants to see what it found.
    spool_->request_scan([this, done = std::move(done)] {
        tell_counts();
        outbox_.add([done](StorageEvents&) { done(); });
    });
}

}  // namespace hrn::supervisor::storage
