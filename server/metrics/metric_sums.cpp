#include "server/metrics/metric_sums.hpp"

#include <algorithm>
#include <string_view>

namespace corncob::server {

std::vector<std::string> label_names(const Declaration& declaration) {
    constexpr std::string_view kSeparator = ", ";
    std::vector<std::string> names;
    std::string_view rest = declaration.labels;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(kSeparator), rest.size());
        names.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + kSeparator.size(), rest.size()));
    }
    return names;
}

std::vector<prometheus::MetricFamily> MetricSums::families() const {
    std::vector<prometheus::MetricFamily> families;
    for (const auto& [metric, values] : values_) {
        const Declaration& declared = declaration(metric);
        const auto names = label_names(declared);
        prometheus::MetricFamily family{declared.name, declared.help, declared.type, {}};
        for (const auto& [label_values, value] : values) {
            prometheus::ClientMetric each;
            for (std::size_t i = 0; i < names.size(); ++i) each.label.push_back({names[i], label_values.at(i)});
            (declared.type == prometheus::MetricType::Counter ? each.counter.value : each.gauge.value) = value;
            family.metric.push_back(std::move(each));
        }
        families.push_back(std::move(family));
    }
    return families;
}

}  // namespace corncob::server
