#include "server/http/router.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

using Kind = RouteMatch::Kind;
using enum http::verb;

class RouterTest : public testing::Test {
 protected:
    void fill(Router& router) {
        const auto nothing = [](RequestScope&) { return Response{}; };
        router.add(get, "/", Access::read, nothing);
        router.add(get, "/api/kernels", Access::read, nothing);
        router.add(post, "/api/kernels", Access::execute, nothing);
        router.add(get, "/api/kernels/{}", Access::read, nothing);
        router.add(post, "/api/kernels/{}/interrupt", Access::execute, nothing);
        router.add(get, "/api/contents", Access::read, nothing);
        router.add(get, "/api/contents/{*}", Access::read, nothing);
        router.add(get, "/kernelspecs/{}/{*}", Access::read, nothing);
    }
    Router root_{"/"};
    Router prefixed_{"/jupyter/gateway/"};

    void SetUp() override {
        fill(root_);
        fill(prefixed_);
    }
};

TEST_F(RouterTest, FindsByMethodAndPath) {
    const auto found = root_.match(post, "/api/kernels");
    ASSERT_EQ(found.kind, Kind::found);
    EXPECT_EQ(found.route->method, post);
    EXPECT_EQ(found.route->access, Access::execute);
    EXPECT_TRUE(found.parameters.empty());
}

TEST_F(RouterTest, HeadIsAnsweredByGet) {
    const auto found = root_.match(head, "/api/kernels");
    ASSERT_EQ(found.kind, Kind::found);
    EXPECT_EQ(found.route->method, get);
    EXPECT_EQ(root_.match(head, "/api/kernels/a/interrupt").kind, Kind::no_such_method);
}

TEST_F(RouterTest, DecodesParameters) {
    EXPECT_EQ(root_.match(get, "/api/kernels/a%2Fb%20c").parameters, std::vector<std::string>{"a/b c"});
    EXPECT_EQ(root_.match(get, "/kernelspecs/p/q%20r/s").parameters, (std::vector<std::string>{"p", "q r/s"}));
}

TEST_F(RouterTest, RestMayBeEmpty) {
    EXPECT_EQ(root_.match(get, "/api/contents").parameters, std::vector<std::string>{});
    EXPECT_EQ(root_.match(get, "/api/contents/").parameters, std::vector<std::string>{""});
    EXPECT_EQ(root_.match(get, "/api/contents/a/b").parameters, std::vector<std::string>{"a/b"});
}

TEST_F(RouterTest, RefusesParametersThatAreNoText) {
    for (const char* path : {"/api/kernels/%", "/api/kernels/%zz", "/api/kernels/a%00b", "/api/kernels/%ff%fe"}) {
        EXPECT_EQ(root_.match(get, path).kind, Kind::malformed) << path;
    }
}

TEST_F(RouterTest, KnowsNoOtherPath) {
    for (const char* path : {"/api", "/api/kernels/", "/api//kernels", "/API/kernels", "/api/kernels/a/b", "//",
                             "/api/kernelsx", "api/kernels"}) {
        EXPECT_EQ(root_.match(get, path).kind, Kind::no_such_path) << path;
    }
}

TEST_F(RouterTest, AllowNamesTheMethodsOfThePath) {
    const auto match = root_.match(put, "/api/kernels");
    EXPECT_EQ(match.kind, Kind::no_such_method);
    EXPECT_EQ(match.allow, "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(root_.match(get, "/api/kernels/a/interrupt").allow, "POST, OPTIONS");
}

TEST_F(RouterTest, BaseUrlPrefixesEverything) {
    EXPECT_EQ(prefixed_.match(get, "/jupyter/gateway/api/kernels").kind, Kind::found);
    EXPECT_EQ(prefixed_.match(get, "/jupyter/gateway/").kind, Kind::found);
    EXPECT_EQ(prefixed_.match(get, "/jupyter/gateway").kind, Kind::found);
    for (const char* path :
         {"/api/kernels", "/jupyter/gatewayx/api/kernels", "/jupyter", "/jupyter/gateway//api/kernels"}) {
        EXPECT_EQ(prefixed_.match(get, path).kind, Kind::no_such_path) << path;
    }
}

TEST_F(RouterTest, TellsWhatItKnows) {
    const auto lines = prefixed_.listing();
    ASSERT_EQ(lines.size(), 8U);
    EXPECT_EQ(lines[0], "GET / read");
    EXPECT_EQ(lines[4], "POST /api/kernels/{}/interrupt execute");
    EXPECT_EQ(lines[7], "GET /kernelspecs/{}/{*} read");
    Router router("/");
    router.add(get, "/a", Access::open, [](RequestScope&) { return Response{}; });
    router.add(delete_, "/b", Access::admin, [](RequestScope&) { return Response{}; });
    EXPECT_EQ(router.listing(), (std::vector<std::string>{"GET /a open", "DELETE /b admin"}));
}

}  // namespace
}  // namespace corncob::server
