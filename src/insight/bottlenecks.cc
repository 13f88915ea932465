#include <weir/insight/snapshot.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace weir::insight {
namespace {

using Time = std::chrono::nanoseconds;

constexpr double kNoticed = 0.1;  // of the time

// The shares of the time in which a stream was full, and in which its readers starved.
struct Shares {
  double full = 0;
  double starved = 0;
};

template <class Metrics>
Time difference(const std::optional<Metrics>& before, const std::optional<Metrics>& now,
                Time Metrics::* time) {
  if (!now) return Time(0);
  return (*now).*time - (before ? (*before).*time : Time(0));
}

class Graph {
 public:
  Graph(const Snapshot& before, const Snapshot& now) {
    const double duration = std::max(1.0, static_cast<double>((now.time - before.time).count()));
    std::unordered_map<std::uint64_t, const StreamSnapshot*> earlier;
    for (const StreamSnapshot& stream : before.streams) earlier.emplace(stream.id, &stream);
    static const StreamMetrics kNone{};
    for (const StreamSnapshot& stream : now.streams) {
      const auto found = earlier.find(stream.id);
      const StreamMetrics& then = found == earlier.end() ? kNone : found->second->metrics;
      const auto share = [duration](Time time) {
        return std::clamp(static_cast<double>(time.count()) / duration, 0.0, 1.0);
      };
      shares_[stream.id] = {
          share(difference(then.write, stream.metrics.write, &WriteMetrics::pressure)),
          share(difference(then.read, stream.metrics.read, &ReadMetrics::starvation))};
      // An HTTP message is written into its socket.
      auto& next = next_[stream.id];
      next = stream.to;
      if (stream.via && stream.metrics.write) next.push_back(*stream.via);
      for (const std::uint64_t id : next) is_fed_.insert(id);
      // The peer of a socket holds up its writable side, not that which its data is piped into.
      if (!stream.kind.ends_with("Socket")) holders_[stream.id] = next;
    }
  }

  const Shares& of(std::uint64_t id) const { return shares_.at(id); }
  // True if another stream after this one is full.
  bool is_held_up(std::uint64_t id) const {
    const auto after = holders_.find(id);
    if (after == holders_.end()) return false;
    return std::ranges::any_of(after->second, [this, id](std::uint64_t next) {
      const auto found = shares_.find(next);
      return next != id && found != shares_.end() && found->second.full >= kNoticed;
    });
  }
  bool feeds(std::uint64_t id) const { return !next_.at(id).empty(); }
  bool is_fed(std::uint64_t id) const { return is_fed_.contains(id); }

 private:
  std::unordered_map<std::uint64_t, Shares> shares_;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> next_;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> holders_;
  std::unordered_set<std::uint64_t> is_fed_;
};

}  // namespace

std::vector<Bottleneck> find_bottlenecks(const Snapshot& before, const Snapshot& now) {
  const Graph graph(before, now);
  std::vector<std::pair<double, Bottleneck>> found;
  for (const StreamSnapshot& stream : now.streams) {
    const Shares& shares = graph.of(stream.id);
    if (shares.full >= kNoticed && !graph.is_held_up(stream.id)) {
      found.push_back(
          {shares.full, {stream.id, fmt::format("full {:.0f} % of the time", shares.full * 100)}});
    } else if (shares.starved >= kNoticed && graph.feeds(stream.id) && !graph.is_fed(stream.id)) {
      found.push_back({shares.starved,
                       {stream.id, fmt::format("its readers wait {:.0f} % of the time",
                                               shares.starved * 100)}});
    }
  }
  std::ranges::stable_sort(found, std::greater(), &std::pair<double, Bottleneck>::first);
  std::vector<Bottleneck> bottlenecks;
  for (auto& [share, bottleneck] : found) bottlenecks.push_back(std::move(bottleneck));
  return bottlenecks;
}

}  // namespace weir::insight
