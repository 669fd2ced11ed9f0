#include "server/http/status_page.hpp"

#include <utility>

#include "server/http/error_response.hpp"
#include "server/http/http_service.hpp"
#include "server/http/static_files.hpp"

namespace corncob::server {
namespace {

/// Nothing but what this daemon serves, no scripts or styles within the page, no plugins; and no other base for paths.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'";

/// `template_name` with each "@name@" replaced by its value, which needs no escaping.
Response page_of(const char* template_name, std::initializer_list<std::pair<std::string_view, std::string>> values) {
    std::string html(find_static_file(template_name)->content);
    for (const auto& [name, value] : values) {
        const std::string mark = "@" + std::string(name) + "@";
        for (auto at = html.find(mark); at != std::string::npos; at = html.find(mark, at + value.size())) {
            html.replace(at, mark.size(), value);
        }
    }
    return {http::status::ok,
            std::move(html),
            "text/html; charset=utf-8",
            {{"Content-Security-Policy", kPolicy}, {"Cache-Control", "no-store"}, {"Referrer-Policy", "no-referrer"}}};
}

std::string words_of(const Rights& rights) {
    std::string words;
    if (rights.read) words += "read ";
    if (rights.execute) words += "execute ";
    if (rights.admin) words += "admin ";
    return words;
}

/// As it was pasted, without the blanks around it.
std::string token_of_form(const std::string& body) {
    std::string token = Query(body).get("token").value_or("");
    constexpr const char* kBlank = " \t\r\n";
    token.erase(0, token.find_first_not_of(kBlank));
    token.erase(token.find_last_not_of(kBlank) + 1);
    return token;
}

/// What a page loads. Nothing in them is secret: who logs in needs them, too.
Response page_file(RequestScope& scope) {
    const std::string& name = scope.path_parameters.at(0);
    const StaticFile* file = find_static_file(name);
    const bool of_pages = name.ends_with(".js") || name.ends_with(".css") || name.ends_with(".svg");
    if (!file || !of_pages) return error_response(http::status::not_found, "There is no file " + name);
    return {http::status::ok,
            std::string(file->content),
            std::string(file->content_type),
            {{"Cache-Control", "no-cache"}}};  // asked for again after an update of the daemon
}

}  // namespace

void StatusPage::add_routes(Router& router) {
    using enum http::verb;
    router.add(get, "/", Access::known, [this](RequestScope& scope) { return page(scope); });
    router.add(get, "/login", Access::open, [this](RequestScope& scope) { return login_page(scope); });
    router.add_async(post, "/login", Access::open, [this](RequestScope& scope) { return log_in(scope); });
    router.add(post, "/logout", Access::known, [this](RequestScope& scope) { return log_out(scope); });
    router.add(get, "/static/{}", Access::open, page_file);
}

Response StatusPage::page(const RequestScope& scope) {
    const std::string token = scope.query.get("token").value_or("");
    const bool from_address = !token.empty() && navigates(scope.request);
    // What stands in the address bar is kept in the history, shown to who looks over one's shoulder, and sent along.
    if (from_address) {
        Response response = redirect(browsers_.base_url(), http::status::see_other);
        browsers_.open(scope, token, response);
        return response;
    }
    // Without its slash, paths of the page's own would lead elsewhere.
    if (scope.path + "/" == browsers_.base_url()) return redirect(browsers_.base_url(), http::status::see_other);
    return page_of("status.html", {{"xsrf", scope.xsrf},
                                   {"rights", words_of(scope.principal.rights)},
                                   {"version", CORNCOB_VERSION},
                                   {"logout", scope.xsrf.empty() ? "hidden" : ""}});
}

Response StatusPage::login_page(const RequestScope& scope) const {
    const bool refused = scope.query.get("refused").has_value();
    const bool ended = scope.query.get("ended").has_value();
    return page_of(
        "login.html",
        {{"refused", refused ? "" : "hidden"}, {"ended", ended ? "" : "hidden"}, {"hub", hub_ ? "" : "hidden"}});
}

Awaitable<Response> StatusPage::log_in(RequestScope& scope) {
    Response response;
    if (comes_from_elsewhere(scope.request)) {
        scope.refusal = "another site's page asks for a login";
        response = error_response(http::status::forbidden, "Only the daemon's own page may ask for a login");
        co_return response;
    }
    const std::string token = token_of_form(scope.request.body());
    Credentials credentials{token};
    const Authentication answer = co_await authenticator_.authenticate(std::move(credentials));
    if (!answer) {
        scope.refusal = answer.error().detail;
        response = error_response(answer.error());
        co_return response;
    }
    if (!*answer) {
        scope.refusal = kNobodysToken;
        co_await slow_down(scope);
        response = redirect(browsers_.base_url() + kRefusedLogin, http::status::see_other);
        co_return response;
    }
    response = redirect(browsers_.base_url(), http::status::see_other);
    browsers_.open(scope, token, response);
    co_return response;
}

Response StatusPage::log_out(const RequestScope& scope) {
    Response response = Response::no_content();
    browsers_.close(scope, response);
    return response;
}

Awaitable<void> StatusPage::slow_down(const RequestScope& scope) {
    Timer delay(co_await asio::this_coro::executor, throttle_.failed(scope.address));
    co_await delay.async_wait(kAsTuple);
}

}  // namespace corncob::server
