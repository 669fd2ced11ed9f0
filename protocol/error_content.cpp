#include "protocol/error_content.hpp"

#include "protocol/json_text.hpp"

namespace corncob::protocol {

std::string error_content(MsgType request, std::string_view ename, std::string_view evalue) {
    std::string content = R"({"status":"error","ename":)";
    append_json_string(content, ename);
    content += R"(,"evalue":)";
    append_json_string(content, evalue);
    content += R"(,"traceback":[])";
    if (request == MsgType::execute_request) content += R"(,"execution_count":0,"user_expressions":{},"payload":[])";
    content += '}';
    return content;
}

}  // namespace corncob::protocol
