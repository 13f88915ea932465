#include "weir/content_encoders.h"

#include <weir/weir.h>

namespace tool {

std::vector<weir::http::ContentEncoder> content_encoders() {
  return {{"zstd",
           [](weir::Loop& loop) -> weir::Ref<weir::Duplex> {
             return weir::zlib::create_zstd_compress(loop);
           }},
          {"br",
           [](weir::Loop& loop) -> weir::Ref<weir::Duplex> {
             constexpr int kFast = 5;  // higher qualities take longer than they save
             return weir::zlib::create_brotli_compress(loop, {.quality = kFast});
           }},
          {"gzip", [](weir::Loop& loop) -> weir::Ref<weir::Duplex> {
             return weir::zlib::create_gzip(loop);
           }}};
}

}  // namespace tool
