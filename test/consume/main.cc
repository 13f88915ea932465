// What a project that uses weir does: include all of it, write a file, read it back.
#include <weir/weir.h>

#include <cstdio>
#include <fstream>
#include <string>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "consumed.txt");
  stream->print("weir {}\n", 1);
  stream->end();
  loop.run();
  std::string line;
  std::getline(std::ifstream("consumed.txt"), line);
  std::remove("consumed.txt");
  return line == "weir 1" ? 0 : 1;
}
