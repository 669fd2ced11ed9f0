#include "server/http/request_check.hpp"

#include <gtest/gtest.h>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>

namespace corncob::server {
namespace {

Request good() {
    Request request(http::verb::post, "/api/kernels", 11);
    request.set(http::field::host, "a");
    return request;
}

TEST(RequestCheck, OrdinaryRequestsPass) {
    EXPECT_FALSE(fault_of(good()));
    Request with_length = good();
    with_length.set(http::field::content_length, "2");
    EXPECT_FALSE(fault_of(with_length));
    Request chunked = good();
    chunked.set(http::field::transfer_encoding, "Chunked");
    EXPECT_FALSE(fault_of(chunked));
    EXPECT_FALSE(fault_of(Request(http::verb::get, "/", 10)));
}

TEST(RequestCheck, FormsThatServersReadDifferently) {
    Request two_lengths = good();
    two_lengths.insert(http::field::content_length, "2");
    two_lengths.insert(http::field::content_length, "2");
    EXPECT_TRUE(fault_of(two_lengths));
    Request list = good();
    list.set(http::field::content_length, "2, 2");
    EXPECT_TRUE(fault_of(list));
    Request both = good();
    both.set(http::field::content_length, "2");
    both.set(http::field::transfer_encoding, "chunked");
    EXPECT_TRUE(fault_of(both));
    Request coding = good();
    coding.set(http::field::transfer_encoding, "gzip, chunked");
    EXPECT_TRUE(fault_of(coding));
    Request old_chunked(http::verb::post, "/", 10);
    old_chunked.set(http::field::transfer_encoding, "chunked");
    EXPECT_TRUE(fault_of(old_chunked));
}

TEST(RequestCheck, HostIsThereOnce) {
    EXPECT_TRUE(fault_of(Request(http::verb::get, "/", 11)));
    Request two = good();
    two.insert(http::field::host, "b");
    EXPECT_TRUE(fault_of(two));
}

TEST(RequestCheck, OnlyHttp1IsSpoken) {
    Request request = good();
    request.version(12);
    EXPECT_TRUE(fault_of(request));
}

TEST(RequestCheck, ReadErrorsBecomeAnswers) {
    const auto status = [](const ErrorCode& error, bool too_slow = false) {
        const auto response = response_to_read_error(error, too_slow);
        return response ? static_cast<unsigned>(response->status) : 0U;
    };
    using http::make_error_code;
    EXPECT_EQ(status(make_error_code(http::error::header_limit)), 431U);
    EXPECT_EQ(status(make_error_code(http::error::buffer_overflow)), 431U);
    EXPECT_EQ(status(make_error_code(http::error::body_limit)), 413U);
    EXPECT_EQ(status(make_error_code(http::error::bad_method)), 400U);
    EXPECT_EQ(status(asio::error::operation_aborted, true), 408U);
    EXPECT_EQ(status(make_error_code(http::error::end_of_stream)), 0U);
    EXPECT_EQ(status(make_error_code(http::error::partial_message)), 0U);
    EXPECT_EQ(status(asio::error::connection_reset), 0U);
}

}  // namespace
}  // namespace corncob::server
