// A program's stream of any sides and chunk type: translates between the steps' JSON and weir.
#pragma once

#include "weir-trace/show.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trace {

// The chunk of an object stream. Like Node, it passes the encoding on unchanged, even if it is
// meaningless.
struct Value {
  Json json;
  std::string encoding = "undefined";

  friend bool operator==(const Value& value, std::nullptr_t) { return value.json.is_null(); }
};

// A write's arguments as a step gives them.
struct WriteArguments {
  Json chunk;
  std::optional<std::string> encoding;
};

// Called with the text of an event: empty, an error's name, or a chunk.
using Listener = std::function<void(const std::string& shown)>;
enum class Times { always, once };

class WritableHalf {
 public:
  virtual ~WritableHalf() = default;

  virtual weir::WritableBase& stream() = 0;
  virtual bool write(const WriteArguments& arguments, weir::Callback callback) = 0;
  virtual void end(const WriteArguments& arguments, weir::Callback callback) = 0;
  virtual void set_default_encoding(const std::string& name) = 0;
};

class ReadableHalf {
 public:
  virtual ~ReadableHalf() = default;

  virtual weir::ReadableBase& stream() = 0;
  virtual bool push(const Json& chunk) = 0;
  virtual bool unshift(const Json& chunk) = 0;
  // The chunk as it is shown, or "null".
  virtual std::string read(std::optional<std::size_t> size) = 0;
  virtual void set_encoding(const std::string& name) = 0;
  virtual void pipe(WritableHalf& destination, bool end) = 0;
  virtual weir::ListenerId on(const std::string& event, Times times, Listener listener) = 0;
};

// The functions of a program's stream; a chunk is handed over as the trace shows it.
struct Scripted {
  std::function<void(weir::Done)> construct;
  std::function<void(std::string shown, weir::Done)> write;
  std::function<void(std::vector<std::string> shown, weir::Done)> writev;
  std::function<void(weir::Done)> final;
  std::function<void(weir::Error, weir::Done)> destroy;
  std::function<void(ReadableHalf&)> read;
  // `echo` pushes the chunk.
  std::function<void(std::string shown, std::function<void()> echo, weir::Done)> transform;
  std::function<void(ReadableHalf&, weir::Done)> flush;
};

struct Subject {
  weir::Ref<weir::Stream> stream;
  std::unique_ptr<WritableHalf> writable;  // none: the stream has no such half
  std::unique_ptr<ReadableHalf> readable;
};

struct SubjectOptions {
  std::string type;
  bool writes_objects = false;
  bool reads_objects = false;
  weir::DuplexOptions options;
};

Subject make_subject(weir::Loop& loop, Scripted scripted, const SubjectOptions& options);

// Listens to an event that either half emits; none where neither does.
weir::ListenerId listen(Subject& subject, const std::string& event, Times times, Listener listener);

// Node's pipeline of any number of byte streams.
void start_pipeline(const std::vector<Subject*>& subjects, weir::Callback callback);

}  // namespace trace
