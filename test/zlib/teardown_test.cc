// A stream is destroyed or dropped, or its loop ends, while its codec works.

#include "support/outliving_test.h"
#include "support/zlib_test.h"
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace weir::zlib {
namespace {

using ZlibTeardownTest = test::ZlibTest;

// So much that the pool is at it when the next line runs.
std::string much() { return test::noise_of(2'000'000); }

TEST_F(ZlibTeardownTest, DestroyedWhileThePoolWorksItClosesAtOnce) {
  auto gzip = logged(create_gzip(loop));
  gzip->write(much(), cb("first"));
  gzip->write("more", cb("second"));
  gzip->destroy();
  loop.ticks().drain();
  EXPECT_EQ(log.take(), "close");
  EXPECT_EQ(after_run(), "first second(ERR_STREAM_DESTROYED)");
}

TEST_F(ZlibTeardownTest, DestroyedWithAnErrorWhileThePoolWorksItEmitsThat) {
  auto gzip = logged(create_brotli_compress(loop));
  gzip->write("some");
  gzip->destroy(Error("boom"));
  EXPECT_EQ(after_run(), "error() close");
  EXPECT_EQ(failure.message(), "boom");
}

TEST_F(ZlibTeardownTest, DestroyedBetweenASmallChunkAndItsCompletion) {
  auto gzip = listened(create_gzip(loop));
  gzip->write("small", cb("written"));
  gzip->destroy();
  EXPECT_EQ(after_run(), "close written");
  EXPECT_EQ(output, "");
}

TEST_F(ZlibTeardownTest, DestroyedByItsReader) {
  auto gunzip = logged(create_gunzip(loop));
  gunzip->on<Data>([&, stream = gunzip.get()] {
    log.add("data");
    stream->destroy();
  });
  gunzip->write(gzip_sync(Buffer::adopt(test::text_of(100'000))), cb("written"));
  EXPECT_EQ(after_run(), "data written close");
}

TEST_F(ZlibTeardownTest, AListenerThatThrowsLosesNothing) {
  int thrown = 0;
  loop.on_uncaught([&](const std::exception_ptr&) { ++thrown; });
  auto gunzip = listened(create_gunzip(loop));
  gunzip->once<Data>([] { throw std::runtime_error("listener"); });
  gunzip->end(gzip_sync(Buffer::adopt(std::string(1'000'000, 'a'))), cb("written"));
  EXPECT_EQ(after_run(), "prefinish written finish end close");
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(output.size(), 1'000'000u);
}

TEST_F(ZlibTeardownTest, AListenerThatThrowsAtTheEndOfTheDataDoesNotHoldUpTheWrite) {
  loop.on_uncaught([&](const std::exception_ptr&) { log.add("thrown"); });
  auto inflate = logged(create_inflate(loop));
  inflate->once<ReadableEvent>([] { throw std::runtime_error("listener"); });
  const Buffer data = deflate_sync(Buffer::literal("a"));
  inflate->write(test::joined({data, Buffer::literal("dropped")}), cb("written"));
  EXPECT_EQ(after_run(), "thrown written");
}

TEST_F(ZlibTeardownTest, AListenerThatThrowsMayHaveDestroyedIt) {
  loop.on_uncaught([](const std::exception_ptr&) {});
  auto gunzip = logged(create_gunzip(loop));
  gunzip->on<Data>([stream = gunzip.get()] {
    stream->destroy();
    throw std::runtime_error("listener");
  });
  gunzip->write(gzip_sync(Buffer::adopt(std::string(1'000'000, 'a'))), cb("written"));
  EXPECT_EQ(after_run(), "close written");
}

TEST_F(ZlibTeardownTest, DestroyedWhileItWaitsForAReaderTheWriteIsCalledBack) {
  auto gunzip = logged(create_gunzip(loop));
  gunzip->write(gzip_sync(Buffer::adopt(std::string(1'000'000, 'a'))), cb("written"));
  EXPECT_EQ(after_run(), "");
  gunzip->destroy();
  EXPECT_EQ(after_run(), "written(ERR_STREAM_DESTROYED) close");
}

TEST_F(ZlibTeardownTest, DroppedWhileItWaitsForAReaderItIsDestroyed) {
  auto gunzip = logged(create_gunzip(loop));
  gunzip->write(gzip_sync(Buffer::adopt(std::string(1'000'000, 'a'))), cb("written"));
  EXPECT_EQ(after_run(), "");
  gunzip = nullptr;
  EXPECT_EQ(after_run(), "written(ERR_STREAM_DESTROYED) close");
}

TEST_F(ZlibTeardownTest, DroppedWhileThePoolWorksItComesToItsEnd) {
  auto gzip = listened(create_gzip(loop));
  gzip->end(test::text_of(100'000));
  gzip = nullptr;
  EXPECT_EQ(after_run(), "prefinish finish end close");
  EXPECT_EQ(gunzip_sync(Buffer::copy(output)).size(), 100'000u);
}

TEST_F(ZlibTeardownTest, AStopDestroysIt) {
  std::stop_source stop;
  auto gzip = logged(create_gzip(loop, {.signal = stop.get_token()}));
  gzip->write(much());
  stop.request_stop();
  EXPECT_EQ(after_run(), "error(ABORT_ERR) close");
}

TEST_F(ZlibTeardownTest, AnErrorDestroysItDespiteItsOptions) {
  auto gunzip = listened(create_gunzip(loop, {.auto_destroy = false}));
  gunzip->end("garbage");
  EXPECT_EQ(after_run(), "error(Z_DATA_ERROR) close");
}

TEST_F(ZlibTeardownTest, WithoutEmitCloseThereIsNone) {
  auto gunzip = listened(create_gunzip(loop, {.emit_close = false}));
  gunzip->end("garbage");
  EXPECT_EQ(after_run(), "error(Z_DATA_ERROR)");
}

TEST_F(ZlibTeardownTest, AnExceptionOfAReaderLeavesTheLoopAndTheStreamCanBeDestroyed) {
  auto gzip = create_gzip(loop);
  gzip->on<Data>([] { throw std::runtime_error("reader"); });
  gzip->write("a");
  EXPECT_THROW(loop.run(), std::runtime_error);
  gzip->destroy();
  loop.run();
  EXPECT_TRUE(gzip->closed());
}

// --- The loop is destroyed first: no callback runs, no memory leaks. ---

class ZlibLoopDestroyedFirstTest : public testing::Test {
 protected:
  ~ZlibLoopDestroyedFirstTest() override {
    EXPECT_EQ(owned.use_count(), 1) << "a callback was leaked";
  }

  Callback never() {
    return [owned = owned] { ADD_FAILURE() << "called from a loop that is gone"; };
  }

  std::shared_ptr<int> owned = std::make_shared<int>();
  std::optional<Loop> loop{std::in_place};
};

TEST_F(ZlibLoopDestroyedFirstTest, WithAChunkAtThePool) {
  create_gzip(*loop)->write(much(), never());
  create_zstd_compress(*loop)->end(much(), never());
  loop.reset();
}

TEST_F(ZlibLoopDestroyedFirstTest, WithACompletionDue) {
  create_gzip(*loop)->write("small", never());
  loop.reset();
}

TEST_F(ZlibLoopDestroyedFirstTest, WithAStreamThatWaitsForItsReader) {
  auto gunzip = create_gunzip(*loop);
  gunzip->write(gzip_sync(Buffer::adopt(std::string(1'000'000, 'a'))), [owned = owned] {});
  loop->run();
  loop->ticks().close();
  gunzip = nullptr;
  loop.reset();
}

class ZlibOutlivesLoopTest : public test::OutlivingTest {};

TEST_F(ZlibOutlivesLoopTest, AStreamInEachState) {
  auto fresh = kept(create_gzip(*loop));
  auto waiting = kept(create_gunzip(*loop));
  waiting->write(gzip_sync(Buffer::adopt(std::string(1'000'000, 'a'))),
                 [waiting, owned = owned] {});
  loop->run();
  auto working = kept(create_zstd_compress(*loop));
  working->write(much(), [working, never = never()]() mutable { never(); });
  working->flush([working, never = never()]() mutable { never(); });
  auto done_at_once = kept(create_gzip(*loop));
  done_at_once->write("small", [done_at_once, never = never()]() mutable { never(); });
  auto destroyed = kept(create_brotli_compress(*loop));
  destroyed->write(much(), [destroyed, never = never()]() mutable { never(); });
  destroyed->destroy();
  loop_goes();
  const auto expect_inert_stream = [&](CompressionStream& stream) {
    expect_inert_writable(stream, "a CompressionStream");
    stream.flush(never());
  };
  expect_inert_stream(*fresh);
  expect_inert_stream(*waiting);
  expect_inert_stream(*working);
  expect_inert_stream(*done_at_once);
  expect_inert_stream(*destroyed);
  EXPECT_THROW(fresh->reset(), Error);
}

}  // namespace
}  // namespace weir::zlib
