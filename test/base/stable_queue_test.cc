#include <weir/base/stable_queue.h>

#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(StableQueue, IsEmptyBeforeTheFirstElement) {
  StableQueue<int> queue;
  EXPECT_TRUE(queue.empty());
  queue.clear();
  queue.emplace_back(1);
  EXPECT_FALSE(queue.empty());
  EXPECT_EQ(queue.front(), 1);
}

TEST(StableQueue, AgreesWithADequeUnderRandomOperations) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937 random(seed);
    StableQueue<std::string> queue;
    std::deque<std::string> model;
    auto push_weight = random() % 3 + 4;
    for (int step = 0; step < 4000; ++step) {
      if (step % 500 == 0) push_weight = random() % 3 + 4;  // of ten: grows, holds, shrinks
      if (random() % 1000 == 0) {
        queue.clear();
        model.clear();
      } else if (random() % 10 < push_weight) {
        model.push_back("a string too long to live in itself " + std::to_string(step));
        queue.emplace_back(model.back());
      } else if (!model.empty()) {
        ASSERT_EQ(queue.front(), model.front());
        queue.pop_front();
        model.pop_front();
      }
      ASSERT_EQ(queue.empty(), model.empty());
      if (!model.empty()) {
        ASSERT_EQ(queue.front(), model.front());
      }
    }
  }
}

TEST(StableQueue, AnElementStaysWhereItIsWhileOthersCome) {
  StableQueue<int> queue;
  int& first = queue.emplace_back(7);
  for (int i = 0; i < 1000; ++i) queue.emplace_back(i);
  EXPECT_EQ(&queue.front(), &first);
  EXPECT_EQ(first, 7);
}

TEST(StableQueue, TheDestructorOfAnElementMayQueueAnother) {
  struct Heir {
    StableQueue<Heir>* queue;
    int* left;
    Heir(StableQueue<Heir>* owner, int* count) : queue(owner), left(count) {}
    Heir(const Heir&) = delete;
    ~Heir() {
      if ((*left)-- > 0) queue->emplace_back(queue, left);
    }
  };
  int left = 100;
  StableQueue<Heir> queue;
  queue.emplace_back(&queue, &left);
  int popped = 0;
  for (; !queue.empty(); ++popped) queue.pop_front();
  EXPECT_EQ(popped, 101);
}

TEST(StableQueue, DestroysRemainingElements) {
  const auto counted = std::make_shared<int>();
  {
    StableQueue<std::shared_ptr<int>> queue;
    for (int i = 0; i < 100; ++i) queue.emplace_back(counted);
    for (int i = 0; i < 40; ++i) queue.pop_front();
    EXPECT_EQ(counted.use_count(), 61);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

}  // namespace
}  // namespace weir
