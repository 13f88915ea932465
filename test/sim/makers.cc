#include "sim/makers.h"

#include "net/socket_transport.h"
#include "sim/pattern.h"
#include <weir/fs/read_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/net/socket.h>
#include <weir/pace/rate_limit.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/transform.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace weir::sim {
namespace {

constexpr std::int64_t kMarks[] = {0, 1, 100, 1'000, 4'096, 16'384, 65'536};
constexpr std::size_t kTotals[] = {0, 1, 1'000, 16'384, 70'000, 200'000};

std::optional<std::int64_t> some_mark(Random& random) {
  if (random.chance(30)) return std::nullopt;
  return random.pick(kMarks);
}

// Not so much that small chunks take a long time.
std::size_t some_total(Random& random, std::optional<std::int64_t> mark) {
  const auto chunk = static_cast<std::size_t>(std::max<std::int64_t>(mark.value_or(16'384), 1));
  return std::min(random.pick(kTotals), chunk * 300);
}

// low_water_mark, max_buffered: below and above the mark, or absent.
template <class Options>
void choose_limits(Random& random, Options& options, std::int64_t usual_mark) {
  options.high_water_mark = some_mark(random);
  const std::int64_t mark = options.high_water_mark.value_or(usual_mark);
  if (mark > 1 && random.chance(25))
    options.low_water_mark =
        static_cast<std::int64_t>(random.below(static_cast<std::size_t>(mark)));
  if (random.chance(20))
    options.max_buffered = mark + static_cast<std::int64_t>(random.below(50'000));
  options.emit_close = random.chance(90);
}

template <class Options>
Writer::Settings settings_of(const Options& options, std::string name, unsigned pattern) {
  Writer::Settings settings{.name = std::move(name), .origin = std::make_shared<Origin>(pattern)};
  settings.emits_close = options.emit_close;
  settings.low_water_mark = static_cast<std::size_t>(options.low_water_mark);
  if (options.max_buffered) settings.max_buffered = static_cast<std::size_t>(*options.max_buffered);
  return settings;
}

}  // namespace

std::shared_ptr<Answers> Makers::answers(std::uint64_t seed) {
  auto made = std::make_shared<Answers>(world_, plan_.ends, seed);
  answers_.push_back(made);
  return made;
}

void Makers::heal() {
  disk_.limit_room(std::nullopt);
  files_->heal();
  for (const auto& weak : answers_)
    if (const auto ends = weak.lock()) ends->heal();
  for (const auto& weak : rotated_)
    if (const auto files = weak.lock()) files->heal();
}

MadeWriter Makers::file_writer(std::uint64_t choice) {
  Random random(choice);
  ++made_;
  MadeWriter made{.path = fmt::format("disk/w{}", made_)};
  fs::WriteStreamOptions options;
  choose_limits(random, options, 16'384);
  options.signal = made.stop.get_token();
  options.file_ops = Ref<fs::FileOps>(files_);
  if (random.chance(20)) options.write_mode = fs::WriteMode::pool;
  if (is_calm() || random.chance(50))
    options.retry_on_full = std::chrono::milliseconds(random.between(1, 500));
  options.flush = random.chance(30);
  if (random.chance(20)) options.sync_every_bytes = random.between(1, 20'000);
  if (random.chance(20)) options.sync_every = std::chrono::milliseconds(random.between(1, 200));
  if (!is_calm() && random.chance(20)) {
    options.stall_timeout = std::chrono::milliseconds(random.between(10, 10'000));
    world_.cause("ETIMEDOUT");
  }
  options.auto_close = plan_.weather == Weather::doomed || random.chance(90);

  const bool is_pipe = random.chance(40);
  if (is_pipe) {
    disk_.create(made.path, test::SimulatedDisk::Kind::pipe);
  } else if (random.chance(30)) {
    const std::size_t size = random.below(10'000);
    disk_.put(made.path, std::string(size, '.'));
    made.base = size;
    options.flags = "a";
    if (random.chance(40)) {
      options.flags = "r+";
      made.base += random.below(5'000);
      options.start = static_cast<std::int64_t>(made.base);
    }
  } else if (random.chance(20)) {
    options.flags = "wx";
  }
  Writer::Settings settings = settings_of(options, fmt::format("file {}", made_), made_);
  settings.stays_open = !options.auto_close;
  settings.flushes =
      options.flush || options.sync_every_bytes > 0 || options.sync_every.count() > 0;
  settings.delivered = [&disk = disk_, path = made.path, base = made.base]() -> std::string_view {
    const std::string_view content = disk.content(path);
    return content.substr(std::min(base, content.size()));
  };
  world_.tell("{}: {} with flags {:o}, a mark of {}{}", settings.name, made.path,
              options.flags.bits(), options.high_water_mark.value_or(16'384),
              is_pipe ? ", a pipe" : "");
  made.writer = std::make_shared<Writer>(
      world_, fs::create_write_stream(world_.loop(), made.path, std::move(options)),
      std::move(settings));
  made.writer->listen();
  if (is_pipe) made.path.clear();
  return made;
}

MadeWriter Makers::sink_writer(std::uint64_t choice) {
  Random random(choice);
  MadeWriter made;
  WritableOptions options;
  choose_limits(random, options, 16'384);
  options.signal = made.stop.get_token();
  options.auto_destroy = random.chance(90);
  SinkTraits traits{.construct = random.chance(30),
                    .write = random.chance(70),
                    .writev = random.chance(50),
                    .final = random.chance(50),
                    .sync = true};
  if (!traits.write) traits.writev = true;
  if (random.chance(50)) {
    traits.delivery = random.chance(50) ? Delivery::until_tick : Delivery::until_idle;
    traits.writev = true;
    traits.merges = random.chance(50);
  }
  const auto received = std::make_shared<Received>();
  ++made_;
  Writer::Settings settings = settings_of(options, fmt::format("sink {}", made_), made_);
  settings.stays_open = !options.auto_destroy;
  settings.delivered = [received]() -> std::string_view { return received->bytes; };
  world_.tell("{}: delivery {}{}{}, a mark of {}", settings.name, static_cast<int>(traits.delivery),
              traits.write ? ", write" : "", traits.writev ? ", writev" : "",
              options.high_water_mark.value_or(16'384));
  auto sink = std::make_unique<SimSink>(answers(random.next()), received);
  made.writer = std::make_shared<Writer>(
      world_,
      Writable::make(world_.loop(), std::unique_ptr<Sink>(std::move(sink)), traits, options),
      std::move(settings));
  made.writer->listen();
  return made;
}

MadeWriter Makers::rotating_writer(std::uint64_t choice) {
  Random random(choice);
  ++made_;
  MadeWriter made;
  const std::string path = fmt::format("disk/log{}", made_);
  fs::RotatingStreamOptions options;
  options.high_water_mark = some_mark(random);
  options.emit_close = random.chance(90);
  options.signal = made.stop.get_token();
  if (random.chance(60)) options.max_size = static_cast<std::int64_t>(random.between(1, 50'000));
  // Not so often that a stuck call takes more turns than a life has.
  if (random.chance(30)) options.every = std::chrono::milliseconds(random.between(10, 2'000));
  options.record_end = random.chance(50) ? fs::RecordEnd::line : fs::RecordEnd::write;
  options.flush = random.chance(30);
  if (is_calm() || random.chance(50))
    options.retry_on_full = std::chrono::milliseconds(random.between(1, 500));
  if (random.chance(20)) options.write_mode = fs::WriteMode::pool;
  if (random.chance(20)) options.sync_every_bytes = random.between(1, 20'000);
  if (random.chance(20)) options.sync_every = std::chrono::milliseconds(random.between(1, 200));
  const std::size_t base = random.chance(30) ? random.below(10'000) : 0;
  if (base > 0) disk_.put(path, std::string(base, '.'));
  SwitchFaults faults{.late = plan_.disk.late, .stuck = plan_.disk.stuck};
  if (!is_calm()) faults.sync_fails = plan_.disk.sync_fails;
  made.rotated =
      std::make_shared<RotatedFiles>(world_, disk_, files_, path, base, faults, random.next());
  rotated_.push_back(made.rotated);

  Writer::Settings settings{.name = fmt::format("log {}", made_),
                            .origin = std::make_shared<Origin>(made_)};
  settings.emits_close = options.emit_close;
  settings.flushes =
      options.flush || options.sync_every_bytes > 0 || options.sync_every.count() > 0;
  settings.rotated = made.rotated;
  settings.max_size = static_cast<std::size_t>(options.max_size.value_or(0));
  settings.record_end = options.record_end;
  settings.delivered = [files = made.rotated]() -> std::string_view { return files->delivered(); };
  world_.tell("{}: {} with {} bytes, at most {}, by {}", settings.name, path, base,
              options.max_size.value_or(0),
              options.record_end == fs::RecordEnd::line ? "lines" : "writes");
  made.writer = std::make_shared<Writer>(
      world_,
      fs::make_rotating_stream(
          world_.loop(), path, std::move(options),
          {.ops = Ref<fs::FileOps>(files_), .rotator = made.rotated->rotator()}),
      std::move(settings));
  made.writer->listen();
  return made;
}

std::shared_ptr<Reader> Makers::file_reader(std::uint64_t choice) {
  Random random(choice);
  ++made_;
  Reader::Settings settings{.name = fmt::format("file {}", made_),
                            .origin = std::make_shared<Origin>(made_)};
  const std::string path = fmt::format("disk/r{}", made_);
  fs::ReadStreamOptions options;
  options.high_water_mark = some_mark(random);
  if (options.high_water_mark == 0) options.high_water_mark = 2;  // 0 reads nothing, as in Node
  const std::size_t size = some_total(random, options.high_water_mark);
  options.file_ops = Ref<fs::FileOps>(files_);
  options.emit_close = random.chance(90);
  options.read_mode = random.chance(70) ? fs::ReadMode::in_place : fs::ReadMode::pool;
  std::size_t total = size;
  settings.emits_close = options.emit_close;
  std::string prefix;
  if (random.chance(20)) {  // only a part of the file
    prefix.assign(random.below(5'000), '.');
    options.start = static_cast<std::int64_t>(prefix.size());
    if (size > 0 && random.chance(50)) {
      total = random.between(1, size);
      options.end = static_cast<std::int64_t>(prefix.size() + total - 1);
    }
  }
  settings.total = [total] { return total; };
  disk_.put(path, prefix + pattern_bytes(made_, 0, size));
  if (random.chance(25) && !options.start) disk_.create(path, test::SimulatedDisk::Kind::pipe);
  // With a mark of 0, one read takes a byte or more.
  settings.largest_chunk = static_cast<std::size_t>(
      std::max<std::int64_t>(options.high_water_mark.value_or(65'536), 65'536));
  world_.tell("{}: {} of {} bytes, a mark of {}", settings.name, path, total,
              options.high_water_mark.value_or(65'536));
  auto reader = std::make_shared<Reader>(
      world_, fs::create_read_stream(world_.loop(), path, std::move(options)), std::move(settings));
  reader->listen();
  return reader;
}

std::shared_ptr<Reader> Makers::source_reader(std::uint64_t choice) {
  Random random(choice);
  ++made_;
  Reader::Settings settings{.name = fmt::format("source {}", made_),
                            .origin = std::make_shared<Origin>(made_)};
  const ReadableOptions options{.high_water_mark = some_mark(random),
                                .emit_close = random.chance(90)};
  const std::size_t total = some_total(random, options.high_water_mark);
  settings.total = [total] { return total; };
  settings.largest_chunk = SimSource::kMostPerPush;
  settings.emits_close = options.emit_close;
  world_.tell("{}: {} bytes, a mark of {}", settings.name, total,
              options.high_water_mark.value_or(16'384));
  auto source = std::make_unique<SimSource>(answers(random.next()), made_, total);
  auto reader = std::make_shared<Reader>(
      world_,
      Readable::make(world_.loop(), std::unique_ptr<Source>(std::move(source)), random.chance(30),
                     options),
      std::move(settings));
  reader->listen();
  return reader;
}

MadeSocket Makers::socket(Random& random, std::unique_ptr<test::SimulatedDescriptor> descriptor) {
  ++made_;
  MadeSocket made;
  net::SocketOptions options;
  options.high_water_mark = some_mark(random);
  options.signal = made.writer.stop.get_token();
  options.allow_half_open = is_calm() || random.chance(50);
  if (!is_calm()) world_.cause("ECANCELED");  // of a write in progress, when it is destroyed
  if (!options.allow_half_open) world_.cause("EPIPE");  // written after the peer's end
  const auto outgoing = descriptor->outgoing();
  const auto incoming = descriptor->incoming();
  const Ref<net::Socket> socket =
      net::SocketTransport::socket_on(world_.loop(), options, std::move(descriptor));

  Writer::Settings writing{.name = fmt::format("socket {}", made_),
                           .origin = std::make_shared<Origin>(made_)};
  writing.is_socket = true;
  writing.delivered = [outgoing]() -> std::string_view { return outgoing->sent; };
  Reader::Settings reading{.name = writing.name, .is_socket = true};
  reading.total = [incoming] { return incoming->sent.size(); };
  reading.largest_chunk = 65'536;
  made.writer.writer = std::make_shared<Writer>(world_, socket, std::move(writing));
  made.writer.writer->listen();
  made.reader = std::make_shared<Reader>(world_, socket, std::move(reading));
  made.reader->listen();
  return made;
}

std::pair<MadeSocket, MadeSocket> Makers::connection(std::uint64_t choice) {
  Random random(choice);
  auto [here, there] = test::SimulatedDescriptor::connect(world_.loop(), plan_.net, random.next(),
                                                          &world_, world_.token("a connection"));
  MadeSocket client = socket(random, std::move(here));
  MadeSocket server = socket(random, std::move(there));
  client.reader->read_from(server.writer.writer->origin());
  server.reader->read_from(client.writer.writer->origin());
  world_.tell("{} and {} are connected", client.reader->name(), server.reader->name());
  world_.count("connection");
  return {std::move(client), std::move(server)};
}

std::shared_ptr<Producing> Makers::producing(std::shared_ptr<Writer> writer, std::uint64_t choice) {
  Random random(choice);
  constexpr std::size_t kCapacities[] = {1, 100, 1'000, 4'096, 20'000, 100'000};
  const ProducerOptions options{.capacity = random.pick(kCapacities),
                                .when_full = random.chance(70) ? WhenFull::drop : WhenFull::block,
                                .end = writer->is_socket() || random.chance(80),
                                .keep_running = random.chance(30)};
  const std::size_t threads = random.between(1, 4);
  world_.tell("{}: a Producer of {} bytes, with {} threads", writer->name(), options.capacity,
              threads);
  world_.count("producer");
  return std::make_shared<Producing>(world_, std::move(writer), options, threads,
                                     random.chance(70));
}

Ref<Duplex> Makers::middle(Random& random) {
  const DuplexOptions options{.high_water_mark = some_mark(random)};
  switch (random.below(3)) {
    case 0:
      return PassThrough::make(world_.loop(), options);
    case 1:
      return create_rate_limit(world_.loop(),
                               {.bytes_per_second = random.between(10'000, 10'000'000),
                                .burst = random.between(500, 100'000)});
    default:
      return Transform::make(world_.loop(),
                             std::make_unique<SimTransformer>(answers(random.next())), options);
  }
}

}  // namespace weir::sim
