#include <weir/nats/consume_stream.h>

#include "nats/puller.h"
#include <weir/nats/internal/stream_options.h>
#include <weir/stream/make_stream.h>

#include <utility>

namespace weir::nats {

ConsumeStream::ConsumeStream(internal::Puller& source, const ReadableOptions& options)
    : DerivedStream(source, options), puller_(source) {
  source.serve(*this);
}

void ConsumeStream::give_back_buffered() {
  const Ring<Message>& buffered = queue();
  for (std::size_t i = 0; i < buffered.size(); ++i) buffered[i].nak(internal::kGivenBack);
}

std::uint64_t ConsumeStream::lag() const noexcept { return *puller_.lag(); }
ConsumeCounts ConsumeStream::counts() const noexcept { return puller_.counts(); }
const std::string& ConsumeStream::consumer() const noexcept { return puller_.consumer(); }

Ref<ConsumeStream> create_consume_stream(Connection& connection, std::string stream,
                                         std::string durable, const ConsumeOptions& options) {
  auto source = std::make_unique<internal::Puller>(connection, std::move(stream),
                                                   std::move(durable), options);
  return make_stream<ConsumeStream>(connection.loop(), std::move(source),
                                    internal::readable_options(options));
}

}  // namespace weir::nats
