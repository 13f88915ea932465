#include "sim/pipes.h"

#include <weir/stream/events.h>
#include <weir/stream/pipeline.h>

#include <cstddef>
#include <optional>
#include <utility>

namespace weir::sim {

void Pipes::pipe(const std::shared_ptr<Reader>& reader, const std::shared_ptr<Writer>& writer,
                 std::uint64_t choice) {
  if (!reader || !writer || reader->is_piped() || reader->is_read()) return;
  if (writer->is_piped() || writer->accepted() > 0) return;
  if (reader->origin()->comes_from(*writer->origin())) return;  // a circle has no bytes of its own
  const bool is_over = writer->stream().writable_ended() || writer->stream().destroyed();
  if (is_calm_ && (is_over || writer->has_limit())) return;

  Random random(choice);
  auto pipe = std::make_shared<Pipe>(reader, writer);
  // As in Node, a pipeline does not learn of the end of a stream that emits no Close.
  const bool is_told = reader->emits_close() && writer->emits_close();
  pipe->is_pipeline = random.chance(60) && is_told;
  for (std::size_t count = random.below(3); count > 0; --count)
    pipe->middles.push_back(middle(random));
  if (!is_calm_) allow_errors(*writer);
  reader->pipe_away();
  writer->feed_by_pipe(
      reader->origin(),
      pipe->middles.empty() ? std::optional(reader->largest_chunk()) : std::nullopt,
      [weak = std::weak_ptr(reader)] {
        const auto source = weak.lock();
        return !source || source->stream().destroyed();
      });
  pipes_.push_back(pipe);
  world_.tell("{} of {} into {}, with {} between them", pipe->is_pipeline ? "pipeline" : "pipe",
              reader->name(), writer->name(), pipe->middles.size());
  if (pipe->is_pipeline)
    pipeline_all(pipe);
  else
    pipe_one_by_one(*pipe);
}

std::shared_ptr<Pipes::Middle> Pipes::middle(Random& random) {
  auto middle = std::make_shared<Middle>(makers_.middle(random));
  middle->stream->on<Error>([&world = world_,
                             token = world_.token("Error of a middle")](const Error& error) {
    world.require(world.is_caused(error), "a middle: an Error without a cause: {}", error.what());
  });
  middle->stream->on<Close>([weak = std::weak_ptr(middle),
                             token = world_.token("Close of a middle")] { ++weak.lock()->closes; });
  return middle;
}

void Pipes::allow_errors(const Writer& writer) {
  world_.cause("ERR_STREAM_PREMATURE_CLOSE");
  if (writer.stream().writable_ended() || writer.stream().destroyed()) {
    world_.cause("ERR_STREAM_WRITE_AFTER_END");
    world_.cause("ERR_STREAM_DESTROYED");  // of a middle, when the pipeline is over at once
  }
  if (writer.has_limit()) world_.cause("ERR_BUFFER_OVERFLOW");  // pipes know no max_buffered
}

void Pipes::pipe_one_by_one(const Pipe& pipe) {
  Readable* from = &pipe.reader->stream();
  for (const auto& middle : pipe.middles) {
    from->pipe(middle->stream);
    from = middle->stream.get();
  }
  from->pipe(pipe.writer->ref());
}

void Pipes::pipeline_all(const std::shared_ptr<Pipe>& pipe) {
  std::vector<Ref<Duplex>> between;
  for (const auto& middle : pipe->middles) between.push_back(middle->stream);
  try {
    pipeline(pipe->reader->ref(), std::move(between), pipe->writer->ref(),
             [this, weak = std::weak_ptr(pipe),
              token = world_.token("callback of a pipeline")](const Error& error) {
               if (const auto over = weak.lock()) on_pipeline_over(*over, error);
             });
  } catch (const Error& error) {
    world_.tell("the pipeline is refused: {}", error.what());
    world_.cause("ERR_STREAM_DESTROYED");
    world_.require(!is_calm_, "a pipeline is refused: {}", error.what());
    pipe->is_refused = true;
  }
}

void Pipes::on_pipeline_over(Pipe& pipe, const Error& error) {
  world_.tell("pipeline into {}: {}", pipe.writer->name(), error ? error.what() : "success");
  world_.count(error ? "failed pipeline" : "whole pipeline");
  ++pipe.calls;
  world_.require(pipe.calls == 1, "a pipeline calls back {} times", pipe.calls);
  if (pipe.is_refused) return;
  if (error) return check_failed(pipe, error);
  world_.require(pipe.writer->delivered().size() == pipe.reader->total(),
                 "a pipeline succeeds with {} of {} bytes delivered",
                 pipe.writer->delivered().size(), pipe.reader->total());
}

void Pipes::check_failed(const Pipe& pipe, const Error& error) {
  world_.require(world_.is_caused(error), "a pipeline fails without a cause: {}", error.what());
  const Readable& source = pipe.reader->stream();
  world_.require(source.destroyed() || source.readable_ended(),
                 "{}: open after its pipeline has failed", pipe.reader->name());
  const Writable& destination = pipe.writer->stream();
  world_.require(destination.destroyed() || destination.writable_finished(),
                 "{}: open after its pipeline has failed", pipe.writer->name());
  for (const auto& middle : pipe.middles)
    world_.require(middle->stream->destroyed() || middle->stream->writable_finished(),
                   "a middle: open after its pipeline has failed");
}

bool Pipes::is_broken(const Pipe& pipe) {
  const Readable& source = pipe.reader->stream();
  const Writable& destination = pipe.writer->stream();
  return (source.destroyed() && !source.readable_ended()) ||
         (destination.destroyed() && !destination.writable_finished());
}

void Pipes::check_idle() {
  for (const auto& pipe : pipes_)
    if (pipe->is_pipeline && !pipe->is_refused && is_broken(*pipe))
      world_.require(pipe->calls == 1, "a pipeline into {} is broken, and has not called back",
                     pipe->writer->name());
}

void Pipes::check_arrival() {
  for (const auto& pipe : pipes_)
    world_.require(pipe->writer->delivered().size() == pipe->reader->total(),
                   "{}: {} of {} bytes have come through the pipe", pipe->writer->name(),
                   pipe->writer->delivered().size(), pipe->reader->total());
}

void Pipes::destroy_middles() {
  for (const auto& pipe : pipes_)
    for (const auto& middle : pipe->middles) middle->stream->destroy();
}

void Pipes::check_over() {
  for (const auto& pipe : pipes_) {
    for (const auto& middle : pipe->middles)
      world_.require(middle->closes == 1, "a middle: {} times Close", middle->closes);
    if (!pipe->is_pipeline || pipe->is_refused) continue;
    world_.require(pipe->calls == 1, "a pipeline into {} calls back {} times", pipe->writer->name(),
                   pipe->calls);
  }
}

}  // namespace weir::sim
