// An in-process host on a FakeInterpreter, and its kernels as a Kernel would hold them.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "tenants/in_process_host.hpp"
#include "tests/fakes/eventually.hpp"
#include "tests/fakes/fake_interpreter.hpp"
#include "tests/fakes/recording_events.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants::testing_host {

struct HostWithFake {
    using Hold = tests::FakeInterpreter::Hold;
    explicit HostWithFake(Hold hold = Hold::nothing, std::chrono::milliseconds stop_deadline = tests::kDeadline,
                          std::size_t spare_threads = 0)
        : made(std::make_unique<tests::FakeInterpreter>(hold)),
          interpreter(*made),
          host(std::make_unique<InProcessHost>(std::move(made), InProcessHostSettings{stop_deadline, spare_threads})) {}

    bool no_threads_left() const {
        return tests::eventually([this] { return host->threads() == 0; });
    }

 private:
    std::unique_ptr<tests::FakeInterpreter> made;

 public:
    tests::FakeInterpreter& interpreter;
    std::unique_ptr<InProcessHost> host;
};

/// One kernel of a host, and what it said.
struct Hosted {
    explicit Hosted(Host& host, HostedKernelSettings settings = {}) : handle(host.start(std::move(settings), events)) {}

    /// Submits and returns the request.
    SharedRequest send(protocol::Message message) const {
        auto request = std::make_shared<const Request>(Request{std::move(message), {}});
        handle->submit(request);
        return request;
    }
    void run(const std::string& id, const std::string& code) const { send(tests::execute(id, code)); }
    void complete(const std::string& id) const { send(tests::request(protocol::MsgType::complete_request, id)); }
    /// The status of the reply; empty if there is none.
    std::string status(const std::string& id) const {
        const auto reply = events->wait_reply(id);
        return reply ? reply->content.value("status", "none") : std::string();
    }
    bool wait_blocked(const std::string& id) const {
        return events
            ->wait_for([&](const auto& event) {
                return event.msg_type == protocol::MsgType::execute_input && event.msg_id == id;
            })
            .has_value();
    }

    std::shared_ptr<tests::RecordingEvents> events = std::make_shared<tests::RecordingEvents>();
    std::unique_ptr<HostedKernel> handle;
};

}  // namespace corncob::tenants::testing_host
