// support/outliving_test.h - the fixture of tests of objects that outlive their Loop.
//
//   auto stream = kept(fs::create_write_stream(*loop, path()));   // its listeners own it
//   loop->run();
//   loop_goes();                                // calls no callback, and drops every listener
//   EXPECT_EQ(warned([&] { stream->write("x"); }), "write() on WriteStream '...'");
//
// No descriptor is left open after the Loop's destruction, although the objects still exist.
#pragma once

#include "support/descriptors.h"
#include <weir/loop/loop.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir::test {

class OutlivingTest : public testing::Test {
 protected:
  // The Loop that fills the standard descriptors, where those are closed, leaves them so.
  OutlivingTest() {
    static_cast<void>(Loop());
    before_ = open_descriptors();
    loop.emplace();
  }
  ~OutlivingTest() override { EXPECT_EQ(owned.use_count(), 1) << "a listener was leaked"; }

  // Callbacks that a destroyed loop must neither call nor keep.
  auto never() {
    return [owned = owned] { ADD_FAILURE() << "called from a loop that is gone"; };
  }
  // Listeners that own their own stream.
  template <class S>
  Ref<S> kept(Ref<S> stream) {
    stream->template on<Error>([stream, owned = owned] {});
    stream->template on<Close>([stream, owned = owned] {});
    return stream;
  }

  void loop_goes() {
    loop.reset();
    EXPECT_EQ(owned.use_count(), 1) << "a listener was leaked";
    EXPECT_EQ(open_descriptors(), before_) << "a descriptor was leaked";
  }

  // The warnings of using an object, as in "write() on WriteStream 'x'"; empty if there are none.
  template <class F>
  static std::string warned(F use) {
    testing::internal::CaptureStderr();
    use();
    std::string text = testing::internal::GetCapturedStderr();
    const std::string head = "(weir) OutlivedLoopWarning: ";
    const std::string tail = " does nothing: its Loop is gone\n";
    if (!text.starts_with(head) || !text.ends_with(tail)) return text;
    return text.substr(head.size(), text.size() - head.size() - tail.size());
  }

  // Checks a stream that has outlived its loop; `name` is its description.
  void expect_inert(Stream& stream, const std::string& name) {
    EXPECT_TRUE(stream.destroyed()) << name;
    EXPECT_TRUE(stream.closed()) << name;
    EXPECT_EQ(stream.describe(), name);
    bool was_destroyed = false;  // as with any second destroy
    EXPECT_EQ(warned([&] { stream.destroy(Error("late"), [&] { was_destroyed = true; }); }), "");
    EXPECT_TRUE(was_destroyed) << name;
  }
  void expect_inert_writable(Writable& stream, const std::string& name) {
    expect_inert(stream, name);
    EXPECT_FALSE(stream.writable()) << name;
    EXPECT_EQ(warned([&] { EXPECT_FALSE(stream.write("x", never())); }), "write() on " + name);
    EXPECT_EQ(warned([&] {  // once is enough
                EXPECT_FALSE(stream.print("{}", 1));
                stream.cork();
                stream.uncork();
                stream.end("y", never());
              }),
              "");
    stream.on<Error>([alive = Ref<Writable>(&stream), owned = owned] {});
  }
  void expect_inert_readable(Readable& stream, const std::string& name) {
    expect_inert(stream, name);
    EXPECT_FALSE(stream.readable()) << name;
    EXPECT_EQ(warned([&] { EXPECT_FALSE(stream.read().has_value()); }), "read() on " + name);
    EXPECT_EQ(warned([&] {
                stream.resume();
                stream.pause();
                EXPECT_FALSE(stream.push("x"));
                EXPECT_FALSE(stream.push(nullptr));
              }),
              "");
    stream.on<Data>([alive = Ref<Readable>(&stream), owned = owned] {});
  }

  std::shared_ptr<int> owned = std::make_shared<int>();
  std::optional<Loop> loop;

 private:
  std::size_t before_ = 0;
};

}  // namespace weir::test
