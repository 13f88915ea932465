// A project that uses weir: includes all of it, writes a file, reads it back; and compresses, which
// needs further libraries.
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
  using namespace weir::zlib;
  const auto text = weir::Buffer::literal("weir");
  const bool compresses = gunzip_sync(gzip_sync(text)) == text &&
                          brotli_decompress_sync(brotli_compress_sync(text)) == text &&
                          zstd_decompress_sync(zstd_compress_sync(text)) == text;
  return line == "weir 1" && compresses ? 0 : 1;
}
