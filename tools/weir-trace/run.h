// Runs one conformance program and records its trace: the C++ counterpart of the Node runner that
// recorded test/conformance/.
#pragma once

#include "weir-trace/bad_program.h"
#include "weir-trace/subject.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace trace {

class Run {
 public:
  // REQUIRES: the program outlives the run.
  explicit Run(const Json& program) : program_(program) {}
  ~Run();

  std::vector<std::string> trace();

 private:
  using Deferred = std::function<void()>;
  // A step's callback: logs its argument, then runs its steps.
  using Completed = std::function<void(const weir::Error&)>;

  void log(std::string line) {
    if (!over_) lines_.push_back(std::move(line));
  }
  void start();
  void wait(int rounds);

  // Making streams.
  void make(const std::string& name, const Json& spec);
  Scripted functions_of(const std::string& name, const Json& spec);
  void script_writes(Scripted& scripted, const std::string& name, const Json& spec);
  void script_reads(Scripted& scripted, const std::string& name, const Json& spec);
  void script_transform(Scripted& scripted, const std::string& name, const Json& spec);
  void listen(const std::string& name, const std::string& event);
  void unlisten(const std::string& name, const std::string& event);
  void once(const std::string& name, const std::string& event, const Json& steps);
  std::string name_of_stream(const std::string& address) const;

  // Runs the behaviour of an implementation function.
  void behave(const Json& behaviour, Completed completed);
  void enter(const Json& behaviour);
  void defer(const std::string& when, Deferred call);
  // A Done that may be called any number of times, or never.
  Completed keep(weir::Done done);
  Completed keep(const std::string& label, weir::Done done);

  // Steps.
  void run_steps(const Json& steps, std::size_t from = 0);
  void run_step(const Json& step);
  bool run_write_step(const std::string& name, const std::string& verb, const Json& step);
  bool run_read_step(const std::string& name, const std::string& verb, const Json& step);
  void attempt(const std::string& text, const std::function<void()>& call);
  void attempt_asking(const std::string& text, const std::function<bool()>& call);
  std::pair<int, weir::Callback> next_callback(const Json& then);
  void watch_finished(const std::string& verb, const Json& arguments);
  void run_pipeline(const std::string& verb, const Json& step);
  // The stream that a step is about to use. A sink may run steps while its stream is being made;
  // the stream has no name yet then, and to the oracle is undefined.
  Subject& subject(const std::string& name, std::string_view property);
  WritableHalf& writable(const std::string& name, std::string_view property);
  ReadableHalf& readable(const std::string& name, std::string_view property);
  std::string described(const Subject& subject) const;

  const Json& program_;
  std::vector<std::string> lines_;
  std::set<const Json*> entered_;  // behaviours whose steps have run
  int callbacks_ = 0;
  bool over_ = false;  // later events are not recorded, and streams need no script
  std::map<std::string, std::stop_source> signals_;
  std::map<std::string, std::vector<weir::ListenerId>> listeners_;
  weir::Loop loop_;
  std::vector<std::pair<std::string, Subject>> subjects_;
  std::vector<std::shared_ptr<weir::Done>> kept_;
};

}  // namespace trace
