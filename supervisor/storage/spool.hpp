// Intake's eyes: puts inotify, the scans and the waiting files together, and answers "which file next?".
// It looks and remembers; it never moves anything (spool_claim.hpp does).
//
// Owned by the storage thread. Throws FsError or std::system_error when incoming/ itself cannot be read.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "shared/config.hpp"
#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/outbox.hpp"
#include "supervisor/storage/spool_scan.hpp"
#include "supervisor/storage/spool_watch.hpp"
#include "supervisor/storage/waiting_files.hpp"

namespace hrn::supervisor::storage {

class Spool : public ScanVisitor {
public:
    // `config` may change between two calls (reload).
    Spool(const Folders& folders, const Config::Spool& config, Outbox& outbox);

    [[nodiscard]] int event_fd() const { return watch_.fd(); }

    // --- called in turn by the storage thread ------------------------------------------------------------
    void read_events();     // bounded; what is left makes event_fd() readable again
    void check_due();       // second looks
    void scan_some();       // a bounded step of the scan that is under way, if any
    void start_due_scan();  // every rescan_s, or when the list of waiting files runs low
    [[nodiscard]] bool is_scanning() const { return scan_ != nullptr; }
    // When something must be done even if nothing happens.
    [[nodiscard]] Clock::time_point next_time() const;

    // One complete scan that begins after this call; `done` when it has ended.
    void request_scan(std::function<void()> done);

    // --- for claiming -------------------------------------------------------------------------------------
    [[nodiscard]] std::size_t claimable() const { return waiting_.claimable(); }
    [[nodiscard]] std::optional<WaitingFile> take() { return waiting_.take(); }
    // The file was not as the last look saw it: look again, after settle_ms.
    void look_again(WaitingFile file, const struct stat& now);
    // The file could not be moved just now for no fault of its own: it stays the first.
    void put_back(WaitingFile file);
    // It cannot be renamed out: left alone until the next rescan.
    void cannot_claim(const std::string& rel, const std::string& why);
    void set_classes(const std::vector<FolderClass>& classes) {
        waiting_.set_classes(FolderClasses(classes));
    }
    void count_active(const std::string& top_folder, int difference) {
        waiting_.count_active(top_folder, difference);
    }

    [[nodiscard]] std::uint64_t waiting() const;
    [[nodiscard]] std::uint64_t ignored() const { return ignored_; }

    // ScanVisitor, called by the scan that this object runs.
    void on_folder(int folder, const std::string& rel) override;
    void on_image(const std::string& rel, const struct stat& status) override;
    void on_ignored(const std::string& rel) override;
    void on_oddity(Oddity oddity, const std::string& rel) override;  // and by who claims

private:
    void on_event(const WatchEvent& event);
    void scan_folder(const std::string& rel);
    void begin_scan(const std::string& root);
    void end_scan();
    void recount_soon();
    void report_problems();
    [[nodiscard]] Clock::duration settle_time() const { return std::chrono::milliseconds(config_.settle_ms); }

    const Folders& folders_;
    const Config::Spool& config_;
    Outbox& outbox_;
    SpoolWatch watch_;
    WaitingFiles waiting_;

    std::unique_ptr<SpoolScan> scan_;
    bool full_scan_wanted_ = true;
    std::deque<std::string> folders_to_scan_;
    std::uint32_t scan_number_ = 0;
    Clock::time_point next_rescan_{};
    std::vector<std::function<void()>> waiting_for_scan_, waiting_for_this_scan_;

    std::uint64_t unlisted_ = 0;  // acceptable files beyond the list: the last full scan's, and events' since
    std::uint64_t ignored_ = 0;
    std::uint64_t ignored_in_scan_ = 0;
    bool ignored_is_doubtful_ = false;
    struct Finding {
        std::uint64_t count = 0;
        std::string first;
    };
    std::map<Oddity, Finding> found_in_scan_;
    bool watches_ran_out_ = false;
    std::unordered_set<std::string> unclaimable_;  // bounded
    std::unordered_set<std::string> reported_;     // bounded; each oddity is logged once
};

}  // namespace hrn::supervisor::storage
