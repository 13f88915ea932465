// Creates a program's streams, with scripted functions.
#include "weir-trace/run.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace trace {
namespace {

using namespace weir;

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
const Json kEcho = Json::array({Json{{"push", "echo"}}});
const Json kNothing = Json::array();

std::optional<std::int64_t> mark_of(const Json& spec, const char* key) {
  if (!spec.contains(key)) return std::nullopt;
  return spec[key].get<std::int64_t>();
}

SubjectOptions options_of(const Json& spec) {
  SubjectOptions subject{
      .type = spec["type"].get<std::string>(),
      .writes_objects = spec.value("objectMode", false) || spec.value("writableObjectMode", false),
      .reads_objects = spec.value("objectMode", false) || spec.value("readableObjectMode", false),
      .options = {}};
  DuplexOptions& options = subject.options;
  options.high_water_mark = mark_of(spec, "highWaterMark");
  options.readable_high_water_mark = mark_of(spec, "readableHighWaterMark");
  options.writable_high_water_mark = mark_of(spec, "writableHighWaterMark");
  options.allow_half_open = spec.value("allowHalfOpen", true);
  options.readable = spec.value("readable", true);
  options.writable = spec.value("writable", true);
  if (spec.contains("encoding"))
    options.encoding = EncodingName(spec["encoding"].get<std::string>());
  options.decode_strings = spec.value("decodeStrings", true);
  if (spec.contains("defaultEncoding"))
    options.default_encoding = EncodingName(spec["defaultEncoding"].get<std::string>());
  options.emit_close = spec.value("emitClose", true);
  options.auto_destroy = spec.value("autoDestroy", true);
  return subject;
}

std::string joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, " "));
}

std::vector<std::string> default_events(const std::string& type) {
  std::vector<std::string> events;
  if (type != "readable") events = {"drain", "finish", "pipe", "unpipe"};
  if (type != "writable") events.insert(events.end(), {"end", "pause", "resume"});
  events.insert(events.end(), {"error", "close"});
  return events;
}

}  // namespace

void Run::make(const std::string& name, const Json& spec) {
  SubjectOptions options = options_of(spec);
  if (spec.contains("signal") && spec["signal"] != false) {
    std::stop_source& signal = signals_[name];
    if (spec["signal"] == "aborted") signal.request_stop();
    options.options.signal = signal.get_token();
  }
  subjects_.emplace_back(name, make_subject(loop_, functions_of(name, spec), options));
  if (!spec.contains("listen")) {
    for (const std::string& event : default_events(options.type)) listen(name, event);
  } else {
    for (const Json& event : spec["listen"]) listen(name, event.get<std::string>());
  }
}

Scripted Run::functions_of(const std::string& name, const Json& spec) {
  Scripted scripted;
  if (spec.contains("construct"))
    scripted.construct = [this, name, &spec](Done done) {
      log("_construct " + name);
      behave(spec["construct"], keep("_construct:done " + name, std::move(done)));
    };
  if (spec.contains("destroy"))
    scripted.destroy = [this, name, &spec](Error error, Done done) {
      if (over_) return done(error);
      log(fmt::format("_destroy {} {}", name, error ? name_of(error) : "null"));
      behave(spec["destroy"],
             [this, name, error, complete = keep(std::move(done))](const Error& own) {
               log(fmt::format("_destroy:done {} {}", name, name_of(own)));
               complete(own ? own : error);
             });
    };
  if (spec.contains("final"))
    scripted.final = [this, name, &spec](Done done) {
      log("_final " + name);
      behave(spec["final"], keep("_final:done " + name, std::move(done)));
    };
  const std::string type = spec["type"].get<std::string>();
  if (type == "writable" || type == "duplex") script_writes(scripted, name, spec);
  if (type == "readable" || type == "duplex") script_reads(scripted, name, spec);
  if (type == "transform") script_transform(scripted, name, spec);
  return scripted;
}

void Run::script_writes(Scripted& scripted, const std::string& name, const Json& spec) {
  if (spec.contains("write") || !spec.contains("writev"))
    scripted.write = [this, name,
                      script = Script(spec.contains("write") ? spec["write"] : kSynchronous)](
                         std::string shown, Done done) mutable {
      log(fmt::format("_write {} {}", name, shown));
      behave(script.next(), keep("_write:done " + name, std::move(done)));
    };
  if (spec.contains("writev"))
    scripted.writev = [this, name, script = Script(spec["writev"])](std::vector<std::string> shown,
                                                                    Done done) mutable {
      log(fmt::format("_writev {} {}", name, joined(shown)));
      behave(script.next(), keep("_writev:done " + name, std::move(done)));
    };
}

void Run::script_reads(Scripted& scripted, const std::string& name, const Json& spec) {
  const Json& list = spec.contains("read") ? spec["read"] : kNothing;
  scripted.read = [this, name, &list, next = std::size_t{0}](ReadableHalf&) mutable {
    log("_read " + name);
    static const Json end = {{"push", Json::array({nullptr})}};
    static const Json nothing = Json::object();
    const std::size_t turn = next++;
    const Json& step = turn < list.size() ? list[turn] : turn == list.size() ? end : nothing;
    const std::string when = step.value("when", "sync");
    if (when == "throw") throw Error("thrown");
    enter(step);
    defer(when, [this, name, &step] {
      if (over_) return;
      ReadableHalf& half = readable(name, "push");
      bool room = true;
      const auto push = [&](const Json& chunk) {
        room = half.push(chunk);
        log(fmt::format("push {} {} -> {}", name, show_object(chunk), room));
      };
      const Json& chunks = step.contains("push") ? step["push"] : kNothing;
      for (const Json& chunk : chunks) push(chunk);
      if (step.value("until", "") == "full")
        for (std::size_t i = 0; room && i < 50; ++i) push(chunks[i % chunks.size()]);
      if (step.value("error", false)) {
        log("fail " + name);
        half.stream().destroy(Error("failed"));
      }
    });
  };
}

void Run::script_transform(Scripted& scripted, const std::string& name, const Json& spec) {
  scripted.transform = [this, name,
                        script = Script(spec.contains("transform") ? spec["transform"] : kEcho)](
                           std::string shown, std::function<void()> echo, Done done) mutable {
    log(fmt::format("_transform {} {}", name, shown));
    const Json& step = script.next();
    const std::string when = step.value("when", "sync");
    if (when == "throw") throw Error("thrown");
    enter(step);
    defer(when, [&step, echo = std::move(echo), complete = keep(std::move(done))] {
      if (step.value("error", false)) return complete(Error("failed"));
      if (step.value("twice", false)) complete({});
      const std::string push = step.value("push", "drop");
      if (echo && (push == "echo" || push == "double")) echo();
      if (echo && push == "double") echo();
      complete({});
    });
  };
  if (!spec.contains("flush")) return;
  scripted.flush = [this, name, &flush = spec["flush"]](ReadableHalf&, Done done) {
    log("_flush " + name);
    defer(flush.value("when", "sync"), [this, name, &flush, complete = keep(std::move(done))] {
      if (flush.value("error", false)) return complete(Error("failed"));
      ReadableHalf& half = readable(name, "push");
      if (flush.contains("push"))
        for (const Json& chunk : flush["push"]) half.push(chunk);
      if (flush.contains("data") && !flush["data"].is_null()) half.push(flush["data"]);
      complete({});
      if (flush.value("twice", false)) complete({});
    });
  };
}

}  // namespace trace
