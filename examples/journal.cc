// A journal acknowledges each record when the disk has it.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto journal = weir::fs::create_write_stream(loop, "journal.log", {.flags = "a"});
  int acknowledged = 0;
  for (int record = 0; record < 1000; ++record) {
    journal->print("record {}\n", record);
    journal->sync([&](const weir::Error& error) {
      if (!error) ++acknowledged;
    });
  }
  journal->end();
  loop.run();
  fmt::print("{} records are on the disk\n", acknowledged);
}
