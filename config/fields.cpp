#include "config/fields.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <type_traits>

#include "config/text.hpp"

namespace corncob::config {
namespace {

std::string range_text(const Bounds& bounds) {
    return std::to_string(bounds.min) + ".." + std::to_string(bounds.max);
}

std::optional<std::string> parse(std::string_view text, bool& value) {
    // YAML's spellings, and those that container tools and Kernel Gateway's users write into the environment.
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const bool yes = lower == "true" || lower == "yes" || lower == "on" || lower == "1";
    const bool no = lower == "false" || lower == "no" || lower == "off" || lower == "0";
    if (!yes && !no) return shown(text) + " is neither true nor false";
    value = yes;
    return std::nullopt;
}

template <class Whole>
std::optional<std::string> parse(std::string_view text, const Bounds& bounds, Whole& value) {
    const bool negative = text.starts_with('-');
    const std::string_view digits = text.substr(negative ? 1 : 0);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) {
        return shown(text) + " is not a whole number (" + range_text(bounds) + ")";
    }
    const bool overflow = error == std::errc::result_out_of_range || (negative && number != 0);
    if (overflow || number < bounds.min || number > bounds.max) {
        return std::string(text.substr(0, 40)) + " is out of range " + range_text(bounds);
    }
    value = static_cast<Whole>(number);
    return std::nullopt;
}

std::optional<std::string> parse(std::string_view text, const std::vector<std::string>& choices, std::string& value) {
    if (auto complaint = text_complaint(text)) return complaint;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end()) {
        return shown(text) + " is none of " + joined(choices) + did_you_mean(text, choices);
    }
    value = text;
    return std::nullopt;
}

/// The one secret: its text appears in no complaint.
std::optional<std::string> parse(std::string_view text, std::optional<std::string>& secret) {
    constexpr std::size_t kSecretBytesMax = 1024;
    const auto is_visible = [](char c) { return c > ' ' && c < 0x7F; };
    if (text.empty() || text.size() > kSecretBytesMax || !std::all_of(text.begin(), text.end(), is_visible)) {
        return "must be 1 to " + std::to_string(kSecretBytesMax) + " visible ASCII characters";
    }
    secret = text;
    return std::nullopt;
}

/// The type of the member that a slot's alternative leads to.
template <class Access, class Root>
using ValueOf = std::remove_reference_t<std::invoke_result_t<Access, Root&>>;

}  // namespace

template <class Root>
bool wants_plain_scalar(const Field<Root>& field) {
    return std::visit([](const auto& access) { return std::is_integral_v<ValueOf<decltype(access), Root>>; },
                      field.slot);
}

template <class Root>
std::optional<std::string> assign(const Field<Root>& field, Root& root, std::string_view text) {
    const auto set = [&](const auto& access) -> std::optional<std::string> {
        auto& value = access(root);
        using Value = ValueOf<decltype(access), Root>;
        if constexpr (std::is_same_v<Value, bool> || std::is_same_v<Value, std::optional<std::string>>) {
            return parse(text, value);
        } else if constexpr (std::is_same_v<Value, std::string>) {
            return parse(text, field.traits.choices, value);
        } else {
            return parse(text, field.traits.bounds, value);
        }
    };
    return std::visit(set, field.slot);
}

template <class Root>
std::string value_text(const Field<Root>& field, const Root& root) {
    Root copy = root;  // slots lead to mutable members
    const auto get = [&copy](const auto& access) -> std::string {
        const auto& value = access(copy);
        using Value = ValueOf<decltype(access), Root>;
        if constexpr (std::is_same_v<Value, bool>) {
            return value ? "true" : "false";
        } else if constexpr (std::is_same_v<Value, std::string>) {
            return value;
        } else if constexpr (std::is_same_v<Value, std::optional<std::string>>) {
            return value.value_or("");
        } else {
            return std::to_string(value);
        }
    };
    return std::visit(get, field.slot);
}

template <class Root>
std::string allowed_text(const Field<Root>& field) {
    if (!wants_plain_scalar(field)) return field.traits.choices.empty() ? "text" : joined(field.traits.choices);
    const bool is_bool = std::holds_alternative<std::function<bool&(Root&)>>(field.slot);
    return is_bool ? "true, false" : range_text(field.traits.bounds);
}

template bool wants_plain_scalar(const Field<GatewayConfig>&);
template bool wants_plain_scalar(const Field<TenantConfig>&);
template bool wants_plain_scalar(const Field<KernelspecConfig>&);
template bool wants_plain_scalar(const Field<TokenConfig>&);
template std::optional<std::string> assign(const Field<GatewayConfig>&, GatewayConfig&, std::string_view);
template std::optional<std::string> assign(const Field<TenantConfig>&, TenantConfig&, std::string_view);
template std::optional<std::string> assign(const Field<KernelspecConfig>&, KernelspecConfig&, std::string_view);
template std::optional<std::string> assign(const Field<TokenConfig>&, TokenConfig&, std::string_view);
template std::string value_text(const Field<GatewayConfig>&, const GatewayConfig&);
template std::string value_text(const Field<TenantConfig>&, const TenantConfig&);
template std::string value_text(const Field<KernelspecConfig>&, const KernelspecConfig&);
template std::string value_text(const Field<TokenConfig>&, const TokenConfig&);
template std::string allowed_text(const Field<GatewayConfig>&);
template std::string allowed_text(const Field<TenantConfig>&);
template std::string allowed_text(const Field<KernelspecConfig>&);
template std::string allowed_text(const Field<TokenConfig>&);

}  // namespace corncob::config
