// What a message costs on its way through the WebSocket codecs: small as most are, and with a 1 MiB buffer.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "protocol/json_text.hpp"
#include "protocol/wire/websocket_legacy_codec.hpp"
#include "protocol/wire/websocket_v1_codec.hpp"

namespace corncob::protocol::wire {
namespace {

Message small_result() {
    Message message;
    message.channel = Channel::iopub;
    message.header.msg_id = MsgId("5b2c7a90-0c1d-4e2f-8a3b-4c5d6e7f8091_12");
    message.header.session = ClientSessionId("5b2c7a90-0c1d-4e2f-8a3b-4c5d6e7f8091");
    message.header.username = "kernel";
    message.header.date = "2026-11-21T07:47:01.123456Z";
    message.header.msg_type = MsgType::execute_result;
    message.header_json = header_json(message.header);
    message.parent_header_json = message.header_json;
    message.content_json = R"({"data":{"text/plain":"2"},"metadata":{},"execution_count":1})";
    return message;
}

Message with_buffer() {
    Message message = small_result();
    message.buffers.emplace_back(std::size_t{1} << 20U, '\xAB');
    return message;
}

void count_bytes(benchmark::State& state, std::size_t bytes) {
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * static_cast<std::int64_t>(state.iterations()));
}

void encode_v1(benchmark::State& state, const Message& message) {
    for (auto _ : state) benchmark::DoNotOptimize(encode_websocket_v1(message));
    count_bytes(state, message.size_bytes());
}

void decode_v1(benchmark::State& state, const Message& message) {
    const std::string frame = encode_websocket_v1(message);
    for (auto _ : state) benchmark::DoNotOptimize(decode_websocket_v1(frame));
    count_bytes(state, frame.size());
}

void encode_legacy(benchmark::State& state, const Message& message) {
    for (auto _ : state) benchmark::DoNotOptimize(encode_websocket_legacy(message));
    count_bytes(state, message.size_bytes());
}

void decode_legacy(benchmark::State& state, const Message& message) {
    const LegacyFrame frame = encode_websocket_legacy(message);
    const auto decode = frame.binary ? decode_websocket_legacy_binary : decode_websocket_legacy_text;
    for (auto _ : state) benchmark::DoNotOptimize(decode(frame.bytes));
    count_bytes(state, frame.bytes.size());
}

BENCHMARK_CAPTURE(encode_v1, small, small_result());
BENCHMARK_CAPTURE(encode_v1, buffer_1mib, with_buffer());
BENCHMARK_CAPTURE(decode_v1, small, small_result());
BENCHMARK_CAPTURE(decode_v1, buffer_1mib, with_buffer());
BENCHMARK_CAPTURE(encode_legacy, small, small_result());
BENCHMARK_CAPTURE(encode_legacy, buffer_1mib, with_buffer());
BENCHMARK_CAPTURE(decode_legacy, small, small_result());
BENCHMARK_CAPTURE(decode_legacy, buffer_1mib, with_buffer());

void utf8_check(benchmark::State& state, const std::string& text) {
    for (auto _ : state) benchmark::DoNotOptimize(is_utf8(text));
    count_bytes(state, text.size());
}
BENCHMARK_CAPTURE(utf8_check, ascii_64kib, std::string(65536, 'x'));

void escape_text(benchmark::State& state, const std::string& text) {
    for (auto _ : state) benchmark::DoNotOptimize(json_string(text));
    count_bytes(state, text.size());
}
BENCHMARK_CAPTURE(escape_text, ascii_64kib, std::string(65536, 'x'));

}  // namespace
}  // namespace corncob::protocol::wire
