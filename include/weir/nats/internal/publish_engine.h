// weir/nats/internal/publish_engine.h - the part of a publish stream's sink that is not typed.
#pragma once

#include <weir/base/buffer.h>
#include <weir/stream/done.h>

#include <memory>
#include <string>
#include <vector>

namespace weir::nats {

class Connection;
struct PublishCounts;
struct PublishOptions;

namespace internal {

class PublishEngine {
 public:
  PublishEngine() = default;
  PublishEngine(const PublishEngine&) = delete;
  PublishEngine& operator=(const PublishEngine&) = delete;
  virtual ~PublishEngine() = default;

  // Waits for the connection.
  virtual void construct(Done done) = 0;
  // Sends the messages, and is done when all of them are acknowledged. Any number of times, without
  // waiting; done in this order, later.
  virtual void publish(std::vector<Buffer> messages, Done done) = 0;
  // The same for a last line without an end.
  virtual void publish_open_line(Buffer line, Done done) = 0;
  // Fails what is under way.
  virtual void stop() = 0;
  virtual PublishCounts counts() const noexcept = 0;
};

std::unique_ptr<PublishEngine> make_publish_engine(Connection& connection, std::string subject,
                                                   const PublishOptions& options);

}  // namespace internal
}  // namespace weir::nats
