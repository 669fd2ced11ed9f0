// A blocking HTTPS client that shows what it has agreed on with the server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <openssl/ssl.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "tests/fakes/certificates.hpp"

namespace corncob::tests {

class TlsClient {
 public:
    struct Options {
        std::string ca;                         ///< who has signed the server's certificate
        std::optional<CertificateFiles> own{};  ///< shown if it is asked for
        int version_max = TLS1_3_VERSION;
        std::string ciphers{};  ///< of TLS 1.2; empty: all
    };
    TlsClient(std::uint16_t port, const Options& options)
        : context_(boost::asio::ssl::context::tls_client), stream_(context(options)) {
        stream_.next_layer().connect({boost::asio::ip::address_v4::loopback(), port});
        stream_.set_verify_callback(boost::asio::ssl::host_name_verification("127.0.0.1"));
        stream_.handshake(boost::asio::ssl::stream_base::client, error_);
    }

    /// Why there is no connection; empty: there is one.
    std::string failure() const { return error_ ? error_.message() : ""; }
    std::string version() { return ::SSL_get_version(stream_.native_handle()); }
    /// Of the server's certificate.
    std::string subject() {
        char name[256] = "";
        X509* certificate = ::SSL_get0_peer_certificate(stream_.native_handle());
        if (certificate == nullptr) return "";
        ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
        return name;
    }

    /// The status of the answer; 0: there is none, and failure() says why.
    unsigned get(const std::string& target, const std::string& token = {}) {
        namespace http = boost::beast::http;
        http::request<http::string_body> request(http::verb::get, target, 11);
        request.set(http::field::host, "127.0.0.1");
        if (!token.empty()) request.set(http::field::authorization, "token " + token);
        http::write(stream_, request, error_);
        http::response<http::string_body> response;
        if (!error_) http::read(stream_, buffer_, response, error_);
        body_ = response.body();
        return error_ ? 0 : response.result_int();
    }
    const std::string& body() const { return body_; }

 private:
    using Socket = boost::asio::ip::tcp::socket;
    boost::asio::ssl::stream<Socket> context(const Options& options) {
        namespace ssl = boost::asio::ssl;
        context_.load_verify_file(options.ca);
        context_.set_verify_mode(ssl::verify_peer);
        ::SSL_CTX_set_security_level(context_.native_handle(), 0);  // old versions are for the server to refuse
        ::SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_VERSION);
        ::SSL_CTX_set_max_proto_version(context_.native_handle(), options.version_max);
        if (!options.ciphers.empty()) ::SSL_CTX_set_cipher_list(context_.native_handle(), options.ciphers.c_str());
        if (options.own) {
            context_.use_certificate_chain_file(options.own->certificate);
            context_.use_private_key_file(options.own->key, ssl::context::pem);
        }
        return {io_, context_};
    }

    boost::asio::io_context io_;
    boost::asio::ssl::context context_;
    boost::asio::ssl::stream<Socket> stream_;
    boost::beast::flat_buffer buffer_;
    boost::system::error_code error_;
    std::string body_;
};

}  // namespace corncob::tests
