#include <weir/testing/simulated_disk.h>

#include <cstdint>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace weir::test {
namespace {

class SimulatedDiskTest : public testing::Test {
 protected:
  void sync() { disk.end_sync("a", disk.begin_sync("a")); }
  // What any loss of power leaves.
  template <class Check>
  void after_each_loss(Check check) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      Random random(seed);
      check(disk.after_power_loss("a", random));
    }
  }

  SimulatedDisk disk;
};

TEST_F(SimulatedDiskTest, KeepsWhatWasSynced) {
  disk.create("a");
  disk.write("a", 0, std::string(5'000, 'x'));
  sync();
  disk.sync_folder();
  disk.write("a", 5'000, std::string(5'000, 'y'));
  after_each_loss([](const std::optional<std::string>& image) {
    ASSERT_TRUE(image);
    EXPECT_EQ(image->substr(0, 5'000), std::string(5'000, 'x'));
  });
}

TEST_F(SimulatedDiskTest, MayLoseOrTearWhatWasNotSynced) {
  disk.put("a", std::string(SimulatedDisk::kPage, 'o'));
  disk.write("a", 0, std::string(SimulatedDisk::kPage, 'n'));
  bool is_old = false;
  bool is_new = false;
  bool is_torn = false;
  after_each_loss([&](const std::optional<std::string>& image) {
    ASSERT_TRUE(image);
    const std::size_t end = image->find('o');
    is_old |= end == 0;
    is_new |= end == std::string::npos;
    is_torn |= end > 0 && end < SimulatedDisk::kPage && end % SimulatedDisk::kSector == 0;
  });
  EXPECT_TRUE(is_old && is_new && is_torn);
}

TEST_F(SimulatedDiskTest, MayLoseAFileWhoseNameWasNotSynced) {
  disk.create("a");
  sync();
  bool is_lost = false;
  after_each_loss([&](const std::optional<std::string>& image) { is_lost |= !image; });
  EXPECT_TRUE(is_lost);
}

TEST_F(SimulatedDiskTest, LosesForGoodWhatAFailedSyncHad) {
  disk.put("a", "");
  disk.write("a", 0, "lost");
  disk.fail_sync("a");
  sync();
  after_each_loss([](const std::optional<std::string>& image) {
    ASSERT_TRUE(image);
    EXPECT_EQ(*image, std::string(4, '\0'));
  });
}

TEST_F(SimulatedDiskTest, DoesNotSyncWhatIsWrittenAfterTheSyncHasBegun) {
  disk.put("a", "");
  disk.write("a", 0, "abc");
  const SimulatedDisk::Sync begun = disk.begin_sync("a");
  disk.write("a", 0, "xyz");
  disk.end_sync("a", begun);
  bool is_old = false;
  after_each_loss([&](const std::optional<std::string>& image) { is_old |= image == "abc"; });
  EXPECT_TRUE(is_old);
}

TEST_F(SimulatedDiskTest, WritesAsMuchAsThereIsRoomFor) {
  disk.create("a");
  disk.limit_room(3);
  EXPECT_EQ(disk.write("a", 0, "abcde"), 3u);
  EXPECT_EQ(disk.write("a", 3, "de"), 0u);
  EXPECT_EQ(disk.write("a", 0, "xyz"), 3u) << "these bytes have a place";
  disk.limit_room(std::nullopt);
  EXPECT_EQ(disk.write("a", 3, "de"), 2u);
  EXPECT_EQ(disk.content("a"), "xyzde");
}

TEST_F(SimulatedDiskTest, ASyncThatEndsAfterAFailedOneKeepsItsPages) {
  disk.put("a", "");
  disk.write("a", 0, std::string(10'000, 'x'));
  const SimulatedDisk::Sync begun = disk.begin_sync("a");
  disk.fail_sync("a");
  disk.end_sync("a", begun);
  after_each_loss(
      [](const std::optional<std::string>& image) { EXPECT_EQ(image, std::string(10'000, 'x')); });
}

TEST_F(SimulatedDiskTest, ASyncOfAFileThatWasReplacedMeanwhileChangesNothing) {
  disk.put("a", "");
  disk.write("a", 0, std::string(10'000, 'x'));
  const SimulatedDisk::Sync begun = disk.begin_sync("a");
  disk.put("a", "new");
  disk.end_sync("a", begun);
  after_each_loss([](const std::optional<std::string>& image) { EXPECT_EQ(image, "new"); });
}

TEST_F(SimulatedDiskTest, ASyncThatEndsAfterALaterOneTakesNothingBack) {
  disk.put("a", "");
  disk.write("a", 0, std::string(5'000, 'x'));
  const SimulatedDisk::Sync earlier = disk.begin_sync("a");
  disk.write("a", 4'000, std::string(6'000, 'y'));
  sync();
  disk.end_sync("a", earlier);
  after_each_loss([](const std::optional<std::string>& image) {
    EXPECT_EQ(image, std::string(4'000, 'x') + std::string(6'000, 'y'));
  });
}

TEST_F(SimulatedDiskTest, ASyncThatEndsAfterThatOfATruncationDoesNotMakeTheFileLonger) {
  disk.put("a", "");
  disk.write("a", 0, std::string(10'000, 'x'));
  const SimulatedDisk::Sync earlier = disk.begin_sync("a");
  disk.truncate("a");
  disk.write("a", 0, "new");
  sync();
  disk.end_sync("a", earlier);
  after_each_loss([](const std::optional<std::string>& image) { EXPECT_EQ(image, "new"); });
}

}  // namespace
}  // namespace weir::test
