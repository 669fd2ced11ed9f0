// What is wrong with a configuration, and where. All problems of a run are collected before any is shown.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace corncob::config {

/// Where a value was written: a file and its line, an environment variable or a flag.
struct Origin {
    std::string source;    ///< path as the user gave it, "KG_PORT", "--port"; empty: nowhere, a default
    std::size_t line = 0;  ///< from 1; 0: not a file
};

struct Problem {
    Origin origin;
    std::string key_path;  ///< "server.port", "auth.tokens[0].sha256"; empty: the file as a whole
    std::string message;   ///< what is wrong and what would be right; never a secret
};

/// "corncob.yaml:12: server.port: 99999 is out of range 0..65535"
std::string to_text(const Problem& problem);
/// One line a problem.
void print(std::ostream& stream, const std::vector<Problem>& problems);

/// Collects problems, and where each value came from, so that a rule about values can name a line. One thread.
class Report {
 public:
    /// The value of `key_path` comes from here; the last layer wins, as its value does.
    void set_origin(const std::string& key_path, Origin origin);
    /// Whether any layer set this very key.
    bool is_set(const std::string& key_path) const { return origins_.count(key_path) != 0; }

    /// A value that cannot be used as it is written.
    void add(Origin origin, const std::string& key_path, std::string message);

    /// A rule about usable values is broken. Told where `key_path` was set. Left out if `key_path` or one of
    /// `involved` could not be used in the first place: the rule saw a default instead of the value meant.
    void add_rule(const std::string& key_path, std::string message, const std::vector<std::string>& involved = {});

    bool empty() const { return problems_.empty(); }
    /// In the order of the file's lines, then what comes from elsewhere.
    std::vector<Problem> sorted() const;

 private:
    Origin nearest_origin(std::string key_path) const;

    std::map<std::string, Origin> origins_;
    std::set<std::string> unusable_;
    std::vector<Problem> problems_;
};

}  // namespace corncob::config
