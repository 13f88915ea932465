#include "weir/nats_source.h"

#include "weir/nats.h"
#include "weir/nats_connection.h"
#include "weir/nats_object.h"
#include <weir/nats/publish_stream.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace tool {
namespace {

namespace nats = weir::nats;
using Received = weir::DataOf<nats::Message>;

class LineSource final : public weir::Source {
 public:
  explicit LineSource(weir::Ref<nats::ConsumeStream> messages) : messages_(std::move(messages)) {
    messages_->pause();
    messages_->on<Received>([this](const Received& data) {
      if (!stream_->push(weir::Buffer::adopt(line_of(data.chunk)))) messages_->pause();
    });
    messages_->on<weir::End>([this] { stream_->push(nullptr); });
    messages_->on<weir::Error>([this](const weir::Error& error) {
      if (stream_)
        stream_->destroy(error);
      else
        failed_ = error;
    });
  }

  void read(weir::Readable& stream, std::size_t) override {
    if (failed_) return stream.destroy(failed_), void();
    stream_ = weir::Ref<weir::Readable>(&stream);
    messages_->resume();
  }
  void destroy(weir::Error error, weir::Done done) override {
    messages_->destroy();
    done(std::move(error));
    stream_ = nullptr;
  }

 private:
  weir::Ref<nats::ConsumeStream> messages_;
  weir::Ref<weir::Readable> stream_;  // from the first read on
  weir::Error failed_;                // before it
};

}  // namespace

std::string line_of(const nats::Message& message) {
  std::string line(message.data.text());
  if (!nats::find_header(message.headers, nats::kOpenLine)) line += '\n';
  return line;
}

weir::Ref<nats::ConsumeStream> open_messages(weir::Loop& loop, const NatsPlace& place,
                                             std::optional<std::uint64_t> first,
                                             const CopyOptions& options) {
  nats::ConsumeOptions how;
  how.high_water_mark = 1024;
  how.max_bytes = 4 << 20;
  how.acks = nats::Acks::none;
  how.until_empty = !options.follow;
  how.filter_subject = place.subject;
  if (!first) first = place.sequence;
  if (first) {
    how.from = nats::From::sequence;
    how.start_sequence = std::max<std::uint64_t>(*first, 1);
  } else if (place.from != "first") {
    how.from = place.from == "new" ? nats::From::now : nats::From::last;
  }
  const auto connection = connect_to_nats(loop, place.urls, options);
  return nats::create_consume_stream(*connection, place.name, "", how);
}

weir::Ref<weir::Readable> open_nats(weir::Loop& loop, const Endpoint& source,
                                    const CopyOptions& options) {
  if (options.whole) return open_object(loop, source, options);
  auto messages = open_messages(loop, parse_nats(source.name), {}, options);
  auto lines = weir::Readable::make(loop, std::make_unique<LineSource>(std::move(messages)));
  lines->set_name(source.shown());
  return lines;
}

}  // namespace tool
