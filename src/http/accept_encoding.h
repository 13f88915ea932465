// Chooses the coding of a response's content (RFC 9110, 12.5.3).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weir::http {

// The weight of a coding in an Accept-Encoding header, in thousandths; 0 for one that is not
// acceptable, or neither mentioned nor covered by "*". Malformed elements are skipped.
int weight_of(std::string_view accept_encoding, std::string_view coding) noexcept;

// The first of by_weight.
std::optional<std::size_t> best_coding(std::string_view accept_encoding,
                                       std::span<const std::string_view> codings);

// The indices of the codings that are acceptable and not less welcome than the content itself, the
// greatest weight first.
std::vector<std::size_t> by_weight(std::string_view accept_encoding,
                                   std::span<const std::string_view> codings);

// Whether files of this media type become smaller: texts, and formats that are not compressed.
bool is_compressible(std::string_view media_type) noexcept;

}  // namespace weir::http
