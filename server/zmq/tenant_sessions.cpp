#include "server/zmq/tenant_sessions.hpp"

#include <algorithm>
#include <utility>

#include "protocol/json_text.hpp"
#include "server/zmq/zmq_endpoint.hpp"

namespace corncob::server {
namespace {

constexpr std::chrono::milliseconds kLooksPerTimeout{4};
constexpr std::chrono::milliseconds kLookIntervalMax = std::chrono::minutes(1);

}  // namespace

TenantSessions::TenantSessions(tenants::Tenant& tenant, TenantSessionsSettings settings, const tenants::Clock& clock,
                               Log& log, ZmqReactor& reactor)
    : tenant_(tenant),
      settings_(settings),
      log_(log),
      reactor_(reactor),
      sessions_([&tenant] { return tenant.kernels().start({.of_a_session = true}); }, clock) {}

void TenantSessions::begin(ZmqEndpoint& endpoint) {
    sessions_.listen_to_all(IopubSink::of_sessions(endpoint));
    if (settings_.idle_timeout.count() == 0) return;
    timer_.emplace(reactor_.executor());
    look_again_later();
}

void TenantSessions::look_again_later() {
    timer_->expires_after(std::min(settings_.idle_timeout / kLooksPerTimeout.count(), kLookIntervalMax));
    timer_->async_wait([weak = weak_from_this()](const ErrorCode& error) {
        const auto self = weak.lock();
        if (error || !self || !self->timer_) return;
        self->end_idle();
        self->look_again_later();
    });
}

std::string TenantSessions::topic_of(const protocol::Message& reply) const {
    return session_of_request(reply);
}

void TenantSessions::review_backlog() {
    for (const auto& each : sessions_.living()) each.kernel->review_backlog();
}

void TenantSessions::end() {
    timer_.reset();
    sessions_.listen_to_all({});
}

void TenantSessions::end_idle() {
    for (const auto& each : sessions_.idle_for(settings_.idle_timeout)) {
        log_.info("tenant={} kernel={} zmq: session {} is ended: not used for {} ms (zmq.session_idle_timeout_seconds)",
                  tenant_.id().str(), each.kernel->id().str(), protocol::quoted_excerpt(each.session),
                  settings_.idle_timeout.count());
        tenant_.kernels().shutdown(each.kernel->id(), [] {});
    }
}

}  // namespace corncob::server
