#include "config/problem.hpp"

#include <algorithm>
#include <ostream>
#include <tuple>
#include <utility>

namespace corncob::config {

std::string to_text(const Problem& problem) {
    std::string text = problem.origin.source;
    if (problem.origin.line != 0) text += ':' + std::to_string(problem.origin.line);
    if (!text.empty()) text += ": ";
    if (!problem.key_path.empty()) text += problem.key_path + ": ";
    return text + problem.message;
}

void print(std::ostream& stream, const std::vector<Problem>& problems) {
    for (const Problem& problem : problems) stream << to_text(problem) << '\n';
}

void Report::set_origin(const std::string& key_path, Origin origin) {
    origins_.insert_or_assign(key_path, std::move(origin));
}

void Report::add(Origin origin, const std::string& key_path, std::string message) {
    unusable_.insert(key_path);
    // A list that lost an element is not the list that was meant.
    if (key_path.ends_with(']')) unusable_.insert(key_path.substr(0, key_path.rfind('[')));
    problems_.push_back({std::move(origin), key_path, std::move(message)});
}

void Report::add_rule(const std::string& key_path, std::string message, const std::vector<std::string>& involved) {
    const auto is_unusable = [this](const std::string& key) { return unusable_.count(key) != 0; };
    if (is_unusable(key_path) || std::any_of(involved.begin(), involved.end(), is_unusable)) return;
    problems_.push_back({nearest_origin(key_path), key_path, std::move(message)});
}

Origin Report::nearest_origin(std::string key_path) const {
    while (true) {
        if (const auto found = origins_.find(key_path); found != origins_.end()) return found->second;
        const auto end = key_path.find_last_of(".[");
        if (end == std::string::npos) return {};
        key_path.resize(end);
    }
}

std::vector<Problem> Report::sorted() const {
    auto problems = problems_;
    const auto rank = [](const Problem& problem) {
        return std::make_tuple(problem.origin.line == 0, problem.origin.line);
    };
    std::stable_sort(problems.begin(), problems.end(),
                     [&rank](const Problem& left, const Problem& right) { return rank(left) < rank(right); });
    return problems;
}

}  // namespace corncob::config
