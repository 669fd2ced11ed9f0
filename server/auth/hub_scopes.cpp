#include "server/auth/hub_scopes.hpp"

#include <algorithm>

namespace corncob::server {
namespace {

struct Scope {
    std::string_view base;
    std::string_view entity;  // of the filter; empty: there is none
    std::string_view value;
};

Scope parse(std::string_view text) {
    const auto mark = text.find('!');
    if (mark == std::string_view::npos) return {text, {}, {}};
    const std::string_view filter = text.substr(mark + 1);
    const auto equals = filter.find('=');
    if (equals == std::string_view::npos) return {text, {}, {}};  // "!user" alone means nothing outside of the Hub
    return {text.substr(0, mark), filter.substr(0, equals), filter.substr(equals + 1)};
}

}  // namespace

bool grants(std::string_view granted, std::string_view required) {
    if (granted == required) return !required.empty();
    const Scope have = parse(granted);
    const Scope need = parse(required);
    if (have.base != need.base) return false;
    if (have.entity.empty()) return true;
    return need.entity == "server" && have.entity == "user" && have.value == need.value.substr(0, need.value.find('/'));
}

bool any_granted(const std::vector<std::string>& required, const std::vector<std::string>& granted) {
    return std::any_of(required.begin(), required.end(), [&](const std::string& need) {
        return std::any_of(granted.begin(), granted.end(), [&](const std::string& have) { return grants(have, need); });
    });
}

}  // namespace corncob::server
