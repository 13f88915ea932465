// SHA-256, by libcrypto.
#pragma once

#include <weir/base/bytes.h>

#include <memory>
#include <string>

#include <openssl/evp.h>

namespace weir::nats::internal {

class Sha256 {
 public:
  // ERRORS: throws std::bad_alloc.
  Sha256();

  void update(ByteSpan bytes) noexcept;
  // The sum's 32 bytes. REQUIRES: nothing is added afterwards.
  std::string finish();

 private:
  struct Frees {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Frees> context_;
};

}  // namespace weir::nats::internal
