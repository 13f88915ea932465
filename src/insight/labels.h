// Splits the text by which an object describes itself into its class and its name.
#pragma once

#include <string>
#include <string_view>

namespace weir::insight {

struct Label {
  std::string kind;
  std::string name;
};

// "WriteStream '/tmp/x'": WriteStream, /tmp/x. "net::Socket to 127.0.0.1:80": net::Socket,
// 127.0.0.1:80. "a Writable": Writable, and no name.
Label label_of(std::string_view description);

}  // namespace weir::insight
