#include "worker/runtime/hrn/tuning_memory.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "shared/sha256.hpp"
#include "worker/runtime/hrn/batch_choice.hpp"

namespace hrn::runtime {

namespace {

constexpr int kVersion = 1;  // counts up when a build finds other things for the same words
constexpr std::array<std::string_view, 4> kPrecisions{"fp32", "tf32", "fp16", "bf16"};

// A name that is safe in a folder, and different for different words.
std::string name_of(const std::string& about) {
    const std::string hash = sha256_hex(std::as_bytes(std::span(about.data(), about.size())));
    return "hrn-tuning-" + hash.substr(0, 16) + ".json";
}

// What is there under a key, if it is of the kind that was written.
std::string text_at(const nlohmann::json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

int number_at(const nlohmann::json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_integer() ? found->get<int>() : 0;
}

}  // namespace

TuningMemory::TuningMemory(std::filesystem::path folder, const std::string& gpu, const std::string& model,
                           const std::string& library)
    : about_(gpu + " | " + model + " | " + library) {
    if (!folder.empty()) {
        file_ = std::move(folder) / name_of(about_);
    }
}

Tuning TuningMemory::recall() const {
    Tuning tuning;
    std::ifstream in(file_);
    const auto json = nlohmann::json::parse(in, nullptr, false);
    if (!json.is_object() || text_at(json, "about") != about_ || number_at(json, "version") != kVersion) {
        return tuning;
    }
    const std::string precision = text_at(json, "precision");
    if (std::find(kPrecisions.begin(), kPrecisions.end(), precision) != kPrecisions.end()) {
        tuning.precision = precision;
    }
    const int batch = number_at(json, "batch_size");
    if (batch >= 1 && batch <= largest_automatic_batch) {
        tuning.batch_size = batch;
    }
    return tuning;
}

std::optional<std::string> TuningMemory::keep(const Tuning& tuning) const {
    if (file_.empty()) {
        return std::nullopt;
    }
    const nlohmann::ordered_json json{{"version", kVersion},
                                      {"about", about_},
                                      {"precision", tuning.precision},
                                      {"batch_size", tuning.batch_size}};
    std::ofstream out(file_, std::ios::trunc);
    out << json.dump() << "\n";
    out.close();
    if (!out) {
        return file_.string() + " could not be written (" + std::strerror(errno) +
               "); the next start measures again";
    }
    return std::nullopt;
}

std::filesystem::path tuning_folder() {
    const char* folder = std::getenv("CUDA_CACHE_PATH");
    return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

}  // namespace hrn::runtime
