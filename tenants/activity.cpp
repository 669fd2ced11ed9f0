#include "tenants/activity.hpp"

namespace corncob::tenants {

using protocol::MsgType;

bool is_tracked(MsgType type) {
    switch (type) {
        case MsgType::comm_info_request:
        case MsgType::comm_info_reply:
        case MsgType::kernel_info_request:
        case MsgType::kernel_info_reply:
        case MsgType::shutdown_request:
        case MsgType::shutdown_reply:
        case MsgType::interrupt_request:
        case MsgType::interrupt_reply:
        case MsgType::debug_request:
        case MsgType::debug_reply:
        case MsgType::stream:
        case MsgType::display_data:
        case MsgType::update_display_data:
        case MsgType::execute_input:
        case MsgType::execute_result:
        case MsgType::error:
        case MsgType::status:
        case MsgType::clear_output:
        case MsgType::debug_event:
        case MsgType::input_request:
        case MsgType::input_reply:
            return false;
        default:
            return true;
    }
}

}  // namespace corncob::tenants
