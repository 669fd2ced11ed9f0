// An expected error is a value: Result<T, Code> holds a T or a Failure<Code>.
#pragma once

#include <stdexcept>
#include <string>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace corncob {

/// What went wrong (code, for the program) and the sentence that names what, where and the limit (detail, for people).
template <class Code>
struct Failure {
    Code code{};
    std::string detail;
    bool operator==(const Failure&) const = default;
};

template <class T, class Code>
using Result = boost::system::result<T, Failure<Code>>;

/// value() of a failed Result is a bug of the caller; this is what it meets.
template <class Code>
[[noreturn]] void throw_exception_from_error(const Failure<Code>& failure, const boost::source_location&) {
    throw std::logic_error("value() of a failed Result: " + failure.detail);
}

}  // namespace corncob
