#include <weir/nats/jetstream.h>

#include "support/nats_test.h"
#include <weir/nats/errors.h>

#include <optional>
#include <string>

namespace weir::test {
namespace {

class JetStreamTest : public NatsTest {
 protected:
  std::string bookmark(nats::Connection& connection, std::string_view durable) {
    std::optional<std::string> got;
    nats::get_bookmark(connection, "LOGS", durable, [&](const Error& error, std::string note) {
      got = error ? error.what() : std::move(note);
    });
    run_until([&] { return got.has_value(); }, "the bookmark");
    return *got;
  }
  void set_bookmark(nats::Connection& connection, std::string_view durable, std::string_view note) {
    bool is_set = false;
    nats::set_bookmark(connection, "LOGS", durable, note, [&](const Error& error) {
      EXPECT_FALSE(error) << error.what();
      is_set = true;
    });
    run_until([&] { return is_set; }, "the bookmark");
  }
};

TEST_F(JetStreamTest, ABookmarkIsKeptWithItsConsumer) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  EXPECT_EQ(bookmark(*connection, "copy"), "");
  set_bookmark(*connection, "copy", "12 345");
  EXPECT_EQ(bookmark(*connection, "copy"), "12 345");
  set_bookmark(*connection, "copy", "13 350");
  EXPECT_EQ(bookmark(*connection, "copy"), "13 350");
  EXPECT_EQ(bookmark(*connection, "other"), "");
}

TEST_F(JetStreamTest, TheLastMessageOfASubjectHasItsHeaders) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  std::optional<nats::Message> last;
  bool is_answered = false;
  const auto ask = [&] {
    is_answered = false;
    nats::get_last_message(*connection, "LOGS", "logs",
                           [&](const Error& error, std::optional<nats::Message> message) {
                             EXPECT_FALSE(error) << error.what();
                             last = std::move(message);
                             is_answered = true;
                           });
    run_until([&] { return is_answered; }, "the answer");
  };
  ask();
  EXPECT_FALSE(last.has_value());
  nats::PublishOptions options;
  options.message_id = [](const Buffer& data, std::uint64_t) {
    return "id of " + std::string(data.text());
  };
  publish_all(*connection, "logs", 3, options);
  ask();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->data.text(), "2");
  EXPECT_EQ(last->sequence, 3u);
  EXPECT_EQ(nats::find_header(last->headers, "Nats-Msg-Id"), "id of 2");
}

TEST_F(JetStreamTest, AStreamIsFoundByItsSubject) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs.>"}});
  std::string answers;
  for (const char* const subject : {"logs.web", "news"})
    nats::find_stream(*connection, subject, [&](const Error& error, const std::string& name) {
      answers += (error ? std::string(error.name()) : name) + " ";
    });
  run_until([&] { return answers.size() > 20; }, "the answers");
  EXPECT_TRUE(answers == "LOGS ERR_NATS_NO_STREAM " || answers == "ERR_NATS_NO_STREAM LOGS ")
      << answers;
}

}  // namespace
}  // namespace weir::test
