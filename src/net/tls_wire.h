// Wire - OpenSSL's input and output in place of a socket: two queues of ciphertext.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/ring.h>

#include <cstddef>
#include <span>
#include <vector>

#include <openssl/bio.h>

namespace weir::tls {

class Wire {
 public:
  // Creates OpenSSL's BIO on this wire. OWNS: nothing; the wire outlives the users of the BIO.
  // ERRORS: throws if there is no memory.
  BIO* make_bio();

  void receive(Buffer ciphertext);
  std::size_t received() const noexcept { return input_size_; }  // not yet read by OpenSSL

  bool has_output() const noexcept { return !output_.empty(); }
  Buffer take_output();
  // Passes the output on as a view, and keeps its memory for the next.
  template <class Take>
  void pass_output(Take take) {
    take(std::span<const std::byte>(output_));
    output_.clear();
  }
  std::size_t output_size() const noexcept { return output_.size(); }
  void reserve_output(std::size_t size) { output_.reserve(output_.size() + size); }

 private:
  static const BIO_METHOD* method();
  std::size_t read(std::span<std::byte> into) noexcept;

  Ring<Buffer> input_;
  std::size_t read_ = 0;  // bytes read of the first buffer
  std::size_t input_size_ = 0;
  std::vector<std::byte> output_;
};

}  // namespace weir::tls
