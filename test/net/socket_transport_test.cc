// A socket on a descriptor whose results the test decides.
#include "net/socket_transport.h"

#include "net/fake_descriptor.h"
#include "support/file_test.h"
#include "support/loop_test.h"
#include <weir/fs/read_stream.h>
#include <weir/loop/stepped_clock.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::net {
namespace {

using std::chrono_literals::operator""s;

constexpr std::int64_t kMark = 4;

class SocketTransportTest : public test::LoopTest {
 protected:
  SocketTransportTest() { make({.writable_high_water_mark = kMark, .allow_half_open = true}); }
  ~SocketTransportTest() override { socket->destroy(); }

  void make(const SocketOptions& options) {
    auto fake = std::make_unique<FakeDescriptor>();
    descriptor = fake.get();
    descriptor->close_on(loop);
    descriptor->has_room(1000);
    socket = SocketTransport::socket_on(loop, options, std::move(fake));
    log.listen(static_cast<WritableBase&>(*socket));
    socket->on<End>(says("end"));
    socket->on<Broken>([this](const Broken& broken) { log.add("broken", broken.error); });
    loop.poll();
  }
  void read() {
    socket->on<Data>(
        [this](const Data& data) { log.add(fmt::format("data({})", data.chunk.text())); });
    loop.poll();
  }
  std::string after_writable() {
    descriptor->becomes_writable();
    return after_run();
  }
  std::string after_readable() {
    descriptor->becomes_readable();
    return after_run();
  }

  FakeDescriptor* descriptor = nullptr;
  Ref<Socket> socket;
};

// --- Writing ---

TEST_F(SocketTransportTest, SendsTheSmallWritesOfACallbackTogether) {
  socket->write("a");
  socket->write("b", cb("written"));
  EXPECT_EQ(descriptor->sent(), "");
  EXPECT_EQ(after_run(), "written");
  EXPECT_EQ(descriptor->offers, std::vector<std::size_t>{2});
}

TEST_F(SocketTransportTest, WaitsForRoomWhereTheSystemTakesAPart) {
  descriptor->takes(2).is_full();
  EXPECT_FALSE(socket->write("abcdef", cb("written")));
  EXPECT_EQ(after_run(), "");
  EXPECT_EQ(descriptor->sent(), "ab");
  EXPECT_TRUE(descriptor->watches_writes());
  descriptor->takes(1).is_full();
  EXPECT_EQ(after_writable(), "");
  EXPECT_EQ(after_writable(), "drain written");
  EXPECT_EQ(descriptor->sent(), "abcdef");
  EXPECT_FALSE(descriptor->watches_writes());
  EXPECT_EQ(socket->bytes_written(), 6u);
}

TEST_F(SocketTransportTest, SendsTheFirstFullMarkOfACallbackAtOnceAndTheRestTogether) {
  loop.set_immediate([&] {
    socket->write("aaaa");
    EXPECT_EQ(descriptor->sent(), "aaaa");
    EXPECT_TRUE(socket->write("bbbb"));
    EXPECT_TRUE(socket->write("cccc"));
    EXPECT_EQ(descriptor->sent(), "aaaa");
    EXPECT_EQ(socket->writable_length(), 0u);
    EXPECT_EQ(socket->bytes_written(), 12u);
  });
  after_run();
  EXPECT_EQ(descriptor->sent(), "aaaabbbbcccc");
  EXPECT_EQ(descriptor->offers, (std::vector<std::size_t>{4, 8}));
}

TEST_F(SocketTransportTest, SendsAFullMarkThatACallbackWaitsForAtOnce) {
  loop.set_immediate([&] {
    for (int i = 0; i < 3; ++i) socket->write("aaaa", [](const Error&) {});
    EXPECT_EQ(descriptor->offers, (std::vector<std::size_t>{4, 4, 4}));
  });
  after_run();
}

TEST_F(SocketTransportTest, SendsTheLastWriteAtOnce) {
  loop.set_immediate([&] {
    socket->write("aaaa");
    socket->end("bbbb");
    EXPECT_EQ(descriptor->sent(), "aaaabbbb");
  });
  EXPECT_EQ(after_run(), "prefinish finish");
  EXPECT_TRUE(descriptor->is_shut_down);
}

TEST_F(SocketTransportTest, SendsNothingAheadWhileTheSystemIsFull) {
  descriptor->is_full();
  loop.set_immediate([&] {
    EXPECT_FALSE(socket->write("aaaa"));
    EXPECT_FALSE(socket->write("bbbb"));
  });
  EXPECT_EQ(after_run(), "");
  EXPECT_EQ(socket->writable_length(), 8u);
  EXPECT_EQ(after_writable(), "drain");
  EXPECT_EQ(descriptor->sent(), "aaaabbbb");
}

TEST_F(SocketTransportTest, SendsNoLaterThanTwoTenthsOfAMillisecondAhead) {
  using std::chrono_literals::operator""us;
  SteppedClock clock(loop);
  loop.set_immediate([&] {
    socket->write("aaaa");
    EXPECT_TRUE(socket->write("bbbb"));
    clock.skip(200us);
    EXPECT_TRUE(socket->write("cccc"));
    clock.skip(1us);
    socket->write("dddd");
    EXPECT_EQ(descriptor->sent(), "aaaabbbbccccdddd");
  });
  after_run();
  EXPECT_EQ(descriptor->offers, (std::vector<std::size_t>{4, 12}));
}

// --- Files ---

class SentFileTest : public SocketTransportTest {
 protected:
  class Files : public test::FileTest {
   public:
    using FileTest::path;
    using FileTest::put;
    void TestBody() override {}
  };

  SentFileTest() {
    files.put(files.path("in"), "0123456789");
    // A file of a mark at least is sent as ranges.
    fs::create_read_stream(loop, files.path("in"), {.high_water_mark = 10})->pipe(socket);
  }

  Files files;
};

TEST_F(SentFileTest, IsSentByTheSystem) {
  after_run();
  EXPECT_EQ(descriptor->sent(), "0123456789");
  EXPECT_TRUE(descriptor->is_shut_down);
  EXPECT_EQ(descriptor->file_offers, std::vector<std::size_t>{10});
  EXPECT_TRUE(descriptor->offers.empty());
}

TEST_F(SentFileTest, FillsUpThePacketsOfTheHeadBeforeIt) {
  socket->cork();
  socket->write("head ");
  while (socket->writable_length() < 15) loop.poll();
  socket->uncork();
  after_run();
  EXPECT_EQ(descriptor->sent(), "head 0123456789");
  EXPECT_EQ(descriptor->follows, std::vector<bool>{true});
}

TEST_F(SentFileTest, ContinuesAfterAShortSendAndAFullSystem) {
  descriptor->takes(2).is_full();
  after_run();
  EXPECT_EQ(descriptor->sent(), "01");
  after_writable();
  EXPECT_EQ(descriptor->sent(), "0123456789");
  EXPECT_EQ(descriptor->file_offers, (std::vector<std::size_t>{10, 8, 8}));
  EXPECT_TRUE(descriptor->is_shut_down);
}

TEST_F(SentFileTest, IsReadAndSentWhereTheSystemDoesNotSendFiles) {
  descriptor->takes(4).fails(EINVAL);
  after_run();
  EXPECT_EQ(descriptor->sent(), "0123456789");
  EXPECT_EQ(descriptor->offers, std::vector<std::size_t>{6});
}

TEST_F(SentFileTest, FailsAfterThePeerHasClosed) {
  descriptor->fails(ECONNRESET);
  EXPECT_TRUE(after_run().ends_with("error(ECONNRESET) close"));
  EXPECT_TRUE(descriptor->offers.empty());
}

// --- Ending ---

TEST_F(SocketTransportTest, ShutsDownOnceTheSystemHasAllThatWasWritten) {
  descriptor->is_full();
  socket->end("abcdef");
  EXPECT_EQ(after_run(), "");
  EXPECT_FALSE(descriptor->is_shut_down);
  EXPECT_EQ(after_writable(), "prefinish finish");
  EXPECT_TRUE(descriptor->is_shut_down);
}

TEST_F(SocketTransportTest, FinishesWhereThePeerHasLeftBeforeTheShutdown) {
  descriptor->shut_down_fails = ENOTCONN;
  socket->end();
  EXPECT_EQ(after_run(), "prefinish finish");
}

TEST_F(SocketTransportTest, FailsWhereTheShutdownDoes) {
  descriptor->shut_down_fails = ENOBUFS;
  Error why;
  socket->on<Error>([&](const Error& error) { why = error; });
  socket->end();
  EXPECT_EQ(after_run(), "error(ENOBUFS) close");
  EXPECT_STREQ(why.what(), "shutdown ENOBUFS");
}

TEST_F(SocketTransportTest, EndsAfterThePeerUnlessItMayBeHalfOpen) {
  socket->destroy();
  after_run();
  make({});
  read();
  descriptor->receives("last").receives_end();
  EXPECT_EQ(after_readable(), "data(last) end prefinish finish close");
  EXPECT_TRUE(descriptor->is_shut_down);
}

TEST_F(SocketTransportTest, DestroySendsReportedBytesAndCancelsAWriteUnderWay) {
  loop.set_immediate([&] {
    socket->write("aaaa");
    EXPECT_TRUE(socket->write("bbbb"));
    socket->destroy();
    EXPECT_EQ(descriptor->sent(), "aaaabbbb");
  });
  EXPECT_EQ(after_run(), "close");
  make({});
  descriptor->is_full();
  socket->write("cccc", cb("written"));
  after_run();
  socket->destroy();
  EXPECT_EQ(after_run(), "written(ECANCELED) close");
  EXPECT_EQ(descriptor->sent(), "");
}

// --- Failing ---

class FailingSocketTest : public SocketTransportTest, public testing::WithParamInterface<int> {
 protected:
  std::string name() const { return test::name_of(Error::system(GetParam(), "x")); }
};

INSTANTIATE_TEST_SUITE_P(Errors, FailingSocketTest, testing::Values(EPIPE, ECONNRESET));

TEST_P(FailingSocketTest, ReportsAFailedWriteAtOnceWithoutAReader) {
  descriptor->takes(2).fails(GetParam());
  socket->write("abcdef", cb("written"));
  EXPECT_EQ(after_run(), fmt::format("written({0}) error({0}) close", name()));
  EXPECT_EQ(descriptor->sent(), "ab");
  EXPECT_TRUE(descriptor->is_closed);
}

TEST_P(FailingSocketTest, ReportsAFailedWriteAfterTheReceivedData) {
  read();
  descriptor->receives("rest").fails(GetParam());
  if (GetParam() == EPIPE)
    descriptor->receives_end();
  else
    descriptor->receives(ECONNRESET);
  socket->write("abcdef", cb("written"));
  EXPECT_EQ(after_run(), fmt::format("broken({})", name()));
  const std::size_t sends = descriptor->offers.size();
  socket->write("more", cb("more"));
  descriptor->becomes_writable();
  EXPECT_TRUE(after_readable().starts_with("data(rest) "));
  EXPECT_EQ(descriptor->offers.size(), sends);
  EXPECT_TRUE(socket->destroyed());
}

TEST_P(FailingSocketTest, ReportsAFailedReadOnceTheStreamHasBeenRead) {
  socket->on<ReadableEvent>(says("readable"));
  descriptor->receives("rest").receives(GetParam());
  EXPECT_EQ(after_readable(), fmt::format("readable broken({})", name()));
  EXPECT_EQ(socket->read()->text(), "rest");
  EXPECT_EQ(after_run(), fmt::format("error({}) close", name()));
}

// --- Time ---

TEST_F(SocketTransportTest, ATimeoutCountsFromTheLastByteEitherWay) {
  SteppedClock clock(loop);
  read();
  socket->set_timeout(std::chrono::minutes(1), cb("timeout"));
  clock.pass(59s);
  socket->write("a");
  loop.poll();
  clock.pass(59s);
  descriptor->receives("b").becomes_readable();
  clock.pass(59s);
  EXPECT_EQ(log.take(), "data(b)");
  clock.pass(1s);
  EXPECT_EQ(log.take(), "timeout");
  clock.pass(3600s);
  EXPECT_EQ(log.take(), "");
}

TEST_F(SocketTransportTest, AStallTimeoutEndsAWaitForAPeerThatConfirmsNothing) {
  SteppedClock clock(loop);
  socket->set_stall_timeout(40s);
  socket->write("a");
  loop.poll();
  clock.pass(100s);  // confirmed
  EXPECT_FALSE(socket->destroyed());
  socket->write("b");
  descriptor->unconfirmed = 1;
  loop.poll();
  clock.pass(39s);
  EXPECT_FALSE(socket->destroyed());
  clock.pass(11s);
  EXPECT_TRUE(socket->destroyed());
  EXPECT_EQ(after_run(), "error(ETIMEDOUT) close");
}

TEST_F(SocketTransportTest, AStallTimeoutCountsFromTheFirstByteThatWaits) {
  SteppedClock clock(loop);
  socket->set_stall_timeout(40s);
  clock.pass(39s);
  socket->write("a");
  loop.poll();
  descriptor->unconfirmed = 1;
  clock.pass(39s);
  EXPECT_FALSE(socket->destroyed());
  clock.pass(11s);
  EXPECT_TRUE(socket->destroyed());
}

TEST_F(SocketTransportTest, AStallTimeoutDropsNothingThatWasReceivedBeforeAFailure) {
  SteppedClock clock(loop);
  socket->on<ReadableEvent>([] {});
  socket->set_stall_timeout(40s);
  descriptor->is_full();
  socket->write("a");
  loop.poll();
  descriptor->receives("rest").receives(ECONNRESET);
  EXPECT_EQ(after_readable(), "broken(ECONNRESET)");
  clock.pass(100s);
  EXPECT_FALSE(socket->destroyed());
  EXPECT_EQ(socket->read()->text(), "rest");
  EXPECT_EQ(after_run(), "error(ECONNRESET) close");
}

TEST_F(SocketTransportTest, AReadableListenerThatThrowsAtTheEndDoesNotHoldItUp) {
  survive();
  socket->on<ReadableEvent>([] { throw std::runtime_error("listener"); });
  descriptor->receives_end();
  loop.set_immediate([this] { descriptor->becomes_readable(); });
  EXPECT_EQ(after_run(), "! end");
}

// --- Settings ---

TEST_F(SocketTransportTest, SetsItsOptionsOnTheDescriptor) {
  make({.no_delay = true, .reset_unless_ended = true});
  EXPECT_TRUE(descriptor->has_no_delay);
  EXPECT_TRUE(descriptor->resets);
  socket->end();
  after_run();
  EXPECT_FALSE(descriptor->resets);
}

TEST_F(SocketTransportTest, IsUnreferencedWithItsSocket) {
  socket->unref();
  EXPECT_FALSE(descriptor->is_referenced);
  socket->ref();
  EXPECT_TRUE(descriptor->is_referenced);
}

}  // namespace
}  // namespace weir::net
