#include "weir/write.h"

#include "weir/conclude.h"
#include "weir/input.h"
#include "weir/transfer.h"

#include <string_view>

#include <unistd.h>

namespace tool {
namespace {

class InputSource final : public Source {
 public:
  InputSource(weir::Loop& loop, Transfer& transfer)
      : transfer_(transfer), input_(loop, STDIN_FILENO, [this](std::string_view text, int error) {
          take(text, error);
        }) {}

  void resume() override { input_.next(); }
  void stop() override { input_.stop(); }

 private:
  void take(std::string_view text, int error) {
    if (error != 0)
      transfer_.fail(weir::Error::system(error, "read"));
    else if (text.empty())
      transfer_.end();
    else if (transfer_.write(text))
      input_.next();
    else
      transfer_.pause();
  }

  Transfer& transfer_;
  Input input_;
};

}  // namespace

int write_input(const Options& options) {
  weir::Loop loop;
  Transfer transfer(loop, options);
  InputSource input(loop, transfer);
  return conclude(options, transfer.run(input), {});
}

}  // namespace tool
