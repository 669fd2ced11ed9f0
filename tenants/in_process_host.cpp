#include "tenants/in_process_host.hpp"

#include <utility>

#include "tenants/kernel_thread.hpp"

namespace corncob::tenants {
namespace {

/// What a Kernel holds: letting go of it stops the kernel.
class Handle final : public HostedKernel {
 public:
    explicit Handle(std::shared_ptr<KernelThread> thread) : thread_(std::move(thread)) {}
    ~Handle() override { thread_->stop(); }
    bool prepare() override { return thread_->prepare(); }
    void submit(SharedRequest request) override { thread_->submit(std::move(request)); }
    void interrupt() override { thread_->interrupt(); }
    void hold_output(bool held) override { thread_->hold_output(held); }
    void stop() override { thread_->stop(); }

 private:
    const std::shared_ptr<KernelThread> thread_;
};

}  // namespace

InProcessHost::InProcessHost(std::unique_ptr<interpreter::Interpreter> interpreter, InProcessHostSettings settings)
    : settings_(settings),
      interpreter_(std::move(interpreter)),
      language_(*interpreter_, [this] { collect_garbage(); }) {
    spares_ = std::make_unique<SpareSeats>(*interpreter_, housekeeper_, settings.spare_threads, settings.lone_kernel);
    spares_->refill_soon();
}

InProcessHost::~InProcessHost() {
    std::unique_lock lock(mutex_);
    thread_gone_.wait_for(lock, settings_.stop_deadline, [this] { return threads_.empty(); });
    lock.unlock();
    pipe_reader_.stop();  // what it reads for kernels that would not end needs the housekeeper
}

std::unique_ptr<HostedKernel> InProcessHost::start(HostedKernelSettings settings, std::shared_ptr<HostEvents> events) {
    return std::make_unique<Handle>(std::make_shared<KernelThread>(*this, std::move(settings), std::move(events)));
}

/// Spare shells that were made among many kernels lie scattered in their memory and would keep most of it: they are
/// made anew in what is left.
void InProcessHost::collect_garbage() {
    spares_->clear();
    interpreter_->collect_garbage();
    spares_->refill_soon();
}

std::size_t InProcessHost::threads() const {
    const std::lock_guard lock(mutex_);
    return threads_.size();
}

void InProcessHost::thread_started(std::shared_ptr<KernelThread> thread) {
    const std::lock_guard lock(mutex_);
    threads_.insert(std::move(thread));
}

void InProcessHost::thread_ended(const std::shared_ptr<KernelThread>& thread) {
    thread->join();
    if (thread->disowned()) --disowned_;
    {
        const std::lock_guard lock(mutex_);
        threads_.erase(thread);
    }
    thread_gone_.notify_all();
}

}  // namespace corncob::tenants
