// Standard streams that outlive their Loop: their descriptors stay open, as they are the process's.

#include "stdio/stdio_test.h"
#include "support/outliving_test.h"

#include <string>

#include <fmt/format.h>

namespace weir {
namespace {

class StdioOutlivesLoopTest : public test::OutlivingTest {};

TEST_F(StdioOutlivesLoopTest, AnOutputThatIsIdleFullEndedOrDestroyed) {
  const test::Pipe pipe;
  const test::Terminal terminal;
  const std::string name = fmt::format("OutputStream of descriptor {}", pipe.writer());
  loop.emplace();
  auto idle = kept(internal::make_output(*loop, pipe.writer()));
  auto ended = kept(internal::make_output(*loop, pipe.writer()));
  ended->end([ended, never = never()]() mutable { never(); });
  auto destroyed = kept(internal::make_output(*loop, pipe.writer()));
  destroyed->destroy();
  auto full = kept(internal::make_output(*loop, pipe.writer()));
  full->write(std::string(100'000, 'x'), [full, never = never()]() mutable { never(); });
  full->write("queued", [full, never = never()]() mutable { never(); });
  auto person = kept(internal::make_output(*loop, terminal.program()));
  loop->ticks().drain();
  loop.reset();
  EXPECT_NE(::fcntl(pipe.writer(), F_GETFD), -1);
  for (const auto& stream : {idle, ended, destroyed, full}) {
    expect_inert_writable(*stream, name);
    stream->flush(std::chrono::milliseconds(0));
  }
  expect_inert(*person, fmt::format("OutputStream of descriptor {}", terminal.program()));
  EXPECT_FALSE(person->cursor_to(1));
}

TEST_F(StdioOutlivesLoopTest, AnInputThatIsIdleOrReads) {
  const test::Pipe pipe;
  const test::Terminal terminal;
  loop.emplace();
  auto idle = kept(internal::make_input(*loop, pipe.reader()));
  auto reading = kept(internal::make_input(*loop, pipe.reader()));
  reading->on<Data>([reading, owned = owned] {});
  auto person = kept(internal::make_input(*loop, terminal.program()));
  person->set_raw_mode(true);
  person->resume();
  loop->poll();
  loop.reset();
  EXPECT_NE(::fcntl(pipe.reader(), F_GETFD), -1);
  for (const auto& stream : {idle, reading})
    expect_inert_readable(*stream, fmt::format("InputStream of descriptor {}", pipe.reader()));
  EXPECT_FALSE(person->is_raw());
}

}  // namespace
}  // namespace weir
