// Runs one conformance program and records its trace: the C++ counterpart of the Node runner that
// recorded test/conformance/.
#pragma once

#include "weir-trace/subject.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace trace {

// A program that says what this runner (or any) does not know.
struct BadProgram : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Run {
 public:
  // REQUIRES: the program outlives the run.
  explicit Run(const Json& program) : program_(program) {}
  ~Run();

  std::vector<std::string> trace();

 private:
  using Deferred = std::function<void()>;
  // A step's callback: what it logs, then the steps it runs.
  using Completed = std::function<void(const weir::Error&)>;

  void log(std::string line) { lines_.push_back(std::move(line)); }
  void start();
  void wait(int rounds);

  // Making streams.
  void make(const std::string& name, const Json& spec);
  ScriptedSink sink_of(const std::string& name, const Json& spec);
  void listen(const std::string& name, const std::string& event);
  void unlisten(const std::string& name, const std::string& event);
  void once(const std::string& name, const std::string& event, const Json& steps);

  // What implementation functions do.
  void behave(const Json& behaviour, Completed completed);
  void enter(const Json& behaviour);
  void defer(const std::string& when, Deferred call);
  // A Done that may be called any number of times, or never.
  Completed keep(const std::string& label, weir::Done done);

  // Steps.
  void run_steps(const Json& steps, std::size_t from = 0);
  void run_step(const Json& step);
  void attempt(const std::string& text, const std::function<void()>& call);
  void attempt_asking(const std::string& text, const std::function<bool()>& call);
  std::pair<int, weir::Callback> next_callback(const Json& then);
  void watch_finished(const std::string& verb, const Json& arguments);
  // The stream that a step is about to use. A sink may run steps while its stream is being made;
  // the stream has no name yet then, and to the oracle is undefined.
  Subject& subject(const std::string& name, std::string_view property);

  const Json& program_;
  std::vector<std::string> lines_;
  std::set<const Json*> entered_;  // behaviours whose steps have run
  int callbacks_ = 0;
  bool over_ = false;  // streams that are still open go without a script
  std::map<std::string, std::stop_source> signals_;
  std::map<std::string, std::vector<weir::ListenerId>> listeners_;
  weir::Loop loop_;
  std::vector<std::pair<std::string, std::unique_ptr<Subject>>> subjects_;
  std::vector<std::shared_ptr<weir::Done>> kept_;
};

}  // namespace trace
