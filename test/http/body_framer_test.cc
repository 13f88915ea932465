// How a body is framed, without a connection.
#include "http/body_framer.h"

#include <weir/base/error.h>
#include <weir/http/errors.h>

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using More = BodyFramer::More;
using State = BodyFramer::State;

BodyFramer framer_of(const Framing& framing) {
  BodyFramer framer;
  framer.begin(framing);
  return framer;
}

// The bytes sent for a body in these pieces.
std::string sent(BodyFramer& framer, const std::vector<std::string>& pieces) {
  HeadText text;
  for (const std::string& piece : pieces) {
    EXPECT_FALSE(framer.admit(piece.size(), More::follows));
    framer.open_piece(text, piece.size());
    append(text, piece);
    framer.close_piece(text, piece.size());
  }
  framer.end(text);
  return {text.data(), text.size()};
}

TEST(BodyFramerTest, AChunkedBodyHasASizeBeforeEachPieceAndAnEnd) {
  BodyFramer framer = framer_of({.body = Body::chunked});
  EXPECT_TRUE(framer.has_body());
  EXPECT_FALSE(framer.is_bare());
  EXPECT_EQ(sent(framer, {"hello", std::string(255, 'x'), "", "y"}),
            "5\r\nhello\r\nff\r\n" + std::string(255, 'x') + "\r\n1\r\ny\r\n0\r\n\r\n");
  EXPECT_EQ(framer.bytes(), 261u);
}

TEST(BodyFramerTest, TrailersStandAfterTheLastChunkAndNowhereElse) {
  for (const Body body : {Body::chunked, Body::sized, Body::until_close}) {
    BodyFramer framer = framer_of({.body = body});
    framer.set_trailers("A: b\r\n");
    EXPECT_EQ(sent(framer, {"x"}), body == Body::chunked ? "1\r\nx\r\n0\r\nA: b\r\n\r\n" : "x");
  }
}

TEST(BodyFramerTest, OtherBodiesAreSentAsTheyAre) {
  for (const Body body : {Body::sized, Body::until_close}) {
    BodyFramer framer = framer_of({.body = body});
    EXPECT_TRUE(framer.is_bare());
    EXPECT_EQ(sent(framer, {"hello", "", "world"}), "helloworld");
  }
}

TEST(BodyFramerTest, ABodyEndsOnce) {
  BodyFramer framer;
  EXPECT_EQ(framer.state(), State::unframed);
  framer.begin({.body = Body::chunked});
  EXPECT_EQ(framer.state(), State::open);
  HeadText text;
  framer.end(text);
  EXPECT_EQ(framer.state(), State::ended);
  framer.end(text);
  EXPECT_EQ(std::string_view(text.data(), text.size()), "0\r\n\r\n");
}

TEST(BodyFramerTest, AMessageWithoutABodyDropsItsBytesOrRefusesThem) {
  BodyFramer dropping = framer_of({.rule = BodyRule::dropped});
  EXPECT_FALSE(dropping.has_body());
  EXPECT_FALSE(dropping.admit(5, More::none));

  BodyFramer refusing = framer_of({.rule = BodyRule::refused});
  EXPECT_FALSE(refusing.has_body());
  EXPECT_FALSE(refusing.admit(0, More::none));
  EXPECT_EQ(refusing.admit(5, More::follows).code(), Errc::body_not_allowed);
}

TEST(BodyFramerTest, ALengthIsCheckedWhereThatIsAskedForAndThereIsOne) {
  struct Case {
    Framing framing;
    BodyFramer::LengthCheck check;
    bool takes_less, takes_more;
  };
  using enum BodyFramer::LengthCheck;
  const Case cases[] = {
      {{.body = Body::sized, .length = 5}, strict, false, false},
      {{.body = Body::sized, .length = 5}, none, true, true},
      {{.body = Body::sized}, strict, true, true},
      {{.body = Body::chunked, .length = 5}, strict, true, true},
      {{.body = Body::until_close, .length = 5}, strict, true, true},
  };
  for (const Case& each : cases) {
    const auto framer = [&] {
      BodyFramer made = framer_of(each.framing);
      made.check_length(each.check);
      return made;
    };
    EXPECT_FALSE(framer().admit(5, More::none));
    EXPECT_FALSE(framer().admit(4, More::follows));
    EXPECT_EQ(!framer().admit(4, More::none), each.takes_less);
    EXPECT_EQ(!framer().admit(6, More::follows), each.takes_more);
    EXPECT_EQ(!framer().admit(6, More::none), each.takes_more);
  }
}

TEST(BodyFramerTest, AWrongLengthIsNamedWithTheOneThatWasPromised) {
  BodyFramer framer = framer_of({.body = Body::sized, .length = 5});
  framer.check_length(BodyFramer::LengthCheck::strict);
  EXPECT_FALSE(framer.admit(3, More::follows));
  const Error error = framer.admit(3, More::follows);
  EXPECT_EQ(error.code(), Errc::content_length_mismatch);
  EXPECT_NE(std::string(error.what()).find("of 6 byte(s)"), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find("of 5 byte(s)"), std::string::npos) << error.what();
}

}  // namespace
}  // namespace weir::http
