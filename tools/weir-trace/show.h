// How a trace shows chunks, errors and states.
#pragma once

#include <weir/weir.h>

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace trace {

using Json = nlohmann::ordered_json;

std::string show_bytes(std::string_view bytes);  // b"...", each byte a latin1 character
std::string show_text(std::string_view text);    // s"..."
std::string show_object(const Json& value);      // s"...", b"...", null or o{...}
std::string name_of(const weir::Error& error);   // its code, else its message; "ok" for success

// Bytes are written {"hex": "e282"} where a string would not do.
bool is_bytes(const Json& chunk);
std::string bytes_of(const Json& chunk);

// Every property that the oracle prints, in its order.
std::string describe(const weir::Stream& stream, const weir::WritableBase* writable,
                     const weir::ReadableBase* readable);

}  // namespace trace
