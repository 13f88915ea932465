#include "stdio/stdio_test.h"
#include <weir/stream/pipeline.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::NoMoreDescriptors;
using test::Pipe;
using test::SocketPair;
using std::chrono_literals::operator""ms;

std::string letters(std::size_t count) {
  std::string text(count, ' ');
  for (std::size_t i = 0; i < count; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

class OutputPipeTest : public test::StdioTest {
 protected:
  Pipe pipe;
};

// --- Writes and their callbacks ---

TEST_F(OutputPipeTest, WritesTheBytesThatFitAtOnce) {
  const auto out = output(pipe.writer());
  EXPECT_EQ(out->kind(), DescriptorKind::pipe);
  EXPECT_FALSE(out->is_tty());
  EXPECT_TRUE(out->write("abc", cb("cb")));
  EXPECT_EQ(taken_from(pipe.reader()), "abc");
  EXPECT_EQ(out->writable_length(), 0u);
  loop.next_tick(says("tick"));
  loop.set_immediate(says("immediate"));
  EXPECT_EQ(log.take(), "");
  EXPECT_EQ(after_run(), "cb tick immediate");
}

TEST_F(OutputPipeTest, QueuesBytesThatDoNotFitAndDrainsWhenTheyAreRead) {
  const auto out = output(pipe.writer());
  const std::string kilobyte = letters(1000);
  int writes = 1;
  while (out->write(kilobyte)) ++writes;
  // As in Node: the pipe's capacity, then the mark; a partial write still counts whole.
  EXPECT_EQ(writes, 4 + 17);
  EXPECT_EQ(out->writable_length(), 17000u);
  EXPECT_TRUE(out->writable_need_drain());
  loop.poll();
  EXPECT_EQ(log.take(), "");
  std::string expected;
  for (int i = 0; i < writes; ++i) expected += kilobyte;
  EXPECT_EQ(read_until_idle(pipe.reader()), expected);
  EXPECT_EQ(log.take(), "drain");
}

TEST_F(OutputPipeTest, CallsBackInOrderOnceAll) {
  const auto out = output(pipe.writer());
  out->write(letters(100), cb("a"));
  out->write(letters(9000), cb("b"));
  out->write(letters(10), cb("c"));
  out->write(letters(20), cb("d"));
  loop.poll();
  EXPECT_EQ(log.take(), "a");
  EXPECT_EQ(read_until_idle(pipe.reader()),
            letters(100) + letters(9000) + letters(10) + letters(20));
  EXPECT_EQ(log.take(), "b c d");
}

TEST_F(OutputPipeTest, WritesEmptyChunksToo) {
  const auto out = output(pipe.writer());
  out->write("", cb("empty"));
  out->cork();
  out->write("", cb("a"));
  out->write("x", cb("b"));
  out->write("", cb("c"));
  out->uncork();
  EXPECT_EQ(after_run(), "empty a b c");
  EXPECT_EQ(taken_from(pipe.reader()), "x");
}

TEST_F(OutputPipeTest, KeepsTheLoopAliveUntilAllIsRead) {
  const auto out = output(pipe.writer());
  EXPECT_FALSE(loop.poll());
  out->write(letters(Pipe::kCapacity + 1));
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(taken_from(pipe.reader()), letters(Pipe::kCapacity));
  loop.run();
  EXPECT_EQ(taken_from(pipe.reader()).size(), 1u);
}

TEST_F(OutputPipeTest, MergesManyChunksIntoFewCalls) {
  const auto out = output(pipe.writer());
  out->write(letters(2 * Pipe::kCapacity));
  std::string expected = letters(2 * Pipe::kCapacity);
  for (int i = 0; i < 300; ++i) {
    out->write("line\n");
    expected += "line\n";
  }
  EXPECT_EQ(read_until_idle(pipe.reader()), expected);
}

TEST_F(OutputPipeTest, KeepsTheOrderOfTwoStreamsOnOnePipe) {
  const auto out = output(pipe.writer());
  const auto error = output(pipe.writer());
  for (const char* digit : {"0", "1", "2"}) {
    out->print("o{}", digit);
    error->print("e{}", digit);
  }
  EXPECT_EQ(taken_from(pipe.reader()), "o0e0o1e1o2e2");
}

TEST_F(OutputPipeTest, MergesWritesWhereItIsAskedTo) {
  const auto out = output(pipe.writer(), {.merge_writes = true});
  out->write("a");
  out->write("b");
  EXPECT_EQ(taken_from(pipe.reader()), "");
  EXPECT_EQ(after_run(), "");
  EXPECT_EQ(taken_from(pipe.reader()), "ab");
}

// --- Shared descriptions ---

TEST_F(OutputPipeTest, LeavesTheSharedDescriptionBlocking) {
  const auto out = output(pipe.writer());
  out->write(letters(3 * Pipe::kCapacity));
  loop.poll();
  EXPECT_FALSE(is_non_blocking(pipe.writer()));
  read_until_idle(pipe.reader());
  EXPECT_FALSE(is_non_blocking(pipe.writer()));
}

TEST_F(OutputPipeTest, LeavesTheSharedSocketBlocking) {
  const SocketPair sockets;
  const auto out = output(sockets.writer());
  EXPECT_EQ(out->kind(), DescriptorKind::socket);
  const std::string much = letters(1 << 20);
  EXPECT_FALSE(out->write(much, cb("cb")));
  EXPECT_TRUE(loop.poll());
  EXPECT_FALSE(is_non_blocking(sockets.writer()));
  EXPECT_EQ(read_until_idle(sockets.reader()), much);
  EXPECT_FALSE(is_non_blocking(sockets.writer()));
  EXPECT_EQ(log.take(), "drain cb");
}

TEST_F(OutputPipeTest, WritesToANamedPipe) {
  test::Fifo fifo;
  const auto out = output(fifo.writer());
  const std::string much = letters(300'000);
  out->write(much, cb("cb"));
  EXPECT_EQ(read_until_idle(fifo.reader()), much);
  EXPECT_FALSE(is_non_blocking(fifo.writer()));
  EXPECT_EQ(log.take(), "drain cb");
  fifo.close_reader();
  out->write("x", cb("cb"));
  EXPECT_EQ(after_run(), "cb(EPIPE) error(EPIPE) close");
}

TEST_F(OutputPipeTest, WritesToANonBlockingDescriptionAsItIs) {
  ::fcntl(pipe.writer(), F_SETFL, O_NONBLOCK);
  const auto out = output(pipe.writer());
  out->write(letters(3 * Pipe::kCapacity), cb("cb"));
  EXPECT_EQ(read_until_idle(pipe.reader()), letters(3 * Pipe::kCapacity));
  EXPECT_EQ(log.take(), "cb");
  EXPECT_TRUE(is_non_blocking(pipe.writer()));
}

TEST_F(OutputPipeTest, IsClosedForItsReaderOnceItsOwnerClosesIt) {
  {
    const auto out = output(pipe.writer());
    out->write("last words");
  }
  loop.run();
  pipe.close_writer();
  char room[32];
  EXPECT_EQ(::read(pipe.reader(), room, sizeof(room)), 10);
  EXPECT_EQ(::read(pipe.reader(), room, sizeof(room)), 0);
}

// --- Where the pipe cannot be opened again ---

TEST_F(OutputPipeTest, NeverWaitsForAPipeThatItCannotOpenAgain) {
  Ref<OutputStream> out;
  {
    const NoMoreDescriptors limit;
    out = output(pipe.writer());
  }
  EXPECT_TRUE(out->write("abc", cb("a")));
  EXPECT_EQ(taken_from(pipe.reader()), "abc");
  const std::string much = letters(3 * Pipe::kCapacity + 7);
  out->write(much, cb("b"));
  out->write("end", cb("c"));
  EXPECT_FALSE(is_non_blocking(pipe.writer()));
  EXPECT_EQ(read_until_idle(pipe.reader()), much + "end");
  EXPECT_FALSE(is_non_blocking(pipe.writer()));
  EXPECT_EQ(log.take(), "a b c");
}

TEST_F(OutputPipeTest, FailsWhereItCannotEvenBeWatched) {
  const auto out = output(pipe.writer());
  const NoMoreDescriptors limit;
  out->write(letters(2 * Pipe::kCapacity), cb("cb"));
  EXPECT_EQ(after_run(), "cb(EMFILE) error(EMFILE) close");
}

TEST_F(OutputPipeTest, DoesNotWriteIntoTheEndThatIsToBeReadFrom) {
  const auto out = output(pipe.reader());
  out->write("x", cb("cb"));
  EXPECT_EQ(after_run(), "cb(EBADF) error(EBADF) close");
  EXPECT_EQ(taken_from(pipe.reader()), "");
}

// --- Its end ---

TEST_F(OutputPipeTest, FinishesAndClosesButIsNeverClosed) {
  const auto out = output(pipe.writer());
  out->end("bye", cb("endcb"));
  loop.next_tick(says("tick"));
  loop.set_immediate(says("immediate"));
  EXPECT_EQ(after_run(), "tick prefinish endcb finish close immediate");
  EXPECT_NE(::fcntl(pipe.writer(), F_GETFD), -1);
  EXPECT_FALSE(out->destroyed());
  EXPECT_FALSE(out->writable_ended());
}

TEST_F(OutputPipeTest, FailsWritesAfterItsEnd) {
  const auto out = output(pipe.writer());
  out->end("bye");
  loop.run();
  log.take();
  EXPECT_FALSE(out->write("again", cb("cb")));
  EXPECT_EQ(after_run(), "cb(EPIPE) error(EPIPE) close");
  EXPECT_EQ(taken_from(pipe.reader()), "bye");
}

TEST_F(OutputPipeTest, ShutsASocketDownAtItsEnd) {
  const SocketPair sockets;
  output(sockets.writer())->end("bye");
  loop.run();
  char room[32];
  EXPECT_EQ(::read(sockets.reader(), room, sizeof(room)), 3);
  EXPECT_EQ(::read(sockets.reader(), room, sizeof(room)), 0);
}

TEST_F(OutputPipeTest, OutlivesItsDestroy) {
  const auto out = output(pipe.writer());
  out->destroy();
  EXPECT_FALSE(out->destroyed());
  EXPECT_EQ(after_run(), "close");
  EXPECT_TRUE(out->write("still works", cb("cb")));
  EXPECT_EQ(after_run(), "cb");
  EXPECT_EQ(taken_from(pipe.reader()), "still works");
}

TEST_F(OutputPipeTest, LosesNothingThatItHasWhenItIsDestroyed) {
  const auto out = output(pipe.writer());
  out->write(letters(9000), cb("a"));
  out->write(letters(100), cb("b"));
  out->destroy();
  EXPECT_EQ(read_until_idle(pipe.reader()), letters(9000) + letters(100));
  EXPECT_EQ(log.take(), "close a b");
}

TEST_F(OutputPipeTest, IsUsableAfterAPipeline) {
  const auto out = output(pipe.writer());
  pipeline(Readable::from(loop, "ab"), out, cb("pipeline"));
  EXPECT_EQ(after_run(), "pipe unpipe prefinish finish close pipeline");
  EXPECT_FALSE(out->destroyed());
  EXPECT_EQ(taken_from(pipe.reader()), "ab");
}

TEST_F(OutputPipeTest, WritesAllWhenItIsDroppedEarly) {
  output(pipe.writer())->write(letters(9000), cb("cb"));
  EXPECT_EQ(read_until_idle(pipe.reader()), letters(9000));
  EXPECT_EQ(log.take(), "cb close");
}

TEST_F(OutputPipeTest, MayHaveAWriteInProgressWhenTheLoopIsDestroyed) {
  Loop short_lived;
  const auto out = internal::make_output(short_lived, pipe.writer());
  out->write(letters(9000), [] { FAIL() << "called back by a loop that goes"; });
}

// --- A pipe without a reader ---

TEST_F(OutputPipeTest, FailsWithEpipeAndIsNotKilled) {
  const auto out = output(pipe.writer());
  pipe.close_reader();
  out->write("x", cb("cb"));
  EXPECT_EQ(after_run(), "cb(EPIPE) error(EPIPE) close");
  out->write("y", cb("cb"));
  EXPECT_EQ(after_run(), "cb(EPIPE) error(EPIPE) close");
}

TEST_F(OutputPipeTest, FailsWithEpipeWithoutAReaderFromTheStart) {
  pipe.close_reader();
  const auto out = output(pipe.writer());
  out->write("x", cb("cb"));
  EXPECT_EQ(after_run(), "cb(EPIPE) error(EPIPE) close");
}

TEST_F(OutputPipeTest, FailsQueuedWritesWhenItsReaderCloses) {
  const auto out = output(pipe.writer());
  out->write(letters(9000), cb("a"));
  out->write("b", cb("b"));
  loop.poll();
  pipe.close_reader();
  EXPECT_EQ(after_run(), "a(EPIPE) b(EPIPE) error(EPIPE) close");
}

TEST_F(OutputPipeTest, ThrowsFromRunWithoutAListenerOfItsError) {
  const auto out = internal::make_output(loop, pipe.writer());
  pipe.close_reader();
  out->write("x");
  EXPECT_EQ(test::thrown_by([&] { loop.run(); }).name(), "EPIPE");
}

TEST_F(OutputPipeTest, FailsOnASocketThatIsClosed) {
  SocketPair sockets;
  const auto out = output(sockets.writer());
  sockets.close_reader();
  out->write("x", cb("cb"));
  EXPECT_EQ(after_run(), "cb(EPIPE) error(EPIPE) close");
}

TEST_F(OutputPipeTest, EndsQuietlyWhereThatIsThePolicy) {
  const auto out = output(pipe.writer(), {.broken_pipe = BrokenPipe::end_quietly});
  pipe.close_reader();
  EXPECT_FALSE(out->write("x", cb("a")));
  EXPECT_EQ(after_run(), "a(EPIPE) close");
  EXPECT_TRUE(out->destroyed());
  EXPECT_FALSE(out->write("y", cb("b")));
  EXPECT_EQ(after_run(), "b(ERR_STREAM_DESTROYED)");
}

TEST_F(OutputPipeTest, EndsQuietlyOnceItsReaderHasEnough) {
  const auto out = output(pipe.writer(), {.broken_pipe = BrokenPipe::end_quietly});
  int written = 0;
  const std::function<void()> produce = [&] {
    while (out->write(letters(1000))) ++written;
    out->once<Drain>(produce);
  };
  produce();
  for (int i = 0; i < 20; ++i) {
    loop.poll();
    taken_from(pipe.reader());
  }
  EXPECT_GT(written, 20);
  log.take();
  pipe.close_reader();
  EXPECT_EQ(after_run(), "close");
}

TEST_F(OutputPipeTest, HasAPipeIntoItEndWithIt) {
  const auto out = output(pipe.writer(), {.broken_pipe = BrokenPipe::end_quietly});
  pipe.close_reader();
  auto source = Readable::make(
      loop, {.read = [](Readable& readable, std::size_t) { readable.push(letters(1000)); }});
  source->pipe(out);
  EXPECT_EQ(after_run(), "pipe close unpipe");
}

TEST_F(OutputPipeTest, ReportsAMissingReaderToAPipeline) {
  const auto out = output(pipe.writer(), {.broken_pipe = BrokenPipe::end_quietly});
  pipe.close_reader();
  pipeline(Readable::from(loop, "abc"), out, cb("pipeline"));
  EXPECT_EQ(after_run(), "pipe unpipe close pipeline(EPIPE)");
}

TEST_F(OutputPipeTest, LeavesTheSignalAsItFindsIt) {
  struct sigaction before{};
  ::sigaction(SIGPIPE, nullptr, &before);
  sigset_t mask_before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  const auto out = output(pipe.writer());
  pipe.close_reader();
  out->write("x");
  loop.run();
  struct sigaction after{};
  ::sigaction(SIGPIPE, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
  sigset_t mask_after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  EXPECT_EQ(sigismember(&mask_after, SIGPIPE), sigismember(&mask_before, SIGPIPE));
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

TEST_F(OutputPipeTest, LeavesAPendingSignalOfAnotherSender) {
  sigset_t sigpipe;
  sigset_t before;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
  std::raise(SIGPIPE);
  const auto out = output(pipe.writer());
  pipe.close_reader();
  out->write("x");
  loop.run();
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 1);
  const timespec at_once{};
  EXPECT_EQ(::sigtimedwait(&sigpipe, nullptr, &at_once), SIGPIPE);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// --- flush ---

TEST_F(OutputPipeTest, FlushesBytesThatAreReadMeanwhile) {
  const auto out = output(pipe.writer());
  const std::string much = letters(200'000);
  out->write(much, cb("a"));
  out->write("end", cb("b"));
  std::string read;
  std::thread reader([&] {
    while (read.size() < much.size() + 3) {
      char room[4096];
      const ssize_t count = ::read(pipe.reader(), room, sizeof(room));
      if (count <= 0) break;
      read.append(room, static_cast<std::size_t>(count));
    }
  });
  EXPECT_EQ(out->flush(std::chrono::minutes(1)), 0u);
  reader.join();
  EXPECT_EQ(read, much + "end");
  EXPECT_EQ(log.take(), "");
  EXPECT_EQ(after_run(), "drain a b");
  EXPECT_EQ(taken_from(pipe.reader()), "");
}

TEST_F(OutputPipeTest, ReportsTheBytesThatItCouldNotFlush) {
  const auto out = output(pipe.writer());
  out->write(letters(6000), cb("a"));
  out->write(letters(500), cb("b"));
  EXPECT_EQ(out->flush(0ms), 6500 - Pipe::kCapacity);
  EXPECT_EQ(taken_from(pipe.reader()), letters(Pipe::kCapacity));
  EXPECT_EQ(out->flush(0ms), 0u);
  EXPECT_EQ(taken_from(pipe.reader()), letters(6000).substr(Pipe::kCapacity) + letters(500));
  EXPECT_EQ(after_run(), "a b");
  EXPECT_EQ(taken_from(pipe.reader()), "");
}

TEST_F(OutputPipeTest, FlushesCorkedAndMergedWrites) {
  const auto corked = output(pipe.writer());
  corked->cork();
  corked->write("corked ");
  EXPECT_EQ(corked->flush(0ms), 0u);
  const auto merged = output(pipe.writer(), {.merge_writes = true});
  merged->write("merged");
  EXPECT_EQ(merged->flush(0ms), 0u);
  EXPECT_EQ(taken_from(pipe.reader()), "corked merged");
  corked->uncork();
  loop.run();
  EXPECT_EQ(taken_from(pipe.reader()), "");
}

TEST_F(OutputPipeTest, CountsAllAsLeftWithoutAReader) {
  const auto out = output(pipe.writer());
  out->write(letters(6000), cb("a"));
  out->write("b", cb("b"));
  pipe.close_reader();
  EXPECT_EQ(out->flush(std::chrono::minutes(1)), 6001 - Pipe::kCapacity);
  EXPECT_EQ(after_run(), "a(EPIPE) b(EPIPE) error(EPIPE) close");
}

}  // namespace
}  // namespace weir
