// The parser's limits from ServerOptions or RequestOptions.
#pragma once

#include "http/parser.h"

namespace weir::http {

template <class Options>
Parser::Limits parser_limits(const Options& options) {
  const Parser::Limits usual;
  return {.header_size = options.max_header_size,
          .header_count = options.max_headers_count.value_or(usual.header_count),
          .insecure = options.insecure_http_parser};
}

}  // namespace weir::http
