#include "server/attach/attachment.hpp"

#include <chrono>
#include <fstream>
#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include "server/zmq/zmq_sockets.hpp"
#include "tests/fakes/eventually.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/server/zmq/endpoint_fixture.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;
using protocol::MsgType;
using tests::ZmqPeer;

/// The daemon's side of one attach; the other side is the test's.
class AttachmentTest : public tests::EndpointFixture {
 protected:
    AttachmentTest() : ours_(io_.get_executor()), theirs_(io_.get_executor()) {
        asio::local::connect_pair(ours_, theirs_);
    }
    ~AttachmentTest() override {
        ErrorCode ignored;
        theirs_.close(ignored);
        if (thread_.joinable()) thread_.join();
        for (const auto& kernel : kernels().list()) kernel->shutdown([] {});
        kernel_->shutdown([] {});
        host_.end_stopped();
        zmq_.stop();
    }
    void begin() {
        attachment_ = std::make_shared<Attachment>(std::move(ours_), surroundings_);
        asio::co_spawn(io_, attachment_->run(), [this](std::exception_ptr error) {
            EXPECT_FALSE(error);
            attachment_.reset();
        });
        thread_ = std::thread([this] { io_.run(); });
    }
    void send(const AttachMessage& message) { asio::write(theirs_, asio::buffer(encode(message))); }
    /// The next thing that is said; none: the connection is closed.
    std::optional<AttachMessage> receive() {
        for (;;) {
            auto message = take_message(received_).value();
            if (message) return message;
            std::string chunk(65536, '\0');
            ErrorCode error;
            received_.append(chunk, 0, theirs_.read_some(asio::buffer(chunk), error));
            if (error) return std::nullopt;
        }
    }
    std::string refusal() {
        const auto message = receive();
        EXPECT_TRUE(message && message->word == AttachWord::refused && message->fields.size() == 1);
        return message && !message->fields.empty() ? message->fields[0] : "";
    }
    /// From the request to the sockets.
    ConnectionInfo serve(const std::string& text = R"({"key": "k"})") {
        begin();
        send(to_message({"the file", text, "", folder_.path(), {{"A", "b"}}}));
        const auto serving = receive();
        EXPECT_TRUE(serving && serving->word == AttachWord::serving);
        return parse_connection(serving->fields.at(0).empty() ? text : serving->fields[0], "answer").value();
    }
    tenants::KernelRegistry& kernels() { return tenants_.of(protocol::TenantId("bob")).kernels(); }
    static void close(LocalSocket& socket) {
        ErrorCode ignored;
        socket.close(ignored);
    }

    tests::TemporaryFolder folder_;
    ZmqDoor zmq_{{.transport = "tcp", .runtime_dir = folder_.path() + "/run", .endpoint = settings_},
                 clock_,
                 observer_,
                 doors_,
                 *log_};
    AttachSurroundings surroundings_{
        tenants_, zmq_, *log_, protocol::TenantId("bob"), std::chrono::seconds(60), [](uid_t) { return true; }};
    asio::io_context io_{1};
    LocalSocket ours_;
    LocalSocket theirs_;
    std::string received_;
    std::shared_ptr<Attachment> attachment_;
    std::thread thread_;
};

TEST_F(AttachmentTest, ServesTheSocketsWithAKernelOfTheTenant) {
    const auto info = serve(R"({"key": "k", "kernel_name": "mine"})");
    EXPECT_FALSE(info.has_wildcards());
    EXPECT_EQ(info.key, "k");
    EXPECT_EQ(info.others["kernel_name"], "mine");
    ASSERT_EQ(kernels().list().size(), 1U);
    ZmqPeer shell(info, Channel::shell);
    shell.send(tests::execute("1", "pass"));
    ASSERT_TRUE(wait_for_request("1"));
    EXPECT_EQ(host_.last()->settings.env, (std::map<std::string, std::string>{{"A", "b"}}));
    EXPECT_EQ(host_.last()->settings.working_dir, folder_.path());
}

TEST_F(AttachmentTest, SaysNothingOfAFileThatIsComplete) {
    ConnectionInfo free = new_connection();
    { ASSERT_TRUE(ZmqSockets::bind(reactor_.context(), free, 1000)); }
    begin();
    send(to_message({"the file", to_text(free), "", "", {}}));
    const auto serving = receive();
    ASSERT_TRUE(serving && serving->word == AttachWord::serving);
    EXPECT_EQ(serving->fields, std::vector<std::string>{""});
}

TEST_F(AttachmentTest, MakesAConnectionWhereThereIsNoFile) {
    EXPECT_EQ(serve("").key.size(), 64U);
}

TEST_F(AttachmentTest, PassesInterruptsOn) {
    ZmqPeer shell(serve(), Channel::shell);
    shell.send(tests::execute("1", "pass"));
    const auto python = wait_for_request("1");
    ASSERT_TRUE(python);
    send({AttachWord::interrupt});
    EXPECT_TRUE(tests::eventually([&] { return python->interrupts() == 1; }));
}

TEST_F(AttachmentTest, EndsTheKernelWhenItIsTold) {
    serve();
    send({AttachWord::end});
    const auto ended = receive();
    ASSERT_TRUE(ended && ended->word == AttachWord::ended);
    EXPECT_EQ(ended->fields, std::vector<std::string>{"0"});
    EXPECT_EQ(receive(), std::nullopt);
    EXPECT_TRUE(kernels().list().empty());
}

TEST_F(AttachmentTest, EndsWithTheKernel) {
    for (const bool restart : {false, true}) {
        ZmqPeer control(serve(), Channel::control);
        control.send(tests::request(MsgType::shutdown_request, "1", {{"restart", restart}}, Channel::control));
        EXPECT_TRUE(control.receive_message(MsgType::shutdown_reply));
        const auto ended = receive();
        ASSERT_TRUE(ended && ended->word == AttachWord::ended);
        EXPECT_EQ(ended->fields, std::vector<std::string>{"0"});
        EXPECT_TRUE(kernels().list().empty());
        thread_.join();
        io_.restart();
        close(theirs_);
        asio::local::connect_pair(ours_, theirs_);
    }
}

TEST_F(AttachmentTest, TellsThatTheKernelHasCrashed) {
    ZmqPeer shell(serve(), Channel::shell);
    shell.send(tests::execute("1", "pass"));
    const auto python = wait_for_request("1");
    ASSERT_TRUE(python);
    const auto before = std::chrono::steady_clock::now();
    python->end(tenants::EndReason::crashed, "os._exit(3)");
    const auto ended = receive();
    ASSERT_TRUE(ended && ended->word == AttachWord::ended);
    EXPECT_GE(std::chrono::steady_clock::now() - before, kFarewell) << "who polls takes the reply first";
    EXPECT_EQ(ended->fields, std::vector<std::string>{"1"});
}

TEST_F(AttachmentTest, TheOtherSidesDeathEndsTheKernel) {
    serve();
    EXPECT_EQ(kernels().list().size(), 1U);
    close(theirs_);
    EXPECT_TRUE(tests::eventually([&] { return kernels().list().empty(); }));
}

TEST_F(AttachmentTest, WaitsForPortsThatAreStillInUse) {
    ConnectionInfo wanted = new_connection();
    auto held = std::make_unique<ZmqSockets>(ZmqSockets::bind(reactor_.context(), wanted, 1000).value());
    begin();
    send(to_message({"the file", to_text(wanted), "", "", {}}));
    EXPECT_TRUE(tests::eventually([&] { return kernels().list().size() == 1; }));
    held.reset();
    const auto serving = receive();
    EXPECT_TRUE(serving && serving->word == AttachWord::serving);
}

TEST_F(AttachmentTest, RefusesInWords) {
    surroundings_.admits = [](uid_t) { return false; };
    begin();
    EXPECT_EQ(refusal(), "this daemon is another user's; it serves only its own user and root");
    EXPECT_EQ(receive(), std::nullopt);
}

TEST_F(AttachmentTest, RefusesAFileThatIsNone) {
    begin();
    send(to_message({"the file", "{", "", "", {}}));
    EXPECT_EQ(refusal(), "the file: is no JSON object");
    EXPECT_TRUE(kernels().list().empty());
}

TEST_F(AttachmentTest, TheKernelHasTheModesThatAreAskedFor) {
    begin();
    send(to_message({"the file", "", "concurrent", "", {}}));
    const auto serving = receive();
    ASSERT_TRUE(serving && serving->word == AttachWord::serving);
    EXPECT_EQ(kernels().list().at(0)->spec().modes, std::vector<std::string>{"concurrent"});
}

TEST_F(AttachmentTest, RefusesModesThatAreNone) {
    begin();
    send(to_message({"the file", "", "nonsense", "", {}}));
    EXPECT_NE(refusal().find("unknown mode"), std::string::npos);
}

TEST_F(AttachmentTest, RefusesWhatTheTenantMayNot) {
    tenants_.drain();
    begin();
    send(to_message({"the file", "", "", "", {}}));
    EXPECT_EQ(refusal(), "the server is shutting down and starts no kernels");
}

TEST_F(AttachmentTest, RefusesAddressesThatAreNone) {
    begin();
    send(to_message({"the file", R"({"key": "", "ip": "nowhere.invalid"})", "", "", {}}));
    EXPECT_EQ(refusal().find("cannot bind shell to tcp://nowhere.invalid:"), 0U);
    EXPECT_TRUE(kernels().list().empty());
}

TEST_F(AttachmentTest, RefusesWhatIsNoRequest) {
    begin();
    send({AttachWord::end});
    EXPECT_EQ(refusal(), "is no request to serve a connection file");
}

TEST_F(AttachmentTest, DoesNotWaitForEver) {
    surroundings_.request_timeout = std::chrono::seconds(0);
    begin();
    EXPECT_EQ(refusal(), "no request came");
}

}  // namespace
}  // namespace corncob::server
