// Mode multi: every `header.session` is an emulated kernel of its own, made by its first message and shared by all
// clients of that session. What a kernel of that mode consists of, and a tenant's ZMQ endpoint.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tenants/audience.hpp"
#include "tenants/clock.hpp"
#include "tenants/errc.hpp"
#include "tenants/message_factory.hpp"

namespace corncob::tenants {

class Kernel;

inline constexpr std::size_t kSessionBytesMax = 128;  ///< of a header.session; beyond: refused

/// Makes the kernel of a session that is new. Called with SessionKernels' lock held.
using StartSession = std::function<Result<std::shared_ptr<Kernel>>()>;
/// Where all goes that the kernel of a session publishes.
using SinkOfSession = std::function<std::shared_ptr<MessageSink>(const std::string& session)>;

/// Thread-safe. The kernels are ordinary ones of the tenant: its kernels_max bounds how many sessions there are.
class SessionKernels {
 public:
    struct Living {
        std::string session;
        std::shared_ptr<Kernel> kernel;
    };

    SessionKernels(StartSession start, const Clock& clock);
    ~SessionKernels();

    /// To the kernel of its session. Where none can be made, the request gets an error reply, between busy and idle;
    /// fails for what gets no reply.
    Result<void> submit(protocol::Message message, const std::shared_ptr<MessageSink>& origin);

    /// `sink` hears the session that it has by `client`, as if it were subscribed to that kernel, and, without replay,
    /// each session that it speaks for.
    void subscribe(const std::shared_ptr<MessageSink>& sink, ClientId client);
    void unsubscribe(const MessageSink* sink);
    /// Hears all sessions, those to come as well. Empty: none any more.
    void listen_to_all(SinkOfSession sink_of);

    std::vector<Living> living() const;
    /// Those that live, and from now on none begins. They are left to the caller.
    std::vector<Living> end();
    /// Those that nobody has asked for anything, and that have run nothing, for so long. They are left to the caller.
    std::vector<Living> idle_for(std::chrono::nanoseconds time) const;
    /// Some session but `session` lives.
    bool any_but(const protocol::ClientSessionId& session) const;

 private:
    class Ear;
    struct Hearer {
        std::shared_ptr<MessageSink> sink;
        ClientId client;
        std::unordered_map<std::string, std::shared_ptr<Ear>> ears;  // by session
    };
    struct Session {
        std::shared_ptr<Kernel> kernel;
        std::shared_ptr<Ear> all;  // the one that listens to all
        Clock::Steady last_heard;
    };

    // The methods below expect mutex_ to be held.
    Result<Session*> session_of(const std::string& id);
    void join(Hearer& hearer, const std::string& id, Kernel& kernel);
    void listen(const std::string& id, Session& session);
    void forget_dead();
    void refuse(const protocol::Message& request, const Failure& why, MessageSink& origin);

    const StartSession start_;
    const Clock& clock_;
    MessageFactory messages_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Session> sessions_;
    std::vector<Hearer> hearers_;  // bounded by the tenant's connections
    SinkOfSession sink_of_;
    bool ended_ = false;
};

}  // namespace corncob::tenants
