#include "server/net/tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>

#include <boost/asio/ssl/verify_context.hpp>

namespace corncob::server {
namespace {

namespace ssl = asio::ssl;

// Of TLS 1.2; those of 1.3 are all good.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr unsigned char kSessionContext[] = "corncob";

Failure<TlsErrc> unusable(const std::string& key, const std::string& file, const ErrorCode& error) {
    return {TlsErrc::unusable_file, "server.tls." + key + ": " + file + ": " + error.message()};
}

void set_rules(ssl::context& context) {
    context.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                        ssl::context::no_compression | ssl::context::single_dh_use);
    SSL_CTX* native = context.native_handle();
    ::SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    ::SSL_CTX_set_cipher_list(native, kCiphers);
    // An idle connection need not keep its 34 KiB of buffers.
    ::SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    // Without it, who comes back with a session and a certificate would be refused.
    ::SSL_CTX_set_session_id_context(native, kSessionContext, sizeof kSessionContext - 1);
}

/// Who shows the daemon's own certificate has its key, and is the daemon's own health check: whoever has signed it, and
/// for whatever purpose.
bool signed_or_own(bool is_signed, ssl::verify_context& chain, const X509* own) {
    X509_STORE_CTX* native = chain.native_handle();
    if (is_signed || ::X509_cmp(::X509_STORE_CTX_get0_cert(native), own) != 0) return is_signed;
    ::X509_STORE_CTX_set_error(native, X509_V_OK);
    return true;
}

/// Nothing: clients that show a certificate signed by one in `file`, or the daemon's own, may come, and nobody else.
ErrorCode ask_for_certificates(ssl::context& context, const std::string& file) {
    ErrorCode error;
    context.load_verify_file(file, error);
    if (error) return error;
    context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
    const X509* own = ::SSL_CTX_get0_certificate(context.native_handle());  // lives as long as the callback does
    context.set_verify_callback(
        [own](bool is_signed, ssl::verify_context& chain) { return signed_or_own(is_signed, chain, own); }, error);
    ::SSL_CTX_set_client_CA_list(context.native_handle(), ::SSL_load_client_CA_file(file.c_str()));
    return error;
}

}  // namespace

Result<TlsContext, TlsErrc> make_tls_context(const config::TlsConfig& config) {
    if (config.certificate.empty()) return TlsContext();
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    set_rules(*context);
    ErrorCode error;
    // A key that needs a password is refused: OpenSSL would ask for it on the terminal.
    context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, error);
    context->use_certificate_chain_file(config.certificate, error);
    if (error) return unusable("certificate", config.certificate, error);
    // Another certificate's key is an error of this one, too.
    context->use_private_key_file(config.key, ssl::context::pem, error);
    if (error) return unusable("key", config.key, error);
    if (!config.client_ca.empty()) {
        error = ask_for_certificates(*context, config.client_ca);
        if (error) return unusable("client_ca", config.client_ca, error);
    }
    return context;
}

}  // namespace corncob::server
