// Objects: what comes back, in NATS' published format, and what a failure leaves in the bucket.
#include <weir/nats/object_store.h>

#include "support/nats_test.h"
#include <weir/nats/errors.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::test {
namespace {

using nlohmann::json;

constexpr std::size_t kChunk = std::size_t{128} << 10;

// Bytes of no pattern that a chunk's length would hide.
std::string content_of(std::size_t size) {
  std::string content(size, '\0');
  std::uint32_t state = 1;
  for (char& c : content) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return content;
}

nats::ObjectWriteOptions chunks_of(std::size_t size) {
  nats::ObjectWriteOptions options;
  options.chunk_size = size;
  return options;
}

// For connections that end meanwhile: cnats 3.4 leaks a message of more than its parser's 4 KiB.
constexpr std::size_t kSmallChunk = 2000;

class ObjectStoreTest : public NatsTest {
 protected:
  void SetUp() override {
    NatsTest::SetUp();
    if (IsSkipped()) return;
    servers = std::make_unique<NatsServers>();
    connection = connect_to(*servers);
    make_bucket({.name = "files"});
  }

  void make_bucket(const nats::BucketConfig& config) {
    std::optional<Error> made;
    nats::ensure_bucket(*connection, config,
                        [&](Error error, const nats::StreamInfo&) { made = std::move(error); });
    run_until([&] { return made.has_value(); }, "the bucket");
    ASSERT_FALSE(*made) << made->what();
  }

  Ref<Writable> writer(const std::string& name, const nats::ObjectWriteOptions& options = {}) {
    auto out = nats::create_object_write_stream(*connection, "files", name, options);
    out->on<Error>([this](const Error& error) { log.add(error.name()); });
    return out;
  }
  void flush(Writable& out) {
    bool is_flushed = false;
    out.flush([&](const Error& error) { is_flushed = !error; });
    run_until([&] { return is_flushed; }, "the chunks");
  }
  void store(const std::string& name, std::string_view content,
             const nats::ObjectWriteOptions& options = {}) {
    const auto out = writer(name, options);
    out->write(content);
    out->end();
    run_until([&] { return out->closed(); }, "the write stream's end");
    EXPECT_TRUE(out->writable_finished());
  }

  struct Got {
    std::string name;  // of the error; empty: End has come
    std::string content;
  };
  Got fetch(const std::string& name, const std::string& bucket = "files") {
    Got got;
    const auto in = nats::create_object_read_stream(*connection, bucket, name);
    bool has_ended = false;
    in->on<Error>([&](const Error& error) { got.name = error.name(); });
    in->on<Data>([&](const Data& data) { got.content += data.chunk.text(); });
    in->on<End>([&] { has_ended = true; });
    run_until([&] { return in->closed(); }, "the read stream's end");
    EXPECT_EQ(has_ended, got.name.empty());
    return got;
  }
  nats::ObjectInfo object(const std::string& name) {
    std::optional<nats::ObjectInfo> got;
    nats::get_object(*connection, "files", name, [&](Error error, const nats::ObjectInfo& info) {
      EXPECT_FALSE(error) << error.what();
      got = info;
    });
    run_until([&] { return got.has_value(); }, "the description");
    return *got;
  }

  json ask(const std::string& call, const json& body) {
    std::optional<json> answer;
    connection->request("$JS.API." + call, body.dump(), [&](Error error, nats::Message reply) {
      answer = error ? json(error.what()) : json::parse(reply.data.text());
    });
    run_until([&] { return answer.has_value(); }, "the answer");
    return *answer;
  }
  // The number of messages by subject.
  std::map<std::string, int> subjects() {
    const json answer = ask("STREAM.INFO.OBJ_files", {{"subjects_filter", ">"}});
    return answer["state"].value("subjects", std::map<std::string, int>());
  }
  std::string chunk_subject() {
    for (const auto& [subject, count] : subjects())
      if (subject.starts_with("$O.files.C.")) return subject;
    return {};
  }
  void publish(const std::string& subject, std::string_view data) {
    nats::PublishOptions options;
    options.headers = [](const Buffer&, nats::Headers& headers) {
      headers.emplace_back("Nats-Rollup", "sub");
    };
    if (subject.starts_with("$O.files.C.")) options.headers = {};
    auto out = nats::create_publish_stream(*connection, subject, options);
    out->write(data);
    out->end();
    run_until([&] { return out->closed(); }, "the message");
  }

  std::unique_ptr<NatsServers> servers;
  Ref<nats::Connection> connection;
};

TEST_F(ObjectStoreTest, AnObjectComesBackByteForByte) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1,
                                 2 * kChunk, (std::size_t{5} << 20) + 7}) {
    SCOPED_TRACE(size);
    const std::string content = content_of(size);
    store("object", content);
    EXPECT_EQ(object("object").size, size);
    EXPECT_EQ(object("object").chunks, (size + kChunk - 1) / kChunk);
    const Got got = fetch("object");
    EXPECT_EQ(got.name, "");
    EXPECT_TRUE(got.content == content);
  }
}

TEST_F(ObjectStoreTest, AnObjectComesBackWhateverTheWritesAndTheChunks) {
  const std::string content = content_of(10'000);
  for (const std::size_t write : {1, 7, 100, 4096}) {
    for (const std::size_t chunk : {3, 100, 1000}) {
      if (content.size() / chunk > 1000 && write > 1) continue;
      SCOPED_TRACE(fmt::format("writes of {}, chunks of {}", write, chunk));
      const auto out = writer("object", chunks_of(chunk));
      for (std::size_t at = 0; at < content.size(); at += write)
        out->write(Buffer::copy(std::string_view(content).substr(at, write)));
      out->end();
      run_until([&] { return out->closed(); }, "the end");
      EXPECT_EQ(object("object").chunks, (content.size() + chunk - 1) / chunk);
      EXPECT_TRUE(fetch("object").content == content);
    }
  }
}

TEST_F(ObjectStoreTest, TheFormatIsThatOfOtherClients) {
  nats::ObjectWriteOptions options = chunks_of(10);
  options.description = "a text";
  store("a/b name.txt", "twenty-five bytes of text", options);
  const std::string kDescription = "$O.files.M.YS9iIG5hbWUudHh0";
  EXPECT_EQ(subjects()[kDescription], 1);
  EXPECT_EQ(subjects()[chunk_subject()], 3);
  const json message = ask("STREAM.MSG.GET.OBJ_files", {{"last_by_subj", kDescription}})["message"];
  const std::string headers = decode(message["hdrs"].get<std::string>(), Encoding::base64);
  EXPECT_NE(headers.find("\r\nNats-Rollup: sub\r\n"), headers.npos) << headers;
  const json description =
      json::parse(decode(message["data"].get<std::string>(), Encoding::base64));
  const std::string id = chunk_subject().substr(std::string_view("$O.files.C.").size());
  EXPECT_EQ(id.size(), 22u);
  EXPECT_EQ(description,
            (json{{"name", "a/b name.txt"},
                  {"description", "a text"},
                  {"options", {{"max_chunk_size", 10}}},
                  {"bucket", "files"},
                  {"nuid", id},
                  {"size", 25},
                  {"chunks", 3},
                  {"digest", "SHA-256=7cJNjXDZjbqR8Dy5RwswSh6skNgtmvVKQTpmSlS1P1I="}}));
  const json config = ask("STREAM.INFO.OBJ_files", json::object())["config"];
  EXPECT_EQ(config["subjects"], (json{"$O.files.C.>", "$O.files.M.>"}));
  EXPECT_EQ(config["allow_rollup_hdrs"], true);
  EXPECT_EQ(config["allow_direct"], true);
  EXPECT_EQ(config["discard"], "new");
}

// The messages that nats.js 3.4 (@nats-io/obj) has stored.
TEST_F(ObjectStoreTest, AnObjectOfAnotherClientIsRead) {
  for (const std::string_view chunk : {"twenty-fiv", "e bytes of", " text"})
    publish("$O.files.C.xCoAjMDn4bkhwEPzvyEdy1", chunk);
  const std::string description =
      R"({"bucket":"files","nuid":"xCoAjMDn4bkhwEPzvyEdy1","size":25,"chunks":3,"name":"a/b name.txt",)"
      R"("description":"","options":{"max_chunk_size":10},"mtime":"2026-11-28T15:43:07.776Z",)"
      R"("digest":"SHA-256=7cJNjXDZjbqR8Dy5RwswSh6skNgtmvVKQTpmSlS1P1I=","deleted":false})";
  publish("$O.files.M.YS9iIG5hbWUudHh0", description);
  EXPECT_EQ(fetch("a/b name.txt").content, "twenty-five bytes of text");
  // And replaced.
  store("a/b name.txt", "another text");
  EXPECT_EQ(fetch("a/b name.txt").content, "another text");
  EXPECT_EQ(subjects().size(), 2u);
}

TEST_F(ObjectStoreTest, UntilAnObjectHasFinishedReadersGetTheOldOne) {
  store("object", "old");
  const auto before = subjects();
  const auto out = writer("object", chunks_of(1000));
  out->write(content_of(10'000));
  flush(*out);
  EXPECT_EQ(subjects().size(), 3u);
  EXPECT_EQ(fetch("object").content, "old");
  // A stream that is destroyed leaves nothing.
  out->destroy();
  run_until([&] { return out->closed(); }, "the end");
  EXPECT_EQ(subjects(), before);
  EXPECT_EQ(fetch("object").content, "old");
  EXPECT_EQ(log.take(), "");
}

TEST_F(ObjectStoreTest, AStreamThatIsDestroyedAtAnyTimeLeavesTheOldObjectOrTheNewOne) {
  const std::string content = content_of(20'000);
  store("object", "old");
  for (int turns = 0; turns < 12; ++turns) {
    SCOPED_TRACE(turns);
    const auto out = writer("object", chunks_of(5000));
    out->end(content);
    int left = turns * 2;
    run_until([&] { return left-- == 0; }, "its turn");
    out->destroy();
    run_until([&] { return out->closed(); }, "the end");
    const std::string now = fetch("object").content;
    EXPECT_TRUE(now == content || (now == "old" && !out->writable_finished()));
    const std::size_t chunks = now == "old" ? 1 : 4;
    EXPECT_EQ(subjects().size(), 2u);
    EXPECT_EQ(subjects()[chunk_subject()], chunks);
    if (now != "old") store("object", "old");
  }
}

TEST_F(ObjectStoreTest, WhatIsMissingHasAName) {
  EXPECT_EQ(fetch("nothing").name, "ERR_NATS_NO_OBJECT");
  EXPECT_EQ(fetch("nothing", "nowhere").name, "ERR_NATS_NO_STREAM");
  publish(
      "$O.files.M.Z29uZQ==",
      R"({"bucket":"files","nuid":"x","size":0,"chunks":0,"name":"gone","digest":"","deleted":true})");
  EXPECT_EQ(fetch("gone").name, "ERR_NATS_NO_OBJECT");
  std::string name;
  nats::get_object(*connection, "files", "gone",
                   [&](Error error, const nats::ObjectInfo&) { name = error.name(); });
  run_until([&] { return !name.empty(); }, "the answer");
  EXPECT_EQ(name, "ERR_NATS_NO_OBJECT");
  for (const std::size_t size : {0, 1}) {
    auto out = nats::create_object_write_stream(*connection, "nowhere", "object");
    out->on<Error>([this](const Error& error) { log.add(error.name()); });
    out->end(content_of(size));
    run_until([&] { return out->closed(); }, "the end");
    EXPECT_EQ(log.take(), "ERR_NATS_NO_STREAM");
  }
  EXPECT_THROW(nats::create_object_read_stream(*connection, "a.b", "object"), Error);
  EXPECT_THROW(nats::create_object_write_stream(*connection, "files", ""), Error);
  EXPECT_THROW(nats::create_object_write_stream(*connection, "files", "x", chunks_of(0)), Error);
}

TEST_F(ObjectStoreTest, ALinkReadsTheObjectThatItStandsFor) {
  store("object", "content");
  const auto link = [this](std::string_view name, std::string_view place, std::string_view to) {
    publish(fmt::format("$O.files.M.{}", place),
            fmt::format(R"({{"name":"{}","bucket":"files","options":{{"link":{}}}}})", name, to));
  };
  link("link", "bGluaw==", R"({"bucket":"files","name":"object"})");
  link("twice", "dHdpY2U=", R"({"bucket":"files","name":"link"})");
  link("all", "YWxs", R"({"bucket":"files"})");
  EXPECT_EQ(fetch("link").content, "content");
  EXPECT_EQ(fetch("twice").name, "ERR_NATS_NO_OBJECT");
  EXPECT_EQ(fetch("all").name, "ERR_NATS_NO_OBJECT");
}

TEST_F(ObjectStoreTest, AnObjectThatIsNotWhatItsDescriptionSaysHasNoEnd) {
  const std::string content = content_of(3000);
  const auto describe = [this](std::string_view id, int size, int chunks, std::string_view digest) {
    publish("$O.files.M.b2JqZWN0",
            fmt::format(R"({{"name":"object","bucket":"files","nuid":"{}","size":{},"chunks":{},)"
                        R"("digest":"{}"}})",
                        id, size, chunks, digest));
  };
  store("object", content, chunks_of(1000));
  const nats::ObjectInfo stored = object("object");
  const std::string other(
      "SHA-256=7cJNjXDZjbqR8Dy5RwswSh6skNgtmvVKQTpmSlS1P1I=");  // of another text
  describe(stored.id, 3000, 3, stored.digest);
  EXPECT_TRUE(fetch("object").content == content);
  describe(stored.id, 3000, 3, other);
  EXPECT_EQ(fetch("object").name, "ERR_NATS_DAMAGED_OBJECT");
  describe(stored.id, 3000, 4, stored.digest);
  EXPECT_EQ(fetch("object").name, "ERR_NATS_DAMAGED_OBJECT");
  describe(stored.id, 3000, 2, stored.digest);
  EXPECT_EQ(fetch("object").name, "ERR_NATS_DAMAGED_OBJECT");
  describe(stored.id, 2999, 3, stored.digest);
  EXPECT_EQ(fetch("object").name, "ERR_NATS_DAMAGED_OBJECT");
  describe("nobody", 3000, 3, stored.digest);
  EXPECT_EQ(fetch("object").name, "ERR_NATS_DAMAGED_OBJECT");
  describe(stored.id, 3000, 3, "MD5=abc");
  EXPECT_EQ(fetch("object").name, "ERR_NATS_PROTOCOL");
  publish("$O.files.M.b2JqZWN0", "not JSON");
  EXPECT_EQ(fetch("object").name, "ERR_NATS_PROTOCOL");
  // One that cannot be read is replaced.
  store("object", "new");
  EXPECT_EQ(fetch("object").content, "new");
}

TEST_F(ObjectStoreTest, AChunkThatIsStoredTwiceFailsItsStream) {
  store("object", "old");
  const auto before = subjects();
  const std::string old = chunk_subject();
  const auto out = writer("object", chunks_of(1000));
  out->write(content_of(3000));
  flush(*out);
  for (const auto& [subject, count] : subjects())
    if (subject.starts_with("$O.files.C.") && subject != old) publish(subject, "again");
  out->end();
  run_until([&] { return out->closed(); }, "the end");
  EXPECT_EQ(log.take(), "ERR_NATS_DAMAGED_OBJECT");
  EXPECT_EQ(subjects(), before);
}

// A leader that fails may store a chunk that was lost after those that followed it. Here, the
// subject of the chunks is not the bucket's, and the test answers in JetStream's place.
TEST_F(ObjectStoreTest, ChunksThatAreStoredOutOfOrderFailTheirStream) {
  make_stream(*connection, {.name = "OBJ_fake", .subjects = {"fake"}});
  const auto jetstream = nats::create_subscribe_stream(*connection, "$O.fake.C.>");
  int sequence = 10;
  jetstream->on<DataOf<nats::Message>>([&](const DataOf<nats::Message>& data) {
    connection->publish(data.chunk.reply,
                        fmt::format(R"({{"stream":"OBJ_fake", "seq":{}}})", sequence--));
  });
  await_answer(*connection);
  const auto out = nats::create_object_write_stream(*connection, "fake", "object", chunks_of(100));
  out->on<Error>([this](const Error& error) { log.add(error.what()); });
  out->end(content_of(300));
  run_until([&] { return out->closed(); }, "the end");
  EXPECT_NE(log.take().find("0 messages for 3 chunks, out of order"), std::string::npos);
  jetstream->destroy();
}

TEST_F(ObjectStoreTest, AReaderLeavesNoConsumer) {
  store("object", content_of(1000));
  EXPECT_EQ(fetch("object").content.size(), 1000u);
  run_until(
      [&] { return ask("STREAM.INFO.OBJ_files", json::object())["state"]["consumer_count"] == 0; },
      "its end");
}

TEST_F(ObjectStoreTest, AFullBucketKeepsTheOldObject) {
  nats::delete_stream(*connection, "OBJ_files", {});
  run_until([&] { return ask("STREAM.INFO.OBJ_files", json::object()).contains("error"); },
            "its end");
  make_bucket({.name = "files", .max_bytes = 20'000});
  store("object", "old");
  const auto before = subjects();
  const auto out = writer("object", chunks_of(5000));
  out->end(content_of(100'000));
  run_until([&] { return out->closed(); }, "the end");
  EXPECT_EQ(log.take(), "ERR_NATS_STREAM_FULL");
  EXPECT_EQ(fetch("object").content, "old");
  EXPECT_EQ(subjects(), before);
}

TEST_F(ObjectStoreTest, AServerWithALowLimitGetsSmallerChunks) {
  const NatsServers small(1, "max_payload: 4096\n");
  connection = connect_to(small);
  make_bucket({.name = "files"});
  const std::string content = content_of(100'000);
  store("object", content);
  EXPECT_LT(object("object").chunk_size, 4096u);
  EXPECT_TRUE(fetch("object").content == content);
}

TEST_F(ObjectStoreTest, AReaderThatPausesHoldsAtMostTwiceItsMark) {
  constexpr std::size_t kMark = std::size_t{1} << 20;
  store("object", content_of(10 * kMark));
  const auto in = nats::create_object_read_stream(*connection, "files", "object");
  std::size_t read = 0;
  std::size_t most = 0;
  in->on<Data>([&](const Data& data) {
    read += data.chunk.size();
    in->pause();
    loop.set_timeout(1ms, [&] { in->resume(); });
    most = std::max(most, in->readable_length());
  });
  run_until([&] { return in->closed(); }, "the end");
  EXPECT_EQ(read, 10 * kMark);
  EXPECT_LE(most, 2 * kMark);
}

TEST_F(ObjectStoreTest, StreamsOnAConnectionThatClosesFail) {
  store("object", content_of(5'000'000), chunks_of(kSmallChunk));
  const auto out = writer("other");
  out->write("begin");
  const auto in = nats::create_object_read_stream(*connection, "files", "object");
  in->on<Error>([this](const Error& error) { log.add(error.name()); });
  in->once<Data>([&](const Data&) { in->pause(); });
  run_until([&] { return in->is_paused(); }, "the begin");
  connection->close();
  run_until([&] { return connection->closed(); }, "the connection's end");
  in->resume();
  out->end("end");
  run_until([&] { return in->closed() && out->closed(); }, "the ends");
  EXPECT_EQ(log.take(), "ERR_NATS_CLOSED ERR_NATS_CLOSED");
}

TEST_F(ObjectStoreTest, TheLoopMayEndWhileObjectsAreOnTheirWay) {
  store("object", content_of(5'000'000), chunks_of(kSmallChunk));
  const auto out = writer("other");
  out->write(content_of(5'000'000));
  const auto destroyed = writer("third");
  destroyed->write(content_of(5'000'000));
  const auto in = nats::create_object_read_stream(*connection, "files", "object");
  in->once<Data>([&](const Data&) { in->pause(); });
  run_until([&] { return in->is_paused(); }, "the begin");
  destroyed->destroy();
  log.take();
}

}  // namespace
}  // namespace weir::test
