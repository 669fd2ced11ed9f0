#include "server/attach/attach_wire.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace corncob::server {
namespace {

using Failed = Failure<AttachErrc>;

constexpr std::size_t kLengthBytes = 4;  // little-endian, of what follows
constexpr std::size_t kRequestTexts = 4;

std::array<std::string AttachRequest::*, kRequestTexts> texts() {
    return {&AttachRequest::connection_file, &AttachRequest::connection_text, &AttachRequest::modes,
            &AttachRequest::working_dir};
}

std::size_t length_of(std::string_view bytes) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
        length |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return length;
}

bool is_word(char byte) {
    return byte >= static_cast<char>(AttachWord::serve) && byte <= static_cast<char>(AttachWord::ended);
}

}  // namespace

std::string encode(const AttachMessage& message) {
    std::string body(1, static_cast<char>(message.word));
    for (const std::string& field : message.fields) {
        body += field;
        body += '\0';
    }
    std::string encoded;
    for (std::size_t i = 0; i < kLengthBytes; ++i) encoded += static_cast<char>((body.size() >> (8 * i)) & 0xff);
    return encoded + body;
}

Result<std::optional<AttachMessage>, AttachErrc> take_message(std::string& bytes) {
    using Taken = std::optional<AttachMessage>;
    if (bytes.size() < kLengthBytes) return Taken();
    const std::size_t length = length_of(bytes);
    if (length > kAttachMessageBytesMax) return Failed{AttachErrc::too_long, "a message is too long"};
    if (bytes.size() < kLengthBytes + length) return Taken();
    std::string_view body = std::string_view(bytes).substr(kLengthBytes, length);
    if (body.empty() || !is_word(body.front()) || (body.size() > 1 && body.back() != '\0')) {
        return Failed{AttachErrc::malformed, "a message is malformed"};
    }
    AttachMessage message{static_cast<AttachWord>(body.front())};
    body.remove_prefix(1);
    while (!body.empty()) {
        const auto end = body.find('\0');
        message.fields.emplace_back(body.substr(0, end));
        body.remove_prefix(end + 1);
    }
    bytes.erase(0, kLengthBytes + length);
    return Taken(std::move(message));
}

AttachMessage to_message(const AttachRequest& request) {
    AttachMessage message{AttachWord::serve};
    for (const auto text : texts()) message.fields.push_back(request.*text);
    for (const auto& [name, value] : request.env) message.fields.push_back(name + "=" + value);
    return message;
}

Result<AttachRequest, AttachErrc> to_request(const AttachMessage& message) {
    const Failed malformed{AttachErrc::malformed, "is no request to serve a connection file"};
    if (message.word != AttachWord::serve || message.fields.size() < kRequestTexts) return malformed;
    AttachRequest request;
    auto field = message.fields.begin();
    for (const auto text : texts()) request.*text = *field++;
    for (; field != message.fields.end(); ++field) {
        const auto equals = field->find('=');
        if (equals == 0 || equals == std::string::npos) return malformed;
        request.env.emplace(field->substr(0, equals), field->substr(equals + 1));
    }
    return request;
}

}  // namespace corncob::server
