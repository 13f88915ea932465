#include "weir/nats_target.h"

#include "weir/nats.h"
#include "weir/nats_connection.h"
#include "weir/nats_ids.h"
#include "weir/nats_object.h"
#include <weir/nats/errors.h>
#include <weir/nats/jetstream.h>
#include <weir/nats/object_store.h>
#include <weir/nats/publish_stream.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

namespace nats = weir::nats;

// True if the copy is a file's lines: their ids are then the same in each run.
bool has_lasting_ids(const CopyOptions& options) {
  return options.sources.size() == 1 && options.sources.front().is_file() &&
         options.compress == Compression::none && options.decompress == Compression::none;
}

}  // namespace

NatsTarget::NatsTarget(weir::Loop& loop, const Endpoint& endpoint, const CopyOptions& options)
    : Target(endpoint), loop_(loop), options_(options), place_(parse_nats(endpoint.name)) {
  if (options.whole) object_ = object_to_write(endpoint, options);
}

nats::PublishOptions NatsTarget::publish_options() const {
  nats::PublishOptions how;
  how.framing = nats::Framing::line;
  how.high_water_mark = options_.high_water_mark;
  if (has_lasting_ids(options_)) {
    const Endpoint& source = options_.sources.front();
    how.message_id = [ids = LineIds(source.path, source.start)](const weir::Buffer& line,
                                                                std::uint64_t) mutable {
      return ids.next(line.text());
    };
  }
  return how;
}

void NatsTarget::open(Opened opened) {
  prepare([this, then = std::move(opened)](const weir::Error& failed) mutable {
    if (is_given_up_) return;
    weir::Error error = failed;
    try {
      if (!error) open_stream();
    } catch (...) {
      error = weir::Error::from_current_exception();
    }
    then(error ? named(error) : error);
  });
}

void NatsTarget::prepare(weir::Callback prepared) {
  const auto then = std::make_shared<weir::Callback>(std::move(prepared));
  const auto told = [then](const weir::Error& error, const nats::StreamInfo&) { (*then)(error); };
  const int replicas = place_.replicas.value_or(1);
  weir::Error refused;
  try {
    connection_ = connect_to_nats(loop_, place_.urls, options_);
    if (object_ && object_->replicas)
      return ensure_bucket(*connection_, {.name = object_->bucket, .replicas = replicas}, told);
    if (!place_.stream.empty())
      return ensure_stream(*connection_,
                           {.name = place_.stream, .subjects = {place_.name}, .replicas = replicas},
                           told);
  } catch (...) {
    refused = weir::Error::from_current_exception();
  }
  (*then)(refused);
}

void NatsTarget::open_stream() {
  if (!object_)
    return opened_as(nats::create_publish_stream(*connection_, place_.name, publish_options()));
  nats::ObjectWriteOptions how;
  how.high_water_mark = options_.high_water_mark;
  opened_as(nats::create_object_write_stream(*connection_, object_->bucket, object_->object, how));
}

std::uint64_t NatsTarget::bytes_written() const noexcept {
  return stream() ? stream()->metrics().write->bytes_out : 0;
}

void NatsTarget::give_up() {
  is_given_up_ = true;
  if (stream()) stream()->destroy();
  if (connection_ && !stream()) connection_->close();
}

weir::Error NatsTarget::named(const weir::Error& error) const {
  return tool::named(endpoint(), error);
}

void continue_on_nats(CopyOptions& options) {
  if (!has_lasting_ids(options) || options.destinations.size() != 1) return;
  const Endpoint& destination = options.destinations.front();
  Endpoint& source = options.sources.front();
  if (!destination.is_nats() || !look_at_file(source.path)) return;
  const NatsPlace place = parse_nats(destination.name);
  weir::Loop loop;
  const auto connection = connect_to_nats(loop, place.urls, options);
  weir::Error failed;
  const auto take = [&](const weir::Error& error, const std::optional<nats::Message>& last) {
    failed = error;
    if (!last) return;
    const auto id = nats::find_header(last->headers, "Nats-Msg-Id");
    if (!id) return;
    const bool is_open = nats::find_header(last->headers, nats::kOpenLine).has_value();
    source.start = end_in_file(source.path, *id, last->data.text(),
                               is_open ? LineEnd::missing : LineEnd::there)
                       .value_or(0);
  };
  nats::find_stream(*connection, place.name,
                    [&](const weir::Error& error, const std::string& stream) {
                      if (error == nats::Errc::no_stream && !place.stream.empty())
                        return;  // it is created now
                      if (error) return take(error, std::nullopt);
                      nats::get_last_message(*connection, stream, place.name, take);
                    });
  loop.run();
  if (failed) throw named(destination, failed);
}

}  // namespace tool
