// A WebSocket client that sees every frame as it is on the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "protocol/wire/websocket_legacy_codec.hpp"
#include "protocol/wire/websocket_v1_codec.hpp"
#include "tests/fakes/raw_client.hpp"

namespace corncob::tests {

struct WebsocketFrame {
    unsigned opcode = 0;  ///< 1 text, 2 binary, 8 close, 9 ping, 10 pong
    std::string payload;

    unsigned close_code() const {
        if (payload.size() < 2) return 0;
        return static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
    }
};

class WebsocketClient {
 public:
    /// The handshake's response is in response(); it is not checked here.
    WebsocketClient(std::uint16_t port, const std::string& target, const std::string& headers = {}) : raw_(port) {
        raw_.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                  "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                  headers + "\r\n");
        response_ = raw_.read_response();
    }

    const std::string& response() const { return response_; }
    bool open() const { return response_.starts_with("HTTP/1.1 101"); }

    void send(unsigned opcode, std::string_view payload) {
        std::string frame(1, static_cast<char>(0x80U | opcode));
        if (payload.size() < 126) {
            frame.push_back(static_cast<char>(0x80U | payload.size()));
        } else {
            // The shortest form that fits is the only one allowed.
            const bool short_form = payload.size() < 65536;
            frame.push_back(static_cast<char>(short_form ? 0xfe : 0xff));
            for (int i = short_form ? 1 : 7; i >= 0; --i) {
                frame.push_back(static_cast<char>((payload.size() >> (8 * i)) & 0xffU));
            }
        }
        frame.append(4, '\0');  // the mask that changes nothing
        frame.append(payload);
        raw_.send(frame);
    }
    void send_v1(const protocol::Message& message) { send(2, protocol::wire::encode_websocket_v1(message)); }

    /// Nothing: the server has closed, or the deadline has passed.
    std::optional<WebsocketFrame> receive() {
        if (!raw_.fill(2)) return std::nullopt;
        const auto first = static_cast<unsigned char>(raw_.received()[0]);
        std::uint64_t length = static_cast<unsigned char>(raw_.received()[1]);
        // The server fragments nothing and masks nothing.
        if ((first & 0xf0U) != 0x80U || length > 127) throw std::runtime_error("WebsocketClient: not a frame");
        const std::size_t extra = length < 126 ? 0 : length == 126 ? 2 : 8;
        if (!raw_.fill(2 + extra)) return std::nullopt;
        const std::string head = raw_.take(2 + extra);
        if (extra > 0) length = 0;
        for (std::size_t i = 2; i < head.size(); ++i) length = length * 256 + static_cast<unsigned char>(head[i]);
        if (!raw_.fill(length)) return std::nullopt;
        return WebsocketFrame{first & 0x0fU, raw_.take(length)};
    }
    /// The next data frame as a message. Pings in between are passed over.
    std::optional<protocol::Message> receive_message() {
        for (;;) {
            const auto frame = receive();
            if (!frame || frame->opcode == 8) return std::nullopt;
            if (frame->opcode > 2) continue;
            auto message = frame->opcode == 1 ? protocol::wire::decode_websocket_legacy_text(frame->payload)
                                              : protocol::wire::decode_websocket_v1(frame->payload);
            if (!message) throw std::runtime_error("WebsocketClient: " + message.error().detail);
            return std::move(*message);
        }
    }
    /// The first message of this type. Nothing: none before the server closes or the deadline.
    std::optional<protocol::Message> receive_message(protocol::MsgType type) {
        for (;;) {
            auto message = receive_message();
            if (!message || message->header.msg_type == type) return message;
        }
    }
    /// The close frame; what comes before it is passed over.
    std::optional<WebsocketFrame> receive_close() {
        for (;;) {
            auto frame = receive();
            if (!frame || frame->opcode == 8) return frame;
        }
    }

    /// The same code back; ending the connection is left to the server.
    void answer_close(const WebsocketFrame& close) { send(8, close.payload.substr(0, 2)); }

    RawClient& raw() { return raw_; }

 private:
    RawClient raw_;
    std::string response_;
};

}  // namespace corncob::tests
