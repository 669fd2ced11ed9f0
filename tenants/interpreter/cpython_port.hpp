// What Python sees of the daemon: the module `corncob_port`. Every function is called with the GIL held.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <pybind11/pybind11.h>

#include "tenants/interpreter/interpreter.hpp"
#include "tenants/kernel_port.hpp"

/// Makes the module; start_cpython() lists it among the built-in ones.
extern "C" PyObject* PyInit_corncob_port();

namespace corncob::tenants::interpreter {

/// The kernels that can answer language requests; guarded by the GIL.
using ReadyKernels = std::unordered_map<const KernelPort*, pybind11::object>;

/// `corncob_port.Request`: names the cell that output belongs to.
struct PyRequest {
    SharedRequest request;
};

/// `corncob_port.Mail`: one request as it arrives.
struct PyMail {
    SharedRequest request;
};

class GilEntrance;
class Interrupter;

/// What all kernels of the process share. Outlives them.
struct SharedParts {
    ReadyKernels& kernels;
    Interrupter& interrupter;
    GilEntrance& entrance;
};

/// `corncob_port.Thread`: one that a kernel has beside its own, as far as it can be interrupted.
class PyThread {
 public:
    explicit PyThread(Interrupter& interrupter) : interrupter_(interrupter) {}

    /// The calling thread is meant from now on; it gets a working directory of its own, where the system allows that.
    void enter();
    /// Before that thread ends.
    void leave();
    /// KeyboardInterrupt may be raised in it (kernel.wants_interrupt), until this is taken.
    void interrupt();
    bool take_interrupt() { return thread_->take_interrupt(); }

 private:
    Interrupter& interrupter_;
    const std::shared_ptr<Interruptible> thread_ = std::make_shared<Interruptible>();
};

/// `corncob_port.Port`: outlives its kernel if a thread of the user's still holds it; it is closed then.
class PyPort {
 public:
    PyPort(std::shared_ptr<KernelPort> port, Assignment& assignment, SharedParts shared)
        : port_(std::move(port)), assignment_(assignment), shared_(shared) {}

    pybind11::list take(const pybind11::object& timeout_seconds);
    void write(const PyRequest* request, pybind11::str stream, pybind11::str text);
    void publish(const PyRequest* request, const std::string& msg_type, const pybind11::bytes& content,
                 const pybind11::bytes& metadata, const pybind11::list& buffers);
    void reply(const PyRequest& request, const pybind11::bytes& content, const pybind11::bytes& metadata, bool failed,
               bool abort_queue);
    pybind11::object ask_input(const PyRequest& request, const pybind11::bytes& content, bool interruptible,
                               std::uint64_t question);
    void withdraw_input(std::uint64_t question) { port_->withdraw_input(question); }
    /// A descriptor to write to; what is written is output of `request`, if null, of the cell that runs at the time.
    int open_pipe(const PyRequest* request, const std::string& stream, bool terminal);
    /// `leader`: of a group that was made for it (kernel_programs.hpp).
    void note_program(pid_t pid, bool leader) {
        port_->note_program(pid, leader ? KernelPrograms::Kind::leader : KernelPrograms::Kind::member);
    }
    std::vector<pid_t> children() { return port_->children(); }
    /// Cells run in these modes from now on; `caller` is the cell that says so.
    void set_modes(const PyRequest& caller, bool cache, bool concurrent, bool react);
    void ready(pybind11::object kernel);
    void unready();
    const std::string& kernel_id() const { return port_->settings().kernel_id.str(); }
    /// The modes of its kernelspec.
    const std::vector<std::string>& modes() const { return port_->settings().spec.modes; }
    /// On which its cells await: "asyncio" or "trio".
    const std::string& loop() const { return port_->settings().spec.loop; }
    const std::string& tenant() const { return port_->settings().tenant.str(); }
    /// The kernelspec's variables and the client's.
    std::map<std::string, std::string> environment() const;
    /// Where the kernel is to begin; empty: where the daemon is.
    const std::string& directory() const { return port_->settings().working_dir; }
    bool owns_directory() const { return port_->owns_directory(); }
    /// Where its sockets are (TellConnection); opens them if need be. None: no answer in time.
    pybind11::object connection();
    std::size_t threads_max() const { return port_->settings().threads_max; }
    void limit_hit(const std::string& limit) { port_->outputs().limit_hit(limit); }
    void cache_looked_up(bool hit) { port_->outputs().cache_looked_up(hit); }
    bool closed() const { return port_->closed(); }
    /// "cell" or "kernel", as the one is for that is pending, once; else "".
    std::string take_interrupt();
    std::shared_ptr<PyThread> thread() { return std::make_shared<PyThread>(shared_.interrupter); }
    /// As a client's interrupt_request, from the kernel itself.
    void interrupt();
    /// As interrupt(), for a cell that has been cancelled.
    void break_in();
    void withdraw_break_in() { port_->withdraw_break_in(); }
    void wake() { port_->wake(); }
    int wake_fd() { return port_->wake_fd(); }

 private:
    /// Where clients do not keep up, waits for them, without the GIL. Raises KeyboardInterrupt if it is interrupted.
    void await_output();

    const std::shared_ptr<KernelPort> port_;
    Assignment& assignment_;  // for ready(), on the kernel's own thread
    const SharedParts shared_;
};

/// While one is there, this thread's output does not wait for clients: it works for others, too.
class WithoutWaiting {
 public:
    WithoutWaiting();
    ~WithoutWaiting();
    WithoutWaiting(const WithoutWaiting&) = delete;
    WithoutWaiting& operator=(const WithoutWaiting&) = delete;
};

/// `corncob_port.Assignment`: a thread's wait for its kernel. On that thread only; marks it as the kernel's until it
/// goes.
class PyAssignment {
 public:
    PyAssignment(Assignment& assignment, bool own_directory, SharedParts shared)
        : assignment_(assignment), own_directory_(own_directory), shared_(shared) {}
    ~PyAssignment();
    PyAssignment(const PyAssignment&) = delete;
    PyAssignment& operator=(const PyAssignment&) = delete;

    /// The kernel's port; null: there will be no kernel.
    std::shared_ptr<PyPort> wait();

 private:
    Assignment& assignment_;
    const bool own_directory_;
    const SharedParts shared_;
    std::shared_ptr<KernelPort> port_;
};

}  // namespace corncob::tenants::interpreter
