// The steps of a program.
#include "weir-trace/run.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace trace {
namespace {

using namespace weir;

const Json kNoSteps = Json::array();

}  // namespace

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
    finished(*subject(name, "on").stream, options, [this, name, &then](const Error& error) {
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

void Run::run_pipeline(const std::string& verb, const Json& step) {
  std::vector<std::string> names;
  const bool then_runs = verb == "pipeline-then";
  if (then_runs)
    names = step[1].get<std::vector<std::string>>();
  else
    for (std::size_t i = 1; i < step.size(); ++i) names.push_back(step[i].get<std::string>());
  const Json& then = then_runs && step.size() > 2 ? step[2] : kNoSteps;
  attempt(fmt::format("{} {}", verb, fmt::join(names, " ")), [&] {
    std::vector<Subject*> subjects;
    for (const std::string& name : names) subjects.push_back(&subject(name, "on"));
    start_pipeline(subjects, [this, &then](const Error& error) {
      log("pipeline:done " + name_of(error));
      run_steps(then);
    });
  });
}

void Run::run_step(const Json& step) {
  const std::string head = step[0].get<std::string>();
  if (head == "finished" || head == "finished-then") return watch_finished(head, step);
  if (head == "pipeline" || head == "pipeline-then") return run_pipeline(head, step);
  if (head == "log") return log("log " + step[1].get<std::string>());

  const std::string& name = head;
  const std::string verb = step[1].get<std::string>();
  if (run_write_step(name, verb, step) || run_read_step(name, verb, step)) return;

  const std::string label = verb + " " + name;
  const std::string argument =
      step.size() > 2 && step[2].is_string() ? step[2].get<std::string>() : "";
  if (verb == "destroy") {
    attempt(label, [&] {
      subject(name, verb).stream->destroy(step.size() > 2 ? Error(argument) : Error());
    });
  } else if (verb == "abort") {
    attempt(label, [&] { signals_[name].request_stop(); });
  } else if (verb == "listen") {
    attempt(label + " " + argument, [&] { listen(name, argument); });
  } else if (verb == "unlisten") {
    attempt(label + " " + argument, [&] { unlisten(name, argument); });
  } else if (verb == "once") {
    log(label + " " + argument);
    once(name, argument, step[3]);
  } else if (verb == "marks") {
    const Subject& target = subject(name, "readableHighWaterMark");
    std::string marks;
    if (target.readable)
      marks += fmt::format(" readableHighWaterMark={}",
                           target.readable->stream().readable_high_water_mark());
    if (target.writable)
      marks += fmt::format(" writableHighWaterMark={}",
                           target.writable->stream().writable_high_water_mark());
    log(label + marks);
  } else if (verb == "state") {
    log(fmt::format("state {} {}", name, described(subject(name, "writable"))));
  } else {
    throw BadProgram("bad verb: " + verb);
  }
}

// True where the verb is one of these.
bool Run::run_write_step(const std::string& name, const std::string& verb, const Json& step) {
  const std::string label = verb + " " + name;
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
                   [&] { return writable(name, "write").write(arguments, std::move(callback)); });
  } else if (verb == "write-nocb") {
    attempt_asking(label + text, [&] { return writable(name, "write").write(arguments, {}); });
  } else if (verb == "end" || verb == "end-then") {
    const bool bare = !has_chunk || (verb == "end-then" && arguments.chunk.is_null());
    auto [id, callback] = next_callback(then);
    attempt(fmt::format("{}{} #{}", label, bare ? "" : text, id),
            [&] { writable(name, "end").end(arguments, std::move(callback)); });
  } else if (verb == "end-nocb") {
    attempt(label + text, [&] { writable(name, "end").end(arguments, {}); });
  } else if (verb == "cork") {
    attempt(label, [&] { writable(name, verb).stream().cork(); });
  } else if (verb == "uncork") {
    attempt(label, [&] { writable(name, verb).stream().uncork(); });
  } else if (verb == "setDefaultEncoding") {
    const std::string encoding = step[2].get<std::string>();
    attempt(label + " " + encoding, [&] { writable(name, verb).set_default_encoding(encoding); });
  } else {
    return false;
  }
  return true;
}

bool Run::run_read_step(const std::string& name, const std::string& verb, const Json& step) {
  const std::string label = verb + " " + name;
  if (verb == "push" || verb == "unshift") {
    attempt_asking(fmt::format("{} {}", label, step[2].dump()), [&] {
      ReadableHalf& half = readable(name, verb);
      return verb == "push" ? half.push(step[2]) : half.unshift(step[2]);
    });
  } else if (verb == "read") {
    std::string chunk;
    std::optional<std::size_t> size;
    if (step.size() > 2) size = step[2].get<std::size_t>();
    try {
      chunk = readable(name, verb).read(size);
    } catch (const BadProgram&) {
      throw;
    } catch (...) {
      log(label + " throws " + name_of(Error::from_current_exception()));
      return true;
    }
    log(label + " -> " + chunk);
  } else if (verb == "pause") {
    attempt(label, [&] { readable(name, verb).stream().pause(); });
  } else if (verb == "resume") {
    attempt(label, [&] { readable(name, verb).stream().resume(); });
  } else if (verb == "setEncoding") {
    const std::string encoding = step[2].get<std::string>();
    attempt(label + " " + encoding, [&] { readable(name, verb).set_encoding(encoding); });
  } else if (verb == "pipe") {
    const std::string target = step[2].get<std::string>();
    const bool end = step.size() <= 3 || step[3].value("end", true);
    attempt(label + " " + target, [&] { readable(name, verb).pipe(writable(target, "on"), end); });
  } else if (verb == "unpipe") {
    const bool has_target = step.size() > 2;
    const std::string target = has_target ? step[2].get<std::string>() : "";
    attempt(label + (has_target ? " " + target : ""), [&] {
      ReadableBase& source = readable(name, verb).stream();
      if (has_target)
        source.unpipe(*subject(target, "on").stream);
      else
        source.unpipe();
    });
  } else {
    return false;
  }
  return true;
}

}  // namespace trace
