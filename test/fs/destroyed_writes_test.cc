// The writes of a file stream that is destroyed: each is called back once, in order, with the code
// that it has in Node 26.
#include "fs/write_routes.h"

#include <cerrno>
#include <functional>
#include <string>
#include <utility>

#include <fcntl.h>

namespace weir::fs {
namespace {

class DestroyedWritesTest : public test::RouteTest {
 protected:
  // A mark that the writes do not reach.
  static WriteStreamOptions with_room(WriteStreamOptions options = {}) {
    options.high_water_mark = 1000;
    return options;
  }
  void write_two(WriteStream& stream) {
    stream.write("a", cb("a"));
    stream.write("b", cb("b"));
  }
  // What happens where `program` runs once the file is open.
  std::string once_open(const std::function<void(WriteStream&)>& program) {
    auto stream = make_real(with_room());
    stream->on<Ready>([&] { loop.set_immediate([&] { program(*stream); }); });
    const std::string events = after_run();
    const std::string opened = "open ready ";
    EXPECT_TRUE(events.starts_with(opened)) << events;
    return events.substr(opened.size());
  }
};
WEIR_ON_EVERY_ROUTE(DestroyedWritesTest);

TEST_P(DestroyedWritesTest, OfAnOpeningStreamAllGetTheStreamsError) {
  for (const bool is_later : {false, true})
    for (const bool ends : {false, true})
      for (const Error& error : {Error(), Error("x")}) {
        auto stream = make_real(with_room());
        write_two(*stream);
        if (ends) stream->end(cb("end"));
        if (is_later)
          loop.next_tick([&stream, error] { stream->destroy(error); });
        else
          stream->destroy(error);
        std::string expected =
            error ? "a(x) b(x)" : "a(ERR_STREAM_DESTROYED) b(ERR_STREAM_DESTROYED)";
        if (ends) expected += error ? " end(x)" : " end(ERR_STREAM_DESTROYED)";
        expected += error ? " open ready error() close" : " open ready close";
        EXPECT_EQ(after_run(), expected);
        EXPECT_EQ(read(path()), "");
      }
}

// A listener of Drain runs before the callbacks of the writes that have completed.
TEST_P(DestroyedWritesTest, InADrainListenerAreCalledBackAfterThoseBefore) {
  files->allow_here(false);
  auto stream = make({.high_water_mark = 4});
  stream->once<Drain>([&] {
    files->block();  // as the writes of a full pipe
    stream->write("three", cb("three"));
    stream->write("four", cb("four"));
    stream->destroy();
  });
  stream->write("one", cb("one"));
  stream->write("two", cb("two"));
  EXPECT_EQ(after_run(),
            "open ready drain one two three(ERR_STREAM_DESTROYED) four(ERR_STREAM_DESTROYED) "
            "error(ERR_STREAM_DESTROYED) close");
}

// The first write finds out that the file has no positions, as a system pipe.
TEST_P(DestroyedWritesTest, OfAPipeDoNotGetTheErrorOfItsFirstWrite) {
  files->fail_next("write", ESPIPE);
  auto stream = make({.high_water_mark = 4});
  stream->once<Ready>([&] {
    stream->write("one", cb("one"));
    loop.next_tick([&] { stream->destroy(); });
  });
  EXPECT_EQ(after_run(), "open ready one(ERR_STREAM_DESTROYED) error(ERR_STREAM_DESTROYED) close");
}

TEST_P(DestroyedWritesTest, OfAnOpenStreamTheFirstIsInProgress) {
  const std::string gone = "(ERR_STREAM_DESTROYED)";
  for (const bool is_later : {false, true})
    for (const bool ends : {false, true}) {
      const auto program = [&](const Error& error) {
        return [&, error](WriteStream& stream) {
          write_two(stream);
          if (ends) stream.end(cb("end"));
          if (is_later)
            loop.next_tick([&stream, error] { stream.destroy(error); });
          else
            stream.destroy(error);
        };
      };
      const auto end = [&](const std::string& code) { return ends ? " end" + code : ""; };
      EXPECT_EQ(once_open(program({})),
                "a" + gone + " b" + gone + end(gone) + " error" + gone + " close");
      EXPECT_EQ(read(path()), "ab");
      EXPECT_EQ(once_open(program(Error("x"))),
                "a" + gone + " b(x)" + end("(x)") + " error() close");
      EXPECT_EQ(read(path()), "ab");
    }
}

TEST_P(DestroyedWritesTest, OfACorkedStreamNoneIsInProgress) {
  EXPECT_EQ(once_open([&](WriteStream& stream) {
              stream.cork();
              write_two(stream);
              stream.destroy(Error("x"));
            }),
            "a(x) b(x) error() close");
  EXPECT_EQ(read(path()), "");
}

TEST_P(DestroyedWritesTest, OfABatchOfNodesAllGetTheSameError) {
  EXPECT_EQ(once_open([&](WriteStream& stream) {
              stream.cork();
              write_two(stream);
              stream.uncork();
              stream.destroy(Error("x"));
            }),
            "a(ERR_STREAM_DESTROYED) b(ERR_STREAM_DESTROYED) error() close");
}

TEST_P(DestroyedWritesTest, AfterAWriteWithoutACallbackGetTheStreamsError) {
  EXPECT_EQ(once_open([&](WriteStream& stream) {
              stream.write("0");
              write_two(stream);
              stream.destroy(Error("x"));
            }),
            "a(x) b(x) error() close");
}

// As with a path: the stream is constructed on a tick.
TEST_P(DestroyedWritesTest, OfAGivenDescriptorAreRefusedInTheCallbackThatCreatedTheStream) {
  const int fd = ::open(path().c_str(), O_CREAT | O_WRONLY, 0666);
  auto stream = make_at("", with_room({.fd = fd}));
  write_two(*stream);
  stream->end(cb("end"));
  stream->write("late", cb("late"));
  const std::string code = "(ERR_STREAM_WRITE_AFTER_END)";
  EXPECT_EQ(after_run(),
            "late" + code + " a" + code + " b" + code + " end" + code + " error" + code + " close");
  EXPECT_EQ(read(path()), "");
}

}  // namespace
}  // namespace weir::fs
