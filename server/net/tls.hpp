// What TLS connections are made with: certificate, key and the rules.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/ssl/context.hpp>

#include "config/gateway_config.hpp"
#include "protocol/result.hpp"
#include "server/net/executor.hpp"
#include "server/net/stream.hpp"

namespace corncob::server {

enum class TlsErrc { unusable_file };

using TlsContext = std::shared_ptr<asio::ssl::context>;

/// TLS 1.2 with forward secrecy and authenticated encryption, or 1.3; where there is a client_ca, clients must show a
/// certificate that it has signed, or the daemon's own, as `corncob healthcheck` does. Null: `config` names no
/// certificate. The failure names key and file.
Result<TlsContext, TlsErrc> make_tls_context(const config::TlsConfig& config);

/// The context of the next connection; those that are open keep theirs. Thread-safe.
class CurrentTls {
 public:
    explicit CurrentTls(TlsContext context) : context_(std::move(context)) {}

    TlsContext get() const {
        const std::lock_guard lock(mutex_);
        return context_;
    }
    /// A connection that has just been accepted, as its Stream.
    Stream over(TcpSocket socket) const { return Stream(std::move(socket), get().get()); }
    void replace(TlsContext context) {
        const std::lock_guard lock(mutex_);
        context_.swap(context);
    }

 private:
    mutable std::mutex mutex_;
    TlsContext context_;
};

}  // namespace corncob::server
