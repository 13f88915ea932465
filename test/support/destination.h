// support/destination.h - the kinds of destination that one contract holds for.
#pragma once

#include <weir/weir.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::test {

// One place to write to, and what has come there.
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
};

inline void PrintTo(const DestinationKind& kind, std::ostream* out) { *out << kind.name; }

// Each of them as it is, and behind a gzip.
std::vector<DestinationKind> every_destination();

}  // namespace weir::test
