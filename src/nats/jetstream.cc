#include <weir/nats/jetstream.h>

#include "nats/api.h"
#include "nats/errors.h"
#include "nats/fields.h"
#include "nats/stored_message.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace weir::nats {
namespace {

using internal::ask;
using internal::count_field;
using internal::text_field;
using nlohmann::json;

StreamInfo info_of(const json& answer) {
  StreamInfo info;
  if (const auto config = answer.find("config"); config != answer.end())
    info.name = text_field(*config, "name");
  if (const auto state = answer.find("state"); state != answer.end()) {
    info.messages = count_field(*state, "messages");
    info.bytes = count_field(*state, "bytes");
    info.first_sequence = count_field(*state, "first_seq");
    info.last_sequence = count_field(*state, "last_seq");
  }
  if (const auto cluster = answer.find("cluster"); cluster != answer.end())
    info.leader = text_field(*cluster, "leader");
  return info;
}

json to_json(const StreamConfig& config) {
  return {{"name", config.name},
          {"subjects", config.subjects.empty() ? std::vector{config.name} : config.subjects},
          {"num_replicas", config.replicas},
          {"storage", config.storage == Storage::file ? "file" : "memory"},
          {"discard", config.discard == Discard::oldest ? "old" : "new"},
          {"retention", "limits"},
          {"max_bytes", config.max_bytes},
          {"max_msgs", config.max_messages},
          {"max_consumers", -1},
          {"max_age", config.max_age.count()},
          {"allow_rollup_hdrs", config.rollups},
          {"allow_direct", config.direct},
          {"duplicate_window", config.duplicate_window.count()}};
}

internal::Answered informs(GotStream got) {
  return [got = std::move(got)](Error error, const json& answer) mutable {
    got(error, error ? StreamInfo{} : info_of(answer));
  };
}

internal::Answered calls(Callback callback) {
  return [callback = std::move(callback)](Error error, const json&) mutable {
    if (callback) callback(error);
  };
}

}  // namespace

void ensure_stream(Connection& connection, const StreamConfig& config, GotStream got) {
  internal::require_name(config.name, "ensure_stream");
  ask(connection, "STREAM.INFO." + config.name, {},
      [&connection, alive = Ref<Connection>(&connection), config, got = std::move(got)](
          Error error, const json& answer) mutable {
        if (error != Errc::no_stream) return informs(std::move(got))(std::move(error), answer);
        ask(connection, "STREAM.CREATE." + config.name, to_json(config), informs(std::move(got)));
      });
}

void get_stream(Connection& connection, std::string_view name, GotStream got) {
  internal::require_name(name, "get_stream");
  ask(connection, fmt::format("STREAM.INFO.{}", name), {}, informs(std::move(got)));
}

void delete_stream(Connection& connection, std::string_view name, Callback deleted) {
  internal::require_name(name, "delete_stream");
  ask(connection, fmt::format("STREAM.DELETE.{}", name), {}, calls(std::move(deleted)));
}

void delete_consumer(Connection& connection, std::string_view stream, std::string_view durable,
                     Callback deleted) {
  internal::require_name(stream, "delete_consumer");
  internal::require_name(durable, "delete_consumer");
  ask(connection, fmt::format("CONSUMER.DELETE.{}.{}", stream, durable), {},
      calls(std::move(deleted)));
}

void find_stream(Connection& connection, std::string_view subject,
                 Function<void(Error, std::string)> found) {
  ask(connection, "STREAM.NAMES", {{"subject", std::string(subject)}},
      [subject = std::string(subject), found = std::move(found)](Error error,
                                                                 const json& answer) mutable {
        if (error) return found(std::move(error), {});
        const auto names = answer.find("streams");
        if (names == answer.end() || !names->is_array() || names->empty() ||
            !names->front().is_string())
          return found(internal::failure(Errc::no_stream, "find_stream", subject), {});
        found({}, names->front().get<std::string>());
      });
}

void get_last_message(Connection& connection, std::string_view stream, std::string_view subject,
                      Function<void(Error, std::optional<Message>)> got) {
  internal::require_name(stream, "get_last_message");
  ask(connection, fmt::format("STREAM.MSG.GET.{}", stream),
      {{"last_by_subj", std::string(subject)}},
      [got = std::move(got)](Error error, const json& answer) mutable {
        if (error == Errc::no_message) return got({}, std::nullopt);
        if (error) return got(std::move(error), std::nullopt);
        got({}, internal::message_of(answer.value("message", json())));
      });
}

void get_bookmark(Connection& connection, std::string_view stream, std::string_view durable,
                  Function<void(Error, std::string)> got) {
  internal::require_name(stream, "get_bookmark");
  internal::require_name(durable, "get_bookmark");
  ask(connection, fmt::format("CONSUMER.INFO.{}.{}", stream, durable), {},
      [got = std::move(got)](Error error, const json& answer) mutable {
        if (error == Errc::no_consumer) return got({}, {});
        if (error) return got(std::move(error), {});
        got({}, text_field(answer.value("config", json()), "description"));
      });
}

void set_bookmark(Connection& connection, std::string_view stream, std::string_view durable,
                  std::string_view note, Callback set) {
  internal::require_name(stream, "set_bookmark");
  internal::require_name(durable, "set_bookmark");
  const json made{{"durable_name", std::string(durable)},
                  {"deliver_policy", "all"},
                  {"ack_policy", "explicit"},
                  {"replay_policy", "instant"}};
  // The description alone changes: the server takes the configuration whole.
  ask(connection, fmt::format("CONSUMER.INFO.{}.{}", stream, durable), {},
      [alive = Ref<Connection>(&connection), stream = std::string(stream),
       durable = std::string(durable), note = std::string(note), made,
       set = std::move(set)](const Error& error, const json& answer) mutable {
        if (error && error != Errc::no_consumer) return calls(std::move(set))(error, answer);
        json config = error ? made : answer.value("config", made);
        config["description"] = note;
        ask(*alive, fmt::format("CONSUMER.DURABLE.CREATE.{}.{}", stream, durable),
            {{"stream_name", stream}, {"config", config}}, calls(std::move(set)));
      });
}

}  // namespace weir::nats
