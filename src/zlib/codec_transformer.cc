#include "zlib/codec_transformer.h"

#include "loop/pool.h"
#include "zlib/flush.h"
#include <weir/base/assert.h>
#include <weir/base/buffer.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

namespace weir::zlib {
namespace {

// The least output of one request, so that the trip to the pool is a small part of its time.
constexpr std::size_t kWorthwhile = 64 * 1024;

constexpr std::size_t kFlushKinds = 6;
// The targets of the marks: one for each kind of flush, and one for params. They are never read.
constexpr std::array<char, kFlushKinds + 1> kMarks{};

Buffer mark(std::size_t place) noexcept {
  return Buffer::borrow(std::string_view(kMarks.data() + place, 0));
}
bool is_mark(const Buffer& chunk, std::size_t place) noexcept {
  return chunk.empty() && chunk.text().data() == kMarks.data() + place;
}

}  // namespace

// A chunk in progress. Between on_worked and submit, or while the job waits, `output` is to be
// delivered.
struct CodecTransformer::Job {
  Job(Transform& of, Done on_done, Chunk owned, Flush how)
      : stream(of),
        done(std::move(on_done)),
        chunk(std::move(owned)),
        input(chunk.bytes()),
        flush(how) {}

  // Runs on the pool: uses no object with a count.
  void work(Coder& coder) noexcept {
    output = coder.run(input, flush, enough);
    if (params && !output.more && !output.failure) output.failure = coder.codec().change(*params);
  }

  Transform& stream;
  Done done;  // keeps the stream, and so the codec, alive while the pool uses it
  Chunk chunk;
  std::span<const std::byte> input;  // the rest of it
  Flush flush;
  std::optional<Params> params;
  std::size_t offered = 0;  // part of the input, in this request
  std::size_t enough = 0;   // bytes of output
  Coder::Output output;
  std::size_t delivered = 0;  // pieces of it
};

CodecTransformer::CodecTransformer(Loop& loop, std::unique_ptr<Codec> codec,
                                   const StreamSettings& settings)
    : loop_(loop),
      settings_(settings),
      coder_(std::make_unique<Coder>(std::move(codec), settings.chunk_size)) {}

CodecTransformer::~CodecTransformer() = default;

Buffer CodecTransformer::flush_mark(Flush kind) noexcept {
  return mark(static_cast<std::size_t>(kind));
}

Buffer CodecTransformer::params_mark(const Params& params) {
  params_.push_back(params);
  return mark(kFlushKinds);
}

Flush CodecTransformer::flush_of(const Transform& stream, const Chunk& chunk) const noexcept {
  Flush flush = is_mark(chunk, kFlushKinds) ? Flush::sync : settings_.flush;
  for (std::size_t kind = 0; kind < kFlushKinds; ++kind)
    if (is_mark(chunk, kind)) flush = static_cast<Flush>(kind);
  const bool last = stream.writable_ended() && stream.writable_length() == chunk.size();
  return last ? stronger(flush, settings_.finish_flush) : flush;
}

void CodecTransformer::transform(Transform& stream, Chunk chunk, Done done) {
  const bool changes = is_mark(chunk, kFlushKinds);
  const Flush flush = flush_of(stream, chunk);
  auto job = std::make_unique<Job>(stream, std::move(done), std::move(chunk), flush);
  if (changes) job->params = params_.pop_front();
  if (flush == Flush::finish) job->params.reset();  // the data has ended, so no setting changes
  submit(std::move(job));
}

void CodecTransformer::final(Transform&, Done done) { done(); }

void CodecTransformer::flush(Transform& stream, Done done) {
  const Flush flush = stronger(settings_.flush, settings_.finish_flush);
  submit(std::make_unique<Job>(stream, std::move(done), Chunk(), flush));
}

void CodecTransformer::submit(std::unique_ptr<Job> job) {
  const std::size_t mark = job->stream.readable_high_water_mark();
  const std::size_t room = mark - std::min(mark, job->stream.readable_length());
  job->enough = std::max(room, kWorthwhile);
  // A job that continues has much output.
  const bool here = !job->output.more && coder_->codec().is_quick(job->input.size());
  job->offered = job->input.size();
  job->delivered = 0;
  WEIR_ASSERT(!working_ && !waiting_);
  working_ = true;
  if (here) return work_here(std::move(job));
  Job& worked = *job;
  internal::run_on_pool(
      loop_.core(), [&worked, &coder = *coder_] { worked.work(coder); },
      [this, job = std::move(job)]() mutable { on_worked(std::move(job)); });
}

// A thread of the pool takes longer to wake up. The result is reported later, so that the order is
// the same.
void CodecTransformer::work_here(std::unique_ptr<Job> job) {
  job->work(*coder_);
  loop_.set_immediate([this, job = std::move(job)]() mutable { on_worked(std::move(job)); });
}

void CodecTransformer::on_worked(std::unique_ptr<Job> job) {
  working_ = false;
  if (job->stream.destroyed()) {
    coder_.reset();
    return job->done();
  }
  bytes_written_ += job->offered - job->input.size();
  deliver(std::move(job));
}

void CodecTransformer::deliver(std::unique_ptr<Job> job) {
  Coder::Output& output = job->output;
  for (std::string& piece : std::span(output.pieces).subspan(job->delivered)) {
    ++job->delivered;
    bytes_out_ += piece.size();
    if (bytes_out_ > settings_.max_output_length)
      return fail(std::move(job), buffer_too_large(settings_.max_output_length));
    const bool room = push(job, Buffer::adopt(std::move(piece)));
    if (job->stream.destroyed()) return job->done();
    const bool has_more = job->delivered < output.pieces.size() || output.more;
    if (!room && has_more) return wait_for_reader(std::move(job));
  }
  if (output.failure) return fail(std::move(job), output.failure->error());
  if (output.more) return submit(std::move(job));
  // The codec takes no more: its data has ended, and the rest of the input is dropped.
  if (!std::exchange(job->input, {}).empty()) push(job, nullptr);
  job->chunk = Chunk();
  job->done();
}

// Returns the result of the stream's push().
template <class Piece>
bool CodecTransformer::push(std::unique_ptr<Job>& job, Piece piece) {
  try {
    return job->stream.push(std::move(piece));
  } catch (...) {  // of a listener
    deliver_later(std::move(job));
    throw;
  }
}

void CodecTransformer::deliver_later(std::unique_ptr<Job> job) {
  working_ = true;
  job->offered = job->input.size();  // the rest has been counted
  loop_.set_immediate([this, job = std::move(job)]() mutable { on_worked(std::move(job)); });
}

// As in Node, destroys the stream even without auto_destroy. In Node the callback of the current
// write never runs.
void CodecTransformer::fail(std::unique_ptr<Job> job, const Error& error) {
  job->stream.destroy(error);
  job->done(error);
}

// The stream may be dropped meanwhile.
void CodecTransformer::wait_for_reader(std::unique_ptr<Job> job) {
  waiting_ = std::move(job);
  waiting_->done.let_stream_go();  // last: this may destroy everything
}

void CodecTransformer::read(Transform&) {
  if (!waiting_) return;
  std::unique_ptr<Job> job = std::move(waiting_);
  job->done.keep_stream();
  deliver(std::move(job));
}

void CodecTransformer::destroy(Error error, Done done) {
  if (auto job = std::move(waiting_)) {
    job->done.keep_stream();
    loop_.next_tick(
        [job = std::move(job), told = error ? error : stream_destroyed("write")]() mutable {
          job->done(told);
        });
  }
  if (!working_) coder_.reset();
  done(std::move(error));
}

void CodecTransformer::reset(Transform& stream) {
  if (stream.destroyed()) throw Error(weir::Errc::internal_assertion, "zlib binding closed");
  if (working_ || waiting_) throw Error("Cannot reset zlib stream while a write is in progress");
  if (const auto failed = coder_->codec().reset()) stream.destroy(failed->error());
}

}  // namespace weir::zlib
