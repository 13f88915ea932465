#include "weir-trace/subject.h"

#include "weir-trace/bad_program.h"

#include <functional>

#include <fmt/format.h>

namespace trace {
namespace {

using namespace weir;

std::string shown(const Chunk& chunk) {
  return chunk.encoding == Encoding::buffer ? show_bytes(chunk.text()) : show_text(chunk.text());
}
std::string shown(const Value& value) { return show_object(value.json); }

// _write also shows the encoding of a string.
std::string shown_to_write(const Chunk& chunk) {
  if (chunk.encoding == Encoding::buffer) return shown(chunk);
  return fmt::format("{} {}", shown(chunk), weir::name_of(chunk.encoding));
}
std::string shown_to_write(const Value& value) {
  return value.json.is_string() ? shown(value) + " " + value.encoding : shown(value);
}

template <class Event, class S>
ListenerId on_event(S& stream, Times times, Listener listener) {
  const auto call = [listener = std::move(listener)](const Event& event) {
    if constexpr (std::same_as<Event, Error>)
      listener(name_of(event));
    else if constexpr (requires { event.chunk; })
      listener(shown(event.chunk));
    else
      listener({});
  };
  return times == Times::once ? stream.template once<Event>(call) : stream.template on<Event>(call);
}

ListenerId on_pipe_event(WritableBase& stream, const std::string& event, Times times,
                         Listener listener) {
  const auto name = [listener = std::move(listener)](const auto& piped) {
    listener(fmt::to_string(fmt::ptr(&piped.source)));
  };
  if (event == "pipe")
    return times == Times::once ? stream.once<Pipe>(name) : stream.on<Pipe>(name);
  return times == Times::once ? stream.once<Unpipe>(name) : stream.on<Unpipe>(name);
}

// --- The writable half ---

// The compiler checks the types of chunks in C++; Node checks them at run time.
std::optional<EncodingName> checked(const WriteArguments& arguments) {
  if (arguments.chunk.is_null()) throw Error(Errc::stream_null_values);
  std::optional<EncodingName> named;
  if (arguments.encoding) named = EncodingName(*arguments.encoding);
  if (!arguments.chunk.is_string() && !is_bytes(arguments.chunk))
    throw Error(Errc::invalid_arg_type);
  return named;
}

template <class C>
class WritableHalfOf final : public WritableHalf {
 public:
  explicit WritableHalfOf(WritableOf<C>& stream) : stream_(stream) {}

  WritableOf<C>& stream() override { return stream_; }

  bool write(const WriteArguments& arguments, Callback callback) override {
    if constexpr (std::same_as<C, Value>) {
      return stream_.write(value_of(arguments), std::move(callback));
    } else {
      const auto& chunk = arguments.chunk;
      const auto named = checked(arguments);
      if (is_bytes(chunk))
        return stream_.write(Buffer::adopt(bytes_of(chunk)), std::move(callback));
      const std::string& text = chunk.get_ref<const std::string&>();
      if (named) return stream_.write(text, *named, std::move(callback));
      return stream_.write(text, std::move(callback));
    }
  }

  void end(const WriteArguments& arguments, Callback callback) override {
    const auto& chunk = arguments.chunk;
    if (chunk.is_null()) return static_cast<void>(stream_.end(std::move(callback)));
    if constexpr (std::same_as<C, Value>) {
      stream_.end(value_of(arguments), std::move(callback));
    } else {
      const auto named = checked(arguments);
      if (is_bytes(chunk))
        return static_cast<void>(stream_.end(Buffer::adopt(bytes_of(chunk)), std::move(callback)));
      const std::string& text = chunk.get_ref<const std::string&>();
      if (named) return static_cast<void>(stream_.end(text, *named, std::move(callback)));
      stream_.end(text, std::move(callback));
    }
  }

  void set_default_encoding(const std::string& name) override {
    if constexpr (std::same_as<C, Value>)
      static_cast<void>(EncodingName(name));  // checked, and of no use to objects
    else
      stream_.set_default_encoding(name);
  }

 private:
  static Value value_of(const WriteArguments& arguments) {
    return {arguments.chunk, arguments.encoding.value_or("undefined")};
  }

  WritableOf<C>& stream_;
};

// --- The readable half ---

template <class C>
class ReadableHalfOf final : public ReadableHalf {
 public:
  explicit ReadableHalfOf(ReadableOf<C>& stream) : stream_(stream) {}

  ReadableOf<C>& stream() override { return stream_; }

  bool push(const Json& chunk) override {
    if (chunk.is_null()) return stream_.push(nullptr);
    if constexpr (std::same_as<C, Value>) {
      return stream_.push(Value{chunk});
    } else {
      if (is_bytes(chunk)) return stream_.push(Buffer::adopt(bytes_of(chunk)));
      if (chunk.is_string())
        return stream_.push(std::string_view(chunk.get_ref<const std::string&>()));
      stream_.destroy(Errc::invalid_arg_type);
      return false;
    }
  }

  bool unshift(const Json& chunk) override {
    if (chunk.is_null()) return stream_.push(nullptr);
    if constexpr (std::same_as<C, Value>) {
      return stream_.unshift(Value{chunk});
    } else {
      if (is_bytes(chunk)) return stream_.unshift(Buffer::adopt(bytes_of(chunk)));
      return stream_.unshift(std::string_view(chunk.get_ref<const std::string&>()));
    }
  }

  std::string read(std::optional<std::size_t> size) override {
    const auto chunk = size ? stream_.read(*size) : stream_.read();
    return chunk ? shown(*chunk) : "null";
  }

  void set_encoding(const std::string& name) override {
    if constexpr (std::same_as<C, Value>)
      throw BadProgram("objects have no encoding");
    else
      stream_.set_encoding(name);
  }

  void pipe(WritableHalf& destination, bool end) override {
    auto* const same = dynamic_cast<WritableHalfOf<C>*>(&destination);
    if (!same) throw BadProgram("a pipe between unlike chunks");
    stream_.pipe(Ref(&same->stream()), {.end = end});
  }

  ListenerId on(const std::string& event, Times times, Listener listener) override {
    if (event == "data") return on_event<DataOf<C>>(stream_, times, std::move(listener));
    if (event == "readable") return on_event<ReadableEvent>(stream_, times, std::move(listener));
    if (event == "end") return on_event<End>(stream_, times, std::move(listener));
    if (event == "pause") return on_event<Pause>(stream_, times, std::move(listener));
    if (event == "resume") return on_event<Resume>(stream_, times, std::move(listener));
    if (event == "error") return on_event<Error>(stream_, times, std::move(listener));
    if (event == "close") return on_event<Close>(stream_, times, std::move(listener));
    return ListenerId::none;
  }

 private:
  ReadableOf<C>& stream_;
};

ListenerId on_writable(WritableBase& stream, const std::string& event, Times times,
                       Listener listener) {
  if (event == "drain") return on_event<Drain>(stream, times, std::move(listener));
  if (event == "prefinish") return on_event<Prefinish>(stream, times, std::move(listener));
  if (event == "finish") return on_event<Finish>(stream, times, std::move(listener));
  if (event == "error") return on_event<Error>(stream, times, std::move(listener));
  if (event == "close") return on_event<Close>(stream, times, std::move(listener));
  if (event == "pipe" || event == "unpipe")
    return on_pipe_event(stream, event, times, std::move(listener));
  return ListenerId::none;
}

// --- Making streams ---

template <class C, class Functions>
void script_writes(Functions& functions, Scripted& scripted) {
  if (scripted.final) functions.final = std::move(scripted.final);
  if (scripted.write)
    functions.write = [write = std::move(scripted.write)](C chunk, Done done) {
      write(shown_to_write(chunk), std::move(done));
    };
  if (scripted.writev)
    functions.writev = [writev = std::move(scripted.writev)](BasicBatch<C> batch, Done done) {
      std::vector<std::string> texts;
      for (const C& chunk : batch.chunks) texts.push_back(shown(chunk));
      writev(std::move(texts), std::move(done));
    };
}

template <class C, class Functions>
void script_reads(Functions& functions, Scripted& scripted) {
  if (scripted.read)
    functions.read = [read = std::move(scripted.read)](ReadableOf<C>& stream, std::size_t) {
      ReadableHalfOf<C> half(stream);
      read(half);
    };
}

template <class Functions>
void script_life(Functions& functions, Scripted& scripted) {
  if (scripted.construct) functions.construct = std::move(scripted.construct);
  if (scripted.destroy) functions.destroy = std::move(scripted.destroy);
}

template <class In, class Out>
TransformFunctions<In, Out> transform_functions(Scripted& scripted) {
  TransformFunctions<In, Out> functions;
  script_life(functions, scripted);
  if (scripted.final)
    functions.final = [final = std::move(scripted.final)](auto&, Done done) {
      final(std::move(done));
    };
  functions.transform = [transform = std::move(scripted.transform)]([[maybe_unused]] auto& stream,
                                                                    In chunk, Done done) {
    std::string text = shown(chunk);
    std::function<void()> echo;
    if constexpr (std::same_as<In, Out>)
      echo = [&stream, chunk = std::move(chunk)] { stream.push(chunk); };
    transform(std::move(text), std::move(echo), std::move(done));
  };
  if (scripted.flush)
    functions.flush = [flush = std::move(scripted.flush)](auto& stream, Done done) {
      ReadableHalfOf<Out> half(stream);
      flush(half, std::move(done));
    };
  return functions;
}

template <class In, class Out>
Ref<BasicDuplex<In, Out>> make_two_sided(Loop& loop, Scripted& scripted,
                                         const SubjectOptions& options) {
  if (options.type == "transform")
    return BasicTransform<In, Out>::make(loop, transform_functions<In, Out>(scripted),
                                         options.options);
  if constexpr (std::same_as<In, Out>)
    if (options.type == "passthrough") {
      if (!scripted.construct && !scripted.destroy && !scripted.final)
        return BasicPassThrough<In>::make(loop, options.options);
      // Node's can be given those as well.
      scripted.transform = [](const std::string&, const std::function<void()>& echo, Done done) {
        echo();
        done();
      };
      return BasicTransform<In, Out>::make(loop, transform_functions<In, Out>(scripted),
                                           options.options);
    }
  if (options.type != "duplex") throw BadProgram("unknown stream type " + options.type);
  DuplexFunctions<In, Out> functions;
  script_life(functions, scripted);
  script_writes<In>(functions, scripted);
  script_reads<Out>(functions, scripted);
  return BasicDuplex<In, Out>::make(loop, std::move(functions), options.options);
}

template <class In, class Out>
Subject two_sided(Loop& loop, Scripted& scripted, const SubjectOptions& options) {
  const Ref<BasicDuplex<In, Out>> stream = make_two_sided<In, Out>(loop, scripted, options);
  return {stream, std::make_unique<WritableHalfOf<In>>(*stream),
          std::make_unique<ReadableHalfOf<Out>>(*stream)};
}

template <class C>
Subject writable(Loop& loop, Scripted& scripted, const DuplexOptions& options) {
  SinkFunctions<C> functions;
  script_life(functions, scripted);
  script_writes<C>(functions, scripted);
  const auto stream = WritableOf<C>::make(loop, std::move(functions),
                                          {.high_water_mark = options.high_water_mark,
                                           .default_encoding = options.default_encoding,
                                           .decode_strings = options.decode_strings,
                                           .signal = options.signal,
                                           .emit_close = options.emit_close,
                                           .auto_destroy = options.auto_destroy});
  return {stream, std::make_unique<WritableHalfOf<C>>(*stream), nullptr};
}

template <class C>
Subject readable(Loop& loop, Scripted& scripted, const DuplexOptions& options) {
  SourceFunctions<C> functions;
  script_life(functions, scripted);
  script_reads<C>(functions, scripted);
  const auto stream = ReadableOf<C>::make(loop, std::move(functions),
                                          {.high_water_mark = options.high_water_mark,
                                           .encoding = options.encoding,
                                           .default_encoding = options.default_encoding,
                                           .signal = options.signal,
                                           .emit_close = options.emit_close,
                                           .auto_destroy = options.auto_destroy});
  return {stream, nullptr, std::make_unique<ReadableHalfOf<C>>(*stream)};
}

}  // namespace

Subject make_subject(Loop& loop, Scripted scripted, const SubjectOptions& options) {
  const bool in = options.writes_objects;
  const bool out = options.reads_objects;
  if (options.type == "writable")
    return in ? writable<Value>(loop, scripted, options.options)
              : writable<Chunk>(loop, scripted, options.options);
  if (options.type == "readable")
    return out ? readable<Value>(loop, scripted, options.options)
               : readable<Chunk>(loop, scripted, options.options);
  if (in)
    return out ? two_sided<Value, Value>(loop, scripted, options)
               : two_sided<Value, Chunk>(loop, scripted, options);
  return out ? two_sided<Chunk, Value>(loop, scripted, options)
             : two_sided<Chunk, Chunk>(loop, scripted, options);
}

ListenerId listen(Subject& subject, const std::string& event, Times times, Listener listener) {
  if (subject.writable) {
    const ListenerId id = on_writable(subject.writable->stream(), event, times, listener);
    if (id != ListenerId::none) return id;
  }
  return subject.readable ? subject.readable->on(event, times, std::move(listener))
                          : ListenerId::none;
}

void start_pipeline(const std::vector<Subject*>& subjects, Callback callback) {
  if (subjects.size() < 2) throw Error(Errc::missing_args);
  const auto as = []<class S>(Subject* subject, S*) {
    auto* const stream = dynamic_cast<S*>(subject->stream.get());
    if (!stream) throw BadProgram("a pipeline of streams that do not fit");
    return Ref<S>(stream);
  };
  std::vector<Ref<Duplex>> between;
  for (std::size_t i = 1; i + 1 < subjects.size(); ++i)
    between.push_back(as(subjects[i], static_cast<Duplex*>(nullptr)));
  pipeline(as(subjects.front(), static_cast<Readable*>(nullptr)), std::move(between),
           as(subjects.back(), static_cast<Writable*>(nullptr)), std::move(callback));
}

}  // namespace trace
