#include "server/metrics/metrics_door.hpp"

#include <memory>
#include <utility>

namespace corncob::server {

MetricsDoor::MetricsDoor(const MetricsDoorSurroundings& surroundings, IoPool& pool, TaskGroup& tasks)
    : surroundings_(surroundings),
      service_(router_, surroundings.cors, surroundings.authenticator, nullptr, nullptr, surroundings.throttle,
               surroundings.tenants, surroundings.observer, surroundings.log),
      listener_(
          pool, tasks, surroundings.log,
          [this](TcpSocket socket, std::uint64_t number) { return serve(std::move(socket), number); }, kScrapersMax,
          surroundings.observer, surroundings.limits.tls.certificate.empty()) {
    surroundings.api.add_routes(router_);
}

Awaitable<void> MetricsDoor::serve(TcpSocket socket, std::uint64_t number) {
    const HttpSurroundings surroundings{service_, surroundings_.state, surroundings_.limits, surroundings_.observer,
                                        surroundings_.log};
    return serve_http(
        std::make_unique<HttpConnection>(surroundings_.tls.over(std::move(socket)), surroundings, number));
}

}  // namespace corncob::server
