// Four ways into a stream's buffer without a string in between: for encoders, for messages of
// several parts, for algorithms, and for code that prints to a std::ostream.
#include <weir/weir.h>

#include <algorithm>
#include <charconv>
#include <iomanip>

// A record of 32 bits for its length, and the text.
void write_record(weir::Writable& stream, std::int64_t value) {
  weir::Reservation space = stream.reserve(4 + 20);
  char* const end = std::to_chars(space.begin() + 4, space.end(), value).ptr;
  const auto length = static_cast<std::uint32_t>(end - space.begin() - 4);
  for (int i = 0; i < 4; ++i) space.data()[i] = static_cast<char>(length >> (8 * i));
  space.commit(4 + length);
}

void write_message(weir::Writable& stream, weir::ByteSpan header, weir::ByteSpan payload) {
  const weir::ByteSpan parts[] = {header, payload};
  stream.write_all(parts);  // no other write comes between them
}

// Code that knows nothing of weir.
void print_table(std::ostream& out) {
  for (int i = 8; i <= 12; ++i) out << std::setw(4) << i << std::setw(6) << i * i << '\n';
}

int main() {
  weir::Loop loop;
  auto records = weir::fs::create_write_stream(loop, "records.bin");
  for (const int value : {1, -20, 300}) write_record(*records, value);
  write_message(*records, std::array{'<', '>'}, std::array{'a', 'b', 'c'});
  std::ranges::copy(std::string_view("end"), weir::output_iterator(*records));
  records->end();

  auto table = weir::fs::create_write_stream(loop, "table.txt");
  {
    auto out = weir::ostream(loop, *table);  // runs the loop while the stream is full
    print_table(out);
  }
  table->end();
  loop.run();
}
