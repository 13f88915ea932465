#include "insight/gone_streams.h"

namespace weir::insight {

StreamCounts counts_of(const StreamMetrics& metrics) {
  StreamCounts counts{.system_calls = metrics.system_calls};
  if (const auto& write = metrics.write) {
    counts.written = write->bytes_out;
    counts.drains = write->drains;
    counts.pressure = write->pressure;
  }
  if (const auto& read = metrics.read) {
    counts.read = read->bytes_in;
    counts.starvation = read->starvation;
  }
  return counts;
}

StreamCounts& operator+=(StreamCounts& sum, const StreamCounts& other) {
  sum.written += other.written;
  sum.read += other.read;
  sum.drains += other.drains;
  sum.system_calls += other.system_calls;
  sum.pressure += other.pressure;
  sum.starvation += other.starvation;
  return sum;
}

std::vector<NamedCounts> GoneStreams::update(const std::vector<StreamSnapshot>& streams) {
  std::map<std::uint64_t, std::pair<Key, StreamCounts>> now;
  for (const StreamSnapshot& stream : streams)
    if (stream.is_named)
      now.emplace(stream.id, std::pair(Key(stream.name, stream.kind), counts_of(stream.metrics)));
  // The counts of a stream that has got another name are among both.
  for (const auto& [id, before] : alive_)
    if (const auto found = now.find(id); found == now.end() || found->second.first != before.first)
      keep(before.first, before.second);
  alive_ = std::move(now);
  std::vector<NamedCounts> sums;
  for (const auto& [key, counts] : gone_) sums.push_back({key.first, key.second, counts});
  return sums;
}

void GoneStreams::keep(const Key& key, const StreamCounts& counts) {
  if (const auto found = gone_.find(key); found != gone_.end())
    found->second += counts;
  else if (gone_.size() < kMostNames)
    gone_.emplace(key, counts);
}

}  // namespace weir::insight
