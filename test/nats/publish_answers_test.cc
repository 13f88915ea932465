// What may answer a publish: JetStream, which refuses for the moment or does not know yet, and
// other programs. A subscription of the test stands in for them.
#include "support/nats_test.h"
#include <weir/nats/errors.h>

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace weir::test {
namespace {

using Received = DataOf<nats::Message>;

class PublishAnswersTest : public NatsTest {
 protected:
  void SetUp() override {
    NatsTest::SetUp();
    if (IsSkipped()) return;
    connection = connect_to(servers);
    stand_in = nats::create_subscribe_stream(*connection, "logs");
    stand_in->on<Received>([this](const Received& data) {
      const nats::Message& message = data.chunk;
      seen.push_back(std::string(message.data.text()));
      ids[seen.back()].insert(ids[seen.back()].end(), id_of(message));
      connection->publish(message.reply, answer_to(message));
    });
    await_answer(*connection);
  }
  void TearDown() override {
    if (stand_in) stand_in->destroy();
    NatsTest::TearDown();
  }

  static std::string id_of(const nats::Message& message) {
    return std::string(nats::find_header(message.headers, "Nats-Msg-Id").value_or(""));
  }

  // `answer` to the first copy of each message, and an acknowledgement to the second.
  std::string answer_to(const nats::Message& message) {
    if (ids[std::string(message.data.text())].size() == 1) return answer;
    return fmt::format(R"({{"stream":"LOGS","seq":{}}})", ++sequence);
  }

  // Writes a message; "written", or the error's name.
  std::string write(const nats::PublishOptions& options = {}) {
    const auto out = nats::create_publish_stream(*connection, "logs", options);
    out->on<Error>([this](const Error& error) { log.add(error.name()); });
    out->write("a", [this](const Error& error) {
      if (!error) log.add("written");
    });
    out->end();
    run_until([&] { return out->closed(); }, "the end");
    return log.take();
  }

  NatsServers servers;
  Ref<nats::Connection> connection;
  Ref<ObjectReadable<nats::Message>> stand_in;
  std::string answer;
  int sequence = 0;
  std::vector<std::string> seen;
  std::map<std::string, std::vector<std::string>> ids;
};

TEST_F(PublishAnswersTest, ARefusalOfTheMomentIsNoErrorAndTheMessageIsSentAgain) {
  for (const char* const error :
       {R"("code":400,"err_code":10158,"description":"duplicate message id is in process")",
        R"("code":429,"err_code":10167,"description":"too many requests")",
        R"("code":503,"err_code":10008,"description":"JetStream system temporarily unavailable")",
        R"("code":503,"description":"raft: not leader")"}) {
    SCOPED_TRACE(error);
    ids.clear();
    answer = fmt::format(R"({{"error":{{{}}},"stream":"LOGS","seq":0}})", error);
    EXPECT_EQ(write(), "written");
    ASSERT_EQ(ids["a"].size(), 2u);
    EXPECT_EQ(ids["a"][0], ids["a"][1]);
  }
}

TEST_F(PublishAnswersTest, ARefusalForGoodIsAnError) {
  answer = R"({"error":{"code":503,"description":"no space left on device"}})";
  EXPECT_EQ(write(), "ERR_NATS_API");
}

TEST_F(PublishAnswersTest, ADuplicateThatIsNotStoredYetIsSentAgain) {
  answer = R"({"stream":"LOGS","seq":0,"duplicate":true})";
  EXPECT_EQ(write(), "written");
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(PublishAnswersTest, AnAnswerOfAnotherProgramCompletesNoWrite) {
  nats::PublishOptions options;
  options.ack_timeout = std::chrono::milliseconds(100);
  for (const char* const other : {"ok", "", "{}", R"({"seq":7})", R"({"stream":"LOGS"})"}) {
    SCOPED_TRACE(other);
    ids.clear();
    answer = other;
    EXPECT_EQ(write(options), "written");
    EXPECT_EQ(ids["a"].size(), 2u);
  }
}

TEST_F(PublishAnswersTest, AHeaderWithoutAValueIsAnError) {
  nats::PublishOptions options;
  options.headers = [](const Buffer&, nats::Headers& headers) {
    headers.emplace_back("A", "");
    headers.emplace_back("B", "x");
  };
  EXPECT_EQ(write(options), "ERR_NATS_INVALID_ARGUMENT");
}

// The stream's own subject is stored, that of the message is not.
TEST_F(PublishAnswersTest, AMessageWithASubjectThatNoStreamStoresIsAnErrorSoon) {
  make_stream(*connection, {.name = "KEPT", .subjects = {"kept"}});
  nats::PublishOptions options;
  options.subject = [](const Buffer&) { return std::string("lost"); };
  const auto out = nats::create_publish_stream(*connection, "kept", options);
  out->on<Error>([this](const Error& error) { log.add(error.name()); });
  out->write("a");
  run_until([&] { return out->closed(); }, "the end");
  EXPECT_EQ(log.take(), "ERR_NATS_NO_STREAM");
}

TEST_F(PublishAnswersTest, ASmallMarkNeedsNoLowWaterMark) {
  answer = R"({"stream":"LOGS","seq":1})";
  EXPECT_EQ(write({.high_water_mark = 1000}), "written");
  EXPECT_EQ(write({.high_water_mark = 1}), "written");
  EXPECT_EQ(write({.high_water_mark = 0}), "written");
}

}  // namespace
}  // namespace weir::test
