#include "tenants/interpreter/cpython_port.hpp"

#include <pthread.h>
#include <pybind11/embed.h>
#include <pybind11/stl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <tuple>
#include <utility>

#include "tenants/interpreter/forked_child.hpp"
#include "tenants/interpreter/gil_pause.hpp"
#include "tenants/interpreter/interrupter.hpp"
#include "tenants/interpreter/module_table.hpp"

namespace corncob::tenants::interpreter {
namespace {

namespace py = pybind11;
using protocol::MsgType;

constexpr std::chrono::seconds kConnectionTimeout{5};
constexpr std::size_t kPieceBytesMax = 1 << 18;  // of a text that is written at once; then others' turn
constexpr std::size_t kQuickBytesMax = 1 << 16;  // up to here the GIL is kept
thread_local int without_waiting = 0;

/// The kernel's thread runs no code of the user's, until it has the GIL again.
class Idle {
 public:
    explicit Idle(KernelPort& port) : port_(port) { port_.set_idle(true); }
    ~Idle() { port_.set_idle(false); }
    Idle(const Idle&) = delete;
    Idle& operator=(const Idle&) = delete;

 private:
    KernelPort& port_;
};

py::bytes header_of(const PyRequest& request) {
    return request.request->message.header_json;
}

/// Of a cell that runs again by itself: the same parent, but it may put out as much as it might at first.
PyRequest again(const PyRequest& request) {
    auto copy = std::make_shared<Request>(*request.request);
    copy->output_bytes = 0;
    return {std::move(copy)};
}

SharedRequest request_of(const PyRequest* request) {
    return request ? request->request : nullptr;
}

/// UTF-8 of a str, valid as long as the str or `spare` is. Lone surrogates are written as escapes.
std::string_view utf8_of(const py::str& text, py::object& spare) {
    Py_ssize_t size = 0;
    if (const char* bytes = PyUnicode_AsUTF8AndSize(text.ptr(), &size)) {
        return {bytes, static_cast<std::size_t>(size)};
    }
    PyErr_Clear();
    spare = py::reinterpret_steal<py::object>(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
    if (!spare) throw py::error_already_set();
    return {PyBytes_AS_STRING(spare.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(spare.ptr()))};
}

std::string copy_buffer(const py::handle& object) {
    Py_buffer view;
    if (PyObject_GetBuffer(object.ptr(), &view, PyBUF_SIMPLE) != 0) throw py::error_already_set();
    std::string bytes(static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len));
    PyBuffer_Release(&view);
    return bytes;
}

/// Outputs of which a cell can make as many as it likes. The rest come once a cell, or from our own code.
bool is_unbounded(MsgType type) {
    switch (type) {
        case MsgType::stream:
        case MsgType::display_data:
        case MsgType::update_display_data:
        case MsgType::clear_output:
        case MsgType::comm_open:
        case MsgType::comm_msg:
            return true;
        default:
            return false;
    }
}

/// Bytes of the first piece of `text`; no character is cut.
std::size_t piece_bytes(std::string_view text) {
    if (text.size() <= kPieceBytesMax) return text.size();
    std::size_t bytes = kPieceBytesMax;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
    return bytes;
}

py::list buffers_of(const protocol::Message& message) {
    py::list buffers;
    for (const std::string& buffer : message.buffers) buffers.append(py::bytes(buffer));
    return buffers;
}

}  // namespace

py::list PyPort::take(const py::object& timeout_seconds) {
    using std::chrono::nanoseconds;
    end_forked_child();
    KernelPort::Mail mail = port_->take(nanoseconds(0));
    const bool for_ever = timeout_seconds.is_none();
    const double seconds = for_ever ? 0 : timeout_seconds.cast<double>();
    if (mail.requests.empty() && !mail.attention && !mail.woken && (for_ever || seconds > 0)) {
        const Idle idle(*port_);
        const GilPause pause(shared_.entrance);
        // A day at most: longer waits overflow nanoseconds, and the loop simply waits again.
        mail = port_->take(
            for_ever ? std::nullopt
                     : std::optional(nanoseconds(static_cast<std::int64_t>(std::min(seconds, 86400.0) * 1e9))));
    }
    py::list list;
    for (SharedRequest& request : mail.requests) list.append(py::cast(PyMail{std::move(request)}));
    if (mail.attention) list.append(py::none());
    return list;
}

void PyPort::write(const PyRequest* request, py::str stream, py::str text) {
    py::object spare_name;
    py::object spare_text;
    const std::string_view name = utf8_of(stream, spare_name);
    std::string_view left = utf8_of(text, spare_text);
    if (in_forked_child()) return write_all(name == "stderr" ? STDERR_FILENO : STDOUT_FILENO, left);
    do {
        const std::string_view piece = left.substr(0, piece_bytes(left));
        left.remove_prefix(piece.size());
        await_output();
        port_->collect_pipes();
        if (piece.size() <= kQuickBytesMax) {
            port_->outputs().write(request_of(request), name, piece);
        } else {
            const GilPause pause(shared_.entrance);
            port_->outputs().write(request_of(request), name, piece);
        }
    } while (!left.empty());
}

void PyPort::await_output() {
    if (!port_->output_held() || without_waiting > 0) return;
    bool undisturbed = true;
    {
        const GilPause pause(shared_.entrance);
        undisturbed = port_->await_output();
    }
    if (undisturbed) return;
    const auto kernel = shared_.kernels.find(port_.get());
    if (kernel == shared_.kernels.end() || !kernel->second.attr("wants_interrupt")().cast<bool>()) return;
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    throw py::error_already_set();
}

void PyPort::publish(const PyRequest* request, const std::string& msg_type, const py::bytes& content,
                     const py::bytes& metadata, const py::list& buffers) {
    const auto type = protocol::parse_msg_type(msg_type);
    if (!type) throw py::value_error("unknown msg_type " + msg_type);
    if (in_forked_child()) return;  // only text has a way from there
    if (is_unbounded(*type)) await_output();
    Output output{*type, std::string(content), std::string(metadata), {}};
    for (const py::handle& buffer : buffers) output.buffers.push_back(copy_buffer(buffer));
    port_->collect_pipes();
    port_->outputs().publish(request_of(request), std::move(output));
}

void PyPort::reply(const PyRequest& request, const py::bytes& content, const py::bytes& metadata, bool failed,
                   bool abort_queue) {
    end_forked_child();
    port_->reply(request.request, Reply{std::string(content), std::string(metadata), failed, abort_queue});
}

py::object PyPort::ask_input(const PyRequest& request, const py::bytes& content, bool interruptible,
                             std::uint64_t question) {
    std::optional<std::string> answer;
    {
        std::string content_json(content);
        const GilPause pause(shared_.entrance);
        answer = port_->ask_input(request.request, std::move(content_json), {interruptible, question});
    }
    return answer ? py::object(py::bytes(*answer)) : py::none();
}

py::object PyPort::connection() {
    const auto& ask = port_->settings().ask_connection;
    if (!ask) return py::none();
    const auto answer = std::make_shared<std::promise<std::string>>();
    auto told = answer->get_future();
    std::string connection_json;
    {
        const GilPause pause(shared_.entrance);
        ask([answer](std::string answer_json) { answer->set_value(std::move(answer_json)); });
        if (told.wait_for(kConnectionTimeout) == std::future_status::ready) connection_json = told.get();
    }
    return connection_json.empty() ? py::object(py::none()) : py::object(py::str(connection_json));
}

int PyPort::open_pipe(const PyRequest* request, const std::string& stream, bool terminal) {
    const auto kind = terminal ? KernelPipes::Kind::terminal : KernelPipes::Kind::pipe;
    const auto end = port_->open_pipe(request_of(request), stream, kind);
    if (end) return *end;
    errno = static_cast<int>(end.error().code);
    PyErr_SetFromErrno(PyExc_OSError);
    throw py::error_already_set();
}

void PyPort::set_modes(const PyRequest& caller, bool cache, bool concurrent, bool react) {
    const CellModes modes{.cache = cache, .concurrent = concurrent, .react = react};
    if (!in_forked_child()) port_->outputs().set_modes(caller.request, modes);
}

void PyPort::ready(py::object kernel) {
    shared_.kernels[port_.get()] = std::move(kernel);
    assignment_.ready();
}

void PyPort::interrupt() {
    if (port_->request_interrupt()) shared_.interrupter.interrupt(port_);
}

void PyPort::break_in() {
    if (port_->break_in()) shared_.interrupter.interrupt(port_);
}

std::string PyPort::take_interrupt() {
    switch (port_->take_interrupt_of()) {
        case KernelPort::Interrupt::cell:
            return "cell";
        case KernelPort::Interrupt::kernel:
            return "kernel";
        case KernelPort::Interrupt::none:
            break;
    }
    return "";
}

void PyThread::enter() {
    std::ignore = ::unshare(CLONE_FS);  // it was started by one that is elsewhere
    Interrupter::this_thread_runs(thread_.get());
    thread_->set_thread(pthread_self());
}

void PyThread::leave() {
    thread_->set_thread(std::nullopt);
    Interrupter::this_thread_runs(nullptr);
}

void PyThread::interrupt() {
    thread_->interrupt_flag() = true;
    interrupter_.interrupt(thread_);
}

WithoutWaiting::WithoutWaiting() {
    ++without_waiting;
}

WithoutWaiting::~WithoutWaiting() {
    --without_waiting;
}

std::shared_ptr<PyPort> PyAssignment::wait() {
    {
        const GilPause pause(shared_.entrance);
        port_ = assignment_.wait();
        if (!port_) return nullptr;
        port_->set_owns_directory(own_directory_);
        const std::string& directory = port_->settings().working_dir;
        if (own_directory_ && !directory.empty() && ::chdir(directory.c_str()) != 0) {
            // The directory named by a client need not exist here: the daemon's own is as good.
        }
    }
    Interrupter::this_thread_runs(port_.get());
    port_->set_thread(pthread_self());
    return std::make_shared<PyPort>(port_, assignment_, shared_);
}

PyAssignment::~PyAssignment() {
    if (!port_) return;
    port_->set_thread(std::nullopt);
    Interrupter::this_thread_runs(nullptr);
}

std::map<std::string, std::string> PyPort::environment() const {
    auto variables = port_->settings().spec.env;
    for (const auto& [name, value] : port_->settings().env) variables[name] = value;
    return variables;
}

void PyPort::unready() {
    shared_.kernels.erase(port_.get());
}

}  // namespace corncob::tenants::interpreter

namespace cti = corncob::tenants::interpreter;

namespace {

void define_thread(pybind11::module_& module) {
    namespace py = pybind11;
    py::class_<cti::PyThread, std::shared_ptr<cti::PyThread>>(module, "Thread")
        .def("enter", &cti::PyThread::enter)
        .def("leave", &cti::PyThread::leave)
        .def("interrupt", &cti::PyThread::interrupt)
        .def("take_interrupt", &cti::PyThread::take_interrupt, "True once for each interrupt.");
}

void define_port(pybind11::module_& module) {
    namespace py = pybind11;
    py::class_<cti::PyPort, std::shared_ptr<cti::PyPort>>(module, "Port")
        .def("take", &cti::PyPort::take, "Waits at most `timeout` seconds (None: for ever); a list of Mail and None.")
        .def("write", &cti::PyPort::write)
        .def("publish", &cti::PyPort::publish)
        .def("reply", &cti::PyPort::reply)
        .def("ask_input", &cti::PyPort::ask_input, "The input_reply's content, or None if interrupted or withdrawn.",
             py::arg("request"), py::arg("content"), py::arg("interruptible"), py::arg("question") = 0)
        .def("withdraw_input", &cti::PyPort::withdraw_input)
        .def("interrupt", &cti::PyPort::interrupt)
        .def("break_in", &cti::PyPort::break_in)
        .def("withdraw_break_in", &cti::PyPort::withdraw_break_in)
        .def("open_pipe", &cti::PyPort::open_pipe, py::arg("request"), py::arg("stream"), py::arg("terminal") = false)
        .def("note_program", &cti::PyPort::note_program, py::arg("pid"), py::arg("leader") = false)
        .def("children", &cti::PyPort::children)
        .def("set_modes", &cti::PyPort::set_modes, py::arg("caller"), py::arg("cache"), py::arg("concurrent"),
             py::arg("react"))
        .def("modes", &cti::PyPort::modes)
        .def("loop", &cti::PyPort::loop)
        .def("ready", &cti::PyPort::ready)
        .def("unready", &cti::PyPort::unready)
        .def("kernel_id", &cti::PyPort::kernel_id)
        .def("tenant", &cti::PyPort::tenant)
        .def("environment", &cti::PyPort::environment)
        .def("directory", &cti::PyPort::directory)
        .def("connection", &cti::PyPort::connection, "Where its sockets are, as JSON; opens them if need be.")
        .def("owns_directory", &cti::PyPort::owns_directory)
        .def("threads_max", &cti::PyPort::threads_max, "How many threads its code may have; 0: no limit.")
        .def("limit_hit", &cti::PyPort::limit_hit)
        .def("cache_looked_up", &cti::PyPort::cache_looked_up)
        .def("closed", &cti::PyPort::closed)
        .def("take_interrupt", &cti::PyPort::take_interrupt, "Once for each: for whom it is.")
        .def("thread", &cti::PyPort::thread, "For one more thread of the kernel's.")
        .def("wake", &cti::PyPort::wake)
        .def("wake_fd", &cti::PyPort::wake_fd);
}

}  // namespace

PYBIND11_MODULE(corncob_port, module) {
    namespace py = pybind11;
    module.doc() = "The daemon's side of a kernel.";
    cti::watch_forks();

    module.def(
        "interrupt_handler",
        [](py::function wanted) {
            return py::cpp_function([wanted = std::move(wanted)](int, const py::handle& frame) {
                if (!wanted(frame).cast<bool>()) return;
                PyErr_SetNone(PyExc_KeyboardInterrupt);
                throw py::error_already_set();
            });
        },
        "A signal handler without a frame of its own, which a traceback would show: raises where `wanted(frame)` says "
        "so.");
    module.def("retype_modules", &cti::retype_modules, "Makes `type` the type of sys.modules; False: impossible.");

    py::class_<cti::PyRequest>(module, "Request")
        .def_property_readonly("header", &cti::header_of)
        .def("again", &cti::again);

    py::class_<cti::PyMail>(module, "Mail")
        .def_property_readonly("request", [](const cti::PyMail& mail) { return cti::PyRequest{mail.request}; })
        .def_property_readonly("msg_type",
                               [](const cti::PyMail& mail) { return wire_name(mail.request->message.header.msg_type); })
        .def_property_readonly("subshell",
                               [](const cti::PyMail& mail) { return mail.request->message.header.subshell_id.str(); })
        .def_property_readonly("run_mode",
                               [](const cti::PyMail& mail) { return run_mode_name(mail.request->run_mode); })
        .def_property_readonly("header",
                               [](const cti::PyMail& mail) { return py::bytes(mail.request->message.header_json); })
        .def_property_readonly("metadata",
                               [](const cti::PyMail& mail) { return py::bytes(mail.request->message.metadata_json); })
        .def_property_readonly("content",
                               [](const cti::PyMail& mail) { return py::bytes(mail.request->message.content_json); })
        .def_property_readonly("buffers",
                               [](const cti::PyMail& mail) { return cti::buffers_of(mail.request->message); });

    define_thread(module);
    define_port(module);

    py::class_<cti::PyAssignment>(module, "Assignment")
        .def("wait", &cti::PyAssignment::wait, "The port of the kernel to run, or None: there will be none.");
}
