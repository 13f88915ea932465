#include "sim/sim_ends.h"

#include "sim/pattern.h"

#include <algorithm>

namespace weir::sim {

void SimSource::read(Readable& stream, std::size_t) {
  answers_->later([this, self = Ref<Readable>(&stream)] {
    if (self->destroyed()) return;
    if (Error error = answers_->outcome("read")) return void(self->destroy(std::move(error)));
    bool wants_more = true;
    while (wants_more) {
      if (pushed_ == total_) return void(self->push(nullptr));
      const std::size_t most = std::min(kMostPerPush, total_ - pushed_);
      const std::size_t count = answers_->random().between(1, most);
      const std::size_t from = pushed_;
      pushed_ += count;
      wants_more =
          self->push(pattern_bytes(pattern_, from, count)) && answers_->random().chance(50);
      // A push may have called read again.
      if (pushed_ != from + count) return;
    }
  });
}

void SimTransformer::transform(Transform& stream, Chunk chunk, Done done) {
  Random& random = answers_->random();
  std::string bytes = std::exchange(held_, {}) + std::string(chunk.text());
  if (random.chance(20)) {
    held_ = std::move(bytes);
    return answers_->answer("transform", std::move(done));
  }
  const bool keeps_some = random.chance(30) && bytes.size() > 1;
  if (keeps_some) {
    const std::size_t passed = random.between(1, bytes.size() - 1);
    held_ = bytes.substr(passed);
    bytes.resize(passed);
  }
  const std::size_t piece = random.between(1, std::max<std::size_t>(bytes.size(), 1));
  Error error = answers_->outcome("transform");
  answers_->later([self = Ref<Transform>(&stream), bytes = std::move(bytes), piece,
                   error = std::move(error), done = std::move(done)]() mutable {
    if (error) return done(std::move(error));
    for (std::size_t at = 0; at < bytes.size(); at += piece) self->push(bytes.substr(at, piece));
    done();
  });
}

void SimTransformer::flush(Transform& stream, Done done) {
  if (!held_.empty()) stream.push(std::exchange(held_, {}));
  answers_->answer("flush", std::move(done));
}

}  // namespace weir::sim
