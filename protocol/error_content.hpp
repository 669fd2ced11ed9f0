// The content of a reply that says what went wrong.
#pragma once

#include <string>
#include <string_view>

#include "protocol/msg_type.hpp"

namespace corncob::protocol {

/// JSON of `status` error with an empty traceback. An execute_reply has further fields that clients rely on; its
/// execution_count is 0, for nothing was counted.
std::string error_content(MsgType request, std::string_view ename, std::string_view evalue);

}  // namespace corncob::protocol
