#include "config/validation.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <arpa/inet.h>

#include "config/text.hpp"

namespace corncob::config {
namespace {

constexpr std::string_view kTenantNamePunctuation = "._@-";
constexpr std::string_view kKernelspecNamePunctuation = "._-";

bool is_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

std::string tenant_name_complaint(std::string_view name) {
    // Folders are called like tenants.
    if (is_word(name, kTenantNamePunctuation, kNameBytesMax) && !name.starts_with('.')) return "";
    return shown(name) + " is not the name of a tenant ([A-Za-z0-9._@-], 1 to " + std::to_string(kNameBytesMax) +
           " characters, the first of them no dot)";
}

void lower_hex(std::string& digits) {
    for (char& c : digits) {
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    }
}

std::vector<std::string> split_origins(std::string_view text) {
    std::vector<std::string> origins;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        std::string_view origin = text.substr(0, end);
        while (origin.starts_with(' ')) origin.remove_prefix(1);
        while (origin.ends_with(' ')) origin.remove_suffix(1);
        origins.emplace_back(origin);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return origins;
}

/// What a browser sends as Origin: scheme://host[:port], nothing behind it.
bool is_origin(std::string_view text) {
    const auto separator = text.find("://");
    if (separator == std::string_view::npos || !is_word(text.substr(0, separator), "+-.", kNameBytesMax)) return false;
    return is_word(text.substr(separator + 3), ".-_:[]", 300);
}

void validate_doors(const ServerConfig& server, Report& report) {
    if (!is_address(server.ip)) {
        report.add_rule("server.ip", shown(server.ip) + " is neither an IPv4 nor an IPv6 address");
    }
    const std::string& base_url = server.base_url;
    if (!base_url.starts_with('/')) {
        report.add_rule("server.base_url", shown(base_url) + " does not begin with /");
    } else if (!is_word(base_url, "/._~@%-", kTextBytesMax) || base_url.find("//") != std::string::npos) {
        report.add_rule("server.base_url",
                        shown(base_url) + " is not a path of non-empty parts out of [A-Za-z0-9._~@%-]");
    }
    const auto origins = split_origins(server.allow_origin);
    if (origins.size() > kOriginsMax) {
        report.add_rule("server.allow_origin", "names " + std::to_string(origins.size()) + " origins; at most " +
                                                   std::to_string(kOriginsMax) + " are allowed");
    }
    if (server.allow_origin == "*") return;
    for (const std::string& origin : origins) {
        if (is_origin(origin)) continue;
        report.add_rule("server.allow_origin", shown(origin) +
                                                   " is not an origin (scheme://host[:port], without a path and "
                                                   "without a slash at the end)");
    }
}

void validate_relations(const ServerConfig& server, Report& report) {
    if (server.outbox_bytes_max < server.message_bytes_max) {
        // The echo of the largest message that is let in must fit on its way out.
        report.add_rule("server.outbox_bytes_max",
                        std::to_string(server.outbox_bytes_max) + " is less than server.message_bytes_max (" +
                            std::to_string(server.message_bytes_max) + ")",
                        {"server.message_bytes_max"});
    }
    const TlsConfig& tls = server.tls;
    const std::vector<std::string> involved = {"server.tls.certificate", "server.tls.key"};
    if (!tls.certificate.empty() && tls.key.empty()) {
        report.add_rule("server.tls.certificate", "is given without server.tls.key", involved);
    }
    if (!tls.key.empty() && tls.certificate.empty()) {
        report.add_rule("server.tls.key", "is given without server.tls.certificate", involved);
    }
    if (!tls.client_ca.empty() && tls.certificate.empty()) {
        report.add_rule("server.tls.client_ca", "is given without server.tls.certificate", involved);
    }
}

bool is_sha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void validate_metrics(const GatewayConfig& config, Report& report) {
    const MetricsConfig& metrics = config.metrics;
    if (!metrics.token_sha256.empty() && !is_sha256(metrics.token_sha256)) {
        // Not quoted: somebody may have put the token itself here.
        report.add_rule("metrics.token_sha256", "must be 64 hexadecimal digits, the SHA-256 of the token");
    }
    if (metrics.port != 0 && metrics.port == config.server.port) {
        report.add_rule("metrics.port", "is server.port; leave it out to have /metrics there", {"server.port"});
    }
}

void validate_token(const TokenConfig& token, const std::string& path, Report& report) {
    if (token.name.empty() || token.name.size() > kNameBytesMax) {
        report.add_rule(path + ".name", "must have 1 to " + std::to_string(kNameBytesMax) + " bytes");
    }
    if (token.tenant.empty()) {
        report.add_rule(path + ".tenant", "is missing");
    } else if (const auto complaint = tenant_name_complaint(token.tenant); !complaint.empty()) {
        report.add_rule(path + ".tenant", complaint);
    }
    if (!is_sha256(token.sha256)) {
        // Not quoted: somebody may have put the token itself here.
        report.add_rule(path + ".sha256", "must be 64 hexadecimal digits, the SHA-256 of the token");
    }
    if (token.rights.empty()) report.add_rule(path + ".rights", "is missing; a token without rights is of no use");
    if (!token.expires.empty() && !parse_moment(token.expires)) {
        report.add_rule(path + ".expires", shown(token.expires) + " is not a moment like 2027-01-31T00:00:00Z");
    }
}

void validate_tokens(const std::vector<TokenConfig>& tokens, Report& report) {
    for (std::size_t index = 0; index < tokens.size(); ++index) {
        const TokenConfig& token = tokens[index];
        const std::string path = "auth.tokens[" + std::to_string(index) + "]";
        validate_token(token, path, report);
        for (std::size_t earlier = 0; earlier < index; ++earlier) {
            const std::string other = "auth.tokens[" + std::to_string(earlier) + "]";
            if (!token.sha256.empty() && token.sha256 == tokens[earlier].sha256) {
                report.add_rule(path + ".sha256", "is the same as that of " + other);
            }
            if (!token.name.empty() && token.name == tokens[earlier].name) {
                report.add_rule(path + ".name", shown(token.name) + " is the name of " + other + " too");
            }
        }
    }
}

/// Without tokens, who may come is whoever reaches the port: that must be this machine's users alone.
void validate_anyone(const GatewayConfig& config, Report& report) {
    if (!config.auth.allow_anyone) return;
    const std::string& ip = config.server.ip;
    if (!ip.starts_with("127.") && ip != "::1") {
        report.add_rule("auth.allow_anyone", "needs a loopback address as server.ip, not " + shown(ip), {"server.ip"});
    }
    if (config.server.allow_origin == "*") {
        report.add_rule("auth.allow_anyone", "would let every web page in: server.allow_origin is '*'",
                        {"server.allow_origin"});
    }
    if (config.hub) report.add_rule("auth.allow_anyone", "makes no sense behind JupyterHub, whose proxy is near");
}

void validate_kernelspecs(const GatewayConfig& config, Report& report) {
    const auto& builtin = builtin_kernelspecs();
    std::vector<std::string> known = builtin;
    for (const auto& [name, spec] : config.kernelspecs) {
        const std::string path = "kernelspecs." + name;
        known.push_back(name);
        if (!is_word(name, kKernelspecNamePunctuation, kNameBytesMax)) {
            report.add_rule(path, shown(name) + " is not the name of a kernelspec ([A-Za-z0-9._-], 1 to " +
                                      std::to_string(kNameBytesMax) + " characters)");
        }
        if (std::find(builtin.begin(), builtin.end(), name) != builtin.end()) {
            report.add_rule(path, "is built in; a kernelspec of the file needs a name of its own");
        }
    }
    const std::string& wanted = config.kernels.default_kernel_name;
    if (std::find(known.begin(), known.end(), wanted) == known.end()) {
        report.add_rule("kernels.default",
                        shown(wanted) + " is no kernelspec; there are " + joined(known) + did_you_mean(wanted, known));
    }
}

}  // namespace

const std::vector<std::string>& builtin_kernelspecs() {
    static const std::vector<std::string> names = {"python3",       "python3-concurrent", "python3-react",
                                                   "python3-cache", "python3-multi",      "python3-trio"};
    return names;
}

void normalize(GatewayConfig& config) {
    ServerConfig& server = config.server;
    if (server.ip == "localhost") server.ip = "127.0.0.1";
    if (server.ip == "*") server.ip = "0.0.0.0";
    if (!server.base_url.ends_with('/')) server.base_url += '/';
    for (TokenConfig& token : config.auth.tokens) lower_hex(token.sha256);
    lower_hex(config.metrics.token_sha256);
    for (auto& [name, spec] : config.kernelspecs) {
        if (spec.display_name.empty()) spec.display_name = name;
    }
}

void validate(const GatewayConfig& config, Report& report) {
    validate_doors(config.server, report);
    validate_relations(config.server, report);
    validate_tokens(config.auth.tokens, report);
    for (const auto& [name, tenant] : config.tenants.named) {
        if (const auto complaint = tenant_name_complaint(name); !complaint.empty()) {
            report.add_rule("tenants." + name, complaint);
        }
    }
    validate_anyone(config, report);
    validate_kernelspecs(config, report);
    validate_metrics(config, report);
}

}  // namespace corncob::config
