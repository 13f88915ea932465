#include <weir/event/listener_table.h>

#include <weir/event/emitter.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct FirstEvent {
  static constexpr std::string_view kEventName = "ping";
};
struct SecondEvent {
  static constexpr std::string_view kEventName = "pong";
};

constexpr auto* kFirst = &internal::kEventKey<FirstEvent>;
constexpr auto* kSecond = &internal::kEventKey<SecondEvent>;

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

TEST_F(ListenerTableTest, NotifiesItsObserverOfEachChangeAfterIt) {
  Observer observer(table);
  const ListenerId first = on(kFirst);
  on(kSecond);
  on(kFirst);
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
  on(kFirst);
  table.add(
      kFirst, [&](const void*) { throw std::runtime_error("no"); }, ListenerTable::Place::last,
      ListenerTable::Times::once);
  on(kFirst);
  EXPECT_THROW(table.emit(kFirst, nullptr), std::runtime_error);
  EXPECT_EQ(observer.throws, 1);
  EXPECT_EQ(called, 1) << "the exception ends the emit";
  table.emit(kFirst, nullptr);
  EXPECT_EQ(observer.throws, 1);
}

TEST_F(ListenerTableTest, NotifiesItsObserverOfAOnceThatFires) {
  Observer observer(table);
  once(kFirst);
  observer.take();
  table.emit(kFirst, nullptr);
  EXPECT_EQ(observer.take(), "-ping0 ");
  EXPECT_EQ(called, 1);
}

TEST_F(ListenerTableTest, NotifiesItsObserverOfAllThatAreRemoved) {
  Observer observer(table);
  on(kFirst);
  on(kSecond);
  observer.take();
  table.remove_all(kFirst);
  EXPECT_EQ(observer.take(), "-ping0 ");
  on(kFirst);
  observer.take();
  table.remove_all();
  EXPECT_EQ(observer.take(), "-pong0 -ping0 ");
}

TEST_F(ListenerTableTest, DoesNotCallAReleasedListener) {
  on(kFirst);
  on(kSecond);
  table.release(kFirst);
  EXPECT_TRUE(table.emit(kFirst, nullptr));
  EXPECT_EQ(called, 0);
  table.emit(kSecond, nullptr);
  EXPECT_EQ(called, 1);
}

TEST_F(ListenerTableTest, CountsAndRemovesAReleasedListener) {
  const ListenerId id = on(kFirst);
  table.release(kFirst);
  table.release(kSecond);
  EXPECT_EQ(table.count(kFirst), 1u);
  EXPECT_TRUE(table.remove(id));
  EXPECT_EQ(table.count(kFirst), 0u);
}

TEST_F(ListenerTableTest, DestroysTheCapturesOfAReleasedListener) {
  const auto owned = std::make_shared<int>();
  const auto listener = [owned](const void*) {};
  table.add(kFirst, listener, ListenerTable::Place::last, ListenerTable::Times::always);
  table.add(kFirst, listener, ListenerTable::Place::last, ListenerTable::Times::once);
  EXPECT_EQ(owned.use_count(), 4);
  table.release(kFirst);
  EXPECT_EQ(owned.use_count(), 2);
}

// An object owned by a listener may use the table in its destructor.
struct ReturnsToTable {
  explicit ReturnsToTable(ListenerTable& t) : table(t) {}
  ReturnsToTable(const ReturnsToTable&) = delete;
  ReturnsToTable& operator=(const ReturnsToTable&) = delete;
  ~ReturnsToTable() { table.remove_all(); }
  ListenerTable& table;
};

TEST_F(ListenerTableTest, MayBeChangedByTheDestructorOfAReleasedListener) {
  table.add(
      kFirst, [owned = std::make_unique<ReturnsToTable>(table)](const void*) {},
      ListenerTable::Place::last, ListenerTable::Times::always);
  on(kFirst);
  table.release(kFirst);
  EXPECT_EQ(table.count(kFirst), 0u);
}

TEST_F(ListenerTableTest, KnowsAnOnlyListener) {
  const auto nothing = [](const void*) {};
  const auto add = [&] {
    return table.add(kFirst, nothing, ListenerTable::Place::last, ListenerTable::Times::always);
  };
  const ListenerId first = add();
  EXPECT_TRUE(table.is_only(kFirst, first));
  const ListenerId second = add();
  EXPECT_FALSE(table.is_only(kFirst, first));
  table.remove(first);
  EXPECT_FALSE(table.is_only(kFirst, first));
  EXPECT_TRUE(table.is_only(kFirst, second));
}

}  // namespace
}  // namespace weir
