// The tables themselves; what is done with a field is in fields.cpp.
#include "config/fields.hpp"

namespace corncob::config {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kGiB = kKiB * kKiB * kKiB;
constexpr std::uint64_t kPortMax = 65535;
constexpr std::uint64_t kPercentMax = 100;
constexpr std::uint64_t kHour = 3600;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr std::uint64_t kYear = 365 * kDay;

template <class Root, class Value>
Slot<Root> at(Value Root::*member) {
    return std::function<Value&(Root&)>([member](Root& root) -> Value& { return root.*member; });
}

/// The fields of a part, as fields of the whole that holds it at `member` under `prefix`.
template <class Root, class Part>
std::vector<Field<Root>> lift(const std::string& prefix, Part Root::*member, const std::vector<Field<Part>>& fields) {
    const auto through = [member](const auto& inner) -> Slot<Root> {
        using Value = std::remove_reference_t<std::invoke_result_t<decltype(inner), Part&>>;
        return std::function<Value&(Root&)>([member, inner](Root& root) -> Value& { return inner(root.*member); });
    };
    std::vector<Field<Root>> lifted;
    lifted.reserve(fields.size());
    for (const Field<Part>& field : fields) {
        lifted.push_back({prefix + "." + field.key, std::visit(through, field.slot), field.traits});
    }
    return lifted;
}

template <class Root>
std::vector<Field<Root>> concatenated(std::initializer_list<std::vector<Field<Root>>> parts) {
    std::vector<Field<Root>> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

std::vector<Field<TlsConfig>> tls_fields() {
    using T = TlsConfig;
    return {
        {"certificate", at(&T::certificate), {.variable = "KG_CERTFILE"}},
        {"key", at(&T::key), {.variable = "KG_KEYFILE"}},
        {"client_ca", at(&T::client_ca), {.variable = "KG_CLIENT_CA"}},
    };
}

std::vector<Field<ServerConfig>> door_fields() {
    using S = ServerConfig;
    return {
        {"ip", at(&S::ip), {.variable = "KG_IP", .flag = "--ip", .help = "address to listen on"}},
        {"port",
         at(&S::port),
         {.bounds = {0, kPortMax}, .variable = "KG_PORT", .flag = "--port", .help = "TCP port; 0 takes a free one"}},
        {"base_url",
         at(&S::base_url),
         {.variable = "KG_BASE_URL", .flag = "--base-url", .help = "path prefix of every route"}},
        {"io_threads",
         at(&S::io_threads),
         {.bounds = {1, 64}, .flag = "--io-threads", .help = "threads that serve sockets"}},
        {"allow_origin",
         at(&S::allow_origin),
         {.variable = "KG_ALLOW_ORIGIN",
          .flag = "--allow-origin",
          .help = "origins allowed to use the API, comma-separated, or *"}},
        {"allow_credentials", at(&S::allow_credentials), {.variable = "KG_ALLOW_CREDENTIALS"}},
        {"allow_headers", at(&S::allow_headers), {.variable = "KG_ALLOW_HEADERS"}},
        {"allow_methods", at(&S::allow_methods), {.variable = "KG_ALLOW_METHODS"}},
        {"expose_headers", at(&S::expose_headers), {.variable = "KG_EXPOSE_HEADERS"}},
        {"max_age_seconds", at(&S::max_age_seconds), {.bounds = {0, kYear}, .variable = "KG_MAX_AGE"}},
    };
}

std::vector<Field<ServerConfig>> server_limit_fields() {
    using S = ServerConfig;
    return {
        {"header_bytes_max", at(&S::header_bytes_max), {.bounds = {kKiB, kKiB * kKiB}}},
        {"body_bytes_max", at(&S::body_bytes_max), {.bounds = {kKiB, kGiB}}},
        {"message_bytes_max", at(&S::message_bytes_max), {.bounds = {kKiB, kGiB}}},
        {"outbox_bytes_max", at(&S::outbox_bytes_max), {.bounds = {kKiB, 4 * kGiB}}},
        {"slow_client_timeout_seconds", at(&S::slow_client_timeout_seconds), {.bounds = {1, kHour}}},
        {"request_timeout_seconds", at(&S::request_timeout_seconds), {.bounds = {1, kHour}}},
        {"keep_alive_timeout_seconds", at(&S::keep_alive_timeout_seconds), {.bounds = {1, kDay}}},
        {"ws_ping_interval_seconds",
         at(&S::ws_ping_interval_seconds),
         {.bounds = {0, kHour}, .variable = "KG_WS_PING_INTERVAL_SECS"}},
        {"connections_max", at(&S::connections_max), {.bounds = {1, 1'000'000}}},
        {"drain_timeout_seconds",
         at(&S::drain_timeout_seconds),
         {.bounds = {0, kHour}, .flag = "--drain-timeout", .help = "seconds that running cells get after SIGTERM"}},
    };
}

std::vector<Field<QuotaConfig>> quota_fields() {
    using Q = QuotaConfig;
    return {
        {"kernels_max", at(&Q::kernels_max), {.bounds = {0, 1'000'000}, .variable = "KG_MAX_KERNELS"}},
        {"connections_max", at(&Q::connections_max), {.bounds = {0, 1'000'000}}},
        {"sessions_max", at(&Q::sessions_max), {.bounds = {0, 1'000'000}}},
        {"queued_cells_max", at(&Q::queued_cells_max), {.bounds = {0, 1'000'000}}},
        {"requests_per_second_max", at(&Q::requests_per_second_max), {.bounds = {0, 1'000'000}}},
        {"message_bytes_max", at(&Q::message_bytes_max), {.bounds = {0, kGiB}}},
        {"outbox_bytes_max", at(&Q::outbox_bytes_max), {.bounds = {0, 4 * kGiB}}},
        {"replay_bytes_max", at(&Q::replay_bytes_max), {.bounds = {0, kGiB}}},
        {"output_bytes_max", at(&Q::output_bytes_max), {.bounds = {0, 1024 * kGiB}}},
        {"cell_seconds_max", at(&Q::cell_seconds_max), {.bounds = {0, kYear}}},
        {"idle_seconds_max", at(&Q::idle_seconds_max), {.bounds = {0, kYear}}},
        {"subshells_max", at(&Q::subshells_max), {.bounds = {0, 10'000}}},
        {"threads_max", at(&Q::threads_max), {.bounds = {0, 1'000'000}}},
    };
}

std::vector<Field<KernelsConfig>> kernels_fields() {
    using K = KernelsConfig;
    return {
        {"isolation",
         at(&K::isolation),
         {.choices = {"process", "tenant", "kernel"},
          .flag = "--isolation",
          .help = "where kernels run: process, tenant or kernel"}},
        {"default", at(&K::default_kernel_name), {.variable = "KG_DEFAULT_KERNEL_NAME"}},
        {"list_kernels", at(&K::list_kernels), {.variable = "KG_LIST_KERNELS"}},
        {"python_prefix",
         at(&K::python_prefix),
         {.flag = "--python-prefix", .help = "virtual environment that kernels import from"}},
        {"state_dir", at(&K::state_dir), {}},
        {"cache_bytes_max", at(&K::cache_bytes_max), {.bounds = {0, 1024 * kGiB}}},
        {"prespawn_count", at(&K::prespawn_count), {.bounds = {0, 1000}, .variable = "KG_PRESPAWN_COUNT"}},
        {"cull_idle_timeout_seconds", at(&K::cull_idle_timeout_seconds), {.bounds = {0, kYear}}},
        {"cull_interval_seconds", at(&K::cull_interval_seconds), {.bounds = {1, kDay}}},
        {"cull_connected", at(&K::cull_connected), {}},
        {"cull_busy", at(&K::cull_busy), {}},
        {"replay_bytes_max", at(&K::replay_bytes_max), {.bounds = {0, kGiB}}},
        {"memory_percent_max", at(&K::memory_percent_max), {.bounds = {0, kPercentMax}}},
        {"pids_percent_max", at(&K::pids_percent_max), {.bounds = {0, kPercentMax}}},
    };
}

std::vector<Field<MetricsConfig>> metrics_fields() {
    using M = MetricsConfig;
    return {
        {"enabled", at(&M::enabled), {}},
        {"port", at(&M::port), {.bounds = {0, kPortMax}}},
        {"token_required", at(&M::token_required), {}},
        {"token_sha256", at(&M::token_sha256), {.variable = "CORNCOB_METRICS_TOKEN_SHA256", .secret = true}},
        {"tenant_labels_max", at(&M::tenant_labels_max), {.bounds = {0, 10'000}}},
    };
}

std::vector<Field<AuthConfig>> auth_fields() {
    using J = JupyterhubConfig;
    const std::vector<Field<J>> jupyterhub = {
        {"tenant_by", at(&J::tenant_by), {.choices = {"user", "group", "all"}}},
        {"groups", at(&J::groups), {}},
        {"admin_by", at(&J::admin_by), {.choices = {"none", "hub"}}},
        {"cache_seconds", at(&J::cache_seconds), {.bounds = {0, kDay}}},
    };
    return concatenated<AuthConfig>({{{"allow_anyone", at(&AuthConfig::allow_anyone), {}}},
                                     lift("jupyterhub", &AuthConfig::jupyterhub, jupyterhub)});
}

std::vector<Field<ZmqConfig>> zmq_fields() {
    return {{"runtime_dir", at(&ZmqConfig::runtime_dir), {}},
            {"transport", at(&ZmqConfig::transport), {.choices = {"tcp", "ipc"}}},
            {"session_idle_timeout_seconds", at(&ZmqConfig::session_idle_timeout_seconds), {.bounds = {0, kYear}}},
            {"attach_socket",
             at(&ZmqConfig::attach_socket),
             {.flag = "--attach-socket", .help = "Unix socket on which the daemon waits for corncob attach"}}};
}

std::vector<Field<LogConfig>> log_fields() {
    return {{"level",
             at(&LogConfig::level),
             {.choices = {"trace", "debug", "info", "warn", "error"},
              .flag = "--log-level",
              .help = "trace, debug, info, warn or error"}},
            {"format", at(&LogConfig::format), {.choices = {"text", "json"}}}};
}

std::vector<Field<GatewayConfig>> token_field() {
    return {{"token",
             at(&GatewayConfig::token),
             {.variable = "KG_AUTH_TOKEN",
              .flag = "--token",
              .help = "the token of tenant 'default'; a random one if none is given",
              .in_file = false,
              .secret = true}}};
}

}  // namespace

const std::vector<Field<GatewayConfig>>& gateway_fields() {
    using G = GatewayConfig;
    static const auto fields = concatenated<G>({
        lift("server", &G::server, door_fields()),
        lift("server", &G::server, lift("tls", &ServerConfig::tls, tls_fields())),
        lift("server", &G::server, server_limit_fields()),
        lift("auth", &G::auth, auth_fields()),
        lift("tenants", &G::tenants, lift("defaults", &TenantsConfig::defaults, tenant_fields())),
        lift("kernels", &G::kernels, kernels_fields()),
        lift("zmq", &G::zmq, zmq_fields()),
        lift("metrics", &G::metrics, metrics_fields()),
        lift("log", &G::log, log_fields()),
        token_field(),
    });
    return fields;
}

const std::vector<Field<TenantConfig>>& tenant_fields() {
    static const auto fields = concatenated<TenantConfig>(
        {{{"zmq", at(&TenantConfig::zmq), {}}}, lift("quotas", &TenantConfig::quotas, quota_fields())});
    return fields;
}

const std::vector<Field<KernelspecConfig>>& kernelspec_fields() {
    using K = KernelspecConfig;
    static const std::vector<Field<K>> fields = {
        {"display_name", at(&K::display_name), {}},
        {"loop", at(&K::loop), {.choices = {"asyncio", "trio"}}},
    };
    return fields;
}

const std::vector<Field<TokenConfig>>& token_fields() {
    using T = TokenConfig;
    static const std::vector<Field<T>> fields = {
        {"name", at(&T::name), {}},
        {"tenant", at(&T::tenant), {}},
        {"sha256", at(&T::sha256), {}},
        {"expires", at(&T::expires), {}},
    };
    return fields;
}

const std::vector<std::string>& mode_words() {
    static const std::vector<std::string> words = {"concurrent", "react", "cache", "multi"};
    return words;
}

const std::vector<std::string>& right_words() {
    static const std::vector<std::string> words = {"read", "execute", "admin"};
    return words;
}

}  // namespace corncob::config
