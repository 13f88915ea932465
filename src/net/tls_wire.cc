#include "net/tls_wire.h"

#include "net/tls_error.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace weir::tls {

BIO* Wire::make_bio() {
  BIO* const bio = BIO_new(method());
  if (!bio) throw openssl_error();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

const BIO_METHOD* Wire::method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "weir");
    if (!made) throw openssl_error();
    BIO_meth_set_read_ex(made, [](BIO* bio, char* to, std::size_t size, std::size_t* count) {
      BIO_clear_retry_flags(bio);
      auto& wire = *static_cast<Wire*>(BIO_get_data(bio));
      *count = wire.read({reinterpret_cast<std::byte*>(to), size});
      if (*count == 0) BIO_set_retry_read(bio);
      return *count > 0 ? 1 : 0;
    });
    BIO_meth_set_write_ex(made,
                          [](BIO* bio, const char* from, std::size_t size, std::size_t* count) {
                            BIO_clear_retry_flags(bio);
                            const auto* const bytes = reinterpret_cast<const std::byte*>(from);
                            try {
                              auto& output = static_cast<Wire*>(BIO_get_data(bio))->output_;
                              output.insert(output.end(), bytes, bytes + size);
                            } catch (const std::bad_alloc&) {
                              return 0;
                            }
                            *count = size;
                            return 1;
                          });
    BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long {
      return command == BIO_CTRL_FLUSH ? 1 : 0;
    });
    return made;
  }();
  return kMethod;
}

void Wire::receive(Buffer ciphertext) {
  if (ciphertext.empty()) return;
  input_size_ += ciphertext.size();
  input_.push_back(std::move(ciphertext));
}

std::size_t Wire::read(std::span<std::byte> into) noexcept {
  std::size_t count = 0;
  while (count < into.size() && !input_.empty()) {
    const std::span<const std::byte> rest = input_.front().bytes().subspan(read_);
    const std::size_t part = std::min(rest.size(), into.size() - count);
    std::memcpy(into.data() + count, rest.data(), part);
    count += part;
    read_ += part;
    if (part == rest.size()) {
      input_.pop_front();
      read_ = 0;
    }
  }
  input_size_ -= count;
  return count;
}

Buffer Wire::take_output() { return Buffer::adopt(std::exchange(output_, {})); }

}  // namespace weir::tls
