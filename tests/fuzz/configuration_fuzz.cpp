// libFuzzer target (docs/chaos.md): see read_configuration in hostile_bytes.hpp.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/hostile_bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hrn::fuzz::read_configuration({reinterpret_cast<const std::byte*>(data), size});
    return 0;
}
