// Streams that survive their users' operations, as the standard streams do.
#include "support/stream_test.h"
#include <weir/stream/finished.h>
#include <weir/stream/make_stream.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

class Phoenix : public Writable {
 public:
  struct Fire final : Sink {
    explicit Fire(test::EventLog& to) : log(to) {}
    void write(Chunk chunk, Done done) override {
      log.add("_write(" + std::string(chunk.text()) + ")");
      if (chunk.text() == "bad") return done(Error::system(EPIPE, "write"));
      if (!holds) return done();
      held = std::make_unique<Done>(std::move(done));
    }
    void destroy(Error error, Done done) override {
      done(std::move(error));
      if (revives) stream->revive();
    }
    void complete() { std::exchange(held, nullptr)->operator()(); }

    test::EventLog& log;
    Phoenix* stream = nullptr;
    bool revives = true;
    bool holds = false;
    std::unique_ptr<Done> held;
  };

  static Ref<Phoenix> make(TickQueue& ticks, test::EventLog& log) {
    return internal::make_stream<Phoenix>(ticks, std::make_unique<Fire>(log),
                                          {.core = {.ended_by_pipes = false}});
  }

  Fire& fire() noexcept { return fire_; }

 protected:
  explicit Phoenix(Fire& fire) : Writable(fire, {}), fire_(fire) { fire.stream = this; }

 private:
  void on_last_ref() noexcept override {
    fire_.revives = false;
    Writable::on_last_ref();
  }

  Fire& fire_;
};

class ReviveTest : public testing::Test {
 protected:
  ReviveTest() { log.listen(*stream); }
  std::string after_ticks() {
    ticks.drain();
    return log.take();
  }
  Ref<Readable> readable_of(std::string text) {
    return Readable::make(ticks,
                          {.read = [text, sent = false](Readable& readable, std::size_t) mutable {
                            if (std::exchange(sent, true))
                              readable.push(nullptr);
                            else
                              readable.push(text);
                          }});
  }

  test::EventLog log;
  TickQueue ticks;
  Ref<Phoenix> stream = Phoenix::make(ticks, log);
};

TEST_F(ReviveTest, IsWritableAgainAfterAnEnd) {
  stream->end("a", log.callback("end"));
  EXPECT_EQ(after_ticks(), "_write(a) prefinish end finish close");
  EXPECT_TRUE(stream->writable());
  EXPECT_TRUE(stream->write("b", log.callback("b")));
  EXPECT_EQ(after_ticks(), "_write(b) b");
}

TEST_F(ReviveTest, FinishesOnceInEachLife) {
  stream->end("a");
  EXPECT_EQ(after_ticks(), "_write(a) prefinish finish close");
  stream->end("b");
  EXPECT_EQ(after_ticks(), "_write(b) prefinish finish close");
}

TEST_F(ReviveTest, IsNotYetDestroyedForTheCallerOfDestroy) {
  stream->destroy();
  EXPECT_FALSE(stream->destroyed());
  EXPECT_EQ(after_ticks(), "close");
  EXPECT_TRUE(stream->write("b"));
  EXPECT_EQ(after_ticks(), "_write(b)");
}

TEST_F(ReviveTest, FinishesItsWriteWhenItWasDestroyed) {
  stream->fire().holds = true;
  stream->write("a", log.callback("a"));
  stream->write("b", log.callback("b"));
  stream->destroy();
  EXPECT_EQ(after_ticks(), "_write(a) close");
  stream->fire().complete();
  EXPECT_EQ(after_ticks(), "_write(b) a");
  stream->fire().complete();
  EXPECT_EQ(after_ticks(), "b");
}

TEST_F(ReviveTest, ReportsEachFailure) {
  for (int i = 0; i < 2; ++i) {
    stream->write("bad", log.callback("cb"));
    EXPECT_EQ(after_ticks(), "_write(bad) cb(EPIPE) error(EPIPE) close");
    EXPECT_FALSE(stream->errored());
  }
  stream->end("c");
  EXPECT_EQ(after_ticks(), "_write(c) prefinish finish close");
}

TEST_F(ReviveTest, IsNotEndedByAPipe) {
  readable_of("a")->pipe(stream);
  EXPECT_EQ(after_ticks(), "pipe _write(a) unpipe");
  EXPECT_FALSE(stream->writable_ended());
}

TEST_F(ReviveTest, IsEndedByAPipelineAndWritableAfterwards) {
  pipeline(readable_of("a"), stream, log.callback("pipeline"));
  EXPECT_EQ(after_ticks(), "pipe _write(a) unpipe prefinish finish close pipeline");
  stream->write("b");
  EXPECT_EQ(after_ticks(), "_write(b)");
}

TEST_F(ReviveTest, IsReportedAsFinished) {
  finished(*stream, log.callback("finished"));
  stream->end("a");
  EXPECT_EQ(after_ticks(), "_write(a) prefinish finish close finished");
}

}  // namespace
}  // namespace weir
