// Every msg_type of the messaging protocol 5.5, its channel, its direction and its reply.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html
#pragma once

#include <optional>
#include <string_view>

namespace corncob::protocol {

enum class MsgType {
    // client -> kernel, on shell (some also on control)
    execute_request,
    inspect_request,
    complete_request,
    history_request,
    is_complete_request,
    connect_request,
    comm_info_request,
    kernel_info_request,
    // client -> kernel, on control (shutdown also on shell, for clients of protocol < 5.4)
    shutdown_request,
    interrupt_request,
    debug_request,
    usage_request,
    create_subshell_request,
    delete_subshell_request,
    list_subshell_request,
    // both ways
    comm_open,
    comm_msg,
    comm_close,
    // client -> kernel, on stdin
    input_reply,
    // kernel -> client
    execute_reply,
    inspect_reply,
    complete_reply,
    history_reply,
    is_complete_reply,
    connect_reply,
    comm_info_reply,
    kernel_info_reply,
    shutdown_reply,
    interrupt_reply,
    debug_reply,
    usage_reply,
    create_subshell_reply,
    delete_subshell_reply,
    list_subshell_reply,
    input_request,
    // iopub
    stream,
    display_data,
    update_display_data,
    execute_input,
    execute_result,
    error,
    status,
    clear_output,
    debug_event,
    iopub_welcome,
};

std::string_view wire_name(MsgType type);
std::optional<MsgType> parse_msg_type(std::string_view wire_name);

/// The reply that a client's request must get exactly once; nothing for what asks for no reply (nor for
/// input_request, which an interrupt leaves unanswered).
std::optional<MsgType> reply_type(MsgType request);

/// True for what a client may send: requests, comm_*, input_reply.
bool is_from_client(MsgType type);

}  // namespace corncob::protocol
