// weir/nats/jetstream.h - creates, inspects and deletes JetStream's streams.
//
//   weir::nats::ensure_stream(*nats, {.name = "LOGS", .subjects = {"logs.>"}, .replicas = 3},
//                             [&](weir::Error error, const weir::nats::StreamInfo& info) {
//                               if (error) throw error;
//                               fmt::print("{} messages\n", info.messages);
//                             });
//
// A JetStream stream is not a weir::Stream: it is a log of messages that servers keep, on
// `replicas` of them. Each function waits for the connection; its callback comes once, later, on
// the loop.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/nats/connection.h>
#include <weir/nats/message.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::nats {

enum class Storage : std::uint8_t { file, memory };
// What a full stream does with a new message: drops its oldest, or refuses the new one
// (ERR_NATS_STREAM_FULL).
enum class Discard : std::uint8_t { oldest, newest };

struct StreamConfig {
  std::string name = {};
  std::vector<std::string> subjects = {};  // with wildcards; empty: the name
  int replicas = 1;                        // 3: one of three servers may fail
  Storage storage = Storage::file;
  Discard discard = Discard::oldest;
  std::int64_t max_bytes = -1;  // negative: no limit
  std::int64_t max_messages = -1;
  std::chrono::nanoseconds max_age = {};  // 0: no limit
  // For how long the stream remembers message ids.
  std::chrono::nanoseconds duplicate_window = std::chrono::minutes(2);
  // A message with the header "Nats-Rollup: sub" replaces those of its subject.
  bool rollups = false;
  // Each of the servers that keep the stream may answer for it, not only the leader.
  bool direct = false;
};

struct StreamInfo {
  std::string name = {};
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::string leader = {};  // the name of a cluster's server; empty: none at the moment
};

using GotStream = Function<void(Error, const StreamInfo&)>;

// Creates the stream; one that exists is left as it is.
// ERRORS: to the callback ERR_NATS_API, ERR_NATS_TIMEOUT, ERR_NATS_NO_RESPONDERS (the servers have
// no JetStream), and the error that ended the connection.
void ensure_stream(Connection& connection, const StreamConfig& config, GotStream got);
// ERRORS: to the callback ERR_NATS_NO_STREAM, and as above.
void get_stream(Connection& connection, std::string_view name, GotStream got);
void delete_stream(Connection& connection, std::string_view name, Callback deleted);
// The name of the stream that stores a subject.
void find_stream(Connection& connection, std::string_view subject,
                 Function<void(Error, std::string)> found);
// The last message that the stream has of a subject; none: an empty optional.
void get_last_message(Connection& connection, std::string_view stream, std::string_view subject,
                      Function<void(Error, std::optional<Message>)> got);
// A note of up to 4 KB that the cluster keeps with a durable consumer: where a reader is, in
// whatever terms it needs. Setting it is one step: after a crash there is the old note or the new
// one. The consumer is created if it does not exist, and need not be read. CALLS BACK: `got` with
// an empty text if there is no consumer.
void get_bookmark(Connection& connection, std::string_view stream, std::string_view durable,
                  Function<void(Error, std::string)> got);
void set_bookmark(Connection& connection, std::string_view stream, std::string_view durable,
                  std::string_view note, Callback set);
// Deletes a durable consumer.
void delete_consumer(Connection& connection, std::string_view stream, std::string_view durable,
                     Callback deleted);

}  // namespace weir::nats
