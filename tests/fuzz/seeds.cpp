// The first inputs of each target, made by our own encoders: `fuzz_seeds DIRECTORY` writes DIRECTORY/TARGET/NAME.bin.
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "protocol/wire/websocket_legacy_codec.hpp"
#include "protocol/wire/websocket_v1_codec.hpp"
#include "protocol/wire/zmq_codec.hpp"
#include "tests/protocol/sample.hpp"
#include "tests/protocol/wire/flat_frames.hpp"

namespace corncob::fuzz {
namespace {

using namespace protocol;
using namespace protocol::wire;

/// Names and inputs; the first byte of an input is the choice that its target reads.
using Seeds = std::vector<std::pair<std::string, std::string>>;

Message with_header(const Header& header, std::vector<std::string> buffers = {}) {
    Message message = sample_message(std::move(buffers));
    message.header = header;
    message.header_json = header_json(header);
    return message;
}

Message comm_message() {
    const Header header{.msg_id = MsgId("m-2"),
                        .session = ClientSessionId("s-1"),
                        .username = "ann",
                        .date = "",
                        .version = "5.5",
                        .msg_type = MsgType::comm_msg,
                        .subshell_id = SubshellId("sub")};
    return with_header(header, {"one", std::string(300, '\x80'), ""});
}

std::string zmq_text(const Message& message, std::string_view key) {
    const std::string signature = Signer(key).sign(signed_parts(message));
    auto frames = zmq_frames(message, signature);
    frames.insert(frames.begin(), std::string_view("\0\x80identity", 10));
    return flat(frames);
}

Seeds websocket_seeds() {
    const std::string v1(1, '\0');
    const std::string text(1, '\1');
    const std::string binary(1, '\2');
    const std::string frame = encode_websocket_v1(sample_message());
    return {{"v1", v1 + frame},
            {"v1_buffers", v1 + encode_websocket_v1(comm_message())},
            {"v1_cut", v1 + frame.substr(0, frame.size() - 9)},
            {"legacy_text", text + encode_websocket_legacy(sample_message()).bytes},
            {"legacy_text_least", text + "{\"header\":" + std::string(kSampleHeaderJson) + "}"},
            {"legacy_text_deep", text + nested_object(600)},
            {"legacy_binary", binary + encode_websocket_legacy(comm_message()).bytes}};
}

/// Of a type that the protocol does not have, which the failure shows; here the text of the target's own key.
Message message_of_no_type() {
    Message message = sample_message();
    message.header_json =
        R"({"msg_id": "m", "session": "s", "msg_type": "a key that no input is signed with, 7b1f3c"})";
    return message;
}

Seeds zmq_seeds() {
    const std::string keyed(1, '\0');
    const std::string keyless(1, '\1');
    const std::string signs(1, '\2');
    return {{"keyed", keyed + zmq_text(sample_message(), "another key")},
            {"keyless", keyless + zmq_text(sample_message(), "")},
            {"keyless_buffers", keyless + zmq_text(comm_message(), "")},
            {"signed", signs + zmq_text(sample_message(), "any")},
            {"signed_buffers", signs + zmq_text(comm_message(), "any")},
            {"signed_no_type", signs + zmq_text(message_of_no_type(), "any")},
            {"no_delimiter", keyless + std::string("\0\1a\0\1b", 6)}};
}

Seeds http_seeds() {
    const std::string target(1, '\0');
    const std::string query(1, '\1');
    const std::string body(1, '\2');
    const std::string deep = R"({"env":{"a":)" + std::string(2000, '[') + std::string(2000, ']') + "}}";
    return {{"target", target + "/api/kernels/a%20b/channels?session_id=1&token=x%26y"},
            {"target_absolute", target + "http://host:1/base//api?a=+&&=b#c"},
            {"target_none", target + "api"},
            {"query", query + "a=1&b=%41+c&token="},
            {"query_spoilt", query + "a=%4&b=%zz"},
            {"body", body + R"({"name":"python3","path":"a.ipynb","kernel":{"id":"1"},"env":{"A":"ä\u00e4"}})"},
            {"body_wrong", body + R"({"name":1,"env":[],"kernel":null,"path":"\ud800"})"},
            {"body_deep", body + deep}};
}

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Seeds config_seeds() {
    return {{"shipped", text_of(CORNCOB_SOURCE_DIR "/config/corncob.yaml")},
            {"lists", "auth: {tokens: [{name: a, tenant: b, sha256: '0', rights: [read, read, fly]}]}\n"},
            {"tenants", "tenants:\n  defaults: {zmq: true}\n  alice:\n    quotas: {kernels_max: 10, x: &a [*a]}\n"},
            {"kernelspecs", "kernelspecs: {k: {modes: [cache], env: {A: \"1\", 1: 2}, loop: trio}}\n---\nserver: 1\n"},
            {"spoilt", "server: {port: '1', ip: [\n\t"}};
}

void write(const std::filesystem::path& directory, const Seeds& seeds) {
    std::filesystem::create_directories(directory);
    for (const auto& [name, input] : seeds) std::ofstream(directory / (name + ".bin"), std::ios::binary) << input;
}

}  // namespace
}  // namespace corncob::fuzz

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const std::filesystem::path directory = argv[1];
    corncob::fuzz::write(directory / "websocket_decoder", corncob::fuzz::websocket_seeds());
    corncob::fuzz::write(directory / "zmq_decoder", corncob::fuzz::zmq_seeds());
    corncob::fuzz::write(directory / "http_texts", corncob::fuzz::http_seeds());
    corncob::fuzz::write(directory / "config_file", corncob::fuzz::config_seeds());
    return 0;
}
