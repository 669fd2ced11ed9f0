// Modes as the command line spells them: one word, dash-joined, in any order ("cache-multi-react-concurrent").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.hpp"

namespace corncob::server {

enum class ModeErrc { unknown, twice };

/// The words, sorted; none for "" and for "chained". The failure is a sentence for who typed it.
Result<std::vector<std::string>, ModeErrc> parse_modes(std::string_view text);

}  // namespace corncob::server
