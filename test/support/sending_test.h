// support/sending_test.h - the fixture of tests that count how often a client asks the system to
// send.
//
//   EXPECT_EQ(calls_to_send(10, [](net::Socket& s) { s.end("0123456789"); }), 1u);
#pragma once

#include "support/net_test.h"
#include "support/system_calls.h"

#include <cstddef>
#include <functional>

#include <gtest/gtest.h>

namespace weir::test {

class SendingTest : public NetTest {
 protected:
  // The system calls that a connected client needs to send, until all data has arrived.
  std::size_t calls_to_send(std::size_t size, std::function<void(net::Socket&)> sends) {
    std::size_t got = 0;
    serve([&](net::Socket& s) {
      s.on<net::Socket::Data>([&](const net::Socket::Data& data) { got += data.chunk.size(); });
    });
    auto c = client();
    const std::size_t before = system_calls().send;
    c->on<net::Ready>([&] { sends(*c); });
    run();
    EXPECT_EQ(got, size);
    return system_calls().send - before;
  }
};

}  // namespace weir::test
