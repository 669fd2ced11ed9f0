#include "tenants/kernel_info.hpp"

#include <nlohmann/json.hpp>

#include "protocol/message.hpp"

namespace corncob::tenants {

std::string kernel_info_content(const std::string& language_version) {
    const nlohmann::json content = {
        {"status", "ok"},
        {"protocol_version", protocol::kProtocolVersion},
        {"implementation", "corncob"},
        {"implementation_version", CORNCOB_VERSION},
        {"language_info",
         {{"name", "python"},
          {"version", language_version},
          {"mimetype", "text/x-python"},
          {"file_extension", ".py"},
          {"pygments_lexer", "ipython3"},
          {"nbconvert_exporter", "python"},
          {"codemirror_mode", {{"name", "ipython"}, {"version", 3}}}}},
        {"banner", "Corncob " CORNCOB_VERSION ", Python " + language_version + ", IPython"},
        {"help_links",
         {{{"text", "Python Reference"}, {"url", "https://docs.python.org/3.11"}},
          {{"text", "IPython Reference"}, {"url", "https://ipython.org/documentation.html"}}}},
        {"supported_features", {"kernel subshells"}},
        {"debugger", false},
    };
    return content.dump();
}

}  // namespace corncob::tenants
