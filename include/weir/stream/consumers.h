// weir/stream/consumers.h - all of a byte stream at once: Node's stream/consumers.
//
//   weir::text(stream, [](const weir::Error& error, std::string text) {
//     if (error) return fmt::print("failed: {}\n", error);
//     fmt::print("{}", text);
//   });
//
// For streams of values there is to_vector, of operators.h.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>

#include <stop_token>
#include <string>

namespace weir {

class Readable;

// Both read the stream to its end, from the next tick on, and hold it all in memory. A stream that
// is read so need not be kept by a Ref if its source keeps it.
// CALLS BACK: `callback` once: with success; or with the stream's error, or ABORT_ERR once `signal`
// is stopped, and what came until then. ERRORS: throws ERR_INVALID_ARG_TYPE for an empty callback.

// As UTF-8, without a byte order mark; bytes that are no character become U+FFFD.
// Node counterpart: consumers.text.
void text(Ref<Readable> stream, Function<void(const Error&, std::string)> callback,
          std::stop_token signal = {});

// Node counterpart: consumers.buffer.
void buffer(Ref<Readable> stream, Function<void(const Error&, Buffer)> callback,
            std::stop_token signal = {});

}  // namespace weir
