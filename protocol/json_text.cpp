#include "protocol/json_text.hpp"

#include <cstdint>
#include <cstring>

namespace corncob::protocol {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t kWordBytes = sizeof(std::uint64_t);
constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
constexpr std::uint64_t kHighs = 0x8080808080808080ULL;

std::uint64_t load_word(const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, kWordBytes);
    return word;
}

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

bool is_continuation(std::string_view text, std::size_t at) {
    return at < text.size() && (byte_at(text, at) & 0xC0U) == 0x80U;
}

/// Bytes of the well-formed UTF-8 sequence that begins at `at` (table 3-7 of the Unicode standard); 0: none does.
std::size_t sequence_bytes(std::string_view text, std::size_t at) {
    const unsigned char lead = byte_at(text, at);
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4 || !is_continuation(text, at + 1)) return 0;
    if (lead < 0xE0) return 2;
    const unsigned char second = byte_at(text, at + 1);
    if (!is_continuation(text, at + 2)) return 0;
    if (lead < 0xF0) {
        const bool overlong = lead == 0xE0 && second < 0xA0;
        const bool surrogate = lead == 0xED && second > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    const bool overlong = lead == 0xF0 && second < 0x90;
    const bool too_high = lead == 0xF4 && second > 0x8F;
    return overlong || too_high || !is_continuation(text, at + 3) ? 0 : 4;
}

/// The high bit of each byte that is zero in `word` is set; bytes above a zero byte may be set wrongly, so the
/// result tells only whether there is one.
std::uint64_t has_zero(std::uint64_t word) {
    return (word - kOnes) & ~word & kHighs;
}

/// True if none of eight bytes needs a look: no control character, quote, backslash or non-ASCII byte.
bool is_plain_word(std::uint64_t word) {
    const std::uint64_t control = (word - kOnes * 0x20U) & ~word & kHighs;
    const std::uint64_t quote = has_zero(word ^ (kOnes * '"'));
    const std::uint64_t backslash = has_zero(word ^ (kOnes * '\\'));
    return ((word & kHighs) | control | quote | backslash) == 0;
}

void append_escape(std::string& out, unsigned char byte) {
    constexpr std::string_view kHex = "0123456789abcdef";
    switch (byte) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    out += "\\u00";
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
}

/// Bytes from `at` on that go into a JSON string as they are.
std::size_t plain_run_bytes(std::string_view text, std::size_t at) {
    const std::size_t begin = at;
    while (at < text.size()) {
        if (text.size() - at >= kWordBytes && is_plain_word(load_word(text.data() + at))) {
            at += kWordBytes;
            continue;
        }
        const unsigned char byte = byte_at(text, at);
        if (byte < 0x20 || byte == '"' || byte == '\\') break;
        const std::size_t bytes = sequence_bytes(text, at);
        if (bytes == 0) break;
        at += bytes;
    }
    return at - begin;
}

}  // namespace

std::size_t utf8_prefix_bytes(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        if (text.size() - at >= kWordBytes && (load_word(text.data() + at) & kHighs) == 0) {
            at += kWordBytes;
            continue;
        }
        const std::size_t bytes = sequence_bytes(text, at);
        if (bytes == 0) break;
        at += bytes;
    }
    return at;
}

bool is_utf8(std::string_view text) {
    return utf8_prefix_bytes(text) == text.size();
}

std::string to_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t good = utf8_prefix_bytes(text);
        out.append(text.substr(0, good));
        text.remove_prefix(good);
        if (text.empty()) break;
        out.append(kReplacement);
        text.remove_prefix(1);
    }
    return out;
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t run = plain_run_bytes(text, at);
        out.append(text.substr(at, run));
        at += run;
        if (at == text.size()) break;
        const unsigned char byte = byte_at(text, at++);
        if (byte < 0x80) {
            append_escape(out, byte);
        } else {
            out.append(kReplacement);
        }
    }
    out += '"';
}

std::string json_string(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_json_string(out, text);
    return out;
}

std::string quoted_excerpt(std::string_view text) {
    constexpr std::size_t kExcerptBytesMax = 64;
    if (text.size() <= kExcerptBytesMax) return json_string(text);
    std::size_t end = kExcerptBytesMax;
    while (end > 0 && is_continuation(text, end)) --end;
    return json_string(text.substr(0, end)) + "...";
}

bool is_nested_deeper_than(std::string_view text, std::size_t depth_max) {
    std::size_t brackets = 0;
    for (const char byte : text) brackets += static_cast<std::size_t>(byte == '{' || byte == '[');
    if (brackets <= depth_max) return false;  // nearly always: then strings need not be told apart

    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char byte = text[at];
        if (in_string) {
            if (byte == '\\') ++at;
            if (byte == '"') in_string = false;
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '{' || byte == '[') {
            if (++depth > depth_max) return true;
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            --depth;
        }
    }
    return false;
}

}  // namespace corncob::protocol
