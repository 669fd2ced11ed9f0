// Values by their labels, on the way to metric families.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "server/metrics/declarations.hpp"

namespace corncob::server {

/// The names in Declaration::labels, in their order.
std::vector<std::string> label_names(const Declaration& declaration);

/// What is added under the same labels is one value. Counters and gauges only.
class MetricSums {
 public:
    /// `label_values` of the declared labels, in their order.
    void add(Metric metric, double value, std::vector<std::string> label_values = {}) {
        values_[metric][std::move(label_values)] += value;
    }
    std::vector<prometheus::MetricFamily> families() const;

 private:
    std::map<Metric, std::map<std::vector<std::string>, double>> values_;
};

}  // namespace corncob::server
