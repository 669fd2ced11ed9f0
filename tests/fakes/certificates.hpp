// Certificates made for a test: an authority, and what it signs, as PEM files.
#pragma once

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/fakes/temporary_folder.hpp"

namespace corncob::tests {

struct CertificateFiles {
    std::string certificate;
    std::string key;
};

/// Signs for an hour from now on. One thread.
class CertificateAuthority {
 public:
    explicit CertificateAuthority(const std::string& name = "test authority")
        : key_(EVP_EC_gen("P-256")), certificate_(make(name, "CA:TRUE", {}, *key_, nullptr)) {
        write(name + ".pem", [&](std::FILE* file) { return PEM_write_X509(file, certificate_.get()); });
        file_ = path(name + ".pem");
    }

    const std::string& file() const { return file_; }

    /// A certificate for `names`, e.g. "IP:127.0.0.1,DNS:localhost".
    CertificateFiles sign(const std::string& subject, const std::string& names = "IP:127.0.0.1,DNS:localhost") {
        const Key key(EVP_EC_gen("P-256"));
        const Certificate signed_by_us = make(subject, "CA:FALSE", names, *key, certificate_.get());
        CertificateFiles files{path(subject + ".pem"), path(subject + ".key")};
        write(subject + ".pem", [&](std::FILE* file) { return PEM_write_X509(file, signed_by_us.get()); });
        write(subject + ".key", [&](std::FILE* file) {
            return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
        return files;
    }

 private:
    template <auto free>
    struct Free {
        template <class T>
        void operator()(T* object) const {
            free(object);
        }
    };
    using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
    using Certificate = std::unique_ptr<X509, Free<X509_free>>;

    std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

    template <class Write>
    void write(const std::string& name, const Write& to) const {
        const std::unique_ptr<std::FILE, Free<std::fclose>> file(std::fopen(path(name).c_str(), "w"));
        if (!file || to(file.get()) != 1) throw std::runtime_error("cannot write " + name);
    }

    static void extend(X509& certificate, int what, const std::string& value) {
        const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
            X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()));
        if (!extension || X509_add_ext(&certificate, extension.get(), -1) != 1) {
            throw std::runtime_error("no such extension: " + value);
        }
    }

    /// `issuer` null: signed by itself.
    Certificate make(const std::string& subject, const char* constraints, const std::string& names, EVP_PKEY& key,
                     X509* issuer) {
        Certificate made(X509_new());
        X509_set_version(made.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial_);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
        X509_set_pubkey(made.get(), &key);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
        X509_set_issuer_name(made.get(), X509_get_subject_name(issuer ? issuer : made.get()));
        extend(*made, NID_basic_constraints, constraints);
        if (!names.empty()) extend(*made, NID_subject_alt_name, names);
        if (X509_sign(made.get(), key_.get(), EVP_sha256()) == 0) throw std::runtime_error("cannot sign " + subject);
        return made;
    }

    const TemporaryFolder folder_;
    long serial_ = 0;
    const Key key_;
    const Certificate certificate_;
    std::string file_;
};

}  // namespace corncob::tests
