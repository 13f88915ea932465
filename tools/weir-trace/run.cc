#include "weir-trace/run.h"

#include <algorithm>

namespace trace {
namespace {

using namespace weir;

constexpr int kRounds = 64;  // of the loop, after which a program is over

const Json kNoSteps = Json::array();

// A list of behaviours used in turn; the last one repeats.
class Script {
 public:
  explicit Script(const Json& list) : list_(&list) {}
  const Json& next() { return (*list_)[std::min(next_++, list_->size() - 1)]; }

 private:
  const Json* list_;
  std::size_t next_ = 0;
};

const Json kSynchronous = Json::array({"sync"});

WritableOptions options_of(const Json& spec) {
  WritableOptions options;
  if (spec.contains("highWaterMark"))
    options.high_water_mark = spec["highWaterMark"].get<std::int64_t>();
  options.decode_strings = spec.value("decodeStrings", true);
  if (spec.contains("defaultEncoding"))
    options.default_encoding = EncodingName(spec["defaultEncoding"].get<std::string>());
  options.emit_close = spec.value("emitClose", true);
  options.auto_destroy = spec.value("autoDestroy", true);
  return options;
}

std::string joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, " "));
}

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
    for (const auto& [name, stream] : subjects_)
      log(fmt::format("final {} {}", name, describe(stream->stream())));
    loop_.stop();
  });
}

// --- Streams ---

void Run::make(const std::string& name, const Json& spec) {
  if (spec["type"] != "writable")
    throw BadProgram(fmt::format("unknown stream type {}", spec["type"].dump()));
  WritableOptions options = options_of(spec);
  if (spec.contains("signal") && spec["signal"] != false) {
    std::stop_source& signal = signals_[name];
    if (spec["signal"] == "aborted") signal.request_stop();
    options.signal = signal.get_token();
  }
  subjects_.emplace_back(
      name, make_subject(loop_, spec.value("objectMode", false), sink_of(name, spec), options));
  static const Json quiet = {"drain", "finish", "pipe", "unpipe", "error", "close"};
  for (const Json& event : spec.contains("listen") ? spec["listen"] : quiet)
    listen(name, event.get<std::string>());
}

ScriptedSink Run::sink_of(const std::string& name, const Json& spec) {
  ScriptedSink sink;
  if (spec.contains("construct"))
    sink.construct = [this, name, &spec](Done done) {
      log("_construct " + name);
      behave(spec["construct"], keep("_construct:done " + name, std::move(done)));
    };
  if (spec.contains("destroy"))
    sink.destroy = [this, name, &spec](Error error, Done done) {
      if (over_) return done(error);
      log(fmt::format("_destroy {} {}", name, error ? name_of(error) : "null"));
      auto kept = kept_.emplace_back(std::make_shared<Done>(std::move(done)));
      behave(spec["destroy"], [this, name, error, kept](const Error& own) {
        log(fmt::format("_destroy:done {} {}", name, name_of(own)));
        (*kept)(own ? own : error);
      });
    };
  if (spec.contains("final"))
    sink.final = [this, name, &spec](Done done) {
      log("_final " + name);
      behave(spec["final"], keep("_final:done " + name, std::move(done)));
    };
  if (spec.contains("write") || !spec.contains("writev"))
    sink.write = [this, name,
                  script = Script(spec.contains("write") ? spec["write"] : kSynchronous)](
                     std::string shown, Done done) mutable {
      log(fmt::format("_write {} {}", name, shown));
      behave(script.next(), keep("_write:done " + name, std::move(done)));
    };
  if (spec.contains("writev"))
    sink.writev = [this, name, script = Script(spec["writev"])](std::vector<std::string> shown,
                                                                Done done) mutable {
      log(fmt::format("_writev {} {}", name, joined(shown)));
      behave(script.next(), keep("_writev:done " + name, std::move(done)));
    };
  return sink;
}

Subject& Run::subject(const std::string& name, std::string_view property) {
  for (const auto& [key, stream] : subjects_)
    if (key == name) return *stream;
  if (!program_["streams"].contains(name)) throw BadProgram("no stream " + name);
  throw Error(fmt::format("Cannot read properties of undefined (reading '{}')", property));
}

void Run::listen(const std::string& name, const std::string& event) {
  WritableBase& stream = subject(name, "on").stream();
  const auto record = [this, line = fmt::format("event {} {}", name, event)] { log(line); };
  ListenerId id{};
  if (event == "drain")
    id = stream.on<Drain>(record);
  else if (event == "finish")
    id = stream.on<Finish>(record);
  else if (event == "prefinish")
    id = stream.on<Prefinish>(record);
  else if (event == "close")
    id = stream.on<Close>(record);
  else if (event == "pipe")
    id = stream.on<Pipe>(record);
  else if (event == "unpipe")
    id = stream.on<Unpipe>(record);
  else if (event == "error")
    id = stream.on<Error>([this, name](const Error& error) {
      log(fmt::format("event {} error {}", name, name_of(error)));
    });
  else
    throw BadProgram("a writable does not emit " + event);
  listeners_[name + " " + event].push_back(id);
}

void Run::unlisten(const std::string& name, const std::string& event) {
  auto& ids = listeners_[name + " " + event];
  if (ids.empty()) return;
  subject(name, "off").stream().off(ids.back());
  ids.pop_back();
}

void Run::once(const std::string& name, const std::string& event, const Json& steps) {
  WritableBase& stream = subject(name, "once").stream();
  const auto fire = [this, line = fmt::format("fired {} {}", name, event), &steps] {
    log(line);
    run_steps(steps);
  };
  if (event == "drain")
    stream.once<Drain>(fire);
  else if (event == "finish")
    stream.once<Finish>(fire);
  else if (event == "prefinish")
    stream.once<Prefinish>(fire);
  else if (event == "close")
    stream.once<Close>(fire);
  else if (event == "error")
    stream.once<Error>(fire);
  else
    throw BadProgram("a writable does not emit " + event);
}

// --- Behaviours ---

Run::Completed Run::keep(const std::string& label, Done done) {
  return [this, label,
          kept = kept_.emplace_back(std::make_shared<Done>(std::move(done)))](const Error& error) {
    log(label + " " + name_of(error));
    (*kept)(error);
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

// --- Steps ---

void Run::run_steps(const Json& steps, std::size_t from) {
  for (std::size_t i = from; i < steps.size(); ++i) {
    const std::string head = steps[i][0].get<std::string>();
    const auto rest = [this, &steps, i, head] {
      log("-- " + head);
      run_steps(steps, i + 1);
    };
    if (head == "tick") return loop_.next_tick(rest);
    if (head == "immediate") {
      loop_.set_immediate(rest);
      return;
    }
    run_step(steps[i]);
  }
}

void Run::watch_finished(const std::string& verb, const Json& arguments) {
  const std::string name = arguments[1].get<std::string>();
  FinishedOptions options;
  if (arguments.size() > 2) {
    if (arguments[2].contains("readable")) options.readable = arguments[2]["readable"].get<bool>();
    if (arguments[2].contains("writable")) options.writable = arguments[2]["writable"].get<bool>();
    options.error = arguments[2].value("error", true);
  }
  const Json& then = arguments.size() > 3 ? arguments[3] : kNoSteps;
  attempt(verb + " " + name, [&] {
    const auto made =
        std::ranges::any_of(subjects_, [&](const auto& s) { return s.first == name; });
    if (!made) throw Error(Errc::invalid_arg_type);
    finished(subject(name, "on").stream(), options, [this, name, &then](const Error& error) {
      log(fmt::format("finished:done {} {}", name, name_of(error)));
      run_steps(then);
    });
  });
}

void Run::attempt(const std::string& text, const std::function<void()>& call) {
  try {
    call();
    log(text);
  } catch (const BadProgram&) {
    throw;
  } catch (...) {
    log(text + " throws " + name_of(Error::from_current_exception()));
  }
}

void Run::attempt_asking(const std::string& text, const std::function<bool()>& call) {
  try {
    const bool answer = call();
    log(fmt::format("{} -> {}", text, answer));
  } catch (const BadProgram&) {
    throw;
  } catch (...) {
    log(text + " throws " + name_of(Error::from_current_exception()));
  }
}

std::pair<int, Callback> Run::next_callback(const Json& then) {
  const int id = ++callbacks_;
  return {id, [this, id, &then](const Error& error) {
            log(fmt::format("callback #{} {}", id, name_of(error)));
            run_steps(then);
          }};
}

void Run::run_step(const Json& step) {
  const std::string head = step[0].get<std::string>();
  if (head == "finished" || head == "finished-then") return watch_finished(head, step);
  if (head == "log") return log("log " + step[1].get<std::string>());

  const std::string& name = head;
  const std::string verb = step[1].get<std::string>();
  const std::string label = verb + " " + name;
  const auto stream = [&]() -> WritableBase& { return subject(name, verb).stream(); };
  const bool has_chunk = step.size() > 2;
  const std::string text = has_chunk ? " " + step[2].dump() : "";
  const bool then_runs = verb == "write-then" || verb == "end-then";

  WriteArguments arguments;
  if (has_chunk) arguments.chunk = step[2];
  if (step.size() > 3 && step[3].is_string() && !then_runs)
    arguments.encoding = step[3].get<std::string>();
  const Json& then = then_runs && step.size() > 3 ? step[3] : kNoSteps;

  if (verb == "write" || verb == "write-then") {
    auto [id, callback] = next_callback(then);
    attempt_asking(fmt::format("{}{} #{}", label, text, id),
                   [&] { return subject(name, "write").write(arguments, std::move(callback)); });
  } else if (verb == "write-nocb") {
    attempt_asking(label + text, [&] { return subject(name, "write").write(arguments, {}); });
  } else if (verb == "end" || verb == "end-then") {
    const bool bare = !has_chunk || (verb == "end-then" && arguments.chunk.is_null());
    auto [id, callback] = next_callback(then);
    attempt(fmt::format("{}{} #{}", label, bare ? "" : text, id),
            [&] { subject(name, "end").end(arguments, std::move(callback)); });
  } else if (verb == "end-nocb") {
    attempt(label + text, [&] { subject(name, "end").end(arguments, {}); });
  } else if (verb == "cork") {
    attempt(label, [&] { stream().cork(); });
  } else if (verb == "uncork") {
    attempt(label, [&] { stream().uncork(); });
  } else if (verb == "destroy") {
    attempt(label,
            [&] { stream().destroy(has_chunk ? Error(step[2].get<std::string>()) : Error()); });
  } else if (verb == "abort") {
    attempt(label, [&] { signals_[name].request_stop(); });
  } else if (verb == "setDefaultEncoding") {
    const std::string encoding = step[2].get<std::string>();
    attempt(label + " " + encoding, [&] { subject(name, verb).set_default_encoding(encoding); });
  } else if (verb == "listen") {
    attempt(label + " " + step[2].get<std::string>(),
            [&] { listen(name, step[2].get<std::string>()); });
  } else if (verb == "unlisten") {
    attempt(label + " " + step[2].get<std::string>(),
            [&] { unlisten(name, step[2].get<std::string>()); });
  } else if (verb == "once") {
    log(label + " " + step[2].get<std::string>());
    once(name, step[2].get<std::string>(), step[3]);
  } else if (verb == "marks") {
    log(fmt::format("{} writableHighWaterMark={}", label,
                    subject(name, "readableHighWaterMark").stream().writable_high_water_mark()));
  } else if (verb == "state") {
    log(fmt::format("state {} {}", name, describe(subject(name, "writable").stream())));
  } else {
    throw BadProgram("bad verb: " + verb);
  }
}

}  // namespace trace
