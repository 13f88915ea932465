// weir/testing/simulation_log.h - SimulationLog: what simulated files and connections report.
//
//   struct Story : weir::test::SimulationLog {
//     bool tells() const noexcept override { return true; }
//     void tell(const std::string& line) override { fmt::print("{}\n", line); }
//   };
//
// Simulated devices fail at random. The log gets each fault of the run, so that a test can tell an
// Error that follows a fault from one without a cause.
#pragma once

#include <weir/base/error.h>

#include <string>
#include <string_view>

namespace weir::test {

class SimulationLog {
 public:
  SimulationLog() = default;
  SimulationLog(const SimulationLog&) = delete;
  SimulationLog& operator=(const SimulationLog&) = delete;
  virtual ~SimulationLog() = default;

  // A call has failed, or a connection is broken: a stream may now emit an Error of this name.
  virtual void on_fault(const Error&) {}
  // An event of a kind ("short write") has happened; a test counts them, to see that its runs have
  // such events.
  virtual void on_event(std::string_view) {}
  // A line of the story: "write a at 0: 5 of 12 bytes". Lines are made only while tells() is true.
  virtual bool tells() const noexcept { return false; }
  virtual void tell(const std::string&) {}
  // The code under test has broken a rule of the system: it has used a descriptor after its close,
  // or sent after the end. By default, this prints the rule and aborts.
  virtual void on_misuse(const std::string& rule);
};

}  // namespace weir::test
