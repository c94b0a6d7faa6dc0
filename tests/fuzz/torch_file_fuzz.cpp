// libFuzzer target for the reader of torch.save files; start it with tests/data/golden/fixtures as corpus.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/torch_bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hrn::model::read_hostile_torch_bytes({reinterpret_cast<const std::byte*>(data), size});
    return 0;
}
