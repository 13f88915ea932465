#include <weir/stream/abort.h>

#include "support/read_test.h"
#include <weir/stream/pass_through.h>

#include <memory>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

class AbortTest : public test::ReadTest {
 protected:
  std::stop_source stop;
};

TEST_F(AbortTest, AStopDestroysAWritable) {
  const auto w = make();
  add_abort_signal(stop.get_token(), *w);
  stop.request_stop();
  EXPECT_TRUE(w->destroyed());
  EXPECT_EQ(w->errored().message(), "The operation was aborted");
  EXPECT_EQ(after_ticks(), "error(ABORT_ERR) close");
}

TEST_F(AbortTest, AStopDestroysAReadableAndDropsItsBuffer) {
  const auto r = readable_of({"a", "b"});
  log.listen_to_data(*r);
  add_abort_signal(stop.get_token(), *r);
  r->on<Data>([&] { stop.request_stop(); });
  EXPECT_EQ(after_ticks(), "_read resume _read data(a) data(b) error(ABORT_ERR) close");
}

TEST_F(AbortTest, AStopDestroysBothSidesOfADuplex) {
  const auto t = PassThrough::make(ticks);
  log.listen(*t);
  add_abort_signal(stop.get_token(), *t);
  t->end("a");
  EXPECT_EQ(after_ticks(), "prefinish finish");
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "error(ABORT_ERR) close");
}

TEST_F(AbortTest, AStopThatWasRequestedBeforeDestroysAtOnce) {
  stop.request_stop();
  const auto r = readable();
  add_abort_signal(stop.get_token(), *r);
  EXPECT_TRUE(r->destroyed());
  EXPECT_EQ(after_ticks(), "error(ABORT_ERR) close");
}

TEST_F(AbortTest, AStopAfterTheStreamIsOverHasNoEffect) {
  const auto w = make();
  add_abort_signal(stop.get_token(), *w);
  w->end();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "");
  EXPECT_FALSE(w->errored());
}

TEST_F(AbortTest, ATokenThatCannotBeStoppedHasNoEffect) {
  const auto w = make();
  add_abort_signal({}, *w);
  EXPECT_EQ(w->listener_count<Error>(), 1u) << "the log's own";
}

TEST_F(AbortTest, MayOutliveAStreamThatWasDropped) {
  {
    const auto r = readable({.auto_destroy = false});
    add_abort_signal(stop.get_token(), *r);
  }
  EXPECT_EQ(sources(), 0u);
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "");
}

}  // namespace
}  // namespace weir
