// What a worker found out about a GPU and a model, kept for its next start: one small JSON file per GPU
// model, model and LibTorch version in the folder where CUDA keeps its compiled kernels (CUDA_CACHE_PATH),
// which is the one lasting folder that a confined worker may fill (docs/design/confinement.md).
//
// Nothing depends on the file: without the folder, and if it is damaged, of something else or not writable,
// the worker measures again. Loading thread only. Never throws for the file's sake.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace hrn::runtime {

struct Tuning {
    std::string precision;  // empty: not found out
    int batch_size = 0;     // 0: not found out
};

class TuningMemory {
public:
    // `folder`: empty for none. The rest says what the findings are true of.
    TuningMemory(std::filesystem::path folder, const std::string& gpu, const std::string& model,
                 const std::string& library);

    [[nodiscard]] Tuning recall() const;
    // A sentence about why it could not be kept; nothing if it could, or if there is no folder.
    [[nodiscard]] std::optional<std::string> keep(const Tuning& tuning) const;
    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

private:
    std::filesystem::path file_;  // empty: none
    std::string about_;
};

// CUDA_CACHE_PATH if it is set; else nothing.
[[nodiscard]] std::filesystem::path tuning_folder();

}  // namespace hrn::runtime
