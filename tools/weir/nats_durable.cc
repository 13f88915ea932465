// `weir cp nats://HOST/STREAM?durable=NAME FILE`: continues the file where the last run left it.
//
// The bookmark of the durable consumer is "<next sequence> <size of the file> <file>", and is set
// after the file has the bytes. A run cuts the file to that size and continues with that message,
// so whenever the run before was killed, no line is missing and none is there twice. Another file
// than that of the bookmark is not touched.
#include "weir/conclude.h"
#include "weir/inspection.h"
#include "weir/interrupt.h"
#include "weir/nats.h"
#include "weir/nats_connection.h"
#include "weir/nats_ids.h"
#include "weir/nats_source.h"
#include "weir/numbers.h"
#include "weir/say.h"
#include <weir/nats/jetstream.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tool {
namespace {

namespace nats = weir::nats;

struct Position {
  std::uint64_t next = 0;  // 0: where the endpoint says
  std::uint64_t size = 0;
};

class DurableCopy {
 public:
  DurableCopy(weir::Loop& loop, const CopyOptions& options)
      : loop_(loop),
        options_(options),
        place_(parse_nats(options.sources.front().name)),
        path_(options.destinations.front().path),
        connection_(connect_to_nats(loop, place_.urls, options)) {}

  void start() {
    nats::get_bookmark(*connection_, place_.name, place_.durable,
                       [this](const weir::Error& error, const std::string& note) {
                         if (error) return fail(error);
                         note.empty() ? begin_new() : begin_at(note);
                       });
  }
  // Ends a copy in order: one that follows, or has not begun.
  void end() {
    if (!file_) {
      is_given_up_ = true;
      connection_->close();
      return;
    }
    if (!messages_->destroyed()) messages_->destroy();
    end_file();
  }

  const weir::Error& error() const noexcept { return error_; }
  bool is_done() const noexcept { return is_done_; }
  std::uint64_t lines() const noexcept { return lines_; }
  std::uint64_t bytes() const noexcept { return written_.size - began_.size; }

 private:
  void begin_new() {
    struct stat status{};
    if (::stat(path_.c_str(), &status) == 0 && status.st_size > 0)
      return fail(weir::Error(fmt::format(
          "'{}' has content, and durable '{}' has no position in it", path_, place_.durable)));
    // First the note, so that a run that is killed before the next one can be run again.
    nats::set_bookmark(*connection_, place_.name, place_.durable, text_of({}),
                       [this](const weir::Error& error) { error ? fail(error) : open({}); });
  }

  void begin_at(const std::string& note) {
    const auto space = note.find(' ');
    const auto end = note.find(' ', std::min(space, note.size() - 1) + 1);
    const auto next = parse_count(note.substr(0, space));
    const auto size =
        space == note.npos ? std::nullopt : parse_count(note.substr(space + 1, end - space - 1));
    if (!next || !size)
      return fail(weir::Error(
          fmt::format("durable '{}' is not one of weir cp: '{}'", place_.durable, note)));
    if (end != note.npos && note.substr(end + 1) != id_of_file(path_))
      return fail(weir::Error(
          fmt::format("durable '{}' is of another file than '{}'", place_.durable, path_)));
    struct stat status{};
    const bool exists = ::stat(path_.c_str(), &status) == 0;
    if (*size > (exists ? static_cast<std::uint64_t>(status.st_size) : 0))
      return fail(weir::Error(fmt::format("'{}' is shorter than durable '{}' has left it: {} bytes",
                                          path_, place_.durable, *size)));
    if (exists && ::truncate(path_.c_str(), static_cast<::off_t>(*size)) != 0)
      return fail(weir::Error::system(errno, "truncate", path_));
    open({*next, *size});
  }

  std::string text_of(const Position& position) const {
    return fmt::format("{} {} {}", position.next, position.size, id_of_file(path_));
  }

  void open(Position from) {
    began_ = noted_ = written_ = from;
    file_ = weir::fs::create_write_stream(loop_, path_, {.flags = "a", .flush = options_.sync});
    file_->on<weir::Error>([this](const weir::Error& error) { fail(error); });
    file_->on<weir::Close>([this] {
      if (!error_) note();
    });
    file_->on<weir::Drain>([this] { messages_->resume(); });
    messages_ = open_messages(loop_, place_,
                              from.next == 0 ? std::nullopt : std::optional(from.next), options_);
    messages_->on<weir::Error>([this](const weir::Error& error) { fail(error); });
    messages_->on<weir::End>([this] { end_file(); });
    messages_->on<weir::DataOf<nats::Message>>(
        [this](const weir::DataOf<nats::Message>& data) { take(data.chunk); });
  }

  void take(const nats::Message& message) {
    const std::string line = line_of(message);
    written_.next = message.sequence + 1;
    written_.size += line.size();
    ++lines_;
    if (!file_->write(std::string_view(line))) messages_->pause();
    if (!is_noting_) note();
  }

  // One note at a time, of what the file has.
  void note() {
    if (error_ || is_noting_) return;
    if (noted_.next == written_.next) {
      is_done_ = file_->closed();
      return;
    }
    if (file_->writable_ended() && !file_->writable_finished()) return;  // Close notes the rest
    is_noting_ = true;
    const Position now = written_;
    const auto set = [this, now](const weir::Error& error) {
      if (error) return fail(error);
      nats::set_bookmark(*connection_, place_.name, place_.durable, text_of(now),
                         [this, now](const weir::Error& failed) {
                           is_noting_ = false;
                           if (failed) return fail(failed);
                           noted_ = now;
                           note();
                         });
    };
    if (file_->writable_finished())
      set({});
    else if (options_.sync)
      file_->sync(set);
    else
      file_->flush(set);
  }

  void end_file() {
    if (file_ && !file_->writable_ended()) file_->end();
  }

  void fail(const weir::Error& error) {
    if (error_ || is_given_up_) return;
    error_ = tool::named(options_.sources.front(), error);
    if (messages_) messages_->destroy();
    if (file_) file_->destroy();
  }

  weir::Loop& loop_;
  const CopyOptions& options_;
  NatsPlace place_;
  std::string path_;
  weir::Ref<nats::Connection> connection_;
  weir::Ref<nats::ConsumeStream> messages_;
  weir::Ref<weir::fs::WriteStream> file_;
  Position began_;
  Position written_;
  Position noted_;
  std::uint64_t lines_ = 0;
  bool is_noting_ = false;
  bool is_given_up_ = false;  // by a signal, before the file was opened
  bool is_done_ = false;
  weir::Error error_;
};

}  // namespace

int copy_durable(const CopyOptions& options) {
  if (options.sources.size() != 1 || options.destinations.size() != 1 ||
      !options.destinations.front().is_file()) {
    complain("durable= needs one source and one file");
    return kUsage;
  }
  if (options.compress != Compression::none || options.decompress != Compression::none) {
    complain("durable= copies lines as they are: the filters are for other copies");
    return kUsage;
  }
  weir::Loop loop;
  DurableCopy copy(loop, options);
  const Inspection inspection(loop, options.inspection, "weir cp", options.json);
  int signal = 0;
  {
    const Interrupt interrupted(loop, [&](int number) {
      signal = number;
      copy.end();
    });
    copy.start();
    loop.run();
  }
  if (copy.error()) {
    complain(copy.error().what());
    return kFailed;
  }
  if (signal != 0) end_by(signal);
  if (!copy.is_done()) {
    complain("ended before the copy was complete");
    return kFailed;
  }
  const std::string text =
      options.json ? fmt::format("{{\"lines\":{},\"bytes\":{}}}\n", copy.lines(), copy.bytes())
                   : fmt::format("{} lines, {} bytes\n", copy.lines(), copy.bytes());
  if (say(stdout, text)) return kDone;
  if (errno == EPIPE) return kBrokenPipe;
  complain(weir::Error::system(errno, "write", "standard output").what());
  return kFailed;
}

}  // namespace tool
