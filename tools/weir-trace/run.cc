#include "weir-trace/run.h"

#include <fmt/format.h>

namespace trace {
namespace {

using namespace weir;

constexpr int kRounds = 64;  // of the loop, after which a program is over

}  // namespace

std::vector<std::string> Run::trace() {
  loop_.on_uncaught([this](std::exception_ptr exception) {
    try {
      std::rethrow_exception(exception);
    } catch (const BadProgram&) {
      throw;
    } catch (...) {
      log("uncaught " + name_of(Error::from_current_exception()));
    }
  });
  loop_.set_immediate([this] {
    // Set first, so that each round ends before what the program sets for it.
    loop_.set_immediate([this] { wait(kRounds); });
    start();
  });
  loop_.run();
  return lines_;
}

Run::~Run() {
  over_ = true;
  subjects_.clear();
  const auto never_called = std::exchange(kept_, {});
}

void Run::start() {
  for (const auto& [name, spec] : program_["streams"].items()) make(name, spec);
  run_steps(program_["steps"]);
}

void Run::wait(int rounds) {
  if (rounds > 0) {
    // On a tick, as the oracle's promises are.
    loop_.next_tick([this, rounds] { loop_.set_immediate([this, rounds] { wait(rounds - 1); }); });
    return;
  }
  loop_.next_tick([this] {
    for (const auto& [name, subject] : subjects_)
      log(fmt::format("final {} {}", name, described(subject)));
    over_ = true;
    loop_.stop();
  });
}

// --- Streams ---

Subject& Run::subject(const std::string& name, std::string_view property) {
  for (auto& [key, subject] : subjects_)
    if (key == name) return subject;
  if (!program_["streams"].contains(name)) throw BadProgram("no stream " + name);
  throw Error(fmt::format("Cannot read properties of undefined (reading '{}')", property));
}

WritableHalf& Run::writable(const std::string& name, std::string_view property) {
  Subject& found = subject(name, property);
  if (!found.writable) throw BadProgram(fmt::format("{}: {} is not writable", property, name));
  return *found.writable;
}

ReadableHalf& Run::readable(const std::string& name, std::string_view property) {
  Subject& found = subject(name, property);
  if (!found.readable) throw BadProgram(fmt::format("{}: {} is not readable", property, name));
  return *found.readable;
}

std::string Run::described(const Subject& subject) const {
  return describe(*subject.stream, subject.writable ? &subject.writable->stream() : nullptr,
                  subject.readable ? &subject.readable->stream() : nullptr);
}

std::string Run::name_of_stream(const std::string& address) const {
  for (const auto& [name, subject] : subjects_)
    if (fmt::to_string(fmt::ptr(subject.stream.get())) == address) return name;
  return "?";
}

// --- Listeners ---

void Run::listen(const std::string& name, const std::string& event) {
  Subject& target = subject(name, "on");
  const std::string line = fmt::format("event {} {}", name, event);
  const auto record = [this, name, event, line](const std::string& shown) {
    if (event == "pipe" || event == "unpipe") return log(line + " " + name_of_stream(shown));
    log(shown.empty() ? line : line + " " + shown);
    if (event != "readable") return;
    ReadableHalf& half = readable(name, "read");
    for (std::string chunk; (chunk = half.read(std::nullopt)) != "null";)
      log(fmt::format("read {} {}", name, chunk));
  };
  listeners_[name + " " + event].push_back(trace::listen(target, event, Times::always, record));
}

void Run::unlisten(const std::string& name, const std::string& event) {
  auto& ids = listeners_[name + " " + event];
  if (ids.empty()) return;
  subject(name, "off").stream->listeners().remove(ids.back());
  ids.pop_back();
}

void Run::once(const std::string& name, const std::string& event, const Json& steps) {
  trace::listen(subject(name, "once"), event, Times::once,
                [this, line = fmt::format("fired {} {}", name, event), &steps](const std::string&) {
                  log(line);
                  run_steps(steps);
                });
}

// --- Behaviours ---

Run::Completed Run::keep(Done done) {
  return [kept = kept_.emplace_back(std::make_shared<Done>(std::move(done)))](const Error& error) {
    (*kept)(error);
  };
}

Run::Completed Run::keep(const std::string& label, Done done) {
  return [this, label, complete = keep(std::move(done))](const Error& error) {
    log(label + " " + name_of(error));
    complete(error);
  };
}

void Run::behave(const Json& behaviour, Completed completed) {
  std::string when = "sync";
  std::string what = "ok";
  if (behaviour.is_object()) {
    enter(behaviour);
    when = behaviour.value("when", "sync");
    what = behaviour.value("then", "ok");
  } else {
    when = behaviour.get<std::string>();
    if (when == "throw") throw Error("thrown");
    if (const auto plus = when.find('+'); plus != std::string::npos) {
      defer(when.substr(0, plus), [completed] { completed({}); });
      return defer(when.substr(plus + 1), [completed] { completed({}); });
    }
    if (const auto dash = when.find('-'); dash != std::string::npos) {
      what = when.substr(dash + 1);
      when.resize(dash);
    }
  }
  defer(when, [completed = std::move(completed), what] {
    if (what == "error") return completed(Error("failed"));
    completed({});
    if (what == "twice") completed({});
  });
}

// The steps of a behaviour run inside the implementation function, the first time it is used.
void Run::enter(const Json& behaviour) {
  if (!behaviour.contains("steps") || !entered_.insert(&behaviour).second) return;
  run_steps(behaviour["steps"]);
}

void Run::defer(const std::string& when, Deferred call) {
  if (when == "sync")
    call();
  else if (when == "tick")
    loop_.next_tick(std::move(call));
  else if (when == "immediate")
    loop_.set_immediate(std::move(call));
  else if (when != "never")
    throw BadProgram("bad when: " + when);
}

}  // namespace trace
