// Secrets that a container is given as files (Docker and Kubernetes secrets): X_FILE names the file that holds X.
#pragma once

#include <string>
#include <vector>

#include "config/environment.hpp"
#include "config/problem.hpp"

namespace corncob::config {

/// The variables that may be given so: tokens, and what tells one.
const std::vector<std::string>& secret_variables();

/// `environment` with the text of each such file in the place of the variable, without the line's end. A problem each
/// for a file that cannot be read, is empty or too large, and for a variable that is set both ways.
Environment with_secret_files(Environment environment, Report& report);

}  // namespace corncob::config
