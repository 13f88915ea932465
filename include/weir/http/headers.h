// weir/http/headers.h - Headers: the headers of a message, in order, with case-insensitive names.
//
//   Headers headers{{"Host", "example.org"}, {"Accept", "text/html"}, {"accept", "text/plain"}};
//   headers.get("ACCEPT");                          // "text/html, text/plain"
//   for (const auto [name, value] : headers) ...    // every line as given
//
// Returned views are valid until the next change.
// Node counterparts: message.headers (get), headersDistinct (get_all), rawHeaders (iteration).
#pragma once

#include <weir/http/internal/field_lines.h>

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::http {

class Headers {
 public:
  class Iterator;

  Headers() noexcept {}  // NOLINT: not = default, as FieldLines
  // The lines as given, unchecked.
  Headers(std::initializer_list<Field> fields);

  // The number of lines, which may be more than the number of names.
  std::size_t size() const noexcept { return lines_.size(); }
  bool empty() const noexcept { return size() == 0; }
  Field operator[](std::size_t index) const noexcept { return lines_[index]; }
  Iterator begin() const noexcept;
  Iterator end() const noexcept;

  bool has(std::string_view name) const noexcept { return find(name) < size(); }
  // The lines with this name, joined as in Node: with ", "; cookies with "; "; for names that take
  // no list (Host, Content-Type, Content-Length ...) the first only. Use get_all for Set-Cookie.
  std::optional<std::string> get(std::string_view name) const;
  // The first line's value, without a copy.
  std::optional<std::string_view> first(std::string_view name) const noexcept;
  // The values of all lines with this name.
  std::vector<std::string_view> get_all(std::string_view name) const;
  // Each name once, as it was first written.
  std::vector<std::string_view> names() const;

  // Replaces the first line with this name, and removes the others; appends if there is none.
  void set(std::string_view name, std::string_view value);
  // Adds a line after the last one with this name.
  void append(std::string_view name, std::string_view value);
  // Adds a line at the end.
  void push_back(std::string_view name, std::string_view value);
  // Returns false if there was none.
  bool remove(std::string_view name);
  void clear() noexcept;
  // Reserves memory for this many lines and bytes.
  void reserve(std::size_t lines, std::size_t bytes);

  // Make get join all names, also those that take no list. Node: joinDuplicateHeaders.
  void join_duplicates(bool joins) noexcept { joins_all_ = joins; }

  friend bool operator==(const Headers& a, const Headers& b) noexcept;

 private:
  std::size_t find(std::string_view name, std::size_t from = 0) const noexcept;

  FieldLines lines_;
  bool joins_all_ = false;
};

class Headers::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Field;
  using difference_type = std::ptrdiff_t;

  Iterator() = default;
  Iterator(const Headers& headers, std::size_t index) : headers_(&headers), index_(index) {}
  Field operator*() const noexcept { return (*headers_)[index_]; }
  Iterator& operator++() noexcept {
    ++index_;
    return *this;
  }
  Iterator operator++(int) noexcept {
    const Iterator before = *this;
    ++index_;
    return before;
  }
  friend bool operator==(const Iterator&, const Iterator&) = default;

 private:
  const Headers* headers_ = nullptr;
  std::size_t index_ = 0;
};

inline Headers::Iterator Headers::begin() const noexcept { return {*this, 0}; }
inline Headers::Iterator Headers::end() const noexcept { return {*this, size()}; }

// Check that a name and a value can be sent. `label` begins the message.
// ERRORS: throws ERR_INVALID_HTTP_TOKEN; ERR_INVALID_CHAR, ERR_HTTP_INVALID_HEADER_VALUE (for a
// null view).
// Node counterparts: http.validateHeaderName, http.validateHeaderValue.
void validate_header_name(std::string_view name, std::string_view label = "Header name");
void validate_header_value(std::string_view name, std::string_view value);

}  // namespace weir::http
