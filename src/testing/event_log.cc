#include <weir/testing/event_log.h>

#include <utility>

#include <fmt/format.h>

namespace weir::test {

void EventLog::add(std::string_view entry) {
  if (!text_.empty()) text_ += ' ';
  text_ += entry;
}

void EventLog::add(std::string_view name, const Error& error) {
  add(error ? fmt::format("{}({})", name, name_of(error)) : std::string(name));
}

Callback EventLog::callback(std::string name) {
  return [this, name = std::move(name)](const Error& error) { add(name, error); };
}

void EventLog::listen(WritableBase& stream, const std::string& prefix) {
  listen_except_error(stream, prefix);
  stream.on<Error>([this, prefix](const Error& error) { add(prefix + "error", error); });
}

void EventLog::listen_except_error(WritableBase& stream, const std::string& prefix) {
  stream.on<Drain>([this, prefix] { add(prefix + "drain"); });
  stream.on<Prefinish>([this, prefix] { add(prefix + "prefinish"); });
  stream.on<Finish>([this, prefix] { add(prefix + "finish"); });
  stream.on<Pipe>([this, prefix] { add(prefix + "pipe"); });
  stream.on<Unpipe>([this, prefix] { add(prefix + "unpipe"); });
  stream.on<Close>([this, prefix] { add(prefix + "close"); });
}

std::string EventLog::take() { return std::exchange(text_, {}); }

std::string name_of(const Error& error) {
  if (!error) return "ok";
  return std::string(error.name().empty() ? error.message() : error.name());
}

}  // namespace weir::test
