// Streams of classes that a program writes itself.
#include <weir/stream/make_stream.h>

#include "support/event_log.h"
#include <weir/event/tick_queue.h>
#include <weir/stream/derived_stream.h>
#include <weir/stream/duplex.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct ShelfFull {
  static constexpr std::string_view kEventName = "full";
};

// --- A class of each kind ---

struct ShelfSink : Sink {
  explicit ShelfSink(bool* is_alive = nullptr) : alive(is_alive) {
    if (alive) *alive = true;
  }
  ~ShelfSink() override {
    if (alive) *alive = false;
  }
  void construct(Done done) override {
    constructed = true;
    done();
  }
  void write(Chunk chunk, Done done) override {
    shelved += chunk.text();
    done();
  }
  void final(Done done) override {
    shelved += '.';
    done();
  }
  bool* alive;
  bool constructed = false;
  std::string shelved;
};

class Shelf : public DerivedStream<Shelf, Writable, ShelfFull> {
 public:
  static Ref<Shelf> make(TickQueue& ticks, const WritableOptions& options = {},
                         std::unique_ptr<std::string> name = nullptr, bool* alive = nullptr) {
    return make_stream<Shelf>(ticks, std::make_unique<ShelfSink>(alive), options, std::move(name));
  }

  const std::string& shelved() const { return sink_.shelved; }
  bool constructed() const { return sink_.constructed; }
  void report() { emit(ShelfFull{}); }
  std::string describe() const override { return name_ ? *name_ : "a Shelf"; }

 protected:
  Shelf(ShelfSink& sink, const WritableOptions& options, std::unique_ptr<std::string> name)
      : DerivedStream(sink, options), sink_(sink), name_(std::move(name)) {}

 private:
  ShelfSink& sink_;
  std::unique_ptr<std::string> name_;
};

struct DiceSource : Source {
  void read(Readable& stream, std::size_t) override {
    ++throws;
    stream.push(throws < 3 ? Buffer::copy("6") : Buffer());
    if (throws == 3) stream.push(nullptr);
  }
  int throws = 0;
};

class Dice : public DerivedStream<Dice, Readable> {
 public:
  int throws() const { return source_.throws; }

 protected:
  Dice(DiceSource& source, const ReadableOptions& options)
      : DerivedStream(source, options), source_(source) {}

 private:
  DiceSource& source_;
};

struct ParrotDuplex : Source, Sink {
  void write(Chunk chunk, Done done) override {
    parrot->push(std::move(chunk));
    done();
  }
  void final(Done done) override {
    parrot->push(nullptr);
    done();
  }
  void read(Readable&, std::size_t) override {}
  Readable* parrot = nullptr;
};

class Parrot : public DerivedStream<Parrot, Duplex> {
 protected:
  Parrot(ParrotDuplex& duplex, const DuplexOptions& options) : DerivedStream(duplex, options) {
    duplex.parrot = this;
  }
};

struct TotalSink : ObjectSink<int> {
  void writev(ObjectBatch<int> batch, Done done) override {
    for (const int each : batch.chunks) sum += each;
    done();
  }
  int sum = 0;
};

class Total : public DerivedStream<Total, ObjectWritable<int>> {
 public:
  int sum() const { return sink_.sum; }

 protected:
  Total(TotalSink& sink, const WritableOptions& options)
      : DerivedStream(sink, options), sink_(sink) {}

 private:
  TotalSink& sink_;
};

struct CounterSource : ObjectSource<int> {
  void read(ObjectReadable<int>& stream, std::size_t) override {
    if (++count < 4)
      stream.push(int{count});
    else
      stream.push(nullptr);
  }
  int count = 0;
};

class UpToThree : public DerivedStream<UpToThree, ObjectReadable<int>> {
 protected:
  UpToThree(CounterSource& source, const ReadableOptions& options)
      : DerivedStream(source, options) {}
};

class MakeStreamTest : public testing::Test {
 protected:
  ~MakeStreamTest() override { ticks.close(); }
  template <class S>
  std::string after_ticks(S&) {
    ticks.drain();
    return log.take();
  }

  TickQueue ticks;
  test::EventLog log;
};

TEST_F(MakeStreamTest, AWritableWritesToItsSinkAndHasItsOwnEventsAndFunctions) {
  const auto shelf = Shelf::make(ticks);
  log.listen(*shelf);
  int reports = 0;
  shelf->on<ShelfFull>([&] { ++reports; });
  shelf->report();
  shelf->set_default_encoding("utf8").end("book", log.callback("end"));
  EXPECT_EQ(after_ticks(*shelf), "prefinish end finish close");
  EXPECT_TRUE(shelf->constructed());
  EXPECT_EQ(shelf->shelved(), "book.");
  EXPECT_EQ(reports, 1);
}

TEST_F(MakeStreamTest, AReadableReadsFromItsSource) {
  const auto dice = make_stream<Dice>(ticks, std::make_unique<DiceSource>(),
                                      ReadableOptions{.encoding = Encoding::utf8});
  std::string seen;
  dice->on<Data>([&](const Data& data) { seen += data.chunk.text(); });
  log.listen(*dice);
  EXPECT_EQ(after_ticks(*dice), "resume end close");
  EXPECT_EQ(seen, "66");
  EXPECT_EQ(dice->throws(), 3);
}

TEST_F(MakeStreamTest, ADuplexHasBothSides) {
  const auto parrot = make_stream<Parrot>(
      ticks, std::make_unique<ParrotDuplex>(),
      DuplexOptions{.readable_high_water_mark = 7, .writable_high_water_mark = 9});
  std::string seen;
  parrot->on<Data>([&](const Data& data) { seen += data.chunk.text(); });
  parrot->write("a");
  parrot->end("b");
  ticks.drain();
  EXPECT_EQ(seen, "ab");
  EXPECT_TRUE(parrot->closed());
  EXPECT_EQ(parrot->readable_high_water_mark(), 7u);
  EXPECT_EQ(parrot->writable_high_water_mark(), 9u);
}

TEST_F(MakeStreamTest, ValuesHaveTheirClassesToo) {
  const auto sum = make_stream<Total>(ticks, std::make_unique<TotalSink>(), WritableOptions{});
  make_stream<UpToThree>(ticks, std::make_unique<CounterSource>(), ReadableOptions{})->pipe(sum);
  ticks.drain();
  EXPECT_EQ(sum->sum(), 6);
  EXPECT_TRUE(sum->writable_finished());
}

// --- Options and ownership ---

TEST_F(MakeStreamTest, TheLoopsDefaultMarkIsTheStreams) {
  ticks.set_default_high_water_mark(1234);
  ticks.set_default_object_high_water_mark(5);
  EXPECT_EQ(Shelf::make(ticks)->writable_high_water_mark(), 1234u);
  EXPECT_EQ(Shelf::make(ticks, {.high_water_mark = 6})->writable_high_water_mark(), 6u);
  const auto sum = make_stream<Total>(ticks, std::make_unique<TotalSink>(), WritableOptions{});
  EXPECT_EQ(sum->writable_high_water_mark(), 5u);
}

TEST_F(MakeStreamTest, TheOptionsOfItsEndApply) {
  std::stop_source stop;
  const auto aborted = Shelf::make(ticks, {.signal = stop.get_token()});
  log.listen(*aborted);
  stop.request_stop();
  EXPECT_EQ(after_ticks(*aborted), "error(ABORT_ERR) close");

  const auto silent = Shelf::make(ticks, {.emit_close = false});
  log.listen(*silent);
  silent->end();
  EXPECT_EQ(after_ticks(*silent), "prefinish finish");
  EXPECT_TRUE(silent->closed());

  const auto open = Shelf::make(ticks, {.auto_destroy = false});
  log.listen(*open);
  open->end();
  EXPECT_EQ(after_ticks(*open), "prefinish finish");
  EXPECT_FALSE(open->destroyed());
  open->destroy();
}

TEST_F(MakeStreamTest, ANegativeMarkThrowsAndReleasesTheResource) {
  bool alive = false;
  try {
    Shelf::make(ticks, {.high_water_mark = -1}, nullptr, &alive);
    FAIL() << "a negative mark was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.name(), "ERR_INVALID_ARG_VALUE");
  }
  EXPECT_FALSE(alive);
}

TEST_F(MakeStreamTest, FurtherArgumentsAreTheConstructors) {
  const auto shelf = Shelf::make(ticks, {}, std::make_unique<std::string>("the top shelf"));
  EXPECT_EQ(shelf->describe(), "the top shelf");
}

TEST_F(MakeStreamTest, TheResourceGoesWithTheStream) {
  bool alive = false;
  auto shelf = Shelf::make(ticks, {}, nullptr, &alive);
  EXPECT_TRUE(alive);
  shelf->end();
  ticks.drain();
  EXPECT_TRUE(alive);
  shelf = nullptr;
  EXPECT_FALSE(alive);
}

}  // namespace
}  // namespace weir
