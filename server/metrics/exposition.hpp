// Metrics as the text that Prometheus reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

namespace corncob::server {

enum class Exposition { text, openmetrics };

/// What a scraper wants, by its Accept header: OpenMetrics where that is named and liked at least as much as text.
Exposition exposition_for(std::string_view accept);

/// With version and charset.
std::string content_type_of(Exposition form);

std::string expose(const std::vector<prometheus::MetricFamily>& families, Exposition form);

}  // namespace corncob::server
