#include "weir-trace/subject.h"

namespace trace {
namespace {

using namespace weir;

std::string shown(const Chunk& chunk) {
  return chunk.encoding == Encoding::buffer ? show_bytes(chunk.text()) : show_text(chunk.text());
}
std::string shown(const Value& value) { return show_object(value.json); }

// _write also tells the encoding of what is a string.
std::string shown_to_write(const Chunk& chunk) {
  if (chunk.encoding == Encoding::buffer) return shown(chunk);
  return fmt::format("{} {}", shown(chunk), weir::name_of(chunk.encoding));
}
std::string shown_to_write(const Value& value) {
  return value.json.is_string() ? shown(value) + " " + value.encoding : shown(value);
}

template <class C>
SinkFunctions<C> functions_of(ScriptedSink sink) {
  SinkFunctions<C> functions;
  if (sink.construct) functions.construct = std::move(sink.construct);
  if (sink.final) functions.final = std::move(sink.final);
  if (sink.destroy) functions.destroy = std::move(sink.destroy);
  if (sink.write)
    functions.write = [write = std::move(sink.write)](C chunk, Done done) {
      write(shown_to_write(chunk), std::move(done));
    };
  if (sink.writev)
    functions.writev = [writev = std::move(sink.writev)](std::vector<C> chunks, Done done) {
      std::vector<std::string> texts;
      for (const C& chunk : chunks) texts.push_back(shown(chunk));
      writev(std::move(texts), std::move(done));
    };
  return functions;
}

class ByteSubject final : public Subject {
 public:
  explicit ByteSubject(Ref<Writable> stream) : stream_(std::move(stream)) {}

  WritableBase& stream() override { return *stream_; }

  bool write(const WriteArguments& arguments, Callback callback) override {
    const auto& [chunk, encoding] = arguments;
    const auto named = checked(arguments);
    if (is_bytes(chunk)) return stream_->write(Buffer::adopt(bytes_of(chunk)), std::move(callback));
    const std::string& text = chunk.get_ref<const std::string&>();
    if (named) return stream_->write(text, *named, std::move(callback));
    return stream_->write(text, std::move(callback));
  }

  void end(const WriteArguments& arguments, Callback callback) override {
    const auto& [chunk, encoding] = arguments;
    if (chunk.is_null()) return stream_->end(std::move(callback));
    const auto named = checked(arguments);
    if (is_bytes(chunk)) return stream_->end(Buffer::adopt(bytes_of(chunk)), std::move(callback));
    const std::string& text = chunk.get_ref<const std::string&>();
    if (named) return stream_->end(text, *named, std::move(callback));
    stream_->end(text, std::move(callback));
  }

  void set_default_encoding(const std::string& name) override {
    stream_->set_default_encoding(name);
  }

 private:
  // What a chunk may be is checked by the compiler in C++, by Node when it runs.
  static std::optional<EncodingName> checked(const WriteArguments& arguments) {
    if (arguments.chunk.is_null()) throw Error(Errc::stream_null_values);
    std::optional<EncodingName> named;
    if (arguments.encoding) named = EncodingName(*arguments.encoding);
    if (!arguments.chunk.is_string() && !is_bytes(arguments.chunk))
      throw Error(Errc::invalid_arg_type);
    return named;
  }

  Ref<Writable> stream_;
};

class ObjectSubject final : public Subject {
 public:
  explicit ObjectSubject(Ref<ObjectWritable<Value>> stream) : stream_(std::move(stream)) {}

  WritableBase& stream() override { return *stream_; }

  bool write(const WriteArguments& arguments, Callback callback) override {
    return stream_->write(value_of(arguments), std::move(callback));
  }
  void end(const WriteArguments& arguments, Callback callback) override {
    if (arguments.chunk.is_null()) return stream_->end(std::move(callback));
    stream_->end(value_of(arguments), std::move(callback));
  }
  void set_default_encoding(const std::string& name) override {
    static_cast<void>(EncodingName(name));  // checked, and of no use to objects
  }

 private:
  static Value value_of(const WriteArguments& arguments) {
    return {arguments.chunk, arguments.encoding.value_or("undefined")};
  }

  Ref<ObjectWritable<Value>> stream_;
};

}  // namespace

std::unique_ptr<Subject> make_subject(Loop& loop, bool object_mode, ScriptedSink sink,
                                      const WritableOptions& options) {
  if (object_mode)
    return std::make_unique<ObjectSubject>(
        ObjectWritable<Value>::make(loop, functions_of<Value>(std::move(sink)), options));
  return std::make_unique<ByteSubject>(
      Writable::make(loop, functions_of<Chunk>(std::move(sink)), options));
}

}  // namespace trace
