#include "server/zmq/zmq_reactor.hpp"

#include <boost/asio/post.hpp>
#include <zmq.hpp>

namespace corncob::server {
namespace {

constexpr int kIoThreads = 1;
constexpr int kSocketsMax = 65535;  // five a kernel

}  // namespace

ZmqReactor::ZmqReactor() : guard_(io_.get_executor()), context_(std::make_unique<zmq::context_t>(kIoThreads)) {
    context_->set(zmq::ctxopt::max_sockets, kSocketsMax);
    thread_ = std::thread([this] { io_.run(); });
}

ZmqReactor::~ZmqReactor() {
    stop();
}

void ZmqReactor::stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { guard_.reset(); });
    thread_.join();
    context_->close();
}

}  // namespace corncob::server
