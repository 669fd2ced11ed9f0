#include "server/activity_history.hpp"

#include <algorithm>
#include <utility>

namespace corncob::server {

Awaitable<void> ActivityHistory::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    Timer timer(co_await asio::this_coro::executor);
    look();
    for (;;) {
        timer.expires_after(kHistoryInterval);
        const auto [error] = co_await timer.async_wait(kAsTuple);
        if (error) co_return;
        look();
    }
}

void ActivityHistory::look() {
    const auto all = tenants_.all();
    const auto now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    const std::size_t place = looks_ % kHistoryPoints;
    moments_.at(place) = {clock_.system_now(), looks_ == 0 ? tenants::Clock::Steady::duration(0) : now - last_};
    for (tenants::Tenant* tenant : all) {
        Track& track = tracks_[tenant->id()];
        const std::uint64_t cells = tenant->counts().cells.load(std::memory_order_relaxed);
        const std::uint64_t messages = tenant->counts().messages.load(std::memory_order_relaxed);
        Sample& sample = track.samples.at(place);
        sample.kernels = static_cast<std::uint32_t>(tenant->kernels_limit().used());
        sample.cells = static_cast<std::uint32_t>(cells - std::exchange(track.cells, cells));
        sample.messages = static_cast<std::uint32_t>(messages - std::exchange(track.messages, messages));
    }
    last_ = now;
    ++looks_;
}

std::vector<ActivityHistory::Point> ActivityHistory::of(const std::vector<protocol::TenantId>& tenants) const {
    const std::lock_guard lock(mutex_);
    std::vector<Point> points;
    const std::size_t kept = std::min(looks_, kHistoryPoints);
    for (std::size_t look = looks_ - kept; look < looks_; ++look) {
        const std::size_t place = look % kHistoryPoints;
        const Moment& moment = moments_.at(place);
        Point& point = points.emplace_back(Point{.at = moment.at});
        std::size_t cells = 0;
        std::size_t messages = 0;
        for (const protocol::TenantId& tenant : tenants) {
            const auto track = tracks_.find(tenant);
            if (track == tracks_.end()) continue;
            const Sample& sample = track->second.samples.at(place);
            point.kernels += sample.kernels;
            cells += sample.cells;
            messages += sample.messages;
        }
        const double seconds = moment.since_last.count();
        if (seconds <= 0) continue;
        point.cells_per_second = static_cast<double>(cells) / seconds;
        point.messages_per_second = static_cast<double>(messages) / seconds;
    }
    return points;
}

}  // namespace corncob::server
