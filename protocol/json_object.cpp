#include "protocol/json_object.hpp"

#include <cstddef>
#include <iterator>
#include <optional>

#include <nlohmann/json.hpp>

#include "protocol/json_text.hpp"
#include "protocol/limits.hpp"

namespace corncob::protocol {
namespace {

/// Walks over the text and tells how far the parser has read.
class TrackingIterator {
 public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    TrackingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}

    reference operator*() const { return *at_; }
    TrackingIterator& operator++() {
        *reached_ = ++at_;
        return *this;
    }
    TrackingIterator operator++(int) {
        TrackingIterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const TrackingIterator& other) const { return at_ == other.at_; }

 private:
    const char* at_;
    const char** reached_;
};

/// Takes the parser's events. When one for a bracket arrives, that bracket is the last byte read: the parser takes
/// no look-ahead after it. The slices rest on this.
class MemberReader {
 public:
    MemberReader(std::string_view text, std::span<JsonMember> wanted, std::string_view what)
        : reached_(text.data()), wanted_(wanted), what_(what) {}

    const char** reached() { return &reached_; }
    const std::optional<Failure>& failure() const { return failure_; }

    bool null() { return scalar(JsonKind::null); }
    bool boolean(bool) { return scalar(JsonKind::other); }
    bool number_integer(std::int64_t) { return scalar(JsonKind::other); }
    bool number_unsigned(std::uint64_t) { return scalar(JsonKind::other); }
    bool number_float(double, const std::string&) { return scalar(JsonKind::other); }
    bool binary(nlohmann::json::binary_t&) { return scalar(JsonKind::other); }
    bool string(std::string& value) {
        if (is_wanted()) current_->string = std::move(value);
        return scalar(JsonKind::string);
    }
    bool start_object(std::size_t) { return open(JsonKind::object); }
    bool start_array(std::size_t) { return open(JsonKind::array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }

    bool key(const std::string& key) {
        if (depth_ != 1) return true;
        current_ = nullptr;
        for (JsonMember& member : wanted_) {
            if (member.key != key) continue;
            member = JsonMember{member.key};
            current_ = &member;
        }
        return true;
    }

    /// The parser's own words quote the input, which may be somebody's code: only the position is told.
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
        return fail(Errc::bad_json, "is not JSON at byte " + std::to_string(position));
    }

 private:
    bool is_wanted() const { return depth_ == 1 && current_ != nullptr; }

    bool fail(Errc code, const std::string& detail) {
        if (!failure_) failure_ = Failure{code, std::string(what_) + " " + detail};
        return false;
    }

    bool scalar(JsonKind kind) {
        if (depth_ == 0) return fail(Errc::not_an_object, "is not a JSON object");
        if (is_wanted()) current_->kind = kind;
        return true;
    }

    bool open(JsonKind kind) {
        if (depth_ == 0 && kind != JsonKind::object) return fail(Errc::not_an_object, "is not a JSON object");
        if (is_wanted()) {
            current_->kind = kind;
            begin_ = reached_ - 1;
        }
        if (++depth_ > kJsonDepthMax) {
            return fail(Errc::too_deep, "is nested deeper than " + std::to_string(kJsonDepthMax) + " levels");
        }
        return true;
    }

    bool close() {
        --depth_;
        if (is_wanted()) current_->text = std::string_view(begin_, static_cast<std::size_t>(reached_ - begin_));
        return true;
    }

    const char* reached_;
    std::span<JsonMember> wanted_;
    std::string_view what_;
    JsonMember* current_ = nullptr;
    const char* begin_ = nullptr;
    std::size_t depth_ = 0;
    std::optional<Failure> failure_;
};

}  // namespace

Result<void> check_json_object(std::string_view text, std::string_view what) {
    const std::string name(what);
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return Failure{Errc::bad_json, name + " is empty, must be a JSON object"};
    if (const std::size_t good = utf8_prefix_bytes(text); good != text.size()) {
        return Failure{Errc::bad_utf8, name + " is not UTF-8 at byte " + std::to_string(good)};
    }
    const std::size_t last = text.find_last_not_of(kBlanks);
    if (first == last || text[first] != '{' || text[last] != '}') {
        return Failure{Errc::not_an_object, name + " is not a JSON object"};
    }
    if (is_nested_deeper_than(text, kJsonDepthMax)) {
        return Failure{Errc::too_deep, name + " is nested deeper than " + std::to_string(kJsonDepthMax) + " levels"};
    }
    return {};
}

Result<void> read_members(std::string_view text, std::span<JsonMember> wanted, std::string_view what) {
    MemberReader reader(text, wanted, what);
    const TrackingIterator begin(text.data(), reader.reached());
    const TrackingIterator end(text.data() + text.size(), reader.reached());
    if (!nlohmann::json::sax_parse(begin, end, &reader)) {
        return reader.failure().value_or(Failure{Errc::bad_json, std::string(what) + " is not JSON"});
    }
    return {};
}

}  // namespace corncob::protocol
