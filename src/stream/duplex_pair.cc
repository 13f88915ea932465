#include <weir/stream/duplex_pair.h>

#include <memory>
#include <optional>
#include <utility>

namespace weir {
namespace {

// The state of one end. Shared with the other end, so it may outlive the stream.
struct PairEnd {
  Duplex* stream = nullptr;     // null once the stream is destroyed
  std::optional<Done> written;  // the other end's write, until this end reads it
  std::optional<Done> ended;    // the other end's final, until this end emits End
};

void complete(std::optional<Done>& waiting, Error error = {}) {
  if (auto done = std::exchange(waiting, std::nullopt)) (*done)(std::move(error));
}

// Node's lib/internal/streams/duplexpair.js.
class PairSide final : public Source, public Sink {
 public:
  PairSide(TickQueue& ticks, std::shared_ptr<PairEnd> here, std::shared_ptr<PairEnd> there)
      : ticks_(ticks), here_(std::move(here)), there_(std::move(there)) {}
  // A stream can be released without destroy().
  ~PairSide() override {
    here_->stream = nullptr;
    here_->written.reset();
    here_->ended.reset();
  }

  void read(Readable&, std::size_t) override { complete(here_->written); }

  void write(Chunk chunk, Done done) override {
    if (!there_->stream) return done(Errc::stream_premature_close);
    if (chunk.empty()) return ticks_.next_tick([done = std::move(done)]() mutable { done(); });
    const Ref<Duplex> other(there_->stream);
    other->push(std::move(chunk));
    if (!there_->stream) return done(Errc::stream_premature_close);
    there_->written.emplace(std::move(done));
  }

  void final(Done done) override {
    if (!there_->stream) return done(Errc::stream_premature_close);
    there_->ended.emplace(std::move(done));
    const Ref<Duplex> other(there_->stream);
    other->once<End>([there = there_] { complete(there->ended); });
    other->push(nullptr);
  }

  void destroy(Error error, Done done) override {
    here_->stream = nullptr;
    complete(here_->written, Errc::stream_premature_close);
    complete(here_->ended, Errc::stream_premature_close);
    ticks_.next_tick([there = there_, failed = bool(error)] { tell(*there, failed); });
    done(std::move(error));
  }

 private:
  // The peer of a destroyed end ends; the peer of a failed end closes, without the error.
  static void tell(PairEnd& there, bool failed) {
    const Ref<Duplex> other(there.stream);
    if (!other || other->destroyed()) return;
    if (failed)
      other->destroy();
    else
      other->push(nullptr);
  }

  TickQueue& ticks_;
  std::shared_ptr<PairEnd> here_;
  std::shared_ptr<PairEnd> there_;
};

}  // namespace

DuplexPair duplex_pair(TickQueue& ticks, const DuplexOptions& options) {
  const auto one = std::make_shared<PairEnd>();
  const auto other = std::make_shared<PairEnd>();
  DuplexPair pair{Duplex::make(ticks, std::make_unique<PairSide>(ticks, one, other), options),
                  Duplex::make(ticks, std::make_unique<PairSide>(ticks, other, one), options)};
  one->stream = pair.first.get();
  other->stream = pair.second.get();
  return pair;
}

}  // namespace weir
