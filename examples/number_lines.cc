// number_lines - copies standard input to standard output with numbered lines, like nl(1).
#include <weir/weir.h>

#include <string>

int main() {
  weir::Loop loop;
  auto lines = weir::standard_input(loop)->pipe(weir::fs::read_lines(loop));
  int number = 0;
  lines
      ->map([&](const std::string& line) {
        return weir::Buffer::adopt(fmt::format("{:6}  {}\n", ++number, line));
      })
      ->pipe(weir::standard_output(loop));
  loop.run();
}
