// A stream of a program, whatever its chunks are: the steps speak JSON, this speaks weir.
#pragma once

#include "weir-trace/show.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trace {

// What an object stream carries. Node hands the encoding on untouched, also where it means nothing.
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

class Subject {
 public:
  virtual ~Subject() = default;

  virtual weir::WritableBase& stream() = 0;
  virtual bool write(const WriteArguments& arguments, weir::Callback callback) = 0;
  virtual void end(const WriteArguments& arguments, weir::Callback callback) = 0;
  virtual void set_default_encoding(const std::string& name) = 0;
};

// The functions of a program's stream; a chunk is handed over as the trace shows it.
struct ScriptedSink {
  std::function<void(weir::Done)> construct;
  std::function<void(std::string shown, weir::Done)> write;
  std::function<void(std::vector<std::string> shown, weir::Done)> writev;
  std::function<void(weir::Done)> final;
  std::function<void(weir::Error, weir::Done)> destroy;
};

std::unique_ptr<Subject> make_subject(weir::Loop& loop, bool object_mode, ScriptedSink sink,
                                      const weir::WritableOptions& options);

}  // namespace trace
