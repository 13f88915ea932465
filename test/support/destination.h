// support/destination.h - the kinds of destination that one contract holds for.
#pragma once

#include <weir/weir.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::test {

// A destination, and the data that has arrived there.
class Destination {
 public:
  virtual ~Destination() = default;
  // The stream to write to. Called once.
  virtual Ref<Writable> open(Loop& loop) = 0;
  // What has arrived, once the loop has run out.
  virtual std::string received() = 0;
};

struct DestinationKind {
  std::string name;
  std::function<std::unique_ptr<Destination>()> make;
  // Whether destroy(error) emits Error. A response reports it in errored() alone, as in Node.
  bool emits_what_destroys_it = true;
  // Whether it is open again once it has closed, as a standard stream is.
  bool opens_again = false;
};

inline void PrintTo(const DestinationKind& kind, std::ostream* out) { *out << kind.name; }

// All destinations, each directly and through gzip.
std::vector<DestinationKind> every_destination();

}  // namespace weir::test
