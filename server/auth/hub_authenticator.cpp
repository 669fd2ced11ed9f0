#include "server/auth/hub_authenticator.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "server/auth/hub_user.hpp"
#include "server/completion.hpp"

namespace corncob::server {
namespace {

constexpr std::chrono::seconds kGrace{2};  // of a check to say that the Hub is too slow

Authentication nobody() {
    return std::optional<Principal>();
}

Authentication unavailable(std::string why) {
    return Failure<AuthErrc>{AuthErrc::unavailable, std::move(why)};
}

/// What can stand in a header; the Hub's are hexadecimal digits or the like.
bool may_be_token(const std::string& text) {
    return !text.empty() && text.size() <= kHubTokenBytesMax &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

HubAnswer kind_of(const Authentication& answer) {
    if (answer) return *answer ? HubAnswer::principal : HubAnswer::nobody;
    return answer.error().code == AuthErrc::not_allowed ? HubAnswer::not_allowed : HubAnswer::unavailable;
}

}  // namespace

Awaitable<Authentication> HubAuthenticator::authenticate(Credentials credentials) {
    if (!may_be_token(credentials.token)) co_return nobody();
    const TokenDigest digest = digest_of(credentials.token);
    const Executor executor = co_await asio::this_coro::executor;
    Completion answered(executor);
    Found found = find(digest, answered.notifier());
    if (found.answer) co_return std::move(*found.answer);
    if (found.is_new) {
        surroundings_.tasks.spawn(executor, check(digest, std::move(credentials.token), found.check),
                                  "asking JupyterHub");
    }
    const bool in_time = co_await answered.wait(surroundings_.client.timeout() + kGrace);
    if (!in_time) co_return unavailable("JupyterHub does not answer in time");
    const std::lock_guard lock(mutex_);
    co_return *found.check->answer;
}

HubAuthenticator::Found HubAuthenticator::find(const TokenDigest& digest, std::function<void()> notify) {
    const auto now = surroundings_.clock.steady_now();
    Found found;
    const std::lock_guard lock(mutex_);
    found.answer = answers_.find(digest, now);
    if (!found.answer) found.answer = strangers_.find(digest, now);
    if (found.answer) {
        surroundings_.observer.hub_answer_reused();
        return found;
    }
    const auto under_way = checks_.find(digest);
    if (under_way != checks_.end()) {
        found.check = under_way->second;
    } else if (checks_.size() >= kHubQuestionsMax) {
        found.answer = unavailable("Too many tokens wait for JupyterHub's answer");
        return found;
    } else {
        found.check = std::make_shared<Check>();
        found.check->config = config_;
        found.check->generation = generation_;
        found.is_new = true;
        checks_.emplace(digest, found.check);
    }
    found.check->waiting.push_back(std::move(notify));
    return found;
}

void HubAuthenticator::configure(config::JupyterhubConfig config) {
    const std::lock_guard lock(mutex_);
    config_ = std::move(config);
    ++generation_;
    answers_.clear();
    strangers_.clear();
    checks_.clear();  // who waits gets the answer by what counted when they asked
}

/// A task of its own, so that it ends well also when those who wait for it go.
Awaitable<void> HubAuthenticator::check(TokenDigest digest, std::string token, std::shared_ptr<Check> check) {
    co_await asio::this_coro::throw_if_cancelled(false);
    Authentication answer = unavailable("Asking JupyterHub failed inside");
    const auto begun = surroundings_.clock.steady_now();
    try {
        answer = co_await ask(std::move(token), check->config);
    } catch (const std::exception& exception) {
        surroundings_.log.error("asking JupyterHub failed inside: {}", exception.what());
    }
    std::vector<std::function<void()>> waiting;
    {
        const std::lock_guard lock(mutex_);
        remember(digest, answer, check->generation);
        tell(answer, surroundings_.clock.steady_now() - begun);
        check->answer = std::move(answer);
        waiting.swap(check->waiting);
        const auto own = checks_.find(digest);
        if (own != checks_.end() && own->second == check) checks_.erase(own);
    }
    for (const auto& notify : waiting) notify();
}

Awaitable<Authentication> HubAuthenticator::ask(std::string token, config::JupyterhubConfig config) {
    const HubResult result = co_await surroundings_.client.get("/user", std::move(token));
    co_return interpret(result, config);
}

Authentication HubAuthenticator::interpret(const HubResult& result, const config::JupyterhubConfig& config) const {
    if (!result) return unavailable(result.error().detail);
    // 403 is the Hub's word for a token that it does not know.
    if (result->status == 403) return nobody();
    if (result->status != 200) {
        return unavailable("JupyterHub cannot tell whose the token is: it answers with status " +
                           std::to_string(result->status));
    }
    const auto user = parse_hub_user(result->body);
    if (!user) return unavailable("JupyterHub cannot tell whose the token is: its answer is no user");
    auto principal = principal_of(*user, access_scopes_, config);
    if (!principal) return principal.error();
    return std::optional<Principal>(std::move(*principal));
}

/// mutex_ is held.
void HubAuthenticator::remember(const TokenDigest& digest, const Authentication& answer, std::size_t generation) {
    const HubAnswer kind = kind_of(answer);
    if (kind == HubAnswer::unavailable || generation != generation_) return;
    const auto now = surroundings_.clock.steady_now();
    (kind == HubAnswer::nobody ? strangers_ : answers_)
        .put(digest, answer, now, now + std::chrono::seconds(config_.cache_seconds));
}

/// mutex_ is held.
void HubAuthenticator::tell(const Authentication& answer, std::chrono::nanoseconds took) {
    const HubAnswer kind = kind_of(answer);
    surroundings_.observer.hub_checked(kind, took);
    const bool is_down = kind == HubAnswer::unavailable;
    if (is_down == std::exchange(is_down_, is_down)) return;
    if (is_down) {
        surroundings_.log.warn("{}; requests with tokens that are not known yet get 503", answer.error().detail);
    } else {
        surroundings_.log.info("JupyterHub answers again");
    }
}

}  // namespace corncob::server
