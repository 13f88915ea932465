#include <weir/base/ring.h>

#include <deque>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Ring, IsEmptyBeforeTheFirstPush) {
  Ring<int> ring;
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(ring.size(), 0u);
  ring.clear();
  ring.push_back(1);
  EXPECT_FALSE(ring.empty());
}

TEST(Ring, AgreesWithADequeUnderRandomOperations) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    Ring<std::string> ring;
    std::deque<std::string> model;
    auto push_weight = random() % 3 + 4;
    for (int step = 0; step < 4000; ++step) {
      if (step % 500 == 0) push_weight = random() % 3 + 4;  // of ten: grows, holds, shrinks
      if (random() % 1000 == 0) {
        ring.clear();
        model.clear();
      } else if (random() % 20 == 0) {
        model.push_front("another string too long to live in itself " + std::to_string(step));
        ring.push_front(model.front());
      } else if (random() % 10 < push_weight) {
        model.push_back("a string too long to live in itself " + std::to_string(step));
        ring.push_back(model.back());
      } else if (!model.empty()) {
        ASSERT_EQ(ring.pop_front(), model.front());
        model.pop_front();
      }
      ASSERT_EQ(ring.size(), model.size());
      ASSERT_EQ(ring.empty(), model.empty());
      if (model.empty()) continue;
      ASSERT_EQ(ring.front(), model.front());
      ASSERT_EQ(ring.back(), model.back());
      const std::size_t index = random() % model.size();
      ASSERT_EQ(std::as_const(ring)[index], model[index]);
    }
  }
}

TEST(Ring, GrowsWhileItWrapsAround) {
  Ring<int> ring;
  for (int i = 0; i < 8; ++i) ring.push_back(i);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ring.pop_front(), i);
  for (int i = 8; i < 40; ++i) ring.push_back(i);
  for (int i = 5; i < 40; ++i) EXPECT_EQ(ring.pop_front(), i);
  EXPECT_TRUE(ring.empty());
}

TEST(Ring, PushesToTheFront) {
  Ring<int> ring;
  ring.push_front(2);
  ring.push_front(1);
  ring.push_back(3);
  ring.push_front(0);
  EXPECT_EQ(ring.back(), 3);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ring.pop_front(), i);
}

TEST(Ring, GrowsAtTheFrontWhereverItsFirstElementLies) {
  for (int popped = 0; popped < 8; ++popped) {
    Ring<int> ring;
    for (int i = 0; i < 8; ++i) ring.push_back(i);
    for (int i = 0; i < popped; ++i) {
      ring.pop_front();
      ring.push_back(8 + i);
    }
    for (int i = popped - 1; i >= -20; --i) ring.push_front(i);
    for (int i = -20; i < 8 + popped; ++i) ASSERT_EQ(ring.pop_front(), i) << popped;
    EXPECT_TRUE(ring.empty());
  }
}

TEST(Ring, TakesInFrontElementsThatCanOnlyMove) {
  Ring<std::unique_ptr<int>> ring;
  for (int i = 0; i < 20; ++i) ring.push_front(std::make_unique<int>(i));
  for (int i = 19; i >= 0; --i) EXPECT_EQ(*ring.pop_front(), i);
}

TEST(Ring, CanEmplaceACopyOfItsOwnElementWhileItGrows) {
  Ring<std::string> ring;
  ring.push_back("a string too long to live in itself");
  for (int i = 0; i < 100; ++i) ring.emplace_back(ring.back());
  while (!ring.empty()) EXPECT_EQ(ring.pop_front(), "a string too long to live in itself");
}

TEST(Ring, CanPushAnElementOfItsOwnWhileItGrows) {
  Ring<std::string> ring;
  for (int i = 0; i < 8; ++i) ring.push_back(std::string(40, static_cast<char>('a' + i)));
  ring.push_back(ring.front());
  EXPECT_EQ(ring.back(), std::string(40, 'a'));
  EXPECT_EQ(ring.front(), std::string(40, 'a'));
}

TEST(Ring, TakesElementsThatCanOnlyMove) {
  Ring<std::unique_ptr<int>> ring;
  for (int i = 0; i < 20; ++i) ring.push_back(std::make_unique<int>(i));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(*ring.pop_front(), i);
}

TEST(Ring, DestroysPoppedAndClearedElements) {
  const auto element = std::make_shared<int>(1);
  Ring<std::shared_ptr<int>> ring;
  for (int i = 0; i < 3; ++i) ring.push_back(element);
  EXPECT_EQ(element.use_count(), 4);
  ring.pop_front();
  EXPECT_EQ(element.use_count(), 3);
  ring.clear();
  EXPECT_EQ(element.use_count(), 1);
  ring.push_back(element);
  EXPECT_EQ(ring.front(), element);
}

TEST(Ring, MovedFromIsEmptyAndCanBeUsedAgain) {
  Ring<int> a;
  for (int i = 0; i < 9; ++i) a.push_back(i);
  a.pop_front();
  Ring<int> b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(b.size(), 8u);
  EXPECT_EQ(b.front(), 1);

  a.push_back(100);
  b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(b.size(), 1u);
  EXPECT_EQ(b.back(), 100);

  Ring<int>& alias = b;
  b = std::move(alias);
  EXPECT_EQ(b.front(), 100);
}

TEST(RingDeathTest, PopOfAnEmptyOneFails) {
  Ring<int> ring;
  EXPECT_DEATH(ring.pop_front(), "assertion failed: size_ > 0");
}

}  // namespace
}  // namespace weir
