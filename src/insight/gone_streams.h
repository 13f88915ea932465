// Keeps what named streams have counted, so that the sums of a name do not fall when one of them is
// gone.
#pragma once

#include "loop/loop_local.h"
#include <weir/insight/snapshot.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weir::insight {

class GoneStreams final : public internal::LoopLocal {
 public:
  explicit GoneStreams(Loop&) {}

  // Later names are not kept: a program that names its connections has an endless number.
  static constexpr std::size_t kMostNames = 1000;

  // Streams of an earlier call that are not among these are gone, with the counts that they had
  // then. Returns the sums of all that are gone.
  std::vector<NamedCounts> update(const std::vector<StreamSnapshot>& streams);

 private:
  using Key = std::pair<std::string, std::string>;  // name and kind

  void keep(const Key& key, const StreamCounts& counts);

  std::map<std::uint64_t, std::pair<Key, StreamCounts>> alive_;  // by id
  std::map<Key, StreamCounts> gone_;
};

StreamCounts counts_of(const StreamMetrics& metrics);
StreamCounts& operator+=(StreamCounts& sum, const StreamCounts& other);

}  // namespace weir::insight
