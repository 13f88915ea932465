// Values instead of bytes: lines become numbers, numbers are summed. Mismatched chunk types do not
// compile.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto to_number = weir::ObjectTransform<std::string, int>::make(
      loop, {.transform = [](auto& stream, std::string line, weir::Done done) {
        stream.push(std::stoi(line));
        done();
      }});
  int sum = 0;
  auto adder = weir::ObjectWritable<int>::make(loop, {.write = [&](int number, weir::Done done) {
                                                 sum += number;
                                                 done();
                                               }});

  weir::pipeline(weir::Readable::from(loop, weir::Buffer::literal("1\n20\n300\n")),
                 weir::fs::read_lines(loop), to_number, adder,
                 [&](const weir::Error& error) { fmt::print("{} {}\n", sum, !error); });
  loop.run();
}
