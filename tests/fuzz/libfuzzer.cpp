// Between libFuzzer, whose main() calls this, and a target.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    corncob::fuzz::try_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
