// Every setting of the daemon: its default, its unit, what it means. The comments are the manual.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace corncob::config {

struct TlsConfig {
    std::string certificate;  ///< PEM file; empty: plain HTTP
    std::string key;          ///< PEM file of the certificate's private key
    std::string client_ca;    ///< PEM file; clients must show a certificate signed by it; empty: none asked
};

struct ServerConfig {
    std::string ip = "127.0.0.1";     ///< address to listen on
    std::uint16_t port = 8888;        ///< TCP port; 0 takes a free one
    std::string base_url = "/";       ///< path prefix of every route; after loading it ends with /
    std::size_t io_threads = 2;       ///< threads that serve sockets; 1 to 64
    std::string allow_origin;         ///< exact origins, comma-separated, or *; empty: same origin
    bool allow_credentials = false;   ///< Access-Control-Allow-Credentials
    std::string allow_headers;        ///< Access-Control-Allow-Headers; empty: the built-in list
    std::string allow_methods;        ///< Access-Control-Allow-Methods; empty: the built-in list
    std::string expose_headers;       ///< Access-Control-Expose-Headers
    std::size_t max_age_seconds = 0;  ///< Access-Control-Max-Age; 0: not sent
    TlsConfig tls;
    std::size_t header_bytes_max = 16384;      ///< request line and headers; beyond: 431
    std::size_t body_bytes_max = 1048576;      ///< request body; beyond: 413
    std::size_t message_bytes_max = 67108864;  ///< incoming WebSocket message; beyond: close 1009
    std::size_t outbox_bytes_max = 67108864;   ///< waiting for one client to read; beyond: disconnect
    std::size_t slow_client_timeout_seconds =
        30;                                    ///< cells wait at most so long for a client's reading; then: disconnect
    std::size_t request_timeout_seconds = 10;  ///< to send a whole request; beyond: 408 and close
    std::size_t keep_alive_timeout_seconds = 75;  ///< between requests of one connection
    std::size_t ws_ping_interval_seconds = 30;    ///< server pings; closed after three without an answer; 0: off
    std::size_t connections_max = 10000;          ///< open sockets; beyond: accepted and closed with 503
    std::size_t drain_timeout_seconds = 20;       ///< after SIGTERM, for running cells
};

struct TokenConfig {
    std::string name;                 ///< for logs; never the token itself
    std::string tenant;               ///< whose kernels it reaches
    std::string sha256;               ///< of the token, 64 hexadecimal digits, after loading in lower case
    std::vector<std::string> rights;  ///< of read, execute, admin
    std::string expires;              ///< ISO 8601; empty: never
    bool operator==(const TokenConfig&) const = default;
};

struct JupyterhubConfig {
    std::string tenant_by = "user";  ///< user, group or all
    std::string groups;              ///< that are tenants, comma-separated, the first of a user's wins; empty: all
    std::string admin_by = "none";   ///< who has the right `admin`: none, or hub: the Hub's own admins
    std::size_t cache_seconds = 60;  ///< how long an answer of the Hub counts
};

struct AuthConfig {
    bool allow_anyone = false;  ///< who shows no token is tenant `default` with all rights; on loopback only
    std::vector<TokenConfig> tokens;
    JupyterhubConfig jupyterhub;
};

/// 0 means no limit.
struct QuotaConfig {
    std::size_t kernels_max = 50;             ///< at the same time
    std::size_t connections_max = 200;        ///< WebSocket connections at the same time
    std::size_t sessions_max = 1000;          ///< entries of /api/sessions
    std::size_t queued_cells_max = 1000;      ///< a kernel, waiting behind the running one
    std::size_t requests_per_second_max = 0;  ///< of all its clients: HTTP requests and messages
    std::size_t message_bytes_max = 0;        ///< as server.message_bytes_max, if that is not less
    std::size_t outbox_bytes_max = 0;         ///< as server.outbox_bytes_max, if that is not less
    std::size_t replay_bytes_max = 0;         ///< as kernels.replay_bytes_max, if that is not less
    std::size_t output_bytes_max = 0;         ///< a cell
    std::size_t cell_seconds_max = 0;         ///< wall clock of a cell
    std::size_t idle_seconds_max = 0;         ///< as kernels.cull_idle_timeout_seconds, if that is not less
    std::size_t subshells_max = 32;           ///< a kernel
    std::size_t threads_max = 1000;           ///< a kernel, that its code has started
};

struct TenantConfig {
    bool zmq = false;  ///< five ZMQ sockets of its own
    QuotaConfig quotas;
};

struct TenantsConfig {
    TenantConfig defaults;
    std::map<std::string, TenantConfig> named;  ///< already merged with the defaults
};

struct KernelsConfig {
    std::string isolation = "process";            ///< process, tenant or kernel
    std::string default_kernel_name = "python3";  ///< key `default`
    bool list_kernels = true;                     ///< answer GET /api/kernels and /api/sessions; false: 403
    std::string python_prefix;  ///< virtual environment of the kernels; empty: .venv beside the binary
    std::string state_dir;      ///< kernels' history and cached cells; after loading not empty where there is a home
    std::size_t cache_bytes_max = 1073741824;   ///< a tenant, of what is kept of cells; 0: nothing
    std::size_t prespawn_count = 4;             ///< shells made ahead, so that a kernel's first cell need not wait
    std::size_t cull_idle_timeout_seconds = 0;  ///< 0: never
    std::size_t cull_interval_seconds = 300;    ///< between two looks for idle kernels
    bool cull_connected = false;                ///< also kernels with a client connected
    bool cull_busy = false;                     ///< also kernels that run a cell
    std::size_t replay_bytes_max = 16777216;    ///< a kernel, for clients that come back
    std::size_t memory_percent_max = 90;        ///< of the container's memory; beyond, no new kernels; 0: not looked at
    std::size_t pids_percent_max = 90;          ///< of the processes and threads that the container may have; as above
};

struct KernelspecConfig {
    std::string display_name;                ///< what front ends show; after loading never empty
    std::vector<std::string> modes;          ///< of concurrent, react, cache, multi; none: chained
    std::string loop = "asyncio";            ///< asyncio or trio
    std::map<std::string, std::string> env;  ///< environment variables of its kernels
    bool operator==(const KernelspecConfig&) const = default;
};

struct ZmqConfig {
    std::string runtime_dir;                          ///< empty: $XDG_RUNTIME_DIR/corncob or the like
    std::string transport = "tcp";                    ///< tcp or ipc
    std::size_t session_idle_timeout_seconds = 3600;  ///< of a session of a tenant's endpoint; 0: never
    std::string attach_socket;  ///< Unix socket of `corncob attach`; empty: corncob.sock in runtime_dir
};

struct MetricsConfig {
    bool enabled = true;                  ///< whether there is /metrics
    std::uint16_t port = 0;               ///< 0: on the main port, at /metrics
    bool token_required = false;          ///< ask for a token at /metrics: token_sha256's, or one of right admin
    std::string token_sha256;             ///< of a token for /metrics alone, as in auth.tokens; empty: there is none
    std::size_t tenant_labels_max = 100;  ///< further tenants are counted as "other"
};

struct LogConfig {
    std::string level = "info";   ///< trace, debug, info, warn, error
    std::string format = "text";  ///< text or json
};

/// What JupyterHub tells a service in JUPYTERHUB_* variables; never in a file.
struct HubConfig {
    std::string api_url;                     ///< http://127.0.0.1:8081/hub/api or the like, without a slash at its end
    std::string api_token;                   ///< the service's own, with which it exchanges OAuth codes
    std::string client_id;                   ///< of OAuth; empty: browsers cannot log in
    std::string callback_url;                ///< of OAuth, as the Hub knows it; empty: oauth_callback below base_url
    std::string authorize_url;               ///< where browsers log in
    bool https = false;                      ///< browsers come by https, whatever the last proxy speaks
    std::vector<std::string> access_scopes;  ///< a token must have one of them
    std::string certificate;                 ///< PEM file, to be shown to the Hub; empty: none
    std::string key;                         ///< PEM file of the certificate's private key
    std::string ca;                          ///< PEM file; who signs the Hub's certificate; empty: the system's
};

struct GatewayConfig {
    ServerConfig server;
    AuthConfig auth;
    TenantsConfig tenants;
    KernelsConfig kernels;
    std::map<std::string, KernelspecConfig> kernelspecs;  ///< besides the built-in ones
    ZmqConfig zmq;
    MetricsConfig metrics;
    LogConfig log;
    std::optional<HubConfig> hub;      ///< there is one when JUPYTERHUB_API_URL is set
    std::optional<std::string> token;  ///< --token / KG_AUTH_TOKEN: the one token of tenant `default`; never in a file
    bool token_is_secret = false;      ///< it came by KG_AUTH_TOKEN_FILE, so it is shown nowhere
};

}  // namespace corncob::config
