#include <weir/nats/publish_stream.h>

#include "nats/framing_sink.h"

namespace weir::nats {

PublishStream::PublishStream(Sink& sink, SinkTraits traits, const WritableOptions& options,
                             internal::PublishEngine& engine)
    : DerivedStream(sink, traits, options), engine_(engine) {}

Ref<PublishStream> create_publish_stream(Connection& connection, std::string subject,
                                         const PublishOptions& options) {
  auto engine = internal::make_publish_engine(connection, std::move(subject), options);
  internal::PublishEngine& kept = *engine;
  auto sink = std::make_unique<internal::FramingSink>(std::move(engine), connection, options);
  const SinkTraits traits = sink->traits();
  const WritableOptions writable = internal::writable_options(options, internal::kMarkOfBytes);
  return weir::internal::make_stream<PublishStream>(
      connection.loop(), std::move(sink), weir::internal::life_of(writable, traits.construct),
      traits, writable, kept);
}

}  // namespace weir::nats
