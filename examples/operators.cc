// Typed streams and Node's array-like methods.
#include <weir/weir.h>

#include <functional>

#include <fmt/format.h>

struct Row {
  std::string name;
  double price;
};

int main() {
  weir::Loop loop;
  const std::vector<Row> table = {{"apple", 1.5}, {"melon", 4.0}, {"grape", 3.0}, {"plum", 0.5}};

  auto rows = weir::ObjectReadable<Row>::from(loop, table);  // any range
  rows->filter([](const Row& row) { return row.price > 1; })
      ->map([](const Row& row) { return row.name; })
      ->take(2)
      ->to_vector([](const weir::Error& error, std::vector<std::string> names) {
        if (error) return fmt::print("failed: {}\n", error);
        fmt::print("{}\n", fmt::join(names, ", "));
      });

  weir::ObjectReadable<Row>::from(loop, table)
      ->map([](const Row& row) { return row.price; })
      ->reduce(0.0, std::plus<>(),
               [](const weir::Error&, double sum) { fmt::print("sum {}\n", sum); });

  // A function that returns bytes creates a stream that can be piped into a file.
  weir::ObjectReadable<Row>::from(loop, table)
      ->map([](const Row& row) { return weir::Buffer::adopt(row.name + "\n"); })
      ->pipe(weir::fs::create_write_stream(loop, "names.txt"));

  weir::text(weir::Readable::from(loop, weir::Buffer::literal("all at once")),
             [](const weir::Error&, const std::string& text) { fmt::print("{}\n", text); });
  loop.run();
}
