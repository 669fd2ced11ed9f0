#include "tenants/output_quota.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

#include "protocol/json_text.hpp"

namespace corncob::tenants {
namespace {

using protocol::MsgType;

bool is_counted(MsgType type) {
    return type == MsgType::stream || type == MsgType::display_data || type == MsgType::update_display_data;
}

std::size_t bytes_of(const Output& output) {
    std::size_t bytes = output.content_json.size() + output.metadata_json.size();
    for (const std::string& buffer : output.buffers) bytes += buffer.size();
    return bytes;
}

/// Keeps the first `bytes` of a stream's text, or fewer, where a character would be cut. False: nothing is left.
bool shorten(std::string& content_json, std::size_t bytes) {
    auto content = nlohmann::json::parse(content_json, nullptr, false);
    if (!content.is_object() || !content.contains("text") || !content["text"].is_string()) return false;
    const auto& text = content["text"].get_ref<const std::string&>();
    const std::string_view fits = std::string_view(text).substr(0, bytes);
    const std::size_t whole = protocol::utf8_prefix_bytes(fits);
    if (whole == 0) return false;
    content["text"] = std::string(fits.substr(0, whole));
    content_json = content.dump();
    return true;
}

}  // namespace

Admission admit_output(std::size_t bytes_max, const SharedRequest& parent, Output& output) {
    if (bytes_max == 0 || !parent || !is_counted(output.msg_type)) return Admission::whole;
    std::size_t& used = parent->output_bytes;
    if (used > bytes_max) return Admission::refused;
    const std::size_t left = bytes_max - used;
    const std::size_t bytes = bytes_of(output);
    if (bytes <= left) {
        used += bytes;
        return Admission::whole;
    }
    used = bytes_max + 1;  // from now on the cell has been told
    const bool some = output.msg_type == MsgType::stream && shorten(output.content_json, left);
    return some ? Admission::cut : Admission::refused_at_last;
}

std::string output_limit_notice(std::size_t bytes_max, const protocol::TenantId& tenant) {
    const std::string limit = std::to_string(bytes_max);
    return R"({"name":"stderr","text":)" +
           protocol::json_string("\noutput_bytes_max: this cell has put out the " + limit +
                                 " bytes that one cell may; what more it prints or displays is not shown. Errors and "
                                 "results are. To raise the limit: quotas.output_bytes_max of tenant '" +
                                 tenant.str() + "' or of tenants.defaults in the server's configuration.\n") +
           "}";
}

}  // namespace corncob::tenants
