// libFuzzer target (docs/chaos.md): see read_image_header in hostile_bytes.hpp.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/hostile_bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hrn::fuzz::read_image_header({reinterpret_cast<const std::byte*>(data), size});
    return 0;
}
