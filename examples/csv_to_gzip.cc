// Writes a table into a compressed CSV file, row by row.
#include <weir/weir.h>

#include <vector>

#include <fmt/format.h>

struct Row {
  int number;
  double root;
};

std::vector<Row> table() { return {{1, 1}, {4, 2}, {9, 3}}; }

int main() {
  weir::Loop loop;
  auto rows = weir::ObjectReadable<Row>::from(loop, table());
  auto lines = rows->map([](const Row& row) {
    return weir::Buffer::adopt(fmt::format("{},{}\n", row.number, row.root));
  });
  weir::pipeline(
      lines, weir::zlib::create_gzip(loop), weir::fs::create_write_stream(loop, "table.csv.gz"),
      [](const weir::Error& error) { fmt::print("{}\n", error ? error.what() : "written"); });
  loop.run();
}
