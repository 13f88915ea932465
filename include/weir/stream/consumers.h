// weir/stream/consumers.h - text and buffer: read a whole byte stream. Node's stream/consumers.
//
//   weir::text(stream, [](const weir::Error& error, std::string text) {
//     if (error) return fmt::print("failed: {}\n", error);
//     fmt::print("{}", text);
//   });
//
// For streams of values, use to_vector (operators.h).
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>

#include <stop_token>
#include <string>

namespace weir {

class Readable;

// Both read the stream to its end, from the next tick on, and hold all its data in memory. The
// stream needs no Ref while its source keeps it alive.
// CALLS BACK: `callback` once: with success; or with the stream's error, or ABORT_ERR after a stop
// of `signal`, and the data so far.
// ERRORS: throws ERR_INVALID_ARG_TYPE for an empty callback.

// The data as UTF-8, without a byte order mark. Invalid bytes become U+FFFD.
// Node counterpart: consumers.text.
void text(Ref<Readable> stream, Function<void(const Error&, std::string)> callback,
          std::stop_token signal = {});

// Node counterpart: consumers.buffer.
void buffer(Ref<Readable> stream, Function<void(const Error&, Buffer)> callback,
            std::stop_token signal = {});

}  // namespace weir
