#include "server/auth/throttle.hpp"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

namespace corncob::server {

std::chrono::milliseconds Throttle::failed(const std::string& address) {
    const std::string network = network_of(address);
    const auto now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    while (!entries_.empty() &&
           (now - entries_.front().last >= kForgiveAfter || entries_.size() > kThrottledAddressesMax)) {
        by_address_.erase(entries_.front().address);
        entries_.pop_front();
    }
    const auto found = by_address_.find(network);
    if (found == by_address_.end()) {
        by_address_.emplace(network, entries_.insert(entries_.end(), {network, 1, now}));
        return std::chrono::milliseconds(0);
    }
    Entry& entry = *found->second;
    entry.last = now;
    entries_.splice(entries_.end(), entries_, found->second);
    if (++entry.failures <= kFreeFailures) return std::chrono::milliseconds(0);
    const int doublings = std::min(entry.failures - kFreeFailures - 1, 10);
    return std::min(kFirstDelay * (1 << doublings), kDelayMax);
}

std::size_t Throttle::addresses() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

std::string network_of(const std::string& address) {
    boost::system::error_code error;
    const auto parsed = boost::asio::ip::make_address(address, error);
    if (error || !parsed.is_v6()) return address;
    if (parsed.to_v6().is_v4_mapped()) {
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, parsed.to_v6()).to_string();
    }
    auto bytes = parsed.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

}  // namespace corncob::server
