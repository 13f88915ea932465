// A line for each finished request of weir serve, from any thread.
#pragma once

#include <weir/http/access_log.h>
#include <weir/weir.h>

#include <cstddef>
#include <optional>
#include <string>

namespace tool {

// A slow reader of the log does not delay clients: lines without room are counted instead.
class RequestLog {
 public:
  enum class Form { plain, plain_json, access };
  struct Settings {
    std::string file = {};  // empty: standard output
    Form form = Form::plain;
    weir::http::AccessFormat format = weir::http::AccessFormat::combined;
  };

  RequestLog(weir::Loop& loop, const Settings& settings);

  // Adds the line of the response when it closes.
  void follow(weir::http::ServerResponse& response);
  // Writes the remaining lines, until no byte is taken for half a second. REQUIRES: called on the
  // log's loop, when no other thread adds lines.
  void finish();

 private:
  bool flush_stream();
  void add(const weir::http::ServerResponse& response);

  weir::Loop& loop_;
  weir::Ref<weir::OutputStream> out_;  // null: a file
  weir::Producer lines_;
  Settings settings_;
};

}  // namespace tool
