#include "supervisor/storage/spool.hpp"

#include <algorithm>

#include "shared/fs.hpp"
#include "shared/log.hpp"
#include "supervisor/storage/task_row.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr std::size_t kEntriesPerStep = 1000;  // a few milliseconds
constexpr int kBuffersPerTurn = 8;
constexpr int kLooksPerTurn = 1000;
constexpr std::size_t kMaxFoldersToScan = 4096;
constexpr std::size_t kMaxRemembered = 4096;
constexpr auto kRecountAfter = std::chrono::seconds(1);
constexpr std::size_t kListLow = 8192;  // half of what WaitingFiles holds

std::int64_t arrival_key() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

Spool::Spool(const Folders& folders, const Config::Spool& config, Outbox& outbox)
    : folders_(folders), config_(config), outbox_(outbox) {}

// --- events ----------------------------------------------------------------------------------------------

void Spool::read_events() {
    for (int i = 0; i < kBuffersPerTurn; ++i) {
        if (!watch_.read([this](const WatchEvent& event) { on_event(event); })) {
            return;
        }
    }
}

void Spool::on_event(const WatchEvent& event) {
    using Kind = WatchEvent::Kind;
    if (event.kind == Kind::overflow) {
        full_scan_wanted_ = true;
        return;
    }
    const std::string name = name_of(event.rel);
    if (event.kind == Kind::folder_arrived || event.kind == Kind::folder_gone) {
        if (event.kind == Kind::folder_gone) {
            watch_.remove_with_everything_below(event.rel);
            waiting_.remove_below(event.rel);
        } else if (enters_folder(name, config_.ignore)) {
            scan_folder(event.rel);
        }
        return;
    }
    const NameKind kind = kind_of_name(name, config_.ignore);
    if (kind == NameKind::ignored) {
        if (event.kind == Kind::file_gone) {
            ignored_ -= std::min<std::uint64_t>(ignored_, 1);
        } else if (event.new_name) {
            ++ignored_;
        }
        ignored_is_doubtful_ = ignored_is_doubtful_ || scan_ != nullptr;  // the scan may count it too, or not
    }
    if (kind != NameKind::image) {
        return;
    }
    if (event.kind == Kind::file_gone) {
        waiting_.remove(event.rel);  // our own claims come by here too: nothing is found then
    } else if (!fits_path(event.rel)) {
        on_oddity(Oddity::path_too_long, event.rel);
    } else {
        const bool arrived = event.kind == Kind::file_arrived;
        waiting_.add(
            {event.rel, arrived ? Notice::arrived : Notice::created, {}, arrival_key(), scan_number_},
            Clock::now() + settle_time(), arrived, !event.new_name);
    }
}

// --- second looks ----------------------------------------------------------------------------------------

void Spool::check_due() {
    const auto now = Clock::now();
    for (int looks = 0; looks < kLooksPerTurn; ++looks) {
        auto file = waiting_.due(now);
        if (!file) {
            return;
        }
        waiting_.remove(file->rel);
        std::optional<struct stat> status;
        try {
            const auto parent = fs::open_beneath(folders_.incoming.get(), parent_of(file->rel), true);
            status = parent ? fs::status_at(parent->get(), name_of(file->rel)) : std::nullopt;
        } catch (const fs::FsError& error) {
            cannot_claim(file->rel, error.what());
            continue;
        }
        if (!status) {
            continue;
        }
        if (!S_ISREG(status->st_mode)) {
            on_oddity(Oddity::not_regular, file->rel);
            continue;
        }
        switch (judge(file->notice, file->look, *status)) {
            case Ready::now:
                waiting_.add(std::move(*file), now, true);
                break;
            case Ready::look_again:
                look_again(std::move(*file), *status);
                break;
            case Ready::not_ours:
                break;
        }
    }
}

void Spool::look_again(WaitingFile file, const struct stat& now) {
    file.look = Look::of(now);
    file.scan = scan_number_;
    waiting_.add(std::move(file), Clock::now() + settle_time(), false);
}

void Spool::put_back(WaitingFile file) {
    file.scan = scan_number_;
    waiting_.add(std::move(file), Clock::now(), true);
}

void Spool::cannot_claim(const std::string& rel, const std::string& why) {
    if (unclaimable_.size() < kMaxRemembered) {
        unclaimable_.insert(rel);
    }
    outbox_.raise("cannot_claim", "incoming/" + log::printable(rel) + " cannot be moved to claimed/: " + why +
                                      " (tried again every rescan_s)");
}

// --- scans -----------------------------------------------------------------------------------------------

void Spool::scan_folder(const std::string& rel) {
    if (folders_to_scan_.size() >= kMaxFoldersToScan) {
        folders_to_scan_.clear();
        full_scan_wanted_ = true;
    }
    folders_to_scan_.push_back(rel);
}

void Spool::request_scan(std::function<void()> done) {
    waiting_for_scan_.push_back(std::move(done));
    full_scan_wanted_ = true;
}

void Spool::start_due_scan() {
    if (!scan_) {
        unlisted_ += waiting_.take_dropped();  // those that an event told of; a scan counts its own
    }
    const bool running_low = unlisted_ > 0 && waiting_.size() < kListLow;
    if (Clock::now() >= next_rescan_ || running_low) {
        full_scan_wanted_ = true;
    }
    if (scan_) {
        return;
    }
    if (full_scan_wanted_) {
        full_scan_wanted_ = false;
        folders_to_scan_.clear();  // the full scan enters them
        begin_scan("");
    } else if (!folders_to_scan_.empty()) {
        begin_scan(std::exchange(folders_to_scan_.front(), {}));
        folders_to_scan_.pop_front();
    }
}

void Spool::begin_scan(const std::string& root) {
    if (root.empty()) {
        ++scan_number_;
        ignored_in_scan_ = 0;
        found_in_scan_.clear();
        if (unclaimable_.empty()) {
            outbox_.clear("cannot_claim");
        }
        unclaimable_.clear();
        watches_ran_out_ = false;
        static_cast<void>(waiting_.take_dropped());
        waiting_for_this_scan_ = std::exchange(waiting_for_scan_, {});
    }
    scan_ = std::make_unique<SpoolScan>(folders_, config_, root, *this);
}

void Spool::scan_some() {
    if (scan_ && scan_->step(kEntriesPerStep)) {
        end_scan();
    }
}

void Spool::end_scan() {
    const bool full = scan_->root().empty();
    scan_.reset();
    if (!full) {
        // Files that came while the folder was being looked at are counted twice: count again soon.
        ignored_is_doubtful_ = ignored_is_doubtful_ || ignored_in_scan_ > 0;
        ignored_ += std::exchange(ignored_in_scan_, 0);
        unlisted_ += waiting_.take_dropped();
        recount_soon();
        return;
    }
    next_rescan_ = Clock::now() + std::chrono::seconds(config_.rescan_s);
    recount_soon();
    waiting_.remove_unseen("", scan_number_ - 1);
    unlisted_ = waiting_.take_dropped();
    ignored_ = std::exchange(ignored_in_scan_, 0);
    report_problems();
    for (const auto& done : std::exchange(waiting_for_this_scan_, {})) {
        done();
    }
}

void Spool::recount_soon() {
    if (std::exchange(ignored_is_doubtful_, false) && waiting() < kListLow) {
        next_rescan_ = std::min(next_rescan_, Clock::now() + kRecountAfter);
    }
}

void Spool::on_folder(int folder, const std::string& rel) {
    if (watch_.add(folder, rel) == SpoolWatch::Added::no_room) {
        watches_ran_out_ = true;
    }
}

void Spool::on_image(const std::string& rel, const struct stat& status) {
    if (unclaimable_.contains(rel)) {
        return;
    }
    const Look look = Look::of(status);
    waiting_.add({rel, Notice::scanned, look, look.mtime_ns, scan_number_}, Clock::now() + settle_time(),
                 false);
}

void Spool::on_ignored(const std::string&) {
    ++ignored_in_scan_;
}

void Spool::on_oddity(Oddity oddity, const std::string& rel) {
    Finding& finding = found_in_scan_[oddity];
    if (finding.count++ == 0) {
        finding.first = rel;
    }
    if (reported_.size() < kMaxRemembered && reported_.insert(rel).second) {
        log::warning("left in incoming/: " + std::string(oddity_name(oddity)), {{"path", rel}});
    }
}

void Spool::report_problems() {
    // Symlinks and the like are the user's to sort out; the others mean that images wait for nothing.
    for (const Oddity oddity :
         {Oddity::path_too_long, Oddity::other_file_system, Oddity::unreadable_folder, Oddity::not_regular}) {
        const auto found = found_in_scan_.find(oddity);
        if (oddity == Oddity::not_regular) {
            ignored_ += found == found_in_scan_.end() ? 0 : found->second.count;
        } else if (found == found_in_scan_.end()) {
            outbox_.clear(oddity_name(oddity));
        } else {
            outbox_.raise(oddity_name(oddity), std::to_string(found->second.count) +
                                                   " left in incoming/, first " +
                                                   log::printable(found->second.first));
        }
    }
    if (watches_ran_out_) {
        outbox_.raise("watch_limit", "incoming/ has more folders than can be watched (" +
                                         std::to_string(watch_.size()) +
                                         "): the others are looked at every rescan_s; see "
                                         "fs.inotify.max_user_watches");
    } else {
        outbox_.clear("watch_limit");
    }
}

std::uint64_t Spool::waiting() const {
    return waiting_.size() + unlisted_;
}

Clock::time_point Spool::next_time() const {
    if (scan_ || full_scan_wanted_ || !folders_to_scan_.empty()) {
        return Clock::now();
    }
    const auto due = waiting_.next_due();
    return due ? std::min(*due, next_rescan_) : next_rescan_;
}

}  // namespace hrn::supervisor::storage
