// Writes numbered lines into FILE until it ends in the given WAY, and counts in ACCOUNT, a shared
// mapping that outlives it, what it was promised.
//
// usage: weir_crash_writer FILE ACCOUNT KIND WAY SEED [none]
#include <weir/fs/rotating_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/loop/crash_flush.h>
#include <weir/thread/producer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using weir::fs::WriteStream;

constexpr std::size_t kThreads = 3;

// In bytes of the file; for a Producer's threads in records.
struct Account {
  std::atomic<std::uint64_t> accepted;
  std::atomic<std::uint64_t> called_back;
  std::atomic<std::uint64_t> flushed;
  std::atomic<std::uint64_t> synced;
  std::atomic<std::uint64_t> at_exit;
  std::array<std::atomic<std::uint64_t>, kThreads> records;
  std::array<std::atomic<std::uint64_t>, kThreads> waited_for;
};

Account& map_account(const char* path) {
  const int fd = ::open(path, O_RDWR);
  void* const memory = ::mmap(nullptr, sizeof(Account), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) std::abort();
  return *static_cast<Account*>(memory);
}

void raise_to(std::atomic<std::uint64_t>& count, std::uint64_t value) {
  count = std::max(count.load(), value);
}

// --- Ends. ---

// Not null, which the undefined-behaviour sanitizer would report by ending the process itself.
volatile int* volatile forbidden = reinterpret_cast<volatile int*>(8);

volatile int deepest = -1;

[[gnu::noinline]] int overflow_stack(int depth) {
  volatile char frame[4096] = {};
  if (depth == deepest) return frame[0];
  return overflow_stack(depth + 1) + frame[depth % 4096];
}

void fault() { *forbidden = 1; }

[[noreturn]] void wait_for_signal() {
  for (;;) ::pause();
}

std::string numbered(std::uint64_t number) { return fmt::format("line {:010}\n", number); }

class Writer {
 public:
  Writer(weir::Loop& loop, weir::Ref<WriteStream> stream, Account& account, std::string way,
         unsigned seed)
      : loop_(loop),
        stream_(std::move(stream)),
        account_(account),
        way_(std::move(way)),
        random_(seed),
        // A child is forked before the file is open.
        turns_(way_.starts_with("child") ? 0 : std::uniform_int_distribution(0, 60)(random_)) {}

  void turn() {
    const int lines = below(200);
    const int end_after = turns_-- == 0 ? below(lines + 1) : -1;
    for (int i = 0; i < lines && !stream_->writable_need_drain(); ++i) {
      if (i == end_after) end();
      write();
    }
    if (end_after >= 0) end();
    if (below(4) == 0) await(&WriteStream::flush, account_.flushed);
    if (below(16) == 0) await(&WriteStream::sync, account_.synced);
    if (auto* const rotating = dynamic_cast<weir::fs::RotatingStream*>(stream_.get());
        rotating && below(8) == 0)
      rotating->rotate();
    loop_.set_immediate([this] { turn(); });
  }

 private:
  int below(int bound) { return std::uniform_int_distribution(0, bound - 1)(random_); }

  void write() {
    const std::uint64_t to = position_ + numbered(0).size();
    const std::string line = numbered(number_++);
    switch (below(10)) {
      case 0:
        stream_->write(line, count_in(account_.called_back, to));
        break;
      case 1:
        stream_->write(weir::Buffer::copy(line));
        break;
      case 2:
        if (below(10) == 0) {  // more than a slab takes
          std::string lines = line;
          for (int i = 0; i < 500; ++i) lines += numbered(number_++);
          stream_->write(weir::Buffer::copy(lines));
          position_ += lines.size();
          account_.accepted = position_;
          return;
        }
        [[fallthrough]];
      default:
        stream_->write(line);
    }
    position_ = to;
    account_.accepted = to;
  }

  weir::Callback count_in(std::atomic<std::uint64_t>& count, std::uint64_t position) {
    return [&count, position](const weir::Error& error) {
      if (!error) raise_to(count, position);
    };
  }
  template <class Stage>
  void await(Stage stage, std::atomic<std::uint64_t>& count) {
    ((*stream_).*stage)(count_in(count, position_));
  }

  void end() {
    if (std::exchange(is_ending_, true)) return;
    if (way_ == "kill") ::kill(::getpid(), SIGKILL);
    if (way_ == "segv") fault();
    if (way_ == "limit_segv") {  // the handler's write is short, the next one fails
      const rlimit limit{position_ / 2, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      fault();
    }
    if (way_ == "write_segv")
      stream_->write(std::string_view(reinterpret_cast<const char*>(8), 100));
    if (way_ == "abort") std::abort();
    if (way_ == "exit") std::exit(7);
    if (way_ == "exception") throw std::runtime_error("uncaught");
    if (way_ == "bad_alloc") static_cast<void>(::operator new(std::size_t{1} << 60));
    if (way_ == "stack_overflow") std::exit(overflow_stack(0));
    if (way_ == "raise") std::raise(SIGTERM);
    // While the loop continues to write.
    if (way_ == "term" || way_ == "hup") ::kill(::getpid(), way_ == "term" ? SIGTERM : SIGHUP);
    if (way_ == "outside_segv") ::kill(::getpid(), SIGSEGV);
    if (way_ == "thread_segv") std::thread(&fault).detach();
    if (way_ == "thread_abort") std::thread([] { std::abort(); }).detach();
    if (way_ == "thread_exit")
      std::thread([&account = account_] {
        account.at_exit = account.accepted.load();  // the loop accepts more until the very end
        std::exit(7);
      }).detach();
    if (way_ == "child_exit" || way_ == "child_segv") {
      const pid_t child = ::fork();
      if (child == 0) way_ == "child_exit" ? std::exit(7) : fault();
      ::waitpid(child, nullptr, 0);
      ::kill(::getpid(), SIGKILL);
    }
    // While the loop does not answer.
    if (way_ == "busy_term" || way_ == "busy_thread_segv") {
      if (way_ == "busy_term")
        ::kill(::getpid(), SIGTERM);
      else
        std::thread(&fault).detach();
      wait_for_signal();
    }
  }

  weir::Loop& loop_;
  weir::Ref<WriteStream> stream_;
  Account& account_;
  const std::string way_;
  std::mt19937 random_;
  int turns_;
  std::uint64_t number_ = 0;
  std::uint64_t position_ = 0;
  bool is_ending_ = false;
};

weir::Ref<WriteStream> open_stream(weir::Loop& loop, const std::string& path,
                                   const std::string& kind) {
  using weir::fs::create_write_stream;
  using weir::fs::WriteMode;
  if (kind == "rotating") return weir::fs::create_rotating_stream(loop, path, {.max_size = 20'000});
  if (kind == "rotating_here")
    return weir::fs::create_rotating_stream(loop, path,
                                            {.high_water_mark = 512, .max_size = 20'000});
  if (kind == "append") return create_write_stream(loop, path, {.flags = "a"});
  if (kind == "append_pool")
    return create_write_stream(loop, path, {.flags = "a", .write_mode = WriteMode::pool});
  if (kind == "append_here")
    return create_write_stream(loop, path, {.high_water_mark = 512, .flags = "a"});
  if (kind == "pool")
    return create_write_stream(loop, path, {.flags = "w", .write_mode = WriteMode::pool});
  if (kind == "low_water")
    return create_write_stream(loop, path, {.high_water_mark = 8192, .low_water_mark = 4096});
  if (kind == "descriptor")
    return create_write_stream(loop, "",
                               {.fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600),
                                .write_mode = WriteMode::pool});
  return create_write_stream(loop, path, {.high_water_mark = 512});  // inline
}

// Threads write records through a Producer, until one of them or the loop's thread ends the
// process.
void write_records(weir::Loop& loop, const weir::Ref<WriteStream>& stream, Account& account,
                   const std::string& way, unsigned seed) {
  const weir::Producer producer(loop, stream, {.capacity = 8192});
  std::mt19937 random(seed);
  const auto last = std::uniform_int_distribution<std::uint64_t>(0, 3000)(random);
  for (std::size_t thread = 0; thread < kThreads; ++thread)
    std::thread([producer, &account, way, last, thread] {
      for (std::uint64_t number = 0;; ++number) {
        if (number == last && thread == 0) {
          if (way == "segv") fault();
          if (way == "write_segv")
            producer.write(std::string_view(reinterpret_cast<const char*>(8), 100));
          if (way == "abort") std::abort();
          if (way == "exit") std::exit(7);
          if (way == "kill") ::kill(::getpid(), SIGKILL);
          if (way == "term") ::kill(::getpid(), SIGTERM);
          if (way == "outside_segv") ::kill(::getpid(), SIGSEGV);
        }
        if (!producer.print("thread {} record {:010}\n", thread, number)) return;
        account.records[thread] = number + 1;
        if (number % 97 == 0 && producer.flush_and_wait()) account.waited_for[thread] = number + 1;
      }
    }).detach();
  loop.run();
  wait_for_signal();
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 6) return 2;
  const std::string path = arguments[1];
  const std::string kind = arguments[3];
  const std::string way = arguments[4];
  Account& account = map_account(arguments[2]);
  const auto seed = static_cast<unsigned>(std::stoul(arguments[5]));
  weir::Loop loop;
  std::optional<weir::CrashFlush> crash_flush;
  if (count == 6) crash_flush.emplace(loop, weir::CrashFlushOptions{std::chrono::seconds(10)});
  if (way.starts_with("busy"))
    crash_flush.emplace(loop, weir::CrashFlushOptions{std::chrono::milliseconds(20)});
  if (kind == "producer") {
    write_records(loop, open_stream(loop, path, "append_pool"), account, way, seed);
    return 0;
  }
  Writer writer(loop, open_stream(loop, path, kind), account, way, seed);
  writer.turn();
  if (way != "early") loop.run();
  fault();
}
