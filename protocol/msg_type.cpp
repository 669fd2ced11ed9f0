#include "protocol/msg_type.hpp"

#include <array>

namespace corncob::protocol {
namespace {

struct Row {
    MsgType type;
    std::string_view wire_name;
    bool from_client = false;
    std::optional<MsgType> reply = std::nullopt;
};

using enum MsgType;

// In the order of the enum, so that wire_name() is an index.
constexpr std::array kRows{
    Row{execute_request, "execute_request", true, execute_reply},
    Row{inspect_request, "inspect_request", true, inspect_reply},
    Row{complete_request, "complete_request", true, complete_reply},
    Row{history_request, "history_request", true, history_reply},
    Row{is_complete_request, "is_complete_request", true, is_complete_reply},
    Row{connect_request, "connect_request", true, connect_reply},
    Row{comm_info_request, "comm_info_request", true, comm_info_reply},
    Row{kernel_info_request, "kernel_info_request", true, kernel_info_reply},
    Row{shutdown_request, "shutdown_request", true, shutdown_reply},
    Row{interrupt_request, "interrupt_request", true, interrupt_reply},
    Row{debug_request, "debug_request", true, debug_reply},
    Row{usage_request, "usage_request", true, usage_reply},
    Row{create_subshell_request, "create_subshell_request", true, create_subshell_reply},
    Row{delete_subshell_request, "delete_subshell_request", true, delete_subshell_reply},
    Row{list_subshell_request, "list_subshell_request", true, list_subshell_reply},
    Row{comm_open, "comm_open", true},
    Row{comm_msg, "comm_msg", true},
    Row{comm_close, "comm_close", true},
    Row{input_reply, "input_reply", true},
    Row{execute_reply, "execute_reply"},
    Row{inspect_reply, "inspect_reply"},
    Row{complete_reply, "complete_reply"},
    Row{history_reply, "history_reply"},
    Row{is_complete_reply, "is_complete_reply"},
    Row{connect_reply, "connect_reply"},
    Row{comm_info_reply, "comm_info_reply"},
    Row{kernel_info_reply, "kernel_info_reply"},
    Row{shutdown_reply, "shutdown_reply"},
    Row{interrupt_reply, "interrupt_reply"},
    Row{debug_reply, "debug_reply"},
    Row{usage_reply, "usage_reply"},
    Row{create_subshell_reply, "create_subshell_reply"},
    Row{delete_subshell_reply, "delete_subshell_reply"},
    Row{list_subshell_reply, "list_subshell_reply"},
    Row{input_request, "input_request"},
    Row{stream, "stream"},
    Row{display_data, "display_data"},
    Row{update_display_data, "update_display_data"},
    Row{execute_input, "execute_input"},
    Row{execute_result, "execute_result"},
    Row{error, "error"},
    Row{status, "status"},
    Row{clear_output, "clear_output"},
    Row{debug_event, "debug_event"},
    Row{iopub_welcome, "iopub_welcome"},
};

constexpr bool follows_the_enum() {
    for (std::size_t i = 0; i < kRows.size(); ++i) {
        if (kRows[i].type != static_cast<MsgType>(i)) return false;
    }
    return kRows.size() == static_cast<std::size_t>(iopub_welcome) + 1;
}
static_assert(follows_the_enum());

const Row& row_of(MsgType type) {
    return kRows[static_cast<std::size_t>(type)];
}

}  // namespace

std::string_view wire_name(MsgType type) {
    return row_of(type).wire_name;
}

std::optional<MsgType> parse_msg_type(std::string_view wire_name) {
    for (const Row& row : kRows) {
        if (row.wire_name == wire_name) return row.type;
    }
    return std::nullopt;
}

std::optional<MsgType> reply_type(MsgType request) {
    return row_of(request).reply;
}

bool is_from_client(MsgType type) {
    return row_of(type).from_client;
}

}  // namespace corncob::protocol
