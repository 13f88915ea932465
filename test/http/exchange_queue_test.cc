// The turns of responses. The messages are those of a server that received the requests in one
// piece; the queue under test is not the server's.
#include "http/exchange_queue.h"

#include "support/http_test.h"

#include <cstddef>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ExchangeQueueTest : public test::HttpTest {
 protected:
  // Exchanges for the paths "/0", "/1" and so on.
  void receive(std::size_t count) {
    serve([this](IncomingMessage& request, ServerResponse& response) {
      queue.push_back({Ref<IncomingMessage>(&request), Ref<ServerResponse>(&response)});
      requests.emplace_back(&request);
    });
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += keeping("/" + std::to_string(i));
    connect(text);
    run_until([&] { return queue.size() == count; });
  }
  void TearDown() override {
    queue.take_all();
    requests.clear();
    HttpTest::TearDown();
  }

  static std::string name(const Exchange& exchange) { return std::string(exchange.request->url()); }
  // REQUIRES: it is in the queue.
  Exchange& exchange(std::size_t i) { return *queue.find(*requests[i]); }
  // Completes a response whose turn has come on the server's connection.
  void answer(std::size_t i) {
    const Exchange answered = exchange(i);
    answered.response->end("x");
    run_until([&] { return answered.writer().flushed(); });
  }
  std::vector<std::string> turns() {
    std::vector<std::string> given;
    queue.give_turns([&](const Exchange& exchange) {
      given.push_back(name(exchange));
      return true;
    });
    return given;
  }

  ExchangeQueue queue;
  std::vector<Ref<IncomingMessage>> requests;
};

TEST_F(ExchangeQueueTest, TheFirstHasItsTurnAtOnceAndTheNextAfterIt) {
  receive(3);
  EXPECT_EQ(queue.current(), nullptr);
  EXPECT_THAT(turns(), ElementsAre("/0"));
  EXPECT_THAT(turns(), IsEmpty());
  EXPECT_EQ(queue.current(), &exchange(0));
  EXPECT_TRUE(queue.has_turn(exchange(0)));
  EXPECT_FALSE(queue.has_turn(exchange(1)));
  answer(0);
  EXPECT_THAT(turns(), ElementsAre("/1"));
  EXPECT_EQ(queue.current(), &exchange(1));
  EXPECT_FALSE(queue.has_turn(exchange(2)));
}

TEST_F(ExchangeQueueTest, ManyTurnsComeInOrderWhereTheResponsesBeforeAreComplete) {
  receive(3);
  answer(0);
  answer(1);
  EXPECT_THAT(turns(), ElementsAre("/0", "/1", "/2"));
}

TEST_F(ExchangeQueueTest, NoTurnFollowsAResponseThatClosesTheConnection) {
  receive(2);
  exchange(0).writer().head().close_after();
  EXPECT_THAT(turns(), ElementsAre("/0"));
  answer(0);
  EXPECT_THAT(turns(), IsEmpty());
}

TEST_F(ExchangeQueueTest, ATurnThatIsRefusedStopsTheOthersUntilTheNextCall) {
  receive(2);
  answer(0);
  std::vector<std::string> given;
  queue.give_turns([&](const Exchange& exchange) {
    given.push_back(name(exchange));
    return false;
  });
  EXPECT_THAT(given, ElementsAre("/0"));
  EXPECT_THAT(turns(), ElementsAre("/1"));
}

TEST_F(ExchangeQueueTest, ACallDuringATurnIsLeftToTheOneUnderWay) {
  receive(2);
  answer(0);
  std::vector<std::string> given;
  queue.give_turns([&](const Exchange& exchange) {
    EXPECT_THAT(turns(), IsEmpty());
    given.push_back(name(exchange));
    return true;
  });
  EXPECT_THAT(given, ElementsAre("/0", "/1"));
}

TEST_F(ExchangeQueueTest, IsMidResponseWhileAHeadIsSentAndNotAllOfTheBody) {
  receive(1);
  EXPECT_FALSE(queue.is_mid_response());
  turns();
  EXPECT_FALSE(queue.is_mid_response());
  exchange(0).response->write("x");
  run_until([&] { return exchange(0).writer().head_sent(); });
  EXPECT_TRUE(queue.is_mid_response());
}

TEST_F(ExchangeQueueTest, CountsTheBytesThatWaitForTheirTurn) {
  receive(3);
  turns();
  exchange(0).response->write("not these");
  exchange(1).response->write("12345");
  exchange(2).response->write("678");
  EXPECT_EQ(queue.waiting_length(), 8u);
}

// --- Taking ---

TEST_F(ExchangeQueueTest, FindsAnExchangeByItsMessagesUntilItIsTaken) {
  receive(2);
  const Exchange second = exchange(1);
  EXPECT_EQ(queue.find(second.writer()), queue.find(*second.request));
  const Exchange taken = queue.take(*queue.find(*second.request));
  EXPECT_EQ(name(taken), "/1");
  EXPECT_EQ(queue.find(second.writer()), nullptr);
  EXPECT_EQ(queue.find(*second.request), nullptr);
  EXPECT_EQ(queue.size(), 1u);
}

TEST_F(ExchangeQueueTest, TheNextTurnComesWhereTheOneThatHadItIsTaken) {
  receive(2);
  EXPECT_THAT(turns(), ElementsAre("/0"));
  queue.take(exchange(0));
  EXPECT_EQ(queue.current(), nullptr);
  EXPECT_THAT(turns(), ElementsAre("/1"));
}

TEST_F(ExchangeQueueTest, TheTurnStaysWhereAWaitingOneIsTaken) {
  receive(3);
  EXPECT_THAT(turns(), ElementsAre("/0"));
  queue.take(exchange(1));
  EXPECT_EQ(queue.current(), &exchange(0));
  EXPECT_THAT(turns(), IsEmpty());
  answer(0);
  EXPECT_THAT(turns(), ElementsAre("/2"));
}

TEST_F(ExchangeQueueTest, IsEmptyWithoutTurnsAfterAllAreTaken) {
  receive(2);
  turns();
  EXPECT_EQ(queue.take_all().size(), 2u);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.current(), nullptr);
  EXPECT_THAT(turns(), IsEmpty());
}

}  // namespace
}  // namespace weir::http
