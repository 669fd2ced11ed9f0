// Folders for what nobody else may read: connection files hold keys, and ipc sockets ask nobody who they are.
#pragma once

#include <string>

#include "server/zmq/connection_file.hpp"

namespace corncob::server {

/// Makes the folder, and those above it, for their owner alone. One that is there must be a directory of this user's
/// that nobody else can get into: below /tmp anybody may have made it.
ConnectionResult<void> make_private_folder(const std::string& path);

/// `name` as the name of a file, which "." and ".." are not.
std::string file_name_of(const std::string& name);

}  // namespace corncob::server
