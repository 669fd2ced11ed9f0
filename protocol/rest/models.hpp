// The JSON models of the Jupyter Server kernels API.
// https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/ids.hpp"

namespace corncob::protocol::rest {

using Timestamp = std::chrono::system_clock::time_point;

struct KernelModel {
    KernelId id;
    std::string name;  ///< of its kernelspec
    Timestamp last_activity;
    std::string execution_state;  ///< starting, idle, busy, restarting, terminating, dead
    std::size_t connections = 0;
};

struct SessionModel {
    SessionId id;
    std::string path;
    std::string name;
    std::string type;
    KernelModel kernel;
};

/// What /api/kernelspecs says of a kernelspec. Clients require argv, though nothing is executed.
struct KernelspecModel {
    std::string name;
    std::string display_name;
    std::string language = "python";
    std::map<std::string, std::string> env;
    nlohmann::json metadata = nlohmann::json::object();
    std::vector<std::string> argv;
    std::map<std::string, std::string> resources;  ///< e.g. logo-64x64 -> /kernelspecs/python3/logo-64x64.png
};

nlohmann::json to_json(const KernelModel& model);
nlohmann::json to_json(const SessionModel& model);
nlohmann::json to_json(const KernelspecModel& model);

/// {"message": ..., "reason": ...}: the body of every error. Bytes that are not UTF-8 become U+FFFD, so that dump()
/// of it never throws.
nlohmann::json error_body(const std::string& message, const std::optional<std::string>& reason);

}  // namespace corncob::protocol::rest
