#include <weir/fs/read_stream.h>

#include "support/file_test.h"
#include <weir/stream/pipeline.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace weir::fs {
namespace {

struct ReadRoute {
  const char* name;
  ReadMode mode;
  bool here;  // whether the page cache has it
};

class ReadStreamTest : public test::FileTest, public testing::WithParamInterface<ReadRoute> {
 protected:
  Ref<ReadStream> make_reader(ReadStreamOptions options = {}) {
    files->allow_here(GetParam().here);
    options.file_ops = files;
    options.read_mode = GetParam().mode;
    return listened(create_read_stream(loop, "x", std::move(options)));
  }
  Ref<ReadStream> real_reader(const std::string& path, ReadStreamOptions options = {}) {
    options.read_mode = GetParam().mode;
    return listened(create_read_stream(loop, path, std::move(options)));
  }
  Ref<ReadStream> listened(Ref<ReadStream> stream) {
    stream->on<Open>([this] { log.add("open"); });
    stream->on<Ready>([this] { log.add("ready"); });
    stream->on<Resume>([this] { log.add("resume"); });
    stream->on<End>([this] { log.add("end"); });
    stream->on<Error>([this](const Error& error) {
      log.add("error(" + std::string(error.name()) + ")");
      failure = error;
    });
    stream->on<Close>([this] { log.add("close"); });
    return stream;
  }
  void log_data(ReadStream& stream) {
    stream.on<Data>(
        [this](const Data& data) { log.add("data(" + std::string(data.chunk.text()) + ")"); });
  }
  // Everything that the stream gives.
  std::string all_of(ReadStream& stream) {
    std::string text;
    stream.on<Data>([&text](const Data& data) { text += data.chunk.text(); });
    loop.run();
    return text;
  }
};

INSTANTIATE_TEST_SUITE_P(OnEveryRoute, ReadStreamTest,
                         testing::Values(ReadRoute{"in_place", ReadMode::in_place, true},
                                         ReadRoute{"in_place_uncached", ReadMode::in_place, false},
                                         ReadRoute{"pool", ReadMode::pool, true}),
                         [](const auto& route) { return route.param.name; });

TEST_P(ReadStreamTest, OpensThenFlowsThenEndsThenCloses) {
  files->put("hello");
  auto stream = make_reader();
  log_data(*stream);
  EXPECT_EQ(stream->readable_high_water_mark(), 65536u);
  EXPECT_TRUE(stream->pending());
  EXPECT_EQ(after_run(), "resume open ready data(hello) end close");
  EXPECT_EQ(stream->bytes_read(), 5u);
  EXPECT_TRUE(stream->pending());
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(ReadStreamTest, GivesChunksOfAtMostTheMark) {
  files->put("hello");
  auto stream = make_reader({.high_water_mark = 2});
  log_data(*stream);
  EXPECT_EQ(after_run(), "resume open ready data(he) data(ll) data(o) end close");
}

TEST_P(ReadStreamTest, ReadsFromStartToEndBothIncluded) {
  files->put("0123456789");
  auto stream = make_reader({.start = 2, .end = 5});
  EXPECT_EQ(all_of(*stream), "2345");
  EXPECT_EQ(stream->bytes_read(), 4u);
}

TEST_P(ReadStreamTest, ReadsOneByteWhereStartIsEnd) {
  files->put("0123456789");
  EXPECT_EQ(all_of(*make_reader({.start = 3, .end = 3})), "3");
}

TEST_P(ReadStreamTest, ReadsToTheEndOfTheFileIfTheRangeIsLonger) {
  files->put("0123456789");
  EXPECT_EQ(all_of(*make_reader({.high_water_mark = 4, .start = 8, .end = 100})), "89");
}

TEST_P(ReadStreamTest, EndsAtOnceWhereTheFileIsEmpty) {
  auto stream = make_reader();
  log_data(*stream);
  EXPECT_EQ(after_run(), "resume open ready end close");
}

TEST_P(ReadStreamTest, DecodesACharacterThatIsSplitBetweenReads) {
  files->put("a\xC3\xA9z");
  auto stream = make_reader({.high_water_mark = 2, .encoding = "utf8"});
  log_data(*stream);
  EXPECT_EQ(after_run(), "resume open ready data(a) data(\xC3\xA9z) end close");
}

TEST_P(ReadStreamTest, JoinsSeveralReadsOfARegularFile) {
  files->put("0123456789");
  files->cache_at_most(4);
  auto stream = make_reader({.high_water_mark = 6});
  log_data(*stream);
  EXPECT_EQ(after_run(), "resume open ready data(012345) data(6789) end close");
}

TEST_P(ReadStreamTest, ReadsTheBytesThatAPipeHasAndReadsAgain) {
  files->put("0123456789");
  files->be_irregular();
  files->accept_at_most(4);
  auto stream = make_reader();
  log_data(*stream);
  EXPECT_EQ(after_run(), "resume open ready data(0123) data(4567) data(89) end close");
}

TEST_P(ReadStreamTest, FailsWhereTheFileCannotBeOpened) {
  auto stream = real_reader(path("missing"));
  log_data(*stream);
  EXPECT_EQ(after_run(), "resume error(ENOENT) close");
  EXPECT_EQ(std::string(failure.what()),
            "ENOENT: no such file or directory, open '" + path("missing") + "'");
}

TEST_P(ReadStreamTest, OpensADirectoryAndFailsToReadIt) {
  auto stream = real_reader(path("."));
  log_data(*stream);
  EXPECT_EQ(after_run(), "resume open ready error(EISDIR) close");
  EXPECT_EQ(failure.syscall(), "read");
}

TEST_P(ReadStreamTest, FailsInTheMiddleWithTheErrorOfTheRead) {
  files->put("0123456789");
  files->fail_at("read", 1, EIO);
  if (GetParam().here && GetParam().mode == ReadMode::in_place) files->cache_at_most(4);
  auto stream = make_reader({.high_water_mark = 4});
  log_data(*stream);
  const std::string events = after_run();
  EXPECT_EQ(events, "resume open ready data(0123) error(EIO) close");
  EXPECT_EQ(std::string(failure.what()), "EIO: i/o error, read 'x'");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(ReadStreamTest, LeavesADescriptorOpenThatItShallNotClose) {
  put(path(), "hello");
  const int fd = ::open(path().c_str(), O_RDONLY);
  auto stream = real_reader("", {.auto_close = false, .fd = fd});
  log_data(*stream);
  EXPECT_EQ(after_run(), "resume data(hello) end");
  EXPECT_EQ(::close(fd), 0);
}

TEST_P(ReadStreamTest, ReadsADescriptorFromWhereItStands) {
  put(path(), "hello");
  const int fd = ::open(path().c_str(), O_RDONLY);
  ::lseek(fd, 3, SEEK_SET);
  EXPECT_EQ(all_of(*real_reader("", {.fd = fd})), "lo");
}

TEST_P(ReadStreamTest, CloseBeforeTheEndIsPremature) {
  files->put("hello");
  auto stream = make_reader();
  stream->on<Open>([&] { stream->close(cb("closed")); });
  EXPECT_EQ(after_run(), "open ready close closed(ERR_STREAM_PREMATURE_CLOSE)");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(ReadStreamTest, TheGreatestEndIsTheWholeFile) {
  files->put("hello");
  EXPECT_EQ(all_of(*make_reader({.end = (std::int64_t{1} << 53) - 1})), "hello");
}

TEST_P(ReadStreamTest, WithoutAutoCloseAFailedStreamClosesOnRequest) {
  files->put("hello");
  files->cache_at_most(0);
  files->fail_next("read", EIO);
  auto stream = make_reader({.auto_close = false});
  stream->resume();
  EXPECT_EQ(after_run(), "resume open ready error(EIO)");
  EXPECT_EQ(files->open_files(), 1u);
  stream->close(cb("closed"));
  loop.run();
  EXPECT_TRUE(stream->closed());
  EXPECT_EQ(log.take(), "closed(EIO) close");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(ReadStreamTest, ADestroyWaitsForTheReadThatIsUnderWay) {
  files->put("hello");
  auto stream = make_reader();
  log_data(*stream);
  stream->on<Ready>([&] { loop.next_tick([&] { stream->destroy(Error("stop")); }); });
  EXPECT_EQ(after_run(), "resume open ready error() close");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(ReadStreamTest, AStopRequestAborts) {
  files->put("hello");
  std::stop_source stop;
  auto stream = make_reader({.signal = stop.get_token()});
  log_data(*stream);
  stream->on<Open>([&] { stop.request_stop(); });
  EXPECT_EQ(after_run(), "resume open ready error(ABORT_ERR) close");
}

TEST_P(ReadStreamTest, ReadsAFileThatGrowsToWhereItEndsInTheEnd) {
  files->put("0123");
  auto stream = make_reader({.high_water_mark = 4});
  bool grown = false;
  stream->on<Data>([&](const Data& data) {
    log.add(data.chunk.text());
    if (!std::exchange(grown, true)) files->put("01234567");
  });
  EXPECT_EQ(after_run(), "resume open ready 0123 4567 end close");
}

TEST_P(ReadStreamTest, EndsWhereAFileIsCutShortMeanwhile) {
  files->put("0123456789");
  auto stream = make_reader({.high_water_mark = 4});
  stream->on<Data>([&](const Data& data) {
    log.add(data.chunk.text());
    files->put("01");
  });
  EXPECT_EQ(after_run(), "resume open ready 0123 end close");
}

TEST_P(ReadStreamTest, DroppedWhileItIsOpenItCloses) {
  files->put("hello");
  make_reader()->on<Open>([] {});
  EXPECT_EQ(after_run(), "open ready close");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(ReadStreamTest, ADestroyedLoopDropsTheRead) {
  put(path(), std::string(1 << 20, 'x'));
  auto own = std::make_unique<Loop>();
  auto stream = create_read_stream(*own, path(), {.read_mode = GetParam().mode});
  stream->on<Data>([&] { own->stop(); });
  own->run();
  stream = nullptr;
  own.reset();
}

TEST_P(ReadStreamTest, RefusesInvalidOptions) {
  EXPECT_THROW(create_read_stream(loop, std::string("a\0b", 3)), Error);
  const auto thrown = [&](ReadStreamOptions options) {
    try {
      create_read_stream(loop, "x", std::move(options));
    } catch (const Error& error) {
      return std::string(error.name());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(thrown({.start = -1}), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(thrown({.end = -1}), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(thrown({.start = std::int64_t{1} << 53}), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(thrown({.end = std::numeric_limits<std::int64_t>::max()}), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(thrown({.start = 3, .end = 2}), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(thrown({.fd = -1}), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(thrown({.high_water_mark = -1}), "ERR_INVALID_ARG_VALUE");
}

TEST_P(ReadStreamTest, AHandleReadsAndItsStreamClosesIt) {
  put(path(), "hello");
  open(loop, path(), "r", [&](const Error& error, Ref<FileHandle> file) {
    ASSERT_FALSE(error);
    file->read(2, 1, [&, file](const Error&, const Buffer& bytes) {
      log.add("read(" + std::string(bytes.text()) + ")");
      log_data(*file->create_read_stream({.read_mode = GetParam().mode}));
    });
  });
  EXPECT_EQ(after_run(), "read(el) data(hello)");
}

}  // namespace
}  // namespace weir::fs
