// The engine against the real CPython and the real IPython of the project's environment.
#include "tenants/interpreter/cpython_interpreter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>

#include "tenants/in_process_host.hpp"
#include "tenants/interpreter/cpython_runtime.hpp"
#include "tenants/kernel.hpp"
#include "tests/fakes/eventually.hpp"
#include "tests/fakes/recording_observer.hpp"
#include "tests/fakes/recording_sink.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

using protocol::MsgType;
using tests::execute;
using tests::RecordingSink;
using tests::request;

/// Started once a test process, never stopped: as in the daemon.
InProcessHost& host() {
    static InProcessHost* const started = [] {
        const auto ready = interpreter::start_cpython({CORNCOB_SOURCE_DIR "/.venv"});
        if (!ready) throw std::runtime_error(ready.error().detail);
        return new InProcessHost(std::make_unique<interpreter::CpythonInterpreter>());
    }();
    return *started;
}

class CpythonInterpreterTest : public testing::Test {
 protected:
    struct Client {
        std::shared_ptr<Kernel> kernel;
        std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
        int count = 0;

        /// Sends and returns the msg_id.
        std::string send(protocol::Message message) {
            const std::string id = message.header.msg_id.str();
            EXPECT_TRUE(kernel->submit(std::move(message), sink));
            return id;
        }
        std::string start(const std::string& code, nlohmann::json more = nlohmann::json::object()) {
            return send(execute("cell-" + std::to_string(++count), code, std::move(more)));
        }
        /// Runs a cell to its idle; returns the reply's content.
        nlohmann::json run(const std::string& code, nlohmann::json more = nlohmann::json::object()) {
            last = start(code, std::move(more));
            EXPECT_TRUE(sink->wait_idle(last)) << code;
            const auto reply = sink->wait_for(MsgType::execute_reply, last);
            return reply ? reply->content : nlohmann::json();
        }
        std::string text(MsgType type = MsgType::stream) const {
            std::string all;
            for (const auto& each : sink->seen()) {
                if (each.parent_msg_id != last || each.type != type) continue;
                all += type == MsgType::stream ? each.content["text"].get<std::string>()
                                               : each.content["data"]["text/plain"].get<std::string>();
            }
            return all;
        }
        void wait_busy(const std::string& id) const { EXPECT_TRUE(sink->wait_for(MsgType::execute_input, id)); }
        std::string last;
    };

    Client client() {
        Client made;
        made.kernel = std::make_shared<Kernel>(KernelIdentity{protocol::TenantId("t"),
                                                              protocol::KernelId("k-1-1-1-1"),
                                                              Kernelspec{"python3", "", {}, "", {}},
                                                              {},
                                                              {}},
                                               KernelSurroundings{host(), clock_, observer_, 100}, QuotaUnit());
        made.kernel->subscribe(made.sink);
        kernels_.push_back(made.kernel);
        return made;
    }

    void TearDown() override {
        for (const auto& kernel : kernels_) {
            std::promise<void> done;
            kernel->shutdown([&done] { done.set_value(); });
            EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
        }
    }

    SystemClock clock_;
    Observer observer_;
    std::vector<std::shared_ptr<Kernel>> kernels_;
};

TEST_F(CpythonInterpreterTest, RunsACellAndShowsItsResult) {
    Client one = client();
    const auto reply = one.run("x = 20\nprint('hello')\nx + 1");
    EXPECT_EQ(reply["status"], "ok") << reply;
    EXPECT_EQ(reply["execution_count"], 1);
    EXPECT_EQ(one.text(), "hello\n");
    EXPECT_EQ(one.text(MsgType::execute_result), "21");
}

TEST_F(CpythonInterpreterTest, MessagesOfACellComeInTheProtocolsOrder) {
    Client one = client();
    one.run("print('a')\n1");
    std::vector<MsgType> types;
    for (const auto& each : one.sink->seen()) types.push_back(each.type);
    EXPECT_EQ(types, (std::vector{MsgType::status, MsgType::execute_input, MsgType::stream, MsgType::execute_result,
                                  MsgType::execute_reply, MsgType::status}));
}

TEST_F(CpythonInterpreterTest, AnErrorIsPublishedAndReplied) {
    Client one = client();
    const auto reply = one.run("1/0");
    EXPECT_EQ(reply["status"], "error");
    EXPECT_EQ(reply["ename"], "ZeroDivisionError");
    EXPECT_FALSE(reply["traceback"].empty());
    EXPECT_TRUE(one.sink->wait_for(MsgType::error, one.last));
}

TEST_F(CpythonInterpreterTest, KernelsDoNotSeeEachOther) {
    Client one = client();
    Client two = client();
    one.run("secret = 1");
    one.run("class Thing:\n    kernel = 1\n");
    two.run("class Thing:\n    kernel = 2\n");
    EXPECT_EQ(two.run("secret")["ename"], "NameError");
    EXPECT_EQ(one.run("1")["execution_count"], 3);
    EXPECT_EQ(two.run("len(In), Out")["execution_count"], 3);
    EXPECT_EQ(two.text(MsgType::execute_result), "(4, {})");
    one.run("import pickle; pickle.loads(pickle.dumps(Thing())).kernel");
    EXPECT_EQ(one.text(MsgType::execute_result), "1");
    two.run("import pickle; pickle.loads(pickle.dumps(Thing())).kernel");
    EXPECT_EQ(two.text(MsgType::execute_result), "2");
}

TEST_F(CpythonInterpreterTest, AwaitsAtTopLevel) {
    Client one = client();
    one.run("import asyncio\nawait asyncio.sleep(0.01)\n'awake'");
    EXPECT_EQ(one.text(MsgType::execute_result), "'awake'");
}

TEST_F(CpythonInterpreterTest, OutputOfAThreadGoesToTheCellThatStartedIt) {
    Client one = client();
    one.run(
        "import threading\ngo = threading.Event()\ndef work():\n    go.wait()\n    print('late')\n"
        "t = threading.Thread(target=work); t.start()");
    const std::string first = one.last;
    one.run("go.set(); t.join()");
    const auto late = one.sink->wait_for(MsgType::stream, first);
    ASSERT_TRUE(late);
    EXPECT_EQ(late->content["text"], "late\n");
}

TEST_F(CpythonInterpreterTest, CompletesWhileACellSleeps) {
    Client one = client();
    one.run("import time, threading; gate = threading.Event()");
    const std::string cell = one.start("gate.wait()");
    one.wait_busy(cell);
    one.send(request(MsgType::complete_request, "c", {{"code", "gate.wa"}, {"cursor_pos", 7}}));
    const auto reply = one.sink->wait_for(MsgType::complete_reply, "c");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->content["matches"], nlohmann::json::array({"wait"}));
    one.kernel->interrupt();
    EXPECT_TRUE(one.sink->wait_idle(cell));
}

struct Blocking {
    const char* name;
    const char* code;
};

class InterruptTest : public CpythonInterpreterTest, public testing::WithParamInterface<Blocking> {};

TEST_P(InterruptTest, EndsInKeyboardInterruptAndTheKernelGoesOn) {
    Client one = client();
    one.run("import asyncio, os, queue, select, socket, subprocess, threading, time; a, b = socket.socketpair()");
    const std::string cell = one.start(std::string("print('begun')\n") + GetParam().code);
    ASSERT_TRUE(one.sink->wait_for(MsgType::stream, cell));
    one.kernel->interrupt();
    ASSERT_TRUE(one.sink->wait_idle(cell));  // what blocks does so for longer than this waits
    const auto reply = one.sink->wait_for(MsgType::execute_reply, cell);
    EXPECT_EQ(reply->content["status"], "error");
    EXPECT_EQ(reply->content["ename"], "KeyboardInterrupt");
    EXPECT_EQ(one.run("1 + 1")["status"], "ok");
}

INSTANTIATE_TEST_SUITE_P(
    All, InterruptTest,
    testing::Values(Blocking{"sleep", "time.sleep(60)"}, Blocking{"loop", "while True: pass"},
                    Blocking{"socket", "a.recv(1)"}, Blocking{"queue", "queue.Queue().get()"},
                    Blocking{"lock", "l = threading.Lock(); l.acquire(); l.acquire()"},
                    Blocking{"subprocess", "subprocess.run(['sleep', '60'])"},
                    Blocking{"select", "select.select([a], [], [])"}, Blocking{"pipe", "os.read(os.pipe()[0], 1)"},
                    Blocking{"event", "threading.Event().wait()"}, Blocking{"await", "await asyncio.sleep(60)"},
                    Blocking{"await_socket", "a.setblocking(False); await asyncio.get_running_loop().sock_recv(a, 1)"},
                    Blocking{"join", "t = threading.Thread(target=time.sleep, args=(5,)); t.start(); t.join()"}),
    [](const auto& which) { return which.param.name; });

TEST_F(CpythonInterpreterTest, AnInterruptMeetsOnlyItsOwnKernel) {
    Client one = client();
    Client two = client();
    two.run("import time; hits = 0");
    const std::string spinning = two.start("end = time.monotonic() + 1\nwhile time.monotonic() < end: pass");
    two.wait_busy(spinning);
    for (int i = 0; i < 20; ++i) {
        const std::string cell = one.start("import time; time.sleep(60)");
        one.wait_busy(cell);
        one.kernel->interrupt();
        ASSERT_TRUE(one.sink->wait_idle(cell));
    }
    ASSERT_TRUE(two.sink->wait_idle(spinning));
    EXPECT_EQ(two.sink->wait_for(MsgType::execute_reply, spinning)->content["status"], "ok");
}

TEST_F(CpythonInterpreterTest, RestartClearsTheNamespace) {
    Client one = client();
    one.run("x = 1");
    std::promise<void> done;
    one.kernel->restart([&done] { done.set_value(); });
    ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    const auto reply = one.run("x");
    EXPECT_EQ(reply["ename"], "NameError");
    EXPECT_EQ(reply["execution_count"], 1);
}

TEST_F(CpythonInterpreterTest, SystemExitInATaskEndsThatKernelOnly) {
    Client one = client();
    Client two = client();
    one.start("import asyncio\nasync def leave(): raise SystemExit(3)\nt = asyncio.create_task(leave())");
    EXPECT_TRUE(one.sink->wait_for([](const auto& each) {
        return each.type == MsgType::status && each.content["execution_state"] == "restarting";
    }));
    EXPECT_EQ(one.run("t")["ename"], "NameError") << "begun anew";
    EXPECT_EQ(two.run("2")["status"], "ok");
}

TEST_F(CpythonInterpreterTest, InputAsksTheClientOfTheCell) {
    Client one = client();
    const std::string cell = one.start("name = input('who? ')\nname.upper()", {{"allow_stdin", true}});
    const auto asked = one.sink->wait_for(MsgType::input_request, cell);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->content["prompt"], "who? ");
    one.send(request(MsgType::input_reply, "i", {{"value", "ada"}}, protocol::Channel::stdin_));
    ASSERT_TRUE(one.sink->wait_idle(cell));
    one.last = cell;
    EXPECT_EQ(one.text(MsgType::execute_result), "'ADA'");
    EXPECT_EQ(one.run("input()", {{"allow_stdin", false}})["ename"], "StdinNotImplementedError");
}

TEST_F(CpythonInterpreterTest, ShutdownLeavesNoThread) {
    const std::size_t before = host().threads();
    Client one = client();
    const std::string cell = one.start("while True: pass");
    one.wait_busy(cell);
    std::promise<void> done;
    one.kernel->shutdown([&done] { done.set_value(); });
    ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_EQ(host().threads(), before);
}

TEST_F(CpythonInterpreterTest, TheUseOfTheGilIsTold) {
    static tests::RecordingObserver told;  // as long as the host
    host().watch(told);
    const auto has = [](const std::string& note) {
        const auto notes = told.notes();
        return std::any_of(notes.begin(), notes.end(), [&](const auto& each) { return each.starts_with(note); });
    };
    Client spinning = client();
    const std::string cell = spinning.start("while True: pass");
    spinning.wait_busy(cell);
    EXPECT_TRUE(tests::eventually([&] { return has("gil held 50 ms") && has("gil waited "); }));
    spinning.kernel->interrupt();
    EXPECT_TRUE(spinning.sink->wait_idle(cell));
}

}  // namespace
}  // namespace corncob::tenants
