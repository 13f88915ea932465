#include <weir/event/listener_table.h>

#include <weir/event/emitter.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Ping {
  static constexpr std::string_view kEventName = "ping";
};
struct Pong {
  static constexpr std::string_view kEventName = "pong";
};

constexpr auto* kPing = &internal::kEventKey<Ping>;
constexpr auto* kPong = &internal::kEventKey<Pong>;

// Notes each change, and how many listeners there were then.
struct Observer final : ListenerObserver {
  explicit Observer(ListenerTable& observed) : table(observed) { table.observe(*this); }

  void on_listener_added(const internal::EventKey* event) override { note('+', event); }
  void on_listener_removed(const internal::EventKey* event) override { note('-', event); }
  void note(char change, const internal::EventKey* event) {
    text += change + std::string(event->name) + std::to_string(table.count(event)) + " ";
  }
  std::string take() { return std::exchange(text, {}); }

  ListenerTable& table;
  std::string text;
};

class ListenerTableTest : public testing::Test {
 protected:
  ListenerId add(ListenerTable::Key key, ListenerTable::Times times) {
    return table.add(key, [this](const void*) { called += 1; }, ListenerTable::Place::last, times);
  }
  ListenerId on(ListenerTable::Key key) { return add(key, ListenerTable::Times::always); }
  ListenerId once(ListenerTable::Key key) { return add(key, ListenerTable::Times::once); }

  ListenerTable table;
  int called = 0;
};

TEST_F(ListenerTableTest, TellsItsObserverOfEachChangeAfterIt) {
  Observer observer(table);
  const ListenerId first = on(kPing);
  on(kPong);
  on(kPing);
  EXPECT_EQ(observer.take(), "+ping1 +pong1 +ping2 ");
  table.remove(first);
  EXPECT_EQ(observer.take(), "-ping1 ");
  table.remove(first);
  EXPECT_EQ(observer.take(), "") << "nothing was removed";
}

TEST_F(ListenerTableTest, NotifiesItsThrowObserverBeforeTheExceptionPropagates) {
  struct Counter final : ThrowObserver {
    void on_listener_threw() noexcept override { ++throws; }
    int throws = 0;
  } observer;
  table.observe_throws(observer);
  on(kPing);
  table.add(
      kPing, [&](const void*) { throw std::runtime_error("no"); }, ListenerTable::Place::last,
      ListenerTable::Times::once);
  on(kPing);
  EXPECT_THROW(table.emit(kPing, nullptr), std::runtime_error);
  EXPECT_EQ(observer.throws, 1);
  EXPECT_EQ(called, 1) << "the exception ends the emit";
  table.emit(kPing, nullptr);
  EXPECT_EQ(observer.throws, 1);
}

TEST_F(ListenerTableTest, TellsItsObserverOfAOnceThatFires) {
  Observer observer(table);
  once(kPing);
  observer.take();
  table.emit(kPing, nullptr);
  EXPECT_EQ(observer.take(), "-ping0 ");
  EXPECT_EQ(called, 1);
}

TEST_F(ListenerTableTest, TellsItsObserverOfAllThatAreRemoved) {
  Observer observer(table);
  on(kPing);
  on(kPong);
  observer.take();
  table.remove_all(kPing);
  EXPECT_EQ(observer.take(), "-ping0 ");
  on(kPing);
  observer.take();
  table.remove_all();
  EXPECT_EQ(observer.take(), "-pong0 -ping0 ");
}

TEST_F(ListenerTableTest, DoesNotCallAReleasedListener) {
  on(kPing);
  on(kPong);
  table.release(kPing);
  EXPECT_TRUE(table.emit(kPing, nullptr));
  EXPECT_EQ(called, 0);
  table.emit(kPong, nullptr);
  EXPECT_EQ(called, 1);
}

TEST_F(ListenerTableTest, CountsAndRemovesAReleasedListener) {
  const ListenerId id = on(kPing);
  table.release(kPing);
  table.release(kPong);
  EXPECT_EQ(table.count(kPing), 1u);
  EXPECT_TRUE(table.remove(id));
  EXPECT_EQ(table.count(kPing), 0u);
}

TEST_F(ListenerTableTest, DestroysTheCapturesOfAReleasedListener) {
  const auto owned = std::make_shared<int>();
  const auto listener = [owned](const void*) {};
  table.add(kPing, listener, ListenerTable::Place::last, ListenerTable::Times::always);
  table.add(kPing, listener, ListenerTable::Place::last, ListenerTable::Times::once);
  EXPECT_EQ(owned.use_count(), 4);
  table.release(kPing);
  EXPECT_EQ(owned.use_count(), 2);
}

// What a listener owns may come back to the table when it goes.
struct ComesBack {
  explicit ComesBack(ListenerTable& t) : table(t) {}
  ComesBack(const ComesBack&) = delete;
  ComesBack& operator=(const ComesBack&) = delete;
  ~ComesBack() { table.remove_all(); }
  ListenerTable& table;
};

TEST_F(ListenerTableTest, MayBeChangedByTheDestructorOfAReleasedListener) {
  table.add(
      kPing, [owned = std::make_unique<ComesBack>(table)](const void*) {},
      ListenerTable::Place::last, ListenerTable::Times::always);
  on(kPing);
  table.release(kPing);
  EXPECT_EQ(table.count(kPing), 0u);
}

TEST_F(ListenerTableTest, KnowsAnOnlyListener) {
  const auto nothing = [](const void*) {};
  const auto add = [&] {
    return table.add(kPing, nothing, ListenerTable::Place::last, ListenerTable::Times::always);
  };
  const ListenerId first = add();
  EXPECT_TRUE(table.is_only(kPing, first));
  const ListenerId second = add();
  EXPECT_FALSE(table.is_only(kPing, first));
  table.remove(first);
  EXPECT_FALSE(table.is_only(kPing, first));
  EXPECT_TRUE(table.is_only(kPing, second));
}

}  // namespace
}  // namespace weir
