#include <weir/nats/consume_stream.h>

#include "support/nats_test.h"
#include "support/temporary_folder.h"
#include <weir/nats/errors.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace weir::test {
namespace {

using nats::Errc;
using Received = DataOf<nats::Message>;

class ConsumeStreamTest : public NatsTest {
 protected:
  // A server with 10 messages, "0" to "9".
  void with_messages(int count = 10) {
    servers = std::make_unique<NatsServers>();
    connection = connect_to(*servers);
    make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
    publish_all(*connection, "logs", count);
  }
  std::string read_all(const std::string& durable, nats::ConsumeOptions options = {}) {
    options.until_empty = true;
    auto in = nats::create_consume_stream(*connection, "LOGS", durable, options);
    std::string got;
    in->on<Received>([&](const Received& data) {
      got += data.chunk.data.text();
      data.chunk.ack();
    });
    run_until([&] { return in->closed(); }, "the end");
    return got;
  }

  // Waits for this number of messages, which others may have just given back; in their order.
  std::string read_some(const std::string& durable, std::size_t count) {
    auto in = nats::create_consume_stream(*connection, "LOGS", durable);
    std::string got;
    in->on<Received>([&](const Received& data) {
      got += data.chunk.data.text();
      data.chunk.ack();
    });
    run_until([&] { return in->counts().acked >= count; }, "the acknowledgements");
    in->destroy();
    run_until([&] { return in->closed(); }, "the end");
    std::ranges::sort(got);
    return got;
  }

  std::unique_ptr<NatsServers> servers;
  Ref<nats::Connection> connection;
};

TEST_F(ConsumeStreamTest, ADurableConsumerContinuesAfterWhatWasAcknowledged) {
  with_messages();
  auto in = nats::create_consume_stream(*connection, "LOGS", "reader");
  std::string got;
  in->on<Received>([&](const Received& data) {
    if (got.size() == 4) return;
    got += data.chunk.data.text();
    data.chunk.ack();
    if (got.size() == 4) in->destroy();
  });
  run_until([&] { return in->closed(); }, "the end");
  EXPECT_EQ(got, "0123");
  EXPECT_EQ(in->counts().acked, 4u);
  EXPECT_EQ(read_some("reader", 6), "456789");
  EXPECT_EQ(read_all("reader"), "");
  EXPECT_EQ(read_all("another"), "0123456789");
}

TEST_F(ConsumeStreamTest, AConsumerBeginsWhereItIsAskedTo) {
  with_messages();
  nats::ConsumeOptions options;
  options.from = nats::From::sequence;
  options.start_sequence = 8;
  EXPECT_EQ(read_all("", options), "789");
  options.from = nats::From::last;
  EXPECT_EQ(read_all("", options), "9");
  options.from = nats::From::now;
  EXPECT_EQ(read_all("", options), "");
  options.from = nats::From::time;
  options.start_time = std::chrono::nanoseconds(0);
  EXPECT_EQ(read_all("", options), "0123456789");
}

TEST_F(ConsumeStreamTest, ASlowReaderHoldsNoMoreThanItsMark) {
  with_messages(1000);
  nats::ConsumeOptions options;
  options.high_water_mark = 8;
  auto in = nats::create_consume_stream(*connection, "LOGS", "slow", options);
  std::vector<nats::Message> held;
  std::size_t most = 0;
  const auto reader = loop.set_interval(1ms, [&] {
    most = std::max(most, in->readable_length());
    if (auto message = in->read()) held.push_back(*std::move(message));
  });
  run_until([&] { return held.size() >= 50; }, "fifty messages");
  EXPECT_LE(most, 8u);
  EXPECT_LE(in->counts().received, held.size() + 8);
  EXPECT_GE(in->lag(), 1000 - held.size() - 8 - 8);
  EXPECT_EQ(in->metrics().lag, in->lag());
  reader->clear();
  in->destroy();
  run_until([&] { return in->closed(); }, "the end");
}

TEST_F(ConsumeStreamTest, ANakDeliversAgainAndTermDoesNot) {
  with_messages(3);
  auto in = nats::create_consume_stream(*connection, "LOGS", "reader");
  std::string got;
  in->on<Received>([&](const Received& data) {
    const nats::Message& message = data.chunk;
    got += fmt::format("{}{} ", message.data.text(), message.redelivered() ? "!" : "");
    if (message.data.text() == "0") return message.term();
    if (message.data.text() == "1" && !message.redelivered()) return message.nak(1ms);
    message.in_progress();
    message.ack();
  });
  run_until([&] { return in->counts().acked == 2; }, "two acknowledgements");
  in->destroy();
  run_until([&] { return in->closed(); }, "the end");
  EXPECT_EQ(got, "0 1 2 1! ");
  EXPECT_EQ(read_all("reader"), "");
}

TEST_F(ConsumeStreamTest, AMessageThatIsNotAnsweredIsNotHandedOnTwiceByTheSameStream) {
  with_messages(2);
  nats::ConsumeOptions options;
  options.ack_wait = 100ms;
  auto in = nats::create_consume_stream(*connection, "LOGS", "reader", options);
  std::vector<nats::Message> held;
  in->on<Received>([&](const Received& data) { held.push_back(data.chunk); });
  run_until([&] { return in->counts().repeated >= 4; }, "deliveries of the same messages");
  EXPECT_EQ(held.size(), 2u);
  for (const nats::Message& message : held) message.ack();
  run_until([&] { return in->counts().acked == 2; }, "the acknowledgements");
  in->destroy();
  run_until([&] { return in->closed(); }, "the end");
  EXPECT_EQ(read_all("reader"), "");
}

TEST_F(ConsumeStreamTest, TwoStreamsOfOneDurableShareItsMessages) {
  with_messages(200);
  nats::ConsumeOptions options;
  options.high_water_mark = 4;
  std::map<std::string, int> seen;
  std::vector<Ref<nats::ConsumeStream>> readers;
  for (int i = 0; i < 2; ++i) {
    auto in = nats::create_consume_stream(*connection, "LOGS", "shared", options);
    in->on<Received>([&](const Received& data) {
      ++seen[std::string(data.chunk.data.text())];
      data.chunk.ack();
    });
    readers.push_back(in);
  }
  run_until([&] { return seen.size() == 200; }, "all messages");
  for (const auto& [text, times] : seen) EXPECT_EQ(times, 1) << text;
  EXPECT_GT(readers[0]->counts().received, 0u);
  EXPECT_GT(readers[1]->counts().received, 0u);
  for (auto& in : readers) in->destroy();
  run_until([&] { return readers[0]->closed() && readers[1]->closed(); }, "the end");
}

TEST_F(ConsumeStreamTest, DeliverAcknowledgesWhatTheDestinationHasCompleted) {
  with_messages();
  std::string written;
  std::vector<Done> pending;
  auto file = Writable::make(loop, {.write = [&](Chunk chunk, Done done) {
                               written += chunk.text();
                               pending.push_back(std::move(done));
                             }});
  nats::ConsumeOptions options;
  options.until_empty = true;
  auto in = nats::create_consume_stream(*connection, "LOGS", "reader", options);
  bool finished = false;
  nats::deliver(in, file, {}, [&](const Error& error) {
    EXPECT_FALSE(error) << error.what();
    finished = true;
  });
  run_until([&] { return pending.size() == 1; }, "the first write");
  EXPECT_EQ(in->counts().acked, 0u);
  run_until(
      [&] {
        if (!pending.empty()) {
          Done done = std::move(pending.back());
          pending.pop_back();
          done();
        }
        return finished;
      },
      "the end");
  EXPECT_EQ(written, "0123456789");
  EXPECT_EQ(in->counts().acked, 10u);
  EXPECT_EQ(read_all("reader"), "");
}

TEST_F(ConsumeStreamTest, AFailedDestinationLeavesTheRestToTheNextReader) {
  with_messages();
  std::string written;
  auto file = Writable::make(loop, {.write = [&](Chunk chunk, Done done) {
                               if (written.size() == 3) return done(Error("the disk is gone"));
                               written += chunk.text();
                               done();
                             }});
  auto in = nats::create_consume_stream(*connection, "LOGS", "reader");
  Error failed;
  nats::deliver(in, file, {}, [&](const Error& error) { failed = error; });
  run_until([&] { return in->closed() && file->closed() && failed; }, "the error");
  EXPECT_EQ(failed.message(), "the disk is gone");
  EXPECT_EQ(written, "012");
  EXPECT_EQ(read_some("reader", 7), "3456789");
}

TEST_F(ConsumeStreamTest, WithSyncDeliverAcknowledgesWhatIsOnTheDisk) {
  with_messages();
  std::string written;
  std::string on_disk;
  std::optional<Done> pending;
  auto file = Writable::make(loop, {.write =
                                        [&](Chunk chunk, Done done) {
                                          written += chunk.text();
                                          done();
                                        },
                                    .sync =
                                        [&](Done done) {
                                          on_disk = written;
                                          pending.emplace(std::move(done));
                                        }});
  nats::ConsumeOptions options;
  options.until_empty = true;
  auto in = nats::create_consume_stream(*connection, "LOGS", "reader", options);
  bool finished = false;
  nats::deliver(in, file, {.sync = true}, [&](const Error& error) {
    EXPECT_FALSE(error) << error.what();
    finished = true;
  });
  // The messages may come in parts; while a sync is pending, the next part waits.
  std::size_t synced = 0;
  while (!finished) {
    run_until([&] { return pending.has_value() || finished; }, "a sync");
    EXPECT_LE(in->counts().acked, synced);
    synced = on_disk.size();
    if (pending) (*std::exchange(pending, std::nullopt))();
  }
  EXPECT_EQ(on_disk, "0123456789");
  EXPECT_EQ(in->counts().acked, 10u);
}

TEST_F(ConsumeStreamTest, AFailedSyncLeavesItsMessagesToTheNextReader) {
  with_messages();
  auto file = Writable::make(loop, {.write = [](Chunk, Done done) { done(); },
                                    .sync = [](Done done) { done(Error::system(EIO, "fsync")); }});
  auto in = nats::create_consume_stream(*connection, "LOGS", "reader");
  Error failed;
  nats::deliver(in, file, {.sync = true}, [&](const Error& error) { failed = error; });
  run_until([&] { return in->closed() && file->closed() && failed; }, "the error");
  EXPECT_EQ(failed.name(), "EIO");
  EXPECT_EQ(read_some("reader", 10), "0123456789");
}

TEST_F(ConsumeStreamTest, DeliverLeavesItsDestinationOpenIfThatIsAsked) {
  with_messages(3);
  std::string written;
  auto file = Writable::make(loop, {.write = [&](Chunk chunk, Done done) {
                               written += chunk.text();
                               done();
                             }});
  nats::ConsumeOptions options;
  options.until_empty = true;
  auto in = nats::create_consume_stream(*connection, "LOGS", "reader", options);
  bool finished = false;
  nats::deliver(in, file, {.separator = "\n", .end = false}, [&](const Error& error) {
    EXPECT_FALSE(error) << error.what();
    finished = true;
  });
  run_until([&] { return finished; }, "the messages");
  file->end("more");
  run_until([&] { return file->closed(); }, "the end");
  EXPECT_EQ(written, "0\n1\n2\nmore");
}

TEST_F(ConsumeStreamTest, AStreamThatDoesNotExistIsANamedError) {
  with_messages(0);
  auto in = nats::create_consume_stream(*connection, "NOTHING", "reader");
  in->on<Error>([this](const Error& error) { log.add(error.name()); });
  in->resume();
  run_until([&] { return in->closed(); }, "the error");
  EXPECT_EQ(log.take(), "ERR_NATS_NO_STREAM");
}

TEST_F(ConsumeStreamTest, AStreamOrConsumerThatIsDeletedMeanwhileIsANamedError) {
  with_messages(1);
  for (const bool stream : {false, true}) {
    auto in = nats::create_consume_stream(*connection, "LOGS", "reader");
    in->on<Error>([this](const Error& error) { log.add(error.name()); });
    in->on<Received>([&](const Received& data) {
      data.chunk.ack();
      if (stream)
        nats::delete_stream(*connection, "LOGS", {});
      else
        nats::delete_consumer(*connection, "LOGS", "reader", {});
    });
    run_until([&] { return in->closed(); }, "the error");
  }
  const std::string errors = log.take();
  EXPECT_TRUE(errors == "ERR_NATS_NO_CONSUMER ERR_NATS_NO_STREAM" ||
              errors == "ERR_NATS_NO_CONSUMER ERR_NATS_NO_CONSUMER")
      << errors;
}

TEST_F(ConsumeStreamTest, AReaderThatBeginsAfterTheConnectionHasClosedGetsTheError) {
  with_messages(1);
  auto in = nats::create_consume_stream(*connection, "LOGS", "");
  in->on<Error>([this](const Error& error) { log.add(error.name()); });
  run_until([&] { return !in->consumer().empty(); }, "the consumer");
  connection->close();
  run_until([&] { return connection->closed(); }, "its end");
  in->resume();
  run_until([&] { return in->closed(); }, "the stream's end");
  EXPECT_EQ(log.take(), "ERR_NATS_CLOSED");
}

}  // namespace
}  // namespace weir::test
