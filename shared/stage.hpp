// Where in a worker a task is: the stages of its pipeline and whether the task is in one (a thread of the
// worker is working on it) or waiting for one (design.md 6). Both sides of the rings speak in these.
#pragma once

#include <cstdint>
#include <string_view>

namespace hrn {

enum class Stage : std::uint8_t {
    none,    // not begun: the order was taken from the ring
    decode,  // read, probe, decode, detect and align what needs no device
    infer,   // networks and geometry, a whole batch at once; ends when the device has finished the batch
    write,   // meshes, textures, result.json; fsync
    load,    // no task: the worker is loading its model and warming up
};
inline constexpr int kStageCount = 5;

enum class Presence : std::uint8_t { waiting, in };

[[nodiscard]] std::string_view stage_name(Stage stage);  // "decode"
// "in decode", "waiting for infer"; for status and error records.
[[nodiscard]] std::string_view presence_text(Stage stage, Presence presence);

}  // namespace hrn
