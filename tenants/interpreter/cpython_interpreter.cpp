#include "tenants/interpreter/cpython_interpreter.hpp"

#include <malloc.h>
#include <pybind11/embed.h>

#include <string>
#include <utility>

#include "protocol/error_content.hpp"
#include "tenants/interpreter/cpython_port.hpp"

namespace corncob::tenants::interpreter {
namespace {

namespace py = pybind11;

Reply error_reply(const SharedRequest& request, const std::string& ename, const std::string& evalue) {
    Reply reply;
    reply.content_json = protocol::error_content(request->message.header.msg_type, ename, evalue);
    reply.failed = true;
    return reply;
}

/// As the kernel's Python says it.
EndReason reason_of(const std::string& word) {
    if (word == "stopped") return EndReason::stopped;
    return word == "exited" ? EndReason::exited : EndReason::crashed;
}

}  // namespace

struct CpythonInterpreter::Python {
    py::object run;
    py::object answer;
    py::object hand_on;
    py::object collect;
    ReadyKernels kernels;
};

CpythonInterpreter::CpythonInterpreter() {
    const py::gil_scoped_acquire gil;
    python_ = std::make_unique<Python>();
    py::module_::import("corncob_port");
    python_->run = py::module_::import("corncob_kernel.kernel").attr("run");
    python_->answer = py::module_::import("corncob_kernel.language").attr("answer");
    python_->hand_on = py::module_::import("corncob_kernel.threads").attr("hand_on");
    python_->collect = py::module_::import("gc").attr("collect");
}

CpythonInterpreter::~CpythonInterpreter() {
    const py::gil_scoped_acquire gil;
    python_.reset();
}

std::string CpythonInterpreter::language_version() const {
    return PY_VERSION;
}

KernelEnd CpythonInterpreter::run(Assignment& assignment, bool own_directory) {
    KernelEnd end{EndReason::crashed, {}};
    {
        const py::gil_scoped_acquire gil;
        PyAssignment python_assignment(assignment, own_directory, {python_->kernels, interrupter_, entrance_});
        try {
            const auto result = python_->run(py::cast(&python_assignment, py::return_value_policy::reference))
                                    .cast<std::pair<std::string, std::string>>();
            end.reason = reason_of(result.first);
            end.detail = result.second;
        } catch (const std::exception& problem) {
            end.detail = problem.what();
        }
    }
    return end;
}

std::optional<Reply> CpythonInterpreter::answer(const KernelPort& port, const SharedRequest& request) {
    const py::gil_scoped_acquire gil;
    const WithoutWaiting here;
    try {
        const auto kernel = python_->kernels.find(&port);
        if (kernel == python_->kernels.end()) return error_reply(request, "KernelEnded", "the kernel has ended");
        if (runs_beside(*request)) {
            python_->hand_on(kernel->second, PyMail{request});
            return std::nullopt;
        }
        const protocol::Message& message = request->message;
        Reply reply;
        reply.content_json = python_
                                 ->answer(kernel->second, PyRequest{request}, wire_name(message.header.msg_type),
                                          py::bytes(message.content_json))
                                 .cast<std::string>();
        return reply;
    } catch (const std::exception& problem) {
        return error_reply(request, "InternalError", problem.what());
    }
}

void CpythonInterpreter::interrupt(const std::shared_ptr<KernelPort>& port) {
    interrupter_.interrupt(port);
}

void CpythonInterpreter::collect_garbage() {
    {
        const py::gil_scoped_acquire gil;
        python_->collect();
        // Its entries hold names that other kernels' code has made: each keeps a whole page from being given back.
        PyType_ClearCache();
    }
    ::malloc_trim(0);
}

}  // namespace corncob::tenants::interpreter
