// weir/http/headers.h - the header lines of a message: in their order, found whatever their case.
//
//   Headers headers{{"Host", "example.org"}, {"Accept", "text/html"}, {"accept", "text/plain"}};
//   headers.get("ACCEPT");                          // "text/html, text/plain"
//   for (const auto [name, value] : headers) ...    // every line as it was given
//
// Views that it returns are good until it is changed.
// Node counterparts: message.headers (get), headersDistinct (get_all), rawHeaders (the lines).
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
  // The lines as they are, unchecked.
  Headers(std::initializer_list<Field> fields);

  // Lines, not names.
  std::size_t size() const noexcept { return lines_.size(); }
  bool empty() const noexcept { return size() == 0; }
  Field operator[](std::size_t index) const noexcept { return lines_[index]; }
  Iterator begin() const noexcept;
  Iterator end() const noexcept;

  bool has(std::string_view name) const noexcept { return find(name) < size(); }
  // Several lines as Node joins them: with ", ", cookies with "; "; of those that make no list
  // (Host, Content-Type, Content-Length ...) the first alone. Set-Cookie is for get_all.
  std::optional<std::string> get(std::string_view name) const;
  // The first line's value, not copied.
  std::optional<std::string_view> first(std::string_view name) const noexcept;
  // Of every line with that name.
  std::vector<std::string_view> get_all(std::string_view name) const;
  // Each once, as it was written first.
  std::vector<std::string_view> names() const;

  // One line in the place of the first that there is, and of all others with that name.
  void set(std::string_view name, std::string_view value);
  // One more, behind the last of that name.
  void append(std::string_view name, std::string_view value);
  // One more at the end.
  void push_back(std::string_view name, std::string_view value);
  // False where there was none.
  bool remove(std::string_view name);
  void clear() noexcept;
  // Makes room for that many lines and bytes.
  void reserve(std::size_t lines, std::size_t bytes);

  // Have get join the lines that make no list as well. Node: joinDuplicateHeaders.
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

// What a name and a value must be to be sent. `label` begins the message.
// ERRORS: throws ERR_INVALID_HTTP_TOKEN; ERR_INVALID_CHAR, ERR_HTTP_INVALID_HEADER_VALUE (for a
// view of nothing). Node counterparts: http.validateHeaderName, http.validateHeaderValue.
void validate_header_name(std::string_view name, std::string_view label = "Header name");
void validate_header_value(std::string_view name, std::string_view value);

}  // namespace weir::http
