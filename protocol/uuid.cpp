#include "protocol/uuid.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "protocol/limits.hpp"

namespace corncob::protocol {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

void fill_random(std::span<unsigned char> out) {
    while (!out.empty()) {
        const ssize_t got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            std::perror("getrandom");
            std::abort();
        }
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

void append_hex(std::string& out, unsigned char byte) {
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string make_uuid() {
    std::array<unsigned char, 16> bytes{};
    fill_random(bytes);
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);  // version 4
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);  // variant of RFC 4122
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        append_hex(out, bytes[i]);
    }
    return out;
}

std::string random_hex(std::size_t length_bytes) {
    std::string out;
    out.reserve(2 * length_bytes);
    std::array<unsigned char, 64> chunk{};
    while (length_bytes > 0) {
        const auto part = std::span(chunk).first(std::min(length_bytes, chunk.size()));
        fill_random(part);
        for (const unsigned char byte : part) append_hex(out, byte);
        length_bytes -= part.size();
    }
    return out;
}

bool is_kernel_id(std::string_view text) {
    if (text.size() > kIdBytesMax) return false;
    int dashes = 0;
    char before = '-';
    for (const char c : text) {
        if (c != '-' && !is_word(c)) return false;
        if (c == '-' && (before == '-' || ++dashes > 4)) return false;
        before = c;
    }
    return dashes == 4 && before != '-';
}

}  // namespace corncob::protocol
