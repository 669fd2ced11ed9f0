// Request targets: path segments, percent-encoding, query.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corncob::server {

/// Nothing: a % that is not followed by two hexadecimal digits. `plus_is_space` for queries.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Everything but the unreserved characters of RFC 3986 becomes %XX.
std::string percent_encode(std::string_view text);

/// Decoded names and values in their order. What cannot be decoded is kept as it came.
class Query {
 public:
    Query() = default;
    explicit Query(std::string_view text);

    /// The first value of `name`.
    std::optional<std::string> get(std::string_view name) const;

 private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

/// A request target, origin form or absolute form. Views into the target.
struct Target {
    std::string_view path;   ///< as it came, begins with a slash
    std::string_view query;  ///< without the question mark
};
/// Nothing: neither of the two forms.
std::optional<Target> parse_target(std::string_view target);

/// "/api/kernels" -> {"api", "kernels"}; "/api/" -> {"api", ""}; "/" -> {""}. Not decoded.
std::vector<std::string_view> split_path(std::string_view path);

}  // namespace corncob::server
