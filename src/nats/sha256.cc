#include "nats/sha256.h"

#include <new>

namespace weir::nats::internal {

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  // It fails only for want of memory.
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
}

void Sha256::update(ByteSpan bytes) noexcept {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Sha256::finish() {
  std::string sum(32, '\0');
  EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(sum.data()), nullptr);
  return sum;
}

}  // namespace weir::nats::internal
