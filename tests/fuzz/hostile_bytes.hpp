// What reads bytes that others wrote, one function a reader: each takes any bytes at all, must neither crash
// nor hang nor throw, and aborts by assert-like checks where a promise is broken. Used by the libFuzzer
// targets and, with mutated seeds, by hostile_bytes_test.cpp in every build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hrn::fuzz {

using Bytes = std::span<const std::byte>;

void read_image_header(Bytes bytes);   // worker/hrn/image: probe, check_whole, first frame
void read_configuration(Bytes bytes);  // shared: parse_config; what is accepted can be written and read again
void read_requests(Bytes bytes);       // supervisor/control: lines, requests, arguments
// Everything that the supervisor reads of a worker's segment: header, reports, slots, threads, last words,
// counters, the order ring's index; then the judgement of a death from it. The bytes are stores into a sound
// segment.
void read_segment_after_stores(Bytes bytes);

// Sound inputs to start from.
[[nodiscard]] std::vector<std::string> image_seeds();
[[nodiscard]] std::vector<std::string> configuration_seeds();
[[nodiscard]] std::vector<std::string> request_seeds();
[[nodiscard]] std::vector<std::string> segment_seeds();

}  // namespace hrn::fuzz
