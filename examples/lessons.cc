// The lessons of docs/course.md: lessons NUMBER [PICTURE]
//
// Each fills and empties the buffer of a stream, in stepped time, and prints what happened. With
// PICTURE, it draws the buffer over time into this file.
#include <weir/loop/stepped_clock.h>
#include <weir/weir.h>

#include <algorithm>
#include <chrono>
#include <cmath>
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

// The bytes in the buffers of streams over time.
class Picture {
 public:
  using Level = weir::Function<std::size_t()>;

  void watch(std::string name, Level level) {
    lines_.push_back({std::move(name), std::move(level), {}});
  }
  // Draws the limit of a buffer.
  void set_mark(std::size_t mark) { mark_ = mark; }

  void sample(double now) {
    end_ = now;
    for (Line& line : lines_) line.points.push_back({now, static_cast<double>(line.level())});
  }
  // Numbers this moment, and says below the picture what happened.
  void note(double now, std::string text) {
    sample(now);
    const double level = lines_.empty() ? 0 : lines_.front().points.back().level;
    notes_.push_back({now, level, std::move(text)});
  }

  std::string text() const {
    std::string text;
    for (const Note& note : notes_)
      text += fmt::format("{:3} ms {:4} bytes  {}\n", note.time, note.level, note.text);
    for (const Line& line : lines_)
      text += fmt::format("{}: at most {} bytes\n", line.name, highest(line));
    return text;
  }

  std::string svg(const std::string& title) const {
    const double height = 262 + 20 * static_cast<double>(notes_.size()) + 14;
    std::string svg = fmt::format(kHead, height, title, height - 1);
    top_ = static_cast<double>(mark_);
    for (const Line& line : lines_) top_ = std::max(top_, highest(line));
    svg += fmt::format(
        "<text class=\"note\" x=\"52\" y=\"{:.0f}\" text-anchor=\"end\">{:.0f}</text>\n",
        y(top_) + 4, top_);
    if (mark_ > 0) {
      svg +=
          fmt::format("<line class=\"mark\" x1=\"60\" y1=\"{0:.1f}\" x2=\"730\" y2=\"{0:.1f}\"/>\n",
                      y(static_cast<double>(mark_)));
    }
    for (std::size_t i = 0; i < lines_.size(); ++i) svg += curve(i);
    svg += notes();
    return svg + "</svg>\n";
  }

 private:
  struct Point {
    double time;
    double level;
  };
  struct Line {
    std::string name;
    Level level;
    std::vector<Point> points;
  };
  struct Note {
    double time;
    double level;
    std::string text;
  };

  static double highest(const Line& line) {
    double most = 0;
    for (const Point& point : line.points) most = std::max(most, point.level);
    return most;
  }
  double x(double time) const { return 60 + 670 * time / std::max(end_, 1.0); }
  double y(double level) const { return 220 - 160 * level / std::max(top_, 1.0); }

  // A step at each change, as a buffer is filled and emptied by chunks.
  std::string curve(std::size_t index) const {
    const Line& line = lines_[index];
    std::string path = "M60 220";
    double last = 0;
    for (const Point& point : line.points) {
      if (point.level == last) continue;
      path += fmt::format("H{:.1f}V{:.1f}", x(point.time), y(point.level));
      last = point.level;
    }
    const std::size_t left = 480 + 130 * index;
    return fmt::format(
        "<path class=\"level{0}\" d=\"{1}H{2:.1f}V220Z\"/>\n"
        "<rect class=\"level{0}\" x=\"{3}\" y=\"19\" width=\"12\" height=\"12\"/>\n"
        "<text class=\"note\" x=\"{4}\" y=\"30\">{5}</text>\n",
        index, path, x(end_), left, left + 18, line.name);
  }

  std::string notes() const {
    std::string text;
    double last_x = 0;
    double last_y = 0;
    for (std::size_t i = 0; i < notes_.size(); ++i) {
      const Note& note = notes_[i];
      double at = std::max(x(note.time), 70.0);  // beside the axis
      const double level = y(note.level);
      if (at < last_x + 19 && std::abs(level - last_y) < 19)
        at = last_x + 19;  // beside the last one
      last_x = at;
      last_y = level;
      const double below = 262 + 20 * static_cast<double>(i);
      text += fmt::format(
          "<circle class=\"dot\" cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"9\"/>"
          "<text class=\"number\" x=\"{0:.1f}\" y=\"{2:.1f}\">{3}</text>\n"
          "<circle class=\"dot\" cx=\"69\" cy=\"{4}\" r=\"8\"/>"
          "<text class=\"number\" x=\"69\" y=\"{5}\">{3}</text>"
          "<text class=\"note\" x=\"86\" y=\"{5}\">{6:.0f} ms</text>"
          "<text x=\"140\" y=\"{5}\">{7}</text>\n",
          at, level, level + 4, i + 1, below - 4, below, note.time, note.text);
    }
    return text;
  }

  static constexpr const char* kHead =
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{0:.0f}" viewBox="0 0 760 {0:.0f}" role="img">
<title>{1}</title>
<style>
  text {{ font: 13px system-ui, sans-serif; fill: #24292f; }}
  .note {{ font-size: 12px; fill: #59636e; }}
  .number {{ font-size: 11px; font-weight: 600; fill: #ffffff; text-anchor: middle; }}
  .card {{ fill: #ffffff; stroke: #d1d9e0; }}
  .axis {{ stroke: #6a737d; fill: none; }}
  .mark {{ stroke: #bc4c00; stroke-dasharray: 6 4; }}
  .dot {{ fill: #bc4c00; }}
  .level0 {{ fill: #0969da; fill-opacity: 0.15; stroke: #0969da; stroke-width: 2; stroke-linejoin: round; }}
  .level1 {{ fill: #1a7f37; fill-opacity: 0.15; stroke: #1a7f37; stroke-width: 2; stroke-linejoin: round; }}
  @media (prefers-color-scheme: dark) {{
    text {{ fill: #e6edf3; }}
    .note {{ fill: #9aa4ae; }}
    .number {{ fill: #0d1117; }}
    .card {{ fill: #0d1117; stroke: #3d444d; }}
    .axis {{ stroke: #8b949e; }}
    .mark {{ stroke: #f0883e; }}
    .dot {{ fill: #f0883e; }}
    .level0 {{ fill: #2f81f7; fill-opacity: 0.2; stroke: #2f81f7; }}
    .level1 {{ fill: #3fb950; fill-opacity: 0.2; stroke: #3fb950; }}
  }}
</style>
<rect class="card" x="0.5" y="0.5" width="759" height="{2:.0f}" rx="6"/>
<text x="20" y="30">Bytes in the buffer, over time</text>
<path class="axis" d="M60 50V220H730"/>
<text class="note" x="52" y="224" text-anchor="end">0</text>
)";

  std::vector<Line> lines_;
  std::vector<Note> notes_;
  std::size_t mark_ = 0;
  double end_ = 0;
  mutable double top_ = 1;
};

// Of 16 bytes.
constexpr std::string_view kChunk = "a chunk of data\n";

// A Loop whose time passes only by pass(), and a picture.
class Lesson {
 public:
  weir::Loop& loop() { return loop_; }

  void watch(std::string name, weir::Ref<weir::Writable> stream) {
    picture_.set_mark(stream->writable_high_water_mark());
    picture_.watch(std::move(name), [stream] { return stream->writable_length(); });
  }
  void watch(std::string name, weir::Ref<weir::Readable> stream) {
    picture_.watch(std::move(name), [stream] { return stream->readable_length(); });
  }
  void note(std::string text) { picture_.note(now(), std::move(text)); }

  void pass(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 1ms) {
      picture_.sample(now());
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

  const Picture& finish() {
    picture_.sample(now());
    return picture_;
  }

 private:
  double now() const {
    return std::chrono::duration<double, std::milli>(clock_.now() - begin_).count();
  }

  Picture picture_;  // it outlives the listeners
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
    lesson.note("Drain: it continues");
    has_room = true;
  });
  for (int i = 0; i < 20; ++i) {
    careless->write(kChunk);
    if (has_room) {
      has_room = careful->write(kChunk);
      if (!has_room) lesson.note("write() returns false: the careful one stops");
    }
    lesson.pass(4ms);
  }
  lesson.note(fmt::format("the careless one holds {} bytes", careless->writable_length()));
}

void mark(Lesson& lesson) {
  auto stream = lesson.slow_stream();  // its high_water_mark is 64 bytes
  lesson.watch("buffer", stream);
  while (stream->write(kChunk)) {
    lesson.note("write() returns true: there is room");
    lesson.pass(2ms);
  }
  lesson.note("write() returns false: the mark is reached");
  lesson.pass(1ms);
  stream->write(kChunk);
  lesson.note("a write beyond the mark is accepted as well");
  lesson.pass(37ms);
}

void drain(Lesson& lesson) {
  auto stream = lesson.slow_stream();
  lesson.watch("buffer", stream);
  const auto fill = [&] {
    while (stream->write(kChunk)) continue;
    lesson.note("false: stop");
  };
  stream->on<weir::Drain>([&] {
    lesson.note("Drain: the buffer is empty, continue");
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
  lesson.note(fmt::format("uncork(): {} calls of the sink so far", calls));
  stream->uncork();
  lesson.pass(12ms);
  lesson.note(fmt::format("the sink has all chunks, by {} call", calls));
}

void end(Lesson& lesson) {
  auto stream = lesson.slow_stream();
  lesson.watch("buffer", stream);
  stream->on<weir::Finish>([&] { lesson.note("Finish: the sink has all data"); });
  stream->on<weir::Close>([&] { lesson.note("Close: nothing follows"); });
  stream->write(kChunk);
  stream->write(kChunk);
  stream->end(kChunk);
  lesson.note("end(): no write may follow");
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
  stream->on<weir::Error>(
      [&](const weir::Error& error) { lesson.note(fmt::format("Error: {}", error.what())); });
  stream->on<weir::Close>([&] { lesson.note("Close"); });
  for (int i = 1; i <= 4; ++i) {
    stream->write(kChunk, [&lesson, i](const weir::Error& error) {
      lesson.note(fmt::format("chunk {}: {}", i, error ? error.what() : "written"));
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
  slow->on<weir::Drain>([&] { lesson.note("Drain: the pipe continues the source"); });
  slow->on<weir::Finish>([&] { lesson.note("Finish: the pipe has ended its destination"); });
  source->pipe(slow);
  lesson.pass(140ms);
}

// Takes all chunks that wait, in one call.
class Printer : public weir::Sink {
 public:
  explicit Printer(Lesson& lesson) : lesson_(lesson) {}

  void writev(weir::Batch batch, weir::Done done) override {
    lesson_.note(fmt::format("writev: a batch of {}", batch.chunks.size()));
    lesson_.complete(std::move(done));
  }
  void final(weir::Done done) override {
    lesson_.note("final: the last page");
    lesson_.complete(std::move(done));
  }

 private:
  Lesson& lesson_;
};

void own(Lesson& lesson) {
  auto stream = weir::Writable::make(lesson.loop(), std::make_unique<Printer>(lesson),
                                     {.high_water_mark = 64});
  lesson.watch("buffer", stream);
  stream->on<weir::Close>([&] { lesson.note("Close"); });
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
  if (number < 1 || number > 8) return fmt::print(stderr, "usage: lessons 1..8 [PICTURE]\n"), 2;
  const auto& [title, run] = kLessons[number - 1];
  Lesson lesson;
  run(lesson);
  const Picture& picture = lesson.finish();
  fmt::print("{}\n{}", title, picture.text());
  if (argc > 2) {
    weir::Loop loop;
    weir::fs::create_write_stream(loop, argv[2])->end(picture.svg(title));
    loop.run();
  }
}
