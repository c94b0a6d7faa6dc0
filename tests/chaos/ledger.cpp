#include "tests/chaos/ledger.hpp"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <system_error>

namespace hrn::test {
namespace {

namespace files = std::filesystem;

constexpr const char* kMark = "hrn-chaos file ";
constexpr std::size_t kMostNamed = 8;  // violations of one kind are repeated no more often

std::optional<std::size_t> number_in(const files::path& path) {
    const std::string text = read_whole(path);
    const std::size_t at = text.find(kMark);
    if (at == std::string::npos) {
        return std::nullopt;
    }
    return std::stoul(text.substr(at + std::char_traits<char>::length(kMark)));
}

// Every regular file below `folder` but the records of failures.
std::vector<files::path> originals_below(const files::path& folder) {
    std::vector<files::path> found;
    for (const auto& entry : files::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && !entry.path().string().ends_with(".error.json")) {
            found.push_back(entry.path());
        }
    }
    return found;
}

}  // namespace

bool Ledger::drop(const Service& service, const std::string& rel, const Order& order) {
    const std::string number = std::to_string(dropped_.size());
    const files::path beside = service.root() + "/spool/.beside-" + number;
    std::ofstream(beside) << order.commands << kMark << number << "\n";
    const files::path target = files::path(service.incoming()) / rel;
    files::create_directories(target.parent_path());
    if (::renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) != 0) {
        const int error = errno;
        files::remove(beside);
        if (error != EEXIST) {
            throw std::system_error(error, std::generic_category(), "dropping " + target.string());
        }
        return false;
    }
    dropped_.push_back({rel, order});
    return true;
}

// One look at everything, compared step by step.
class Ledger::Books {
public:
    Books(const Ledger& ledger, const Service& service, const Rules& rules)
        : dropped_(ledger.dropped_), service_(service), rules_(rules) {}

    std::vector<std::string> compare() {
        published_ = service_.published();
        find_originals();
        check_results();
        check_originals();
        check_failures();
        check_counts();
        check_list();
        // A folder that a failing call left behind is tidied up when the disk is well again: soon, not at
        // once.
        static_cast<void>(Service::eventually([&] { return service_.leftovers().empty(); }));
        for (const std::string& path : service_.leftovers()) {
            complain("left over: " + path);
        }
        if (service_.log().find("internal:") != std::string::npos) {
            complain("the supervisor's log names an internal error");
        }
        return std::move(violations_);
    }

private:
    struct Place {
        std::string folder, name;  // "done" or "failed", name below it
    };

    void complain(const std::string& text) {
        if (violations_.size() < kMostNamed) {
            violations_.push_back(text);
        }
    }

    void find_originals() {
        for (const char* folder : {"incoming", "claimed", "done", "failed"}) {
            const files::path base = service_.root() + "/spool/" + folder;
            for (const files::path& path : originals_below(base)) {
                const std::string name = files::relative(path, base).string();
                const auto number = number_in(path);
                if (!number || *number >= dropped_.size()) {
                    complain(std::string(folder) + "/" + name + " is none of the dropped files");
                } else {
                    places_[*number].push_back({folder, name});
                }
            }
        }
    }

    // A result each for what had to be done, and none twice.
    void check_results() {
        std::map<std::string, std::size_t> wanted, found;
        for (const Dropped& dropped : dropped_) {
            wanted[dropped.rel] += dropped.order.fate == Fate::done ? 1 : 0;
        }
        std::set<std::string> ids;
        for (const auto& [name, result] : published_) {
            ++found[result.at("source")];
            if (!ids.insert(result.at("id")).second) {
                complain("two results of one task: " + name);
            }
        }
        for (const auto& [rel, count] : wanted) {
            if (found[rel] != count) {
                complain(rel + " has " + std::to_string(found[rel]) + " results instead of " +
                         std::to_string(count) + (found[rel] < count ? ": lost" : ": repeated"));
            }
        }
    }

    // Each original lies in one place, the right one; a done one has its result under the same name.
    void check_originals() {
        for (std::size_t number = 0; number < dropped_.size(); ++number) {
            const Dropped& dropped = dropped_[number];
            const bool done = dropped.order.fate == Fate::done;
            const auto& places = places_[number];
            if (done && !rules_.originals_kept) {
                if (!places.empty()) {
                    complain(dropped.rel + " should have been deleted, and lies in " + places[0].folder);
                }
                continue;
            }
            if (places.size() != 1 || places[0].folder != (done ? "done" : "failed")) {
                std::string where;
                for (const Place& place : places) {
                    where += " " + place.folder + "/" + place.name;
                }
                complain(dropped.rel + " lies in " + (where.empty() ? " no place" : where));
                continue;
            }
            if (done) {
                check_attempts(dropped, published_, places[0].name);
            }
        }
    }

    void check_attempts(const Dropped& dropped, const std::map<std::string, nlohmann::json>& results,
                        const std::string& name) {
        const auto found = results.find(name);
        if (found == results.end()) {
            complain("done/" + name + " has no result of its name");
            return;
        }
        check_number(name, dropped, found->second.at("attempts"));
    }

    void check_number(const std::string& name, const Dropped& dropped, std::uint32_t attempts) {
        const std::uint32_t wanted = dropped.order.attempts;
        const bool right = rules_.exact_attempts ? attempts == wanted
                                                 : attempts >= std::min(wanted, rules_.most_attempts) &&
                                                       attempts <= rules_.most_attempts;
        if (!right && rules_.store_kept) {
            complain(name + " says " + std::to_string(attempts) + " attempts instead of " +
                     std::to_string(wanted));
        }
    }

    void check_failures() {
        for (std::size_t number = 0; number < dropped_.size(); ++number) {
            const Dropped& dropped = dropped_[number];
            if (dropped.order.fate == Fate::done || places_[number].size() != 1) {
                continue;
            }
            const std::string name = places_[number][0].name;
            const std::string text = read_whole(service_.root() + "/spool/failed/" + name + ".error.json");
            const nlohmann::json record = nlohmann::json::parse(text, nullptr, false);
            if (!record.is_object()) {
                complain("failed/" + name + " has no readable record");
                continue;
            }
            if (!dropped.order.code.empty() && record.at("code") != dropped.order.code) {
                complain(name + " failed with " + record.at("code").get<std::string>() + " instead of " +
                         dropped.order.code);
            }
            check_number(name, dropped, record.at("attempts"));
        }
    }

    void check_counts() {
        std::map<Fate, std::size_t> wanted;
        for (const Dropped& dropped : dropped_) {
            ++wanted[dropped.order.fate];
        }
        const auto right = [&](const nlohmann::json& status) {
            return status.at("done") == wanted[Fate::done] && status.at("failed") == wanted[Fate::failed] &&
                   status.at("quarantined") == wanted[Fate::quarantined] && status.at("waiting") == 0 &&
                   status.at("queued") == 0 && status.at("running") == 0;
        };
        // Counts follow a moment later; rows of a lost store come back in the background.
        if (!Service::eventually([&] { return right(service_.status()); }, std::chrono::seconds(10))) {
            complain("hrn-ctl status does not add up: " + service_.status().dump());
        }
    }

    // Every task once in the list, in the state that status counts.
    void check_list() {
        const std::string limit = std::to_string(dropped_.size() + 10);
        const nlohmann::json list = service_.ctl_json({"tasks", "--limit", limit});
        std::set<std::string> ids;
        std::map<std::string, std::size_t> states;
        for (const auto& task : list) {
            ids.insert(task.at("id").get<std::string>());
            ++states[task.at("state")];
        }
        std::map<std::string, std::size_t> wanted;
        for (const Dropped& dropped : dropped_) {
            ++wanted[dropped.order.fate == Fate::done     ? "done"
                     : dropped.order.fate == Fate::failed ? "failed"
                                                          : "quarantined"];
        }
        if (ids.size() != list.size() || states != wanted) {
            complain("hrn-ctl tasks lists " + std::to_string(list.size()) + " tasks, " +
                     nlohmann::json(states).dump() + " instead of " + nlohmann::json(wanted).dump());
        }
    }

    const std::vector<Dropped>& dropped_;
    const Service& service_;
    const Rules rules_;
    std::map<std::string, nlohmann::json> published_;
    std::map<std::size_t, std::vector<Place>> places_;
    std::vector<std::string> violations_;
};

std::vector<std::string> Ledger::judge(const Service& service, const Rules& rules) const {
    return Books(*this, service, rules).compare();
}

}  // namespace hrn::test
