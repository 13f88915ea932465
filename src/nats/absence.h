// Absence: whether a JetStream stream or consumer does not exist, or its servers do not know it
// yet.
//
// A server that has just become the leader of a cluster answers "not found" until it has read what
// the leader before it has agreed on. So an answer counts once it has come several times in a row.
#pragma once

namespace weir::nats::internal {

class Absence {
 public:
  // Adds an answer, a quarter of a second after the one before. Returns true if it is certain.
  bool is_certain_after(bool is_absent) noexcept {
    constexpr int kEnough = 8;
    answers_ = is_absent ? answers_ + 1 : 0;
    return answers_ >= kEnough;
  }
  void end() noexcept { answers_ = 0; }

 private:
  int answers_ = 0;  // in a row
};

}  // namespace weir::nats::internal
