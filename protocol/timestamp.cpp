#include "protocol/timestamp.hpp"

#include <cstddef>

namespace corncob::protocol {
namespace {

/// Writes `value` right-aligned into `out`[begin, begin + digits), with zeros in front.
void put(std::string& out, std::size_t begin, std::size_t digits, long value) {
    for (std::size_t i = digits; i > 0; --i) {
        out[begin + i - 1] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

}  // namespace

std::string iso8601(std::chrono::system_clock::time_point when) {
    using std::chrono::days, std::chrono::floor, std::chrono::microseconds;
    const auto rounded = floor<microseconds>(when);
    const auto day = floor<days>(rounded);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(rounded - day);

    // The system clock counts nanoseconds in 64 bits: years 1677 to 2262, always four digits.
    std::string out = "0000-00-00T00:00:00.000000Z";
    put(out, 0, 4, static_cast<int>(date.year()));
    put(out, 5, 2, static_cast<long>(static_cast<unsigned>(date.month())));
    put(out, 8, 2, static_cast<long>(static_cast<unsigned>(date.day())));
    put(out, 11, 2, time.hours().count());
    put(out, 14, 2, time.minutes().count());
    put(out, 17, 2, time.seconds().count());
    put(out, 20, 6, time.subseconds().count());
    return out;
}

}  // namespace corncob::protocol
