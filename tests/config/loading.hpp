// What every test of the configuration needs: a file, the loaded structs, the problems as text.
#pragma once

#include <atomic>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "config/load.hpp"
#include "config/yaml_file.hpp"

namespace corncob::config {

/// A file of its own in the temporary directory, gone at the end of the test.
class TemporaryFile {
 public:
    explicit TemporaryFile(const std::string& content) {
        static std::atomic<int> next{0};
        path_ = testing::TempDir() + "corncob-" + std::to_string(getpid()) + "-" + std::to_string(next++) + ".yaml";
        std::ofstream(path_, std::ios::binary) << content;
    }
    ~TemporaryFile() { std::remove(path_.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const std::string& path() const { return path_; }

 private:
    std::string path_;
};

inline std::vector<std::string> as_text(const std::vector<Problem>& problems) {
    std::vector<std::string> lines;
    lines.reserve(problems.size());
    for (const Problem& problem : problems) lines.push_back(to_text(problem));
    return lines;
}

/// The configuration; a test that expects one fails with the problems if there is none.
inline GatewayConfig loaded(const Loaded& result) {
    if (const auto* problems = std::get_if<std::vector<Problem>>(&result)) {
        std::ostringstream text;
        print(text, *problems);
        throw std::runtime_error("not loaded:\n" + text.str());
    }
    return std::get<GatewayConfig>(result);
}

/// The problems as printed; none if the configuration was loaded.
inline std::vector<std::string> problems(const Loaded& result) {
    const auto* found = std::get_if<std::vector<Problem>>(&result);
    return found == nullptr ? std::vector<std::string>{} : as_text(*found);
}

/// What reading this YAML as "c.yaml" complains of, without rules between values.
inline std::vector<std::string> yaml_problems(const std::string& yaml) {
    GatewayConfig config;
    Report report;
    read_yaml(yaml, "c.yaml", config, report);
    return as_text(report.sorted());
}

inline std::string read_source(const std::string& path) {
    std::ifstream file(std::string(CORNCOB_SOURCE_DIR) + "/" + path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace corncob::config
