// ZMQ frames as one text, for tests that spoil frames, their number and where they end: each frame stands behind its
// length in 16 bits, big-endian. What does not add up is the rest as one frame.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace corncob::protocol::wire {

inline std::string flat(std::span<const std::string_view> frames) {
    std::string out;
    for (const std::string_view frame : frames) {
        out += static_cast<char>(static_cast<unsigned char>(frame.size() >> 8U));
        out += static_cast<char>(static_cast<unsigned char>(frame.size() & 0xFFU));
        out += frame;
    }
    return out;
}

inline std::vector<std::string_view> frames_of(std::string_view text) {
    std::vector<std::string_view> frames;
    while (text.size() >= 2) {
        const auto high = static_cast<unsigned char>(text[0]);
        const auto low = static_cast<unsigned char>(text[1]);
        const std::size_t size = std::min<std::size_t>(high * 256U + low, text.size() - 2);
        frames.push_back(text.substr(2, size));
        text.remove_prefix(2 + size);
    }
    return frames;
}

}  // namespace corncob::protocol::wire
