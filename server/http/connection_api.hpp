// GET /api/kernels/{id}/connection: how ZMQ clients reach a kernel of the daemon.
#pragma once

#include "server/http/router.hpp"
#include "server/zmq/zmq_door.hpp"

namespace corncob::server {

/// Opens the five sockets at the first request. The answer is the kernel's connection file, key included, so it takes
/// the right to execute; only the caller's tenant is looked at.
class ConnectionApi {
 public:
    explicit ConnectionApi(ZmqDoor& zmq) : zmq_(zmq) {}
    void add_routes(Router& router);

 private:
    Awaitable<Response> connection(RequestScope& scope) const;

    ZmqDoor& zmq_;
};

}  // namespace corncob::server
