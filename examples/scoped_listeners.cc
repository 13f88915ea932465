// Listeners of an object that may be destroyed before the stream.
#include <weir/weir.h>

#include <optional>
#include <utility>

class ProgressBar {
 public:
  explicit ProgressBar(weir::Ref<weir::Readable> stream) : stream_(std::move(stream)) {
    listeners_.on<weir::Data>(*stream_, [this](const auto& data) { bytes_ += data.chunk.size(); });
    listeners_.on<weir::End>(*stream_, [this] { fmt::print("{} bytes\n", bytes_); });
  }

 private:
  weir::Ref<weir::Readable> stream_;
  std::size_t bytes_ = 0;
  weir::ScopedListeners listeners_;  // the last member: removed first
};

int main() {
  weir::Loop loop;
  auto stream = weir::Readable::from(loop, "Hello, streams!");
  std::optional<ProgressBar> bar(stream);
  std::optional<ProgressBar> hidden(stream);
  hidden.reset();  // removes its listeners
  loop.run();
}
