#include "stdio/stdio_test.h"

#include <cstdio>
#include <string>

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace weir {
namespace {

using test::Pipe;
using test::SocketPair;

class InputTest : public test::StdioTest {
 protected:
  // A file with that text, at its beginning.
  int file_with(const std::string& text) {
    file_ = test::Fd(::memfd_create("input", MFD_CLOEXEC));
    put(file_.get(), text);
    ::lseek(file_.get(), 0, SEEK_SET);
    return file_.get();
  }

  Pipe pipe;

 private:
  test::Fd file_;
};

// --- Pipes and sockets ---

TEST_F(InputTest, StartsUndecidedAndDoesNotKeepTheLoopAlive) {
  const auto in = input(pipe.reader());
  EXPECT_EQ(in->kind(), DescriptorKind::pipe);
  EXPECT_EQ(in->readable_flowing(), std::nullopt);
  EXPECT_FALSE(in->is_paused());
  EXPECT_EQ(in->readable_high_water_mark(), 16384u);
  EXPECT_EQ(after_run(), "");
}

TEST_F(InputTest, ReadsTheAvailableBytesAndTheEnd) {
  put(pipe.writer(), "abc\n");
  pipe.close_writer();
  const auto in = input(pipe.reader());
  log.listen_to_data(*in);
  EXPECT_EQ(after_run(), "resume data(abc\n) end close");
}

TEST_F(InputTest, EmitsEndForANamedPipeWhoseWriterHasClosed) {
  test::Fifo fifo;
  put(fifo.writer(), "abc");
  fifo.close_writer();
  const auto in = input(fifo.reader());
  log.listen_to_data(*in);
  EXPECT_EQ(after_run(), "resume data(abc) end close");
}

TEST_F(InputTest, KeepsTheLoopAliveWhileItIsReadFrom) {
  const auto in = input(pipe.reader());
  log.listen_to_data(*in);
  EXPECT_TRUE(loop.poll());
  EXPECT_TRUE(loop.poll());
  put(pipe.writer(), "a");
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(log.take(), "resume data(a)");
  pipe.close_writer();
  EXPECT_EQ(after_run(), "end close");
}

TEST_F(InputTest, LetsTheLoopGoWhileItIsPaused) {
  const auto in = input(pipe.reader());
  log.listen_to_data(*in);
  EXPECT_TRUE(loop.poll());
  in->pause();
  EXPECT_EQ(after_run(), "resume pause");
  put(pipe.writer(), "abc");
  pipe.close_writer();
  EXPECT_EQ(after_run(), "");
  in->resume();
  EXPECT_EQ(after_run(), "resume data(abc) end close");
}

TEST_F(InputTest, ContinuesIfItIsResumedAtOnce) {
  const auto in = input(pipe.reader());
  log.listen_to_data(*in);
  EXPECT_TRUE(loop.poll());
  in->pause();
  in->resume();
  EXPECT_TRUE(loop.poll());
  put(pipe.writer(), "abc");
  pipe.close_writer();
  EXPECT_EQ(after_run(), "resume pause resume data(abc) end close");
}

TEST_F(InputTest, CanBeReadByAsking) {
  put(pipe.writer(), "abc");
  pipe.close_writer();
  const auto in = input(pipe.reader());
  std::string text;
  in->on<ReadableEvent>([&] {
    while (auto chunk = in->read(2)) text += chunk->text();
  });
  EXPECT_EQ(after_run(), "end close");
  EXPECT_EQ(text, "abc");
}

TEST_F(InputTest, ReadsAheadToItsMarkAndNoFurther) {
  ::fcntl(pipe.writer(), F_SETPIPE_SZ, 1 << 20);
  const auto in = input(pipe.reader());
  in->once<ReadableEvent>([] {});
  put(pipe.writer(), std::string(200'000, 'x'));
  loop.run();  // a full buffer does not keep the loop alive
  EXPECT_EQ(in->readable_length(), 65536u);
  EXPECT_EQ(taken_from(pipe.reader()).size(), 200'000u - 65536);
}

TEST_F(InputTest, IsPipedAtThePaceOfItsDestination) {
  Pipe to;
  const auto in = input(pipe.reader());
  const auto out = output(to.writer());
  in->pipe(out);
  std::string sent;
  std::string seen;
  for (char c = 'a'; c <= 'z'; ++c) {
    const std::string piece(Pipe::kCapacity, c);
    put(pipe.writer(), piece);
    sent += piece;
    for (int turn = 0; turn < 3; ++turn) {
      loop.poll();
      seen += taken_from(to.reader());
    }
  }
  pipe.close_writer();
  seen += read_until_idle(to.reader());
  EXPECT_EQ(seen, sent);
  EXPECT_FALSE(out->writable_ended());
}

TEST_F(InputTest, LeavesTheSharedDescriptionBlocking) {
  const auto in = input(pipe.reader());
  in->resume();
  loop.poll();
  EXPECT_FALSE(is_non_blocking(pipe.reader()));
  pipe.close_writer();
  EXPECT_EQ(after_run(), "resume end close");
}

TEST_F(InputTest, ReadsFromASocket) {
  SocketPair sockets;
  const auto in = input(sockets.reader());
  EXPECT_EQ(in->kind(), DescriptorKind::socket);
  log.listen_to_data(*in);
  put(sockets.writer(), "abc");
  loop.poll();
  EXPECT_FALSE(is_non_blocking(sockets.reader()));
  sockets.close_writer();
  EXPECT_EQ(after_run(), "resume data(abc) end close");
}

TEST_F(InputTest, ReadsAPipeThatItCannotOpenAgain) {
  Ref<InputStream> in;
  {
    const test::NoMoreDescriptors limit;
    in = input(pipe.reader());
  }
  log.listen_to_data(*in);
  EXPECT_TRUE(loop.poll());
  put(pipe.writer(), "abc");
  loop.poll();
  pipe.close_writer();
  EXPECT_EQ(after_run(), "resume data(abc) end close");
  EXPECT_FALSE(is_non_blocking(pipe.reader()));
}

TEST_F(InputTest, DoesNotReadFromTheEndThatIsToBeWrittenTo) {
  put(pipe.writer(), "not for us");
  const auto in = input(pipe.writer());
  in->resume();
  EXPECT_EQ(after_run(), "resume error(EBADF) close");
}

TEST_F(InputTest, NeverClosesItsDescriptor) {
  const auto in = input(pipe.reader());
  in->resume();
  loop.poll();
  in->destroy();
  EXPECT_EQ(after_run(), "resume close");
  put(pipe.writer(), "for somebody else");
  EXPECT_EQ(taken_from(pipe.reader()), "for somebody else");
}

TEST_F(InputTest, LivesOnWhileItIsReadFrom) {
  log.listen_to_data(*input(pipe.reader()));
  put(pipe.writer(), "abc");
  loop.poll();
  pipe.close_writer();
  EXPECT_EQ(after_run(), "resume data(abc) end close");
}

TEST_F(InputTest, MayBeReadDuringTheDestructionOfTheLoop) {
  Loop short_lived;
  const auto in = internal::make_input(short_lived, pipe.reader());
  in->resume();
  short_lived.poll();
}

// --- Files and missing descriptors ---

TEST_F(InputTest, ReadsAFileToItsEndAndDoesNotCloseIt) {
  const std::string much = std::string(65536, 'a') + std::string(10, 'b');
  const auto in = input(file_with(much));
  EXPECT_EQ(in->kind(), DescriptorKind::file);
  EXPECT_EQ(in->readable_high_water_mark(), 65536u);
  in->on<Data>([&](const Data& data) { log.add(std::to_string(data.chunk.size())); });
  EXPECT_EQ(after_run(), "resume 65536 10 end");
  EXPECT_FALSE(in->destroyed());
}

TEST_F(InputTest, DoesNotReadAFileWithoutDemand) {
  const int fd = file_with("abc");
  const auto in = input(fd);
  EXPECT_EQ(after_run(), "");
  EXPECT_EQ(::lseek(fd, 0, SEEK_CUR), 0);
}

TEST_F(InputTest, MayBeDestroyedWhileTheFileIsRead) {
  const auto in = input(file_with("abc"));
  in->read();
  in->destroy();
  EXPECT_EQ(after_run(), "close");
}

TEST_F(InputTest, EndsAtOnceOnNullAndMissingDescriptors) {
  const test::Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  for (const int fd : {null.get(), -1}) {
    const auto in = input(fd);
    EXPECT_EQ(in->kind(), DescriptorKind::null);
    in->resume();
    EXPECT_EQ(after_run(), "resume end");
  }
}

TEST_F(InputTest, FailsWhereTheSystemDoes) {
  const test::Fd memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  const auto in = input(memory.get());
  in->resume();
  EXPECT_EQ(after_run(), "resume error(EIO)");
}

}  // namespace
}  // namespace weir
