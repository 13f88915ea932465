#include "weir/top.h"

#include "weir/conclude.h"
#include "weir/interrupt.h"
#include "weir/numbers.h"
#include "weir/process_ports.h"
#include "weir/say.h"
#include "weir/screen.h"
#include "weir/top_model.h"
#include "weir/top_table.h"
#include <weir/weir.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <limits>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace tool {
namespace {

using std::chrono_literals::operator""ms;

// The places where the inspector may listen. A number is the id of a process that listens, else a
// port.
std::vector<std::string> places_of(const std::string& place) {
  const auto number = parse_count(place);
  if (!number) return {place};
  if (*number <= std::numeric_limits<pid_t>::max()) {
    auto places = listening_places(static_cast<pid_t>(*number));
    if (!places.empty()) return places;
  }
  if (*number <= std::numeric_limits<std::uint16_t>::max()) return {place};
  throw weir::Error(fmt::format(
      "process {} has no inspector, or belongs to another user: start it with --inspect", place));
}

// Reads the events of the first place that has an inspector.
class Watch {
 public:
  // CALLS BACK: `changed` after each update, and when the process is lost; `failed` if no
  // place has an inspector.
  Watch(weir::Loop& loop, const std::vector<std::string>& places, std::function<void()> changed,
        std::function<void(const weir::Error&)> failed)
      : changed_(std::move(changed)), failed_(std::move(failed)) {
    for (const std::string& place : places) {
      const weir::ProcessEvents& events = candidates_.emplace_back(loop, place);
      events.on_event(
          [this, &events](const weir::ProcessEvents::Event& event) { on_event(events, event); });
      events.on_lost([this, &events](const weir::Error& error) { on_lost(events, error); });
    }
  }

  const TopModel& model() const noexcept { return model_; }
  const std::string& place() const noexcept { return place_; }
  const std::string& trouble() const noexcept { return trouble_; }

  // To be called now and then: a process that is stopped or stuck keeps its connection, in silence.
  // CALLS BACK: `changed` if there is trouble.
  void look_for_silence() {
    using std::chrono::seconds;
    if (is_lost_) return;
    const auto silence = std::chrono::steady_clock::now() - last_;
    if (place_.empty() && !candidates_.empty()) {
      trouble_ = fmt::format("waiting for '{}' to answer", candidates_.front().name());
    } else if (silence > std::max<std::chrono::nanoseconds>(seconds(2), 4 * model_.interval())) {
      trouble_ = fmt::format("no news for {} s", std::chrono::floor<seconds>(silence).count());
    } else {
      return;
    }
    changed_();
  }

 private:
  void on_event(const weir::ProcessEvents& events, const weir::ProcessEvents::Event& event) {
    if (place_.empty()) {
      place_ = events.name();
      candidates_.remove_if([&](const weir::ProcessEvents& each) { return &each != &events; });
    }
    last_ = std::chrono::steady_clock::now();
    is_lost_ = false;
    trouble_.clear();
    try {
      model_.take(event.name, event.data);
    } catch (const weir::Error& error) {
      return failed_(error);
    }
    if (event.name == "update") changed_();
  }
  void on_lost(const weir::ProcessEvents& events, const weir::Error& error) {
    if (!place_.empty()) {
      is_lost_ = true;
      trouble_ = fmt::format("{}; waiting for it to return", error.what());
      return changed_();
    }
    const weir::Error reason = error;  // `error` belongs to the one that is removed
    candidates_.remove_if([&](const weir::ProcessEvents& each) { return &each == &events; });
    if (candidates_.empty()) failed_(reason);
  }

  std::function<void()> changed_;
  std::function<void(const weir::Error&)> failed_;
  std::list<weir::ProcessEvents> candidates_;
  std::string place_;
  std::string trouble_;
  bool is_lost_ = false;  // it is connected to again
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();  // event
  TopModel model_;
};

std::string attributes_of(TopLine::Kind kind) {
  switch (kind) {
    case TopLine::Kind::plain:
      return {};
    case TopLine::Kind::heading:
      return "\x1b[1m";
    case TopLine::Kind::bottleneck:
    case TopLine::Kind::failure: {
      const char* const no_color = std::getenv("NO_COLOR");
      return no_color && *no_color ? "\x1b[1m" : "\x1b[1;31m";
    }
  }
  return {};
}

void draw(const Screen& screen, const Watch& watch) {
  Terminal terminal = look_at_terminal(STDOUT_FILENO);
  // A clear after the last column would erase it.
  terminal.columns = std::max<std::size_t>(terminal.columns - 1, 1);
  std::vector<ScreenLine> lines;
  for (TopLine& line :
       top_table(watch.model(), watch.place(), watch.trouble(), terminal, terminal.rows))
    lines.push_back({std::move(line.text), attributes_of(line.kind)});
  screen.draw(lines);
}

// One table, as wide as its lines.
int print(const Watch& watch) {
  Terminal terminal = look_at_terminal(STDOUT_FILENO);
  if (::isatty(STDOUT_FILENO) == 0) terminal.columns = 1000;
  std::string text;
  for (const TopLine& line :
       top_table(watch.model(), watch.place(), watch.trouble(), terminal, std::nullopt))
    text += line.text + '\n';
  if (say(stdout, text)) return kDone;
  if (errno == EPIPE) return kBrokenPipe;
  complain(weir::Error::system(errno, "write", "standard output").what());
  return kFailed;
}

// A process that is stopped, or another program on the port, takes the connection; a loop that is
// stuck has no rates.
constexpr std::chrono::seconds kMostSilence(5);

int show_once(const std::vector<std::string>& places) {
  weir::Loop loop;
  weir::Error failure;
  std::optional<int> status;
  std::optional<Watch> watch;
  watch.emplace(
      loop, places,
      [&] {
        // Events that have been received together still come after stop().
        if (status || failure) return;
        if (!watch->trouble().empty())
          failure = weir::Error(watch->trouble());
        else if (watch->model().has_rates())
          status = print(*watch);
        else
          return;
        loop.stop();
      },
      [&](const weir::Error& error) {
        if (status || failure) return;
        failure = error;
        loop.stop();
      });
  const auto silence = loop.set_timeout(kMostSilence, [&] {
    if (watch->model().has_some_rates())
      status = print(*watch);
    else
      failure = weir::Error(fmt::format("no answer from '{}' in {} s", fmt::join(places, "', '"),
                                        kMostSilence.count()));
    loop.stop();
  });
  loop.run();
  if (status) return *status;
  complain(failure.what());
  return kFailed;
}

int show_live(const std::vector<std::string>& places) {
  weir::Loop loop;
  weir::Error failure;
  int signal = 0;
  std::optional<Screen> screen;
  std::optional<Watch> watch;
  watch.emplace(
      loop, places,
      [&] {
        if (!screen) screen.emplace();
        draw(*screen, *watch);
      },
      [&](const weir::Error& error) {
        failure = error;
        loop.stop();
      });
  const weir::ScopedTimer silence(loop.set_interval(500ms, [&] { watch->look_for_silence(); }));
  const weir::Signal resized(loop, SIGWINCH, [&] {
    if (screen) draw(*screen, *watch);
  });
  const auto end = [&](int number) {
    signal = number;
    loop.stop();
  };
  const Interrupt interrupted(loop, end);
  const auto keys = weir::standard_input(loop);
  if (keys->is_tty()) {
    constexpr char kCtrlC = '\x03';
    keys->on<weir::Error>([](const weir::Error&) {});
    keys->on<weir::Data>([&](const weir::Data& data) {
      const std::string_view text = data.chunk.text();
      if (text.find(kCtrlC) != std::string_view::npos) return end(SIGINT);
      if (text.find_first_of("qQ") != std::string_view::npos) loop.stop();
    });
    keys->set_raw_mode(true);
  }
  loop.run();
  if (keys->is_tty()) keys->set_raw_mode(false);
  screen.reset();
  if (signal != 0) end_by(signal);
  if (!failure) return kDone;
  complain(failure.what());
  return kFailed;
}

}  // namespace

int top(const TopOptions& options) {
  const std::vector<std::string> places = places_of(options.place);
  const bool is_live = !options.once && ::isatty(STDOUT_FILENO) != 0;
  return is_live ? show_live(places) : show_once(places);
}

}  // namespace tool
