// What a JupyterLab that is connected directly asks beyond kernels: answers it can live with.
#pragma once

#include "server/http/router.hpp"

namespace corncob::server {

/// The contents are one empty, read-only directory; there are no settings to keep and no terminals.
void add_lab_routes(Router& router);

}  // namespace corncob::server
