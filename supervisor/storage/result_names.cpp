#include "supervisor/storage/result_names.hpp"

#include <algorithm>

#include "shared/fs.hpp"
#include "shared/image_names.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr std::size_t kRememberedNames = 4096;

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Could a result of ours have this name?
bool looks_like_a_result(std::string_view folder) {
    while (true) {
        if (has_image_extension(folder)) {
            return true;
        }
        const auto tilde = folder.rfind('~');
        if (tilde == std::string_view::npos) {
            return false;
        }
        const std::string_view suffix = folder.substr(tilde + 1);
        if (suffix != "dir" && !all_digits(suffix) && !TaskId::parse(suffix)) {
            return false;
        }
        if (TaskId::parse(suffix)) {
            return true;  // a cut name: what stood before the cut is not known
        }
        folder = folder.substr(0, tilde);
    }
}

}  // namespace

bool is_valid_rel(std::string_view rel) {
    if (rel.empty() || rel.size() > kMaxRelBytes) {
        return false;
    }
    for (std::size_t begin = 0; begin <= rel.size();) {
        const std::size_t end = std::min(rel.find('/', begin), rel.size());
        if (!fs::is_single_name(rel.substr(begin, end - begin))) {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

std::string with_suffix(const std::string& name, std::string_view suffix, const TaskId& id) {
    if (name.size() + suffix.size() <= kMaxNameBytes) {
        return name + std::string(suffix);
    }
    std::string tail(1, '~');
    tail.append(id.text()).append(suffix);
    std::size_t keep = kMaxNameBytes - tail.size();
    // Step back from continuation bytes, at most as many as a sequence can have.
    for (int i = 0; i < 3 && keep > 0 && (static_cast<unsigned char>(name[keep]) & 0xc0) == 0x80; ++i) {
        --keep;
    }
    return name.substr(0, keep) + tail;
}

std::string result_name(const std::string& rel, int number, const TaskId& id) {
    std::string result;
    std::size_t begin = 0;
    for (auto slash = rel.find('/'); slash != std::string::npos; slash = rel.find('/', begin)) {
        const std::string folder = rel.substr(begin, slash - begin);
        result += looks_like_a_result(folder) ? with_suffix(folder, "~dir", id) : folder;
        result += '/';
        begin = slash + 1;
    }
    std::string suffix;
    if (number > 1) {
        suffix.append(1, '~').append(std::to_string(number));
    }
    return result + with_suffix(rel.substr(begin), suffix, id);
}

std::string error_file_name(const std::string& name, const TaskId& id) {
    return with_suffix(name, ".error.json", id);
}

std::string NameReservations::reserve(const std::string& rel, const TaskId& id, const Exists& exists) {
    const auto known = next_number_.find(rel);
    for (int number = known == next_number_.end() ? 1 : known->second;; ++number) {
        std::string name = result_name(rel, number, id);
        if (reserved_.contains(name) || exists(name)) {
            continue;
        }
        if (number > 1) {
            if (next_number_.size() >= kRememberedNames) {
                next_number_.clear();
            }
            next_number_[rel] = number;
        }
        reserved_.insert(name);
        return name;
    }
}

void NameReservations::clear() {
    reserved_.clear();
    next_number_.clear();
}

}  // namespace hrn::supervisor::storage
