// Every scalar setting, once: its key, the member it sets, what it may hold, its environment variable and its flag.
// The file parser, the environment, the flags and the tests of the documents are all driven by these tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/gateway_config.hpp"

namespace corncob::config {

/// Inclusive bounds of a whole number.
struct Bounds {
    std::uint64_t min = 0;
    std::uint64_t max = 0;
};

/// The member of `Root` that a field sets; the alternatives are the types that a scalar can have.
template <class Root>
using Slot =
    std::variant<std::function<bool&(Root&)>, std::function<std::uint16_t&(Root&)>, std::function<std::size_t&(Root&)>,
                 std::function<std::string&(Root&)>, std::function<std::optional<std::string>&(Root&)>>;

/// What a field may hold besides its type, and who may set it besides the file.
struct Traits {
    Bounds bounds{};                        ///< of whole numbers
    std::vector<std::string> choices = {};  ///< of text; empty: any text
    std::string variable = {};              ///< environment variable; empty: none
    std::string flag = {};                  ///< of `corncob serve`; empty: none
    std::string help = {};                  ///< of the flag
    bool in_file = true;                    ///< false: never in the configuration's file
    bool secret = false;                    ///< the variable may be given as a file (secret_files.hpp)
};

template <class Root>
struct Field {
    std::string key;  ///< below the root: "server.port" of GatewayConfig, "port" of ServerConfig
    Slot<Root> slot;
    Traits traits;
};

/// All scalars of the configuration, tenants.defaults included. Made once, immutable.
const std::vector<Field<GatewayConfig>>& gateway_fields();
/// Of tenants.<name>.
const std::vector<Field<TenantConfig>>& tenant_fields();
/// Of kernelspecs.<name>; modes and env are lists and maps, hence not here.
const std::vector<Field<KernelspecConfig>>& kernelspec_fields();
/// Of auth.tokens[i]; rights is a list, hence not here.
const std::vector<Field<TokenConfig>>& token_fields();

/// The words of lists.
const std::vector<std::string>& mode_words();
const std::vector<std::string>& right_words();

/// Whether the field is a number or a truth value, so that a quoted "8888" is of the wrong type.
template <class Root>
bool wants_plain_scalar(const Field<Root>& field);

/// Sets the field from its text. Returns what is wrong with the text, and then sets nothing.
template <class Root>
[[nodiscard]] std::optional<std::string> assign(const Field<Root>& field, Root& root, std::string_view text);

/// The value as it is written in a file, without quotes.
template <class Root>
std::string value_text(const Field<Root>& field, const Root& root);

/// What the field may hold: "0..65535", "true, false", the choices, or "text".
template <class Root>
std::string allowed_text(const Field<Root>& field);

}  // namespace corncob::config
