// The engine without its doors: what a cell costs from Kernel::submit to its idle status.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <future>
#include <stdexcept>

#include "tenants/in_process_host.hpp"
#include "tenants/interpreter/cpython_interpreter.hpp"
#include "tenants/interpreter/cpython_runtime.hpp"
#include "tenants/kernel.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

InProcessHost& host() {
    static InProcessHost* const started = [] {
        const auto ready = interpreter::start_cpython({CORNCOB_SOURCE_DIR "/.venv"});
        if (!ready) throw std::runtime_error(ready.error().detail);
        return new InProcessHost(std::make_unique<interpreter::CpythonInterpreter>());
    }();
    return *started;
}

/// Counts idle statuses.
class IdleSink final : public MessageSink {
 public:
    void deliver(protocol::wire::SharedMessage message) override {
        if (message->message().header.msg_type != protocol::MsgType::status) return;
        if (message->message().content_json.find("idle") == std::string::npos) return;
        const std::lock_guard lock(mutex_);
        ++idle_;
        changed_.notify_one();
    }
    std::uint64_t confirmed() override { return 0; }
    void kernel_ended() override {}
    void wait(int idle) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return idle_ >= idle; });
    }

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int idle_ = 0;
};

struct BenchKernel {
    SystemClock clock;
    Observer observer;
    std::shared_ptr<IdleSink> sink = std::make_shared<IdleSink>();
    std::shared_ptr<Kernel> kernel;
    int cells = 0;

    explicit BenchKernel(const std::vector<std::string>& modes = {})
        : kernel(std::make_shared<Kernel>(
              KernelIdentity{
                  protocol::TenantId("t"), protocol::KernelId("k-1-1-1-1"), Kernelspec{"", "", modes, "", {}}, {}, {}},
              KernelSurroundings{host(), clock, observer, 100}, QuotaUnit())) {
        kernel->subscribe(sink);
    }
    ~BenchKernel() {
        std::promise<void> done;
        kernel->shutdown([&done] { done.set_value(); });
        done.get_future().wait();
    }
    void run(const std::string& code) {
        auto sent =
            kernel->submit(tests::execute("m" + std::to_string(++cells), code, {{"store_history", false}}), sink);
        if (!sent) std::abort();
        sink->wait(cells);
    }
};

void start_to_first_cell(benchmark::State& state) {
    host();
    for (auto _ : state) {
        BenchKernel kernel;
        kernel.run("pass");
    }
}
BENCHMARK(start_to_first_cell)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

void one_cell(benchmark::State& state, const char* code) {
    BenchKernel kernel;
    kernel.run("pass");
    for (auto _ : state) kernel.run(code);
}
BENCHMARK_CAPTURE(one_cell, statement, "x = 1")->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(one_cell, expression, "1+1")->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMicrosecond);

/// Mode cache: replayed, or run and kept.
void cached_cell(benchmark::State& state, bool is_known) {
    BenchKernel kernel({"cache"});
    kernel.run("x = 1");
    static int number = 0;
    for (auto _ : state) kernel.run("y = x + " + std::to_string(is_known ? 0 : ++number));
}
BENCHMARK_CAPTURE(cached_cell, hit, true)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(cached_cell, miss, false)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(one_cell, ten_thousand_prints, "for i in range(10000): print(i, flush=True)")
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace corncob::tenants
