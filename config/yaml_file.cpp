#include "config/yaml_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "config/fields.hpp"
#include "config/text.hpp"

namespace corncob::config {
namespace {

std::string below(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
}

std::string element(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

std::string kind(const YAML::Node& node) {
    if (node.IsMap()) return "a map";
    if (node.IsSequence()) return "a list";
    return node.IsScalar() ? "text" : "empty";
}

/// Whether the scalar is text by its spelling: quoted, or tagged so.
bool is_marked_text(const YAML::Node& node) {
    return node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str";
}

/// One document on its way into the structs. Reads as much as it can, so that every problem is told at once.
class Reader {
 public:
    Reader(std::string name, GatewayConfig& config, Report& report)
        : name_(std::move(name)), config_(config), report_(report) {}

    void read(const YAML::Node& document);

 private:
    /// What reads a value that is no scalar: its node, the line of its key, its full key path.
    using ReadValue = std::function<void(const YAML::Node&, std::size_t, const std::string&)>;
    /// By key below the root. "tenants.*" stands for every key of that section which is no section of fields.
    using Special = std::map<std::string, ReadValue>;

    template <class Root>
    struct Schema {
        const std::vector<Field<Root>>& fields;
        Special special;
        std::string path;  ///< of the root, in problems
    };

    template <class Root>
    void read_section(const YAML::Node& node, std::size_t line, const Schema<Root>& schema, const std::string& section,
                      Root& root);
    template <class Root>
    void read_key(const YAML::Node& value, std::size_t line, const Schema<Root>& schema, const std::string& section,
                  const std::string& key, Root& root);
    template <class Root>
    void read_scalar(const YAML::Node& node, std::size_t line, const Field<Root>& field, const std::string& path,
                     Root& root);

    void read_tokens(const YAML::Node& node, std::size_t line, const std::string& path);
    void read_tenant(const YAML::Node& node, std::size_t line, const std::string& path);
    void read_kernelspec(const YAML::Node& node, std::size_t line, const std::string& path);
    void read_words(const YAML::Node& node, std::size_t line, const std::string& path,
                    const std::vector<std::string>& allowed, std::vector<std::string>& words);
    void read_variables(const YAML::Node& node, std::size_t line, const std::string& path,
                        std::map<std::string, std::string>& variables);

    /// Calls `each(key, value, line)` for the entries of a map; an empty node has none. Tells of anything but a
    /// map, of keys that are no words and of keys given twice (the first one counts).
    template <class Each>
    void for_each_entry(const YAML::Node& node, std::size_t line, const std::string& path, Each each);

    Origin at(std::size_t line) const { return {name_, line}; }
    static std::size_t line_of(const YAML::Node& node) { return static_cast<std::size_t>(node.Mark().line) + 1; }

    std::string name_;
    GatewayConfig& config_;
    Report& report_;
};

/// What may stand in `section`: the words below it of fields and special values, for suggestions.
template <class Fields, class Special>
std::vector<std::string> known_words(const Fields& fields, const Special& special, const std::string& section) {
    const std::string prefix = section.empty() ? "" : section + ".";
    std::set<std::string> words;
    const auto take = [&](const std::string& key) {
        if (!key.starts_with(prefix)) return;
        const std::string word = key.substr(prefix.size(), key.find('.', prefix.size()) - prefix.size());
        if (word != "*") words.insert(word);
    };
    for (const auto& field : fields) {
        if (field.traits.in_file) take(field.key);
    }
    for (const auto& [key, unused] : special) take(key);
    return {words.begin(), words.end()};
}

/// For an unknown key: the nearest word of its section, or where a key of this name does belong.
template <class Fields, class Special>
std::string suggestion(const Fields& fields, const Special& special, const std::string& section,
                       const std::string& word) {
    const auto words = known_words(fields, special, section);
    if (std::string near = did_you_mean(word, words); !near.empty()) return near;
    for (const auto& field : fields) {
        if (field.traits.in_file && field.key.ends_with("." + word)) return "; did you mean '" + field.key + "'?";
    }
    return "; known here: " + joined(words);
}

template <class Each>
void Reader::for_each_entry(const YAML::Node& node, std::size_t line, const std::string& path, Each each) {
    if (node.IsNull()) return;
    if (!node.IsMap()) {
        report_.add(at(line), path, "is " + kind(node) + "; a map is expected");
        return;
    }
    std::map<std::string, std::size_t> first_lines;
    for (const auto& entry : node) {
        const std::size_t key_line = line_of(entry.first);
        if (!entry.first.IsScalar() || text_complaint(entry.first.Scalar())) {
            report_.add(at(key_line), path, "has a key that is no word");
            continue;
        }
        const std::string key = entry.first.Scalar();
        if (const auto [first, is_new] = first_lines.emplace(key, key_line); !is_new) {
            report_.add(at(key_line), below(path, key),
                        "is given twice, first in line " + std::to_string(first->second));
            continue;
        }
        each(key, entry.second, key_line);
    }
}

template <class Root>
void Reader::read_section(const YAML::Node& node, std::size_t line, const Schema<Root>& schema,
                          const std::string& section, Root& root) {
    const std::string path = section.empty() ? schema.path : below(schema.path, section);
    for_each_entry(node, line, path, [&](const std::string& word, const YAML::Node& value, std::size_t key_line) {
        read_key(value, key_line, schema, section, word, root);
    });
}

template <class Root>
void Reader::read_key(const YAML::Node& value, std::size_t line, const Schema<Root>& schema, const std::string& section,
                      const std::string& word, Root& root) {
    const std::string key = below(section, word);
    const std::string path = below(schema.path, key);
    for (const auto& field : schema.fields) {
        // A dot inside a YAML key must not reach a field of another section.
        if (field.traits.in_file && field.key == key && word.find('.') == std::string::npos) {
            return read_scalar(value, line, field, path, root);
        }
    }
    const auto words = known_words(schema.fields, schema.special, section);
    const bool is_known = std::find(words.begin(), words.end(), word) != words.end();
    auto special = schema.special.find(key);
    if (special == schema.special.end() && !is_known) special = schema.special.find(below(section, "*"));
    if (special != schema.special.end()) return special->second(value, line, path);
    if (is_known) return read_section(value, line, schema, key, root);
    report_.add(at(line), path, "unknown key" + suggestion(schema.fields, schema.special, section, word));
}

template <class Root>
void Reader::read_scalar(const YAML::Node& node, std::size_t line, const Field<Root>& field, const std::string& path,
                         Root& root) {
    const std::string expected = wants_plain_scalar(field) ? " (" + allowed_text(field) + ")" : "";
    report_.set_origin(path, at(line));
    if (node.IsNull()) {
        report_.add(at(line), path, "has no value" + expected + "; leave the key out for the default");
    } else if (!node.IsScalar()) {
        report_.add(at(line), path, "is " + kind(node) + "; a single value is expected" + expected);
    } else if (wants_plain_scalar(field) && is_marked_text(node)) {
        report_.add(at(line), path, "is quoted text; write the value without quotes" + expected);
    } else if (const auto complaint = assign(field, root, node.Scalar())) {
        report_.add(at(line), path, *complaint);
    }
}

void Reader::read(const YAML::Node& document) {
    const auto tokens = [this](const YAML::Node& n, std::size_t l, const std::string& p) { read_tokens(n, l, p); };
    const auto tenant = [this](const YAML::Node& n, std::size_t l, const std::string& p) { read_tenant(n, l, p); };
    const auto spec = [this](const YAML::Node& n, std::size_t l, const std::string& p) { read_kernelspec(n, l, p); };
    const Schema<GatewayConfig> schema{
        gateway_fields(), {{"auth.tokens", tokens}, {"tenants.*", tenant}, {"kernelspecs.*", spec}}, ""};
    read_section(document, line_of(document), schema, "", config_);
}

void Reader::read_tokens(const YAML::Node& node, std::size_t line, const std::string& path) {
    report_.set_origin(path, at(line));
    if (node.IsNull()) return;
    if (!node.IsSequence()) return report_.add(at(line), path, "is " + kind(node) + "; a list is expected");
    for (const auto& entry : node) {
        const std::string entry_path = element(path, config_.auth.tokens.size());
        TokenConfig& token = config_.auth.tokens.emplace_back();
        const auto rights = [this, &token](const YAML::Node& n, std::size_t l, const std::string& p) {
            read_words(n, l, p, right_words(), token.rights);
        };
        report_.set_origin(entry_path, at(line_of(entry)));
        read_section(entry, line_of(entry), Schema<TokenConfig>{token_fields(), {{"rights", rights}}, entry_path}, "",
                     token);
    }
}

void Reader::read_tenant(const YAML::Node& node, std::size_t line, const std::string& path) {
    const std::string name = path.substr(std::string("tenants.").size());
    report_.set_origin(path, at(line));
    read_section(node, line, Schema<TenantConfig>{tenant_fields(), {}, path}, "", config_.tenants.named[name]);
}

void Reader::read_kernelspec(const YAML::Node& node, std::size_t line, const std::string& path) {
    const std::string name = path.substr(std::string("kernelspecs.").size());
    KernelspecConfig& spec = config_.kernelspecs[name];
    const auto modes = [this, &spec](const YAML::Node& n, std::size_t l, const std::string& p) {
        read_words(n, l, p, mode_words(), spec.modes);
    };
    const auto env = [this, &spec](const YAML::Node& n, std::size_t l, const std::string& p) {
        read_variables(n, l, p, spec.env);
    };
    report_.set_origin(path, at(line));
    const Schema<KernelspecConfig> schema{kernelspec_fields(), {{"modes", modes}, {"env", env}}, path};
    read_section(node, line, schema, "", spec);
}

void Reader::read_words(const YAML::Node& node, std::size_t line, const std::string& path,
                        const std::vector<std::string>& allowed, std::vector<std::string>& words) {
    report_.set_origin(path, at(line));
    if (!node.IsSequence()) {
        return report_.add(at(line), path, "is " + kind(node) + "; a list of " + joined(allowed) + " is expected");
    }
    std::size_t index = 0;
    for (const auto& entry : node) {
        const std::string entry_path = element(path, index++);
        const std::string word = entry.IsScalar() ? entry.Scalar() : "";
        if (!entry.IsScalar()) {
            report_.add(at(line_of(entry)), entry_path,
                        "is " + kind(entry) + "; one of " + joined(allowed) + " is expected");
        } else if (std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
            report_.add(at(line_of(entry)), entry_path,
                        shown(word) + " is none of " + joined(allowed) + did_you_mean(word, allowed));
        } else if (std::find(words.begin(), words.end(), word) != words.end()) {
            report_.add(at(line_of(entry)), entry_path, shown(word) + " is given twice");
        } else {
            words.push_back(word);
        }
    }
}

void Reader::read_variables(const YAML::Node& node, std::size_t line, const std::string& path,
                            std::map<std::string, std::string>& variables) {
    report_.set_origin(path, at(line));
    for_each_entry(node, line, path, [&](const std::string& name, const YAML::Node& value, std::size_t key_line) {
        const std::string key_path = below(path, name);
        if (!is_variable_name(name)) {
            report_.add(at(key_line), key_path, "is not the name of a variable ([A-Za-z_][A-Za-z0-9_]*)");
        } else if (!value.IsScalar()) {
            report_.add(at(key_line), key_path, "is " + kind(value) + "; a single value is expected");
        } else if (const auto complaint = text_complaint(value.Scalar())) {
            report_.add(at(key_line), key_path, *complaint);
        } else {
            variables[name] = value.Scalar();
        }
    });
}

}  // namespace

namespace {

/// Sees where documents begin, and nothing else.
class DocumentStarts final : public YAML::EventHandler {
 public:
    void OnDocumentStart(const YAML::Mark& mark) override { line = static_cast<std::size_t>(mark.line) + 1; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

    std::size_t line = 0;  ///< of the last beginning
};

/// The line on which something follows the first document. yaml-cpp finds no end of documents in a file whose
/// text goes on after one (a line indented wrongly), so this looks at two and never loads all.
std::optional<std::size_t> second_document_line(const std::string& yaml) {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    DocumentStarts starts;
    if (!parser.HandleNextDocument(starts) || !parser.HandleNextDocument(starts)) return std::nullopt;
    return starts.line;
}

}  // namespace

void read_yaml(std::string_view yaml, const std::string& name, GatewayConfig& config, Report& report) {
    YAML::Node document;
    try {
        const std::string text(yaml);
        if (const auto line = second_document_line(text)) {
            return report.add({name, *line}, "", "goes on after its first document; is this line indented wrongly?");
        }
        document = YAML::Load(text);
    } catch (const YAML::Exception& error) {
        const auto line = error.mark.is_null() ? 0 : static_cast<std::size_t>(error.mark.line) + 1;
        // The message may quote raw bytes of the file.
        const bool is_showable = !text_complaint(error.msg);
        return report.add({name, line}, "", "is not YAML: " + (is_showable ? error.msg : "a character out of place"));
    }
    Reader(name, config, report).read(document);
}

void read_yaml_file(const std::string& path, GatewayConfig& config, Report& report) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string yaml(kFileBytesMax + 1, '\0');
    if (file) file.read(yaml.data(), static_cast<std::streamsize>(yaml.size()));
    if (!file.is_open() || file.bad()) {
        const auto reason = std::error_code(errno, std::generic_category()).message();
        return report.add({path}, "", "cannot be read: " + reason);
    }
    yaml.resize(static_cast<std::size_t>(file.gcount()));
    if (yaml.size() > kFileBytesMax) {
        return report.add({path}, "", "is larger than " + std::to_string(kFileBytesMax) + " bytes");
    }
    read_yaml(yaml, path, config, report);
}

void inherit_tenant_defaults(GatewayConfig& config, const Report& report) {
    for (auto& [name, tenant] : config.tenants.named) {
        for (const auto& field : tenant_fields()) {
            if (report.is_set("tenants." + name + "." + field.key)) continue;
            const auto copy = [&tenant = tenant, &config](const auto& access) {
                access(tenant) = access(config.tenants.defaults);
            };
            std::visit(copy, field.slot);
        }
    }
}

}  // namespace corncob::config
