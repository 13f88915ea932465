// net/fake_descriptor.h - a Descriptor without a system: the test says how much its sends take.
//
//   FakeDescriptor descriptor;
//   descriptor.takes(3).is_full().fails(EPIPE);   // one send each, in this order; then all is
//   taken EXPECT_EQ(descriptor.sent(), "abc"); descriptor.becomes_writable();                //
//   calls the watcher, if it watches
//
// It receives the bytes and errors of `receives`, in turn; then EAGAIN.
#pragma once

#include "net/descriptor.h"
#include <weir/loop/loop.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <unistd.h>

namespace weir::net {

class FakeDescriptor final : public Descriptor {
 public:
  // --- The results of the next calls of send or send_file. ---

  FakeDescriptor& takes(std::size_t bytes) {
    sends_.emplace_back(bytes);
    return *this;
  }
  FakeDescriptor& is_full() { return fails(EAGAIN); }
  FakeDescriptor& fails(int error) {
    sends_.emplace_back(std::unexpected(error));
    return *this;
  }
  // The result of send_room().
  FakeDescriptor& has_room(std::size_t bytes) {
    room_ = bytes;
    return *this;
  }

  // --- The results of the next calls of receive. ---

  FakeDescriptor& receives(std::string bytes) {
    incoming_.emplace_back(std::move(bytes));
    return *this;
  }
  FakeDescriptor& receives_end() { return receives(""); }
  FakeDescriptor& receives(int error) {
    incoming_.emplace_back(error);
    return *this;
  }

  void becomes_writable() {
    if (watches_writes_) watcher_->on_writable();
  }
  // As the system, again while there is more.
  void becomes_readable() {
    if (!watches_reads_) return;
    do watcher_->on_readable();
    while (watches_reads_ && !incoming_.empty());
  }

  // --- The calls so far. ---

  const std::string& sent() const { return sent_; }
  // The bytes that each send offered, and its `follows`.
  std::vector<std::size_t> offers;
  std::vector<bool> follows;
  std::vector<std::size_t> file_offers;
  bool is_shut_down = false;
  bool is_closed = false;
  bool resets = false;
  bool has_no_delay = false;
  bool is_referenced = true;
  int shut_down_fails = 0;
  std::size_t unconfirmed = 0;  // bytes that the peer has not confirmed

  // The loop on which `closed` is called.
  void close_on(Loop& loop) { loop_ = &loop; }

  // --- Descriptor ---

  void hand_to(Watcher& watcher) noexcept override { watcher_ = &watcher; }
  void watch_reads(bool on) override { watches_reads_ = on; }
  void watch_writes(bool on) override { watches_writes_ = on; }
  bool watches_reads() const noexcept override { return watches_reads_; }
  bool watches_writes() const noexcept override { return watches_writes_; }
  void ref() noexcept override { is_referenced = true; }
  void unref() noexcept override { is_referenced = false; }

  Result receive(std::span<std::byte> room) noexcept override {
    if (incoming_.empty()) return std::unexpected(EAGAIN);
    const Incoming next = std::move(incoming_.front());
    incoming_.pop_front();
    if (const int* const error = std::get_if<int>(&next)) return std::unexpected(*error);
    const auto& bytes = std::get<std::string>(next);
    std::memcpy(room.data(), bytes.data(), bytes.size());
    return bytes.size();
  }
  Result peek() noexcept override {
    if (incoming_.empty()) return std::unexpected(EAGAIN);
    if (const int* const error = std::get_if<int>(&incoming_.front()))
      return std::unexpected(*error);
    return std::min<std::size_t>(std::get<std::string>(incoming_.front()).size(), 1);
  }
  Result send(std::span<const iovec> views, More more) noexcept override {
    std::string offered;
    for (const iovec& view : views)
      offered.append(static_cast<const char*>(view.iov_base), view.iov_len);
    offers.push_back(offered.size());
    follows.push_back(more == More::follows);
    return take(offered);
  }
  Result send_file(int file, std::int64_t offset, std::size_t size) noexcept override {
    std::string offered(size, '\0');
    const ssize_t count = ::pread(file, offered.data(), size, offset);
    offered.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    file_offers.push_back(size);
    return take(offered);
  }
  std::size_t send_room() const noexcept override { return room_; }
  std::size_t unacknowledged() const noexcept override { return unconfirmed; }
  int shut_down() noexcept override {
    is_shut_down = true;
    return shut_down_fails;
  }

  std::optional<Address> local_address() const override { return std::nullopt; }
  std::optional<Address> remote_address() const override { return std::nullopt; }
  void set_no_delay(bool on) noexcept override { has_no_delay = on; }
  void set_keep_alive(const KeepAlive&) noexcept override {}
  int set_type_of_service(int) noexcept override { return 0; }
  std::optional<int> type_of_service() const noexcept override { return std::nullopt; }
  int reset_on_close(bool on) noexcept override {
    resets = on;
    return 0;
  }
  void close(Function<void()> closed) override {
    is_closed = true;
    watches_reads_ = watches_writes_ = false;
    if (closed && loop_) loop_->set_immediate(std::move(closed));
  }

 private:
  using Incoming = std::variant<std::string, int>;

  Result take(const std::string& offered) {
    Result result = offered.size();
    if (!sends_.empty()) {
      result = sends_.front();
      sends_.pop_front();
    }
    if (!result) return result;
    const std::size_t count = std::min(*result, offered.size());
    sent_ += offered.substr(0, count);
    return count;
  }

  Loop* loop_ = nullptr;
  Watcher* watcher_ = nullptr;
  std::deque<Result> sends_;
  std::deque<Incoming> incoming_;
  std::string sent_;
  std::size_t room_ = 0;
  bool watches_reads_ = false;
  bool watches_writes_ = false;
};

}  // namespace weir::net
