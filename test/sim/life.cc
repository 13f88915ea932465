#include "sim/life.h"

#include "sim/makers.h"
#include "sim/pattern.h"
#include "sim/pipes.h"
#include "sim/producing.h"
#include <weir/stream/events.h>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace weir::sim {
namespace {

class Life {
 public:
  Life(const Plan& plan, World::Telling telling)
      : plan_(plan),
        world_(plan.seed, telling),
        makers_(world_, disk_, plan),
        pipes_(world_, makers_, plan) {}

  Outcome run();

 private:
  static constexpr std::size_t kMostTurns = 60'000;

  bool is_calm() const noexcept { return plan_.weather == Weather::calm; }

  void take(const Step& step);
  bool take_on_event(const Step& step);
  void act(const Step& step);
  void make(const Step& step);
  void take_socket(MadeSocket made, std::size_t slot);
  void act_on_writer(const Step& step, Writer& writer);
  void act_on_reader(const Step& step, Reader& reader);
  void act_on_world(const Step& step);
  void drop_writer(std::size_t slot);
  void drop_reader(std::size_t slot);
  void write_many(Writer& writer, const Step& step);
  void make_producer(const Step& step);
  void act_on_producer(const Step& step, Producing& producing);
  void lose_power(std::uint64_t choice);
  void check_rotated(const MadeWriter& made, Random& random);

  void turn();
  void run_dry(std::string_view when);
  void check_all();
  void leave_producers();
  void end_everything();
  void check_arrival();
  void destroy_everything();
  void check_over();
  void check_nothing_left();

  const Plan& plan_;
  World world_;
  test::SimulatedDisk disk_;
  Makers makers_;
  std::array<MadeWriter, kSlots> writers_;
  std::array<std::shared_ptr<Reader>, kSlots> readers_;
  std::array<std::shared_ptr<Producing>, kSlots> producings_;
  std::vector<MadeWriter> all_writers_;
  std::vector<std::shared_ptr<Reader>> all_readers_;
  std::vector<std::shared_ptr<Writer>> dropped_;
  Pipes pipes_;
  std::vector<std::shared_ptr<Producing>> all_producings_;
  bool is_ending_ = false;
};

// --- Steps ---

void Life::take(const Step& step) {
  for (int i = 0; i < step.turns; ++i) turn();
  switch (step.place) {
    case Place::outside:
      return act(step);
    case Place::tick:
      return world_.loop().next_tick(
          [this, step, token = world_.token(describe(step))] { act(step); });
    case Place::immediate:
      world_.loop().set_immediate(
          [this, step, token = world_.token(describe(step))] { act(step); });
      return;
    case Place::in_call:
      return world_.in_call([this, step, token = world_.token(describe(step))] { act(step); });
    default:
      if (!take_on_event(step)) act(step);
  }
}

bool Life::take_on_event(const Step& step) {
  const auto later = [this, step, token = world_.token(describe(step))] { act(step); };
  const bool is_of_reader = step.act >= Act::flow && step.act <= Act::drop_reader;
  if (is_of_reader) {
    if (!readers_[step.slot]) return true;
    Readable& stream = readers_[step.slot]->stream();
    if (step.place == Place::on_error) stream.once<Error>(later);
    if (step.place == Place::on_end) stream.once<End>(later);
    if (step.place == Place::on_close) stream.once<Close>(later);
    return step.place != Place::on_drain;
  }
  if (!writers_[step.slot].writer) return step.act < Act::fill_disk;
  Writable& stream = writers_[step.slot].writer->stream();
  if (step.place == Place::on_drain) stream.once<Drain>(later);
  if (step.place == Place::on_error) stream.once<Error>(later);
  if (step.place == Place::on_end) stream.once<Finish>(later);
  if (step.place == Place::on_close) stream.once<Close>(later);
  return true;
}

void Life::act(const Step& step) {
  // A step that an event of the end brings about.
  const bool would_stop_others = step.act == Act::fill_disk || step.act == Act::cork;
  if (is_ending_ && (is_calm() || would_stop_others)) return;
  world_.count(fmt::format("act {}", name_of(step.act)));
  if (step.act < Act::pipe) return make(step);
  if (step.act == Act::pipe)
    return pipes_.pipe(readers_[step.slot], writers_[step.other].writer, step.choice);
  if (step.act == Act::producer) return make_producer(step);
  if (step.act >= Act::fill_disk) return act_on_world(step);
  if (is_of_producer(step.act)) {
    if (const auto producing = producings_[step.slot]) act_on_producer(step, *producing);
    return;
  }
  if (step.act >= Act::flow) {
    if (const auto reader = readers_[step.slot]) act_on_reader(step, *reader);
  } else if (const auto writer = writers_[step.slot].writer) {
    act_on_writer(step, *writer);
  }
}

void Life::make(const Step& step) {
  if (step.act == Act::connection) {
    auto [client, server] = makers_.connection(step.choice);
    take_socket(std::move(client), step.slot);
    take_socket(std::move(server), step.other);
  } else if (step.act <= Act::rotating_writer) {
    MadeWriter made = step.act == Act::file_writer   ? makers_.file_writer(step.choice)
                      : step.act == Act::sink_writer ? makers_.sink_writer(step.choice)
                                                     : makers_.rotating_writer(step.choice);
    all_writers_.push_back(made);
    writers_[step.slot] = std::move(made);
  } else {
    readers_[step.slot] = step.act == Act::file_reader ? makers_.file_reader(step.choice)
                                                       : makers_.source_reader(step.choice);
    all_readers_.push_back(readers_[step.slot]);
  }
}

void Life::take_socket(MadeSocket made, std::size_t slot) {
  all_writers_.push_back(made.writer);
  all_readers_.push_back(made.reader);
  writers_[slot] = std::move(made.writer);
  readers_[slot] = std::move(made.reader);
}

void Life::act_on_writer(const Step& step, Writer& writer) {
  // In calm weather, nobody writes after the end, or ends what a pipe writes.
  const bool is_over = writer.stream().writable_ended() || writer.stream().destroyed();
  const bool is_rotation = step.act == Act::rotate || step.act == Act::reopen;
  const bool is_anyones = step.act < Act::flush || is_rotation;
  if (is_calm() && (is_over || (writer.is_piped() && !is_anyones))) return;
  switch (step.act) {
    case Act::write:
      return static_cast<void>(writer.write(step.amount, static_cast<Writer::Way>(step.choice % 5),
                                            step.choice % 7 < 4));
    case Act::write_many:
      return write_many(writer, step);
    case Act::produce:
      return writer.produce(step.amount * 3, step.choice % 9'000);
    case Act::cork:
      return writer.cork();
    case Act::uncork:
      return writer.uncork_all();
    case Act::flush:
      return writer.flush();
    case Act::sync:
      return writer.sync();
    case Act::end:
      if (writer.is_piped()) world_.cause("ERR_STREAM_WRITE_AFTER_END");
      return writer.end();
    case Act::end_with:
      if (writer.is_piped()) world_.cause("ERR_STREAM_WRITE_AFTER_END");
      return writer.end_with(step.amount);
    case Act::close_file:
      if (writer.is_piped()) world_.cause("ERR_STREAM_WRITE_AFTER_END");
      return writer.close_file();
    case Act::rotate:
      return writer.rotate();
    case Act::reopen:
      return writer.reopen(step.choice % 2 == 0);
    case Act::destroy_writer:
      return writer.destroy({});
    case Act::fail_writer:
      return writer.destroy(Error::system(ECANCELED, "sim"));
    case Act::drop_writer:
      return drop_writer(step.slot);
    default:
      world_.cause("ABORT_ERR");
      world_.tell("{}: a stop is requested", writer.name());
      writers_[step.slot].stop.request_stop();
  }
}

// A socket has a second Ref, and a pipe keeps its streams.
void Life::drop_writer(std::size_t slot) {
  const auto writer = std::exchange(writers_[slot], {}).writer;
  if (writer->is_piped() || writer->is_socket() || writer->stays_open()) return;
  std::erase_if(all_writers_, [&](const MadeWriter& made) { return made.writer == writer; });
  dropped_.push_back(writer);
  writer->drop();
}

void Life::drop_reader(std::size_t slot) {
  const auto reader = std::exchange(readers_[slot], nullptr);
  if (reader->is_piped() || reader->is_socket()) return;
  std::erase(all_readers_, reader);
  reader->drop();
}

void Life::write_many(Writer& writer, const Step& step) {
  Random random(step.choice);
  const std::size_t count = random.between(2, 12);
  for (std::size_t i = 0; i < count && !(is_calm() && writer.stream().writable_ended()); ++i)
    writer.write(random.below(step.amount + 1), static_cast<Writer::Way>(random.below(5)),
                 random.chance(40));
}

void Life::act_on_reader(const Step& step, Reader& reader) {
  switch (step.act) {
    case Act::flow:
      return reader.flow();
    case Act::read_on_demand:
      return reader.read_on_demand(step.amount);
    case Act::pause:
      return reader.pause();
    case Act::resume:
      return reader.resume();
    case Act::unpipe:
      world_.tell("{}: unpipe", reader.name());
      return static_cast<void>(reader.stream().unpipe());
    case Act::destroy_reader:
      return reader.destroy({});
    case Act::drop_reader:
      return drop_reader(step.slot);
    default:
      return reader.destroy(Error::system(ECANCELED, "sim"));
  }
}

void Life::act_on_world(const Step& step) {
  switch (step.act) {
    case Act::fill_disk:
      world_.tell("the disk has room for {} bytes", step.amount);
      return disk_.limit_room(step.amount);
    case Act::free_disk:
      world_.tell("the disk has room again");
      return disk_.limit_room(std::nullopt);
    case Act::lose_power:
      return lose_power(step.choice);
    default:
      world_.tell("a computation of {} ms", step.amount % 1'000);
      world_.loop().skip(std::chrono::milliseconds(step.amount % 1'000));
  }
}

// --- Producers ---

void Life::make_producer(const Step& step) {
  const auto writer = writers_[step.slot].writer;
  if (!writer || writer->is_piped() || writer->accepted() > 0) return;
  const Writable& stream = writer->stream();
  if (is_calm() && (stream.writable_ended() || stream.destroyed() || writer->has_limit())) return;
  if (writer->has_limit()) world_.cause("ERR_BUFFER_OVERFLOW");
  producings_[step.slot] = makers_.producing(writer, step.choice);
  all_producings_.push_back(producings_[step.slot]);
}

void Life::act_on_producer(const Step& step, Producing& producing) {
  const std::size_t thread = step.choice % 7;
  // Now and then more than any queue could take.
  const std::size_t size =
      step.choice % 11 == 0 ? step.amount : step.amount % (producing.capacity() + 1);
  switch (step.act) {
    case Act::write_record:
      return producing.record(
          thread, size, step.choice % 3 == 0 ? Producing::Way::attempt : Producing::Way::write);
    case Act::offer_record:
      return producing.record(thread, size, Producing::Way::await);
    case Act::give_up_record:
      return producing.give_up();
    case Act::leave_producer:
      return producing.leave(thread);
    default:
      return producing.end();
  }
}

// --- The power ---

void Life::lose_power(std::uint64_t choice) {
  world_.count("loss of power");
  Random random(choice);
  for (const MadeWriter& made : all_writers_) {
    const std::size_t synced = made.writer->synced();
    if (made.rotated) check_rotated(made, random);
    if (made.path.empty() || synced == 0) continue;
    world_.count("loss of power after a sync");
    const auto image = disk_.after_power_loss(made.path, random);
    world_.require(image.has_value(), "{}: synced, and lost with its name", made.writer->name());
    if (!image) continue;
    world_.require(image->size() >= made.base + synced, "{}: {} bytes synced, {} left",
                   made.writer->name(), synced, image->size());
    if (image->size() < made.base + synced) continue;
    const auto place = first_difference(made.writer->pattern(),
                                        std::string_view(*image).substr(made.base, synced), 0);
    world_.require(!place, "{}: byte {} was synced, and is wrong after a loss of power",
                   made.writer->name(), place.value_or(0));
  }
}

void Life::check_rotated(const MadeWriter& made, Random& random) {
  const std::size_t synced = made.writer->synced();
  if (synced == 0) return;
  world_.count("loss of power after a sync of a log");
  const std::string image = made.rotated->after_power_loss(random);
  world_.require(image.size() >= synced, "{}: {} bytes synced, {} left", made.writer->name(),
                 synced, image.size());
  const auto place =
      first_difference(made.writer->pattern(), std::string_view(image).substr(0, synced), 0);
  world_.require(!place, "{}: byte {} was synced, and is wrong after a loss of power",
                 made.writer->name(), place.value_or(0));
}

// --- Turns ---

void Life::turn() {
  world_.turn();
  check_all();
}

void Life::run_dry(std::string_view when) {
  const std::size_t most = world_.turns() + kMostTurns;
  while (world_.turn()) {
    check_all();
    // A Producer waits for a peer that does not read.
    const auto waits = [](const auto& producing) { return producing->waits_for_peer(); };
    if (!world_.loop().timeout() && std::ranges::any_of(all_producings_, waits)) break;
    if (world_.turns() < most) continue;
    if (std::ranges::any_of(all_producings_, waits)) break;
    world_.break_rule(
        fmt::format("{}, the loop never comes to rest: {}", when, world_.loop().dump()));
    return;
  }
  check_all();
}

void Life::check_all() {
  for (const MadeWriter& made : all_writers_) made.writer->check();
  for (const auto& reader : all_readers_) reader->check();
  for (const auto& producing : all_producings_) producing->check();
}

// --- The end ---

// Until then, some of them keep the loop running.
void Life::leave_producers() {
  // A thread may leave once its record has room, or is refused. So the peers have to read.
  if (!all_producings_.empty())
    for (const auto& reader : all_readers_)
      if (reader->is_socket()) {
        reader->flow();
        reader->resume();
      }
  for (const auto& producing : all_producings_) {
    producing->writer().uncork_all();
    producing->leave_all();
  }
}

void Life::end_everything() {
  world_.tell("--- everything ends");
  for (const MadeWriter& made : all_writers_) {
    made.writer->uncork_all();
    const Writable& stream = made.writer->stream();
    if (!made.writer->is_piped() && !stream.writable_ended() && !stream.destroyed())
      made.writer->end();
  }
  for (const auto& producing : all_producings_) {
    const Writable& stream = producing->writer().stream();
    if (!producing->ends_stream() && !stream.writable_ended() && !stream.destroyed())
      producing->writer().end();
  }
  for (const auto& reader : all_readers_) {
    reader->flow();
    reader->resume();
  }
}

void Life::check_arrival() {
  for (const MadeWriter& made : all_writers_) {
    Writer& writer = *made.writer;
    world_.require(writer.has_finished(), "{}: not finished in calm weather: {}", writer.name(),
                   writer.stream().status());
  }
  for (const auto& reader : all_readers_)
    world_.require(reader->has_ended(), "{}: not at its end in calm weather: {}", reader->name(),
                   reader->stream().status());
  pipes_.check_arrival();
}

void Life::destroy_everything() {
  world_.tell("--- everything is destroyed");
  for (const MadeWriter& made : all_writers_)
    if (!made.writer->stream().closed()) made.writer->destroy({});
  for (const auto& reader : all_readers_)
    if (!reader->stream().closed()) reader->destroy({});
  pipes_.destroy_middles();
}

void Life::check_over() {
  for (const MadeWriter& made : all_writers_) made.writer->check_over(is_calm());
  for (const auto& reader : all_readers_) reader->check_over();
  for (const auto& producing : all_producings_) producing->check_over(is_calm());
  for (const auto& writer : dropped_) writer->check_dropped(is_calm());
  pipes_.check_over();
}

void Life::check_nothing_left() {
  world_.require(makers_.files().open_files() == 0, "descriptors are left:{}",
                 makers_.files().open_paths());
  writers_ = {};
  readers_ = {};
  all_writers_.clear();
  all_readers_.clear();
  dropped_.clear();
  pipes_.clear();
  producings_ = {};
  all_producings_.clear();
  // What was done outside of the loop's callbacks may have left ticks.
  if (!world_.loop_ended()) world_.turn();
  const std::string holders = world_.holders();
  world_.require(holders.empty(), "after everything, these are left:{}", holders);
}

Outcome Life::run() {
  world_.tell("a {} life", name_of(plan_.weather));
  const std::size_t doom = plan_.steps.empty() ? 0 : plan_.steps.size() * 3 / 4;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    if (plan_.weather == Weather::doomed && i == doom) break;
    world_.tell("[{}] {}", i, describe(plan_.steps[i]));
    take(plan_.steps[i]);
    check_all();
  }
  if (plan_.weather != Weather::doomed) {
    world_.run_other_threads();
    is_ending_ = true;
    makers_.heal();
    leave_producers();
    run_dry("before the end");
    for (const MadeWriter& made : all_writers_) made.writer->check_idle();
    for (const auto& producing : all_producings_) producing->check_idle();
    pipes_.check_idle();
    end_everything();
    run_dry("after the end");
    if (is_calm()) check_arrival();
    destroy_everything();
    run_dry("after the destruction");
    check_over();
  } else {
    world_.tell("--- the loop is destroyed");
    world_.cause("ABORT_ERR");  // of records that wait
    world_.end_loop();
    for (const MadeWriter& made : all_writers_) made.writer->check();
    world_.run_other_threads();
    for (const auto& producing : all_producings_) producing->check_over(false);
  }
  lose_power(plan_.seed);
  check_nothing_left();
  if (!world_.loop_ended()) world_.end_loop();
  return {world_.broken(), world_.counts(), world_.turns()};
}

}  // namespace

Outcome live(const Plan& plan, World::Telling telling) { return Life(plan, telling).run(); }

}  // namespace weir::sim
