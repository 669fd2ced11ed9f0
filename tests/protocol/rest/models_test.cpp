#include "protocol/rest/models.hpp"

#include <gtest/gtest.h>

namespace corncob::protocol::rest {
namespace {

using nlohmann::json;

KernelModel sample_kernel() {
    return {.id = KernelId("k-1"),
            .name = "python3",
            .last_activity = Timestamp(std::chrono::microseconds(1795247221123456)),
            .execution_state = "idle",
            .connections = 2};
}

json sample_kernel_json() {
    return json::parse(R"({"id":"k-1","name":"python3","last_activity":"2026-11-21T07:47:01.123456Z",
                           "execution_state":"idle","connections":2})");
}

TEST(Models, KernelIsAsJupyterServerHasIt) {
    EXPECT_EQ(to_json(sample_kernel()), sample_kernel_json());
}

TEST(Models, SessionCarriesItsKernelAndTheNotebookOfOld) {
    const SessionModel session{.id = SessionId("s-1"),
                               .path = "dir/a.ipynb",
                               .name = "a.ipynb",
                               .type = "notebook",
                               .kernel = sample_kernel()};
    json want = json::parse(R"({"id":"s-1","path":"dir/a.ipynb","name":"a.ipynb","type":"notebook",
                                "notebook":{"path":"dir/a.ipynb","name":"a.ipynb"}})");
    want["kernel"] = sample_kernel_json();
    EXPECT_EQ(to_json(session), want);
}

TEST(Models, KernelspecHasWhatClientsAskFor) {
    KernelspecModel spec;
    spec.name = "python3";
    spec.display_name = "Python 3";
    spec.env = {{"TZ", "UTC"}};
    spec.argv = {"corncob", "kernel", "-f", "{connection_file}"};
    spec.resources = {{"logo-64x64", "/kernelspecs/python3/logo-64x64.png"}};
    EXPECT_EQ(to_json(spec), json::parse(R"({
        "name":"python3",
        "spec":{"argv":["corncob","kernel","-f","{connection_file}"],"env":{"TZ":"UTC"},"display_name":"Python 3",
                "language":"python","interrupt_mode":"message","metadata":{}},
        "resources":{"logo-64x64":"/kernelspecs/python3/logo-64x64.png"}})"));
}

TEST(Models, EmptyCollectionsAreStillObjectsAndArrays) {
    const json spec = to_json(KernelspecModel{});
    EXPECT_TRUE(spec.at("spec").at("argv").is_array());
    EXPECT_TRUE(spec.at("spec").at("env").is_object());
    EXPECT_TRUE(spec.at("spec").at("metadata").is_object());
    EXPECT_TRUE(spec.at("resources").is_object());
}

TEST(Models, ErrorHasMessageAndReason) {
    EXPECT_EQ(error_body("Kernel does not exist: x", std::nullopt).dump(),
              R"({"message":"Kernel does not exist: x","reason":null})");
    EXPECT_EQ(error_body("Forbidden", "Forbidden").dump(), R"({"message":"Forbidden","reason":"Forbidden"})");
}

TEST(Models, ErrorOfABadUrlCanBeWritten) {
    EXPECT_EQ(error_body("Kernel does not exist: \xFF", "\xC3").dump(),
              "{\"message\":\"Kernel does not exist: \xEF\xBF\xBD\",\"reason\":\"\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace corncob::protocol::rest
