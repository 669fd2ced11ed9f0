// A browser, as far as tests of logins need one: keeps cookies, says what it is about to show, follows nothing.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/raw_client.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace corncob::tests {

/// The values of all headers of this name.
inline std::vector<std::string> values_of(const std::string& response, const std::string& name) {
    std::vector<std::string> values;
    const std::string head = response.substr(0, response.find("\r\n\r\n") + 2);
    for (auto at = head.find("\r\n" + name + ": "); at != std::string::npos;
         at = head.find("\r\n" + name + ": ", at + 1)) {
        const auto begin = at + name.size() + 4;
        values.push_back(head.substr(begin, head.find("\r\n", begin) - begin));
    }
    return values;
}

class Browser {
 public:
    using Headers = std::map<std::string, std::string>;

    Browser(const RunningGateway& gateway, std::string host) : gateway_(gateway), host_(std::move(host)) {}

    std::string ask(const std::string& method, const std::string& target, const Headers& headers = {},
                    const std::string& body = {}) {
        RawClient client(gateway_.port());
        std::string head = method + " " + target + " HTTP/1.1\r\nHost: " + host_ +
                           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
        for (const auto& [name, value] : headers) head.append(name).append(": ").append(value).append("\r\n");
        std::string jar;
        for (const auto& [name, value] : cookies) {
            jar.append(jar.empty() ? "" : "; ").append(name).append("=").append(value);
        }
        if (!jar.empty()) head += "Cookie: " + jar + "\r\n";
        client.send(head + "\r\n" + body);
        const std::string response = client.read_response();
        for (const std::string& cookie : values_of(response, "Set-Cookie")) take(cookie);
        return response;
    }
    /// To show a page.
    std::string visit(const std::string& target) {
        return ask("GET", target, {{"Accept", "text/html,*/*"}, {"Sec-Fetch-Mode", "navigate"}});
    }

    std::map<std::string, std::string> cookies;

 private:
    void take(const std::string& cookie) {
        const auto equals = cookie.find('=');
        const std::string value = cookie.substr(equals + 1, cookie.find(';') - equals - 1);
        if (value.empty()) {
            cookies.erase(cookie.substr(0, equals));
        } else {
            cookies[cookie.substr(0, equals)] = value;
        }
    }

    const RunningGateway& gateway_;
    const std::string host_;
};

}  // namespace corncob::tests
