// What a fuzz target is: one function that takes any bytes. libFuzzer calls it (libfuzzer.cpp), and so does the unit
// test of the inputs that are kept (replay.cpp).
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace corncob::fuzz {

/// Defined by each target. Whether the input was taken, not refused; a property that does not hold aborts.
bool try_input(std::string_view input);

/// A property of the code under test.
inline void require(bool holds, std::string_view property) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(property.size()), property.data());
    std::abort();
}

/// Takes the first byte off the input: it chooses one of `choices`.
inline unsigned choose(std::string_view& input, unsigned choices) {
    if (input.empty()) return 0;
    const unsigned choice = static_cast<unsigned char>(input.front()) % choices;
    input.remove_prefix(1);
    return choice;
}

}  // namespace corncob::fuzz
