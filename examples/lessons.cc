// The lessons of docs/course.md: lessons NUMBER [RUN]
//
// Each fills and empties the buffer of a stream, in stepped time, and prints what happened. With
// RUN, it writes this into a file as JSON, of which script/draw-course makes the picture.
#include <weir/loop/stepped_clock.h>
#include <weir/weir.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

using namespace std::chrono_literals;

namespace {

// What happens in a lesson: the bytes in the buffers of streams over time, and events.
class Run {
 public:
  using Level = weir::Function<std::size_t()>;

  // A buffer, with its limit.
  void watch(std::string name, std::size_t mark, Level level) {
    lines_.push_back({std::move(name), mark, std::move(level)});
  }
  void sample(double now) {
    end_ = now;
    for (Line& line : lines_) {
      const std::size_t level = line.level();
      if (!line.points.empty() && level == line.last) continue;
      line.points.push_back(fmt::format("[{}, {}]", now, level));
      line.last = level;
      line.highest = std::max(line.highest, level);
    }
  }
  void note(double now, std::string name, std::string text) {
    sample(now);
    const std::size_t level = lines_.empty() ? 0 : lines_.front().last;
    events_.push_back({now, level, std::move(name), std::move(text)});
  }

  std::string text() const {
    std::string text;
    for (const Event& event : events_)
      text += fmt::format("{:3} ms {:4} bytes  {}: {}\n", event.time, event.level, event.name,
                          event.text);
    for (const Line& line : lines_)
      text += fmt::format("{}: at most {} bytes\n", line.name, line.highest);
    return text;
  }
  // As web/course/lesson.js reads it. No text has a quote.
  std::string json(const std::string& title) const {
    std::vector<std::string> lines;
    for (const Line& line : lines_) {
      lines.push_back(fmt::format(R"({{"name": "{}", "side": "{}", "mark": {}, "points": [{}]}})",
                                  line.name, lines.empty() ? "write" : "read", line.mark,
                                  fmt::join(line.points, ", ")));
    }
    std::vector<std::string> events;
    for (const Event& event : events_) {
      events.push_back(fmt::format(R"({{"time": {}, "level": {}, "name": "{}", "text": "{}"}})",
                                   event.time, event.level, event.name, event.text));
    }
    return fmt::format(R"({{"title": "{}", "end": {}, "lines": [{}], "events": [{}]}})"
                       "\n",
                       title, end_, fmt::join(lines, ", "), fmt::join(events, ", "));
  }

 private:
  struct Line {
    std::string name;
    std::size_t mark;
    Level level;
    std::size_t last = 0;
    std::vector<std::string> points{};  // a time and the level from then on
    std::size_t highest = 0;
  };
  struct Event {
    double time;
    std::size_t level;
    std::string name;
    std::string text;
  };

  std::vector<Line> lines_;
  std::vector<Event> events_;
  double end_ = 0;
};

// Of 16 bytes.
constexpr std::string_view kChunk = "a chunk of data\n";

// A Loop whose time passes only by pass(), and its Run.
class Lesson {
 public:
  weir::Loop& loop() { return loop_; }

  void watch(std::string name, weir::Ref<weir::Writable> stream) {
    run_.watch(std::move(name), stream->writable_high_water_mark(),
               [stream] { return stream->writable_length(); });
  }
  void watch(std::string name, weir::Ref<weir::Readable> stream) {
    run_.watch(std::move(name), stream->readable_high_water_mark(),
               [stream] { return stream->readable_length(); });
  }
  void note(std::string name, std::string text) {
    run_.note(now(), std::move(name), std::move(text));
  }

  void pass(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 1ms) {
      run_.sample(now());
      clock_.pass(1ms);
    }
  }

  // Calls `done` in 8 ms.
  void complete(weir::Done done, weir::Error error = {}) {
    loop_.set_timeout(8ms, [done = std::move(done), error]() mutable { done(error); });
  }
  // A stream to a slow device: it takes 8 ms for a chunk.
  weir::Ref<weir::Writable> slow_stream() {
    const auto write = [this](weir::Chunk, weir::Done done) { complete(std::move(done)); };
    return weir::Writable::make(loop_, {.write = write}, {.high_water_mark = 64});
  }

  const Run& finish() {
    run_.sample(now());
    return run_;
  }

 private:
  double now() const {
    return std::chrono::duration<double, std::milli>(clock_.now() - begin_).count();
  }

  Run run_;  // it outlives the listeners
  weir::Loop loop_;
  weir::SteppedClock clock_{loop_};
  std::chrono::steady_clock::time_point begin_ = clock_.now();
};

void backpressure(Lesson& lesson) {
  auto careful = lesson.slow_stream();
  auto careless = lesson.slow_stream();
  lesson.watch("stops at false", careful);
  lesson.watch("ignores false", careless);
  bool has_room = true;
  careful->on<weir::Drain>([&] {
    lesson.note("Drain", "the careful one continues");
    has_room = true;
  });
  for (int i = 0; i < 20; ++i) {
    careless->write(kChunk);
    if (has_room) {
      has_room = careful->write(kChunk);
      if (!has_room) lesson.note("write(): false", "the careful one stops");
    }
    lesson.pass(4ms);
  }
}

void mark(Lesson& lesson) {
  auto stream = lesson.slow_stream();  // its high_water_mark is 64 bytes
  lesson.watch("buffer", stream);
  while (stream->write(kChunk)) {
    lesson.note("write(): true", "there is room");
    lesson.pass(2ms);
  }
  lesson.note("write(): false", "the mark is reached");
  lesson.pass(1ms);
  stream->write(kChunk);
  lesson.note("write(): false", "accepted beyond the mark");
  lesson.pass(37ms);
}

void drain(Lesson& lesson) {
  auto stream = lesson.slow_stream();
  lesson.watch("buffer", stream);
  const auto fill = [&] {
    while (stream->write(kChunk)) continue;
    lesson.note("write(): false", "stop");
  };
  stream->on<weir::Drain>([&] {
    lesson.note("Drain", "the buffer is empty, continue");
    fill();
  });
  fill();
  lesson.pass(80ms);
}

void cork(Lesson& lesson) {
  int calls = 0;
  const auto writev = [&](weir::Batch, weir::Done done) {
    ++calls;
    lesson.complete(std::move(done));
  };
  auto stream = weir::Writable::make(lesson.loop(), {.writev = writev}, {.high_water_mark = 64});
  lesson.watch("buffer", stream);
  stream->cork();
  for (int i = 0; i < 3; ++i) {
    stream->write(kChunk);
    lesson.pass(4ms);
  }
  lesson.note("uncork()", fmt::format("{} calls of the sink so far", calls));
  stream->uncork();
  lesson.pass(12ms);
  lesson.note("done", fmt::format("the sink has all chunks, by {} call", calls));
}

void end(Lesson& lesson) {
  auto stream = lesson.slow_stream();
  lesson.watch("buffer", stream);
  stream->on<weir::Finish>([&] { lesson.note("Finish", "the sink has all data"); });
  stream->on<weir::Close>([&] { lesson.note("Close", "nothing follows"); });
  stream->write(kChunk);
  stream->write(kChunk);
  stream->end(kChunk);
  lesson.note("end()", "no write may follow");
  lesson.pass(30ms);
}

void errors(Lesson& lesson) {
  int chunks = 0;
  const auto write = [&](weir::Chunk, weir::Done done) {
    lesson.complete(std::move(done),
                    ++chunks == 3 ? weir::Error("the disk is full") : weir::Error());
  };
  auto stream = weir::Writable::make(lesson.loop(), {.write = write}, {.high_water_mark = 64});
  lesson.watch("buffer", stream);
  stream->on<weir::Error>([&](const weir::Error& error) { lesson.note("Error", error.what()); });
  stream->on<weir::Close>([&] { lesson.note("Close", "nothing follows"); });
  for (int i = 1; i <= 4; ++i) {
    stream->write(kChunk, [&lesson, i](const weir::Error& error) {
      lesson.note(fmt::format("chunk {}", i), error ? error.what() : "written");
    });
  }
  lesson.pass(30ms);
}

void pipe(Lesson& lesson) {
  int left = 16;
  const auto read = [&](weir::Readable& stream, std::size_t) {
    if (left-- > 0)
      stream.push(kChunk);  // as fast as it is asked
    else
      stream.push(nullptr);
  };
  auto source = weir::Readable::make(lesson.loop(), {.read = read}, {.high_water_mark = 64});
  auto slow = lesson.slow_stream();
  lesson.watch("destination", slow);
  lesson.watch("source", source);
  slow->on<weir::Drain>([&] { lesson.note("Drain", "the pipe continues the source"); });
  slow->on<weir::Finish>([&] { lesson.note("Finish", "the pipe has ended its destination"); });
  source->pipe(slow);
  lesson.pass(140ms);
}

// Takes all chunks that wait, in one call.
class Printer : public weir::Sink {
 public:
  explicit Printer(Lesson& lesson) : lesson_(lesson) {}

  void writev(weir::Batch batch, weir::Done done) override {
    lesson_.note("writev()", fmt::format("a batch of {}", batch.chunks.size()));
    lesson_.complete(std::move(done));
  }
  void final(weir::Done done) override {
    lesson_.note("final()", "the last page");
    lesson_.complete(std::move(done));
  }

 private:
  Lesson& lesson_;
};

void own(Lesson& lesson) {
  auto stream = weir::Writable::make(lesson.loop(), std::make_unique<Printer>(lesson),
                                     {.high_water_mark = 64});
  lesson.watch("buffer", stream);
  stream->on<weir::Close>([&] { lesson.note("Close", "nothing follows"); });
  for (int i = 0; i < 6; ++i) {
    stream->write(kChunk);
    lesson.pass(3ms);
  }
  stream->end();
  lesson.pass(34ms);
}

constexpr std::pair<const char*, void (*)(Lesson&)> kLessons[] = {
    {"Backpressure", backpressure},
    {"The mark", mark},
    {"Drain", drain},
    {"Cork", cork},
    {"End, Finish, Close", end},
    {"Errors", errors},
    {"Pipe", pipe},
    {"A sink of your own", own},
};

}  // namespace

int main(int argc, char** argv) {
  const int number = argc > 1 ? std::atoi(argv[1]) : 0;
  if (number < 1 || number > 8) return fmt::print(stderr, "usage: lessons 1..8 [RUN]\n"), 2;
  const auto& [title, run] = kLessons[number - 1];
  Lesson lesson;
  run(lesson);
  const Run& recorded = lesson.finish();
  fmt::print("{}\n{}", title, recorded.text());
  if (argc > 2) {
    weir::Loop loop;
    weir::fs::create_write_stream(loop, argv[2])->end(recorded.json(title));
    loop.run();
  }
}
