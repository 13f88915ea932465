// The attributes that a replacing file takes over, and that no user gains access by that.

#include "support/replacing_test.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace weir::fs {
namespace {

namespace files = std::filesystem;

constexpr uid_t kNobody = 65534;
constexpr uid_t kAnother = 12345;

// For as long as it lives, all threads of the process are another user's.
class As {
 public:
  explicit As(uid_t user, gid_t group = kNobody) {
    EXPECT_EQ(::setegid(group), 0);
    EXPECT_EQ(::seteuid(user), 0);
  }
  As(const As&) = delete;
  As& operator=(const As&) = delete;
  ~As() {
    EXPECT_EQ(::seteuid(0), 0);
    EXPECT_EQ(::setegid(0), 0);
  }
};

class ReplacingAttributesTest : public test::ReplacingEitherWayTest {
 protected:
  void own(const std::string& path, uid_t user, gid_t group, mode_t mode) {
    ASSERT_EQ(::chown(path.c_str(), user, group), 0);
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
  void put_owned(const std::string& path, uid_t user, gid_t group, mode_t mode) {
    put(path, "old");
    own(path, user, group, mode);
  }
  static std::string owners(const std::string& path) {
    const struct stat now = status(path);
    return fmt::format("{}:{} {:o}", now.st_uid, now.st_gid, now.st_mode & 07777);
  }
};
WEIR_REPLACING_EITHER_WAY(ReplacingAttributesTest);

#define REQUIRE_ROOT() \
  if (::geteuid() != 0) GTEST_SKIP() << "only root has files of several users"

TEST_P(ReplacingAttributesTest, TheModeIsKept) {
  for (const mode_t mode : {0600, 0604, 0644, 0664, 0755, 0777, 0200, 04755, 02755, 01644}) {
    put(path(), "old");
    ASSERT_EQ(::chmod(path().c_str(), mode), 0);
    EXPECT_EQ(replaced(path(), "new"), kDone) << failure.what();
    EXPECT_EQ(mode_of(path()), mode);
    files::remove(path());
  }
}

TEST_P(ReplacingAttributesTest, UntilItIsCompleteOnlyItsOwnerMayReadIt) {
  for (const mode_t mode : {0600, 0644, 0777}) {
    put(path(), "old");
    ASSERT_EQ(::chmod(path().c_str(), mode), 0);
    const auto stream = replace(path(), {.mode = 0666});
    stream->write("secret", [&] {
      struct stat now{};
      EXPECT_EQ(::fstat(*stream->fd(), &now), 0);
      EXPECT_EQ(now.st_mode & 07777, 0600u);
      stream->end();
    });
    loop.run();
  }
  const auto stream = replace(path("new"), {.mode = 0666});
  stream->write("secret", [&] {
    struct stat now{};
    EXPECT_EQ(::fstat(*stream->fd(), &now), 0);
    EXPECT_EQ(now.st_mode & 07777, 0600u);
  });
  loop.run();
}

TEST_P(ReplacingAttributesTest, RootKeepsOwnerAndGroup) {
  REQUIRE_ROOT();
  put_owned(path(), kNobody, kAnother, 0640);
  EXPECT_EQ(replaced(path(), "new"), kDone);
  EXPECT_EQ(owners(path()), "65534:12345 640");
  own(path(), kNobody, kAnother, 06755);
  EXPECT_EQ(replaced(path(), "new"), kDone);
  EXPECT_EQ(owners(path()), "65534:12345 6755");
}

// Another user's set-uid file must not become one of the replacing user.
TEST_P(ReplacingAttributesTest, NoSetIdBitsComeUnderAnotherOwner) {
  REQUIRE_ROOT();
  files::permissions(path(""), files::perms::all);
  put_owned(path(), kNobody, kNobody, 06777);
  {
    const As another(kAnother, kAnother);
    EXPECT_EQ(replaced(path(), "new"), kDone) << failure.what();
  }
  EXPECT_EQ(owners(path()), "12345:12345 777");

  put_owned(path(), kNobody, kNobody, 06777);
  fail({.call = "fchown", .error = EPERM, .count = test::kAlways});
  EXPECT_EQ(replaced(path(), "new"), kDone);
  EXPECT_EQ(owners(path()), "0:0 777");
}

TEST_P(ReplacingAttributesTest, AfterAChangeOfGroupAccessIsLimitedToTheRightsOfBoth) {
  REQUIRE_ROOT();
  files::permissions(path(""), files::perms::all);
  for (const auto& [before, after] : std::vector<std::pair<mode_t, std::string>>{{0660, "600"},
                                                                                 {0664, "644"},
                                                                                 {02775, "755"},
                                                                                 {0606, "600"},
                                                                                 {0604, "600"},
                                                                                 {0666, "666"}}) {
    put_owned(path(), kAnother, 0, before);
    {
      const As owner(kAnother, kAnother);  // not of the file's group
      EXPECT_EQ(replaced(path(), "new"), kDone) << failure.what();
    }
    EXPECT_EQ(owners(path()), "12345:12345 " + after);
  }
}

TEST_P(ReplacingAttributesTest, AReadOnlyFileIsRefusedThoughTheFolderIsNot) {
  REQUIRE_ROOT();
  files::permissions(path(""), files::perms::all);
  put_owned(path("mine"), kNobody, kNobody, 0444);
  put_owned(path("another's"), kAnother, kAnother, 0644);
  {
    const As nobody(kNobody);
    for (const std::string name : {"mine", "another's"}) {
      EXPECT_EQ(replaced(path(name), "new"), "error(EACCES) close");
      EXPECT_EQ(failure.what(), "EACCES: permission denied, open '" + path(name) + "'");
    }
  }
  EXPECT_EQ(read(path("mine")), "old");
  EXPECT_EQ(names(), (std::vector<std::string>{"another's", "mine"}));
}

TEST_P(ReplacingAttributesTest, AFolderThatTakesNoNewFileIsNamed) {
  REQUIRE_ROOT();
  files::create_directory(path("folder"));
  put_owned(path("folder/file"), kNobody, kNobody, 0644);
  files::create_symlink("folder/file", path("link"));
  files::permissions(path(""), files::perms(0755));
  {
    const As nobody(kNobody);
    for (const std::string name : {"folder/file", "folder/new", "link"}) {
      EXPECT_EQ(replaced(path(name), "new"), "error(EACCES) close");
      EXPECT_THAT(failure.what(),
                  testing::MatchesRegex("EACCES: permission denied, open a new file "
                                        "in '" +
                                        path("") + "/?folder'"));
    }
  }
  EXPECT_EQ(read(path("folder/file")), "old");
}

// A link in /tmp may have been put there for root to follow.
TEST_P(ReplacingAttributesTest, InAStickyFolderTheLinksOfOthersAreNotFollowed) {
  REQUIRE_ROOT();
  files::create_directory(path("tmp"));
  files::create_symlink("../mine", path("tmp/another's"));
  files::create_symlink("../mine", path("tmp/my own"));
  put(path("mine"), "old");
  ASSERT_EQ(::lchown(path("tmp/another's").c_str(), kAnother, kAnother), 0);

  own(path("tmp"), 0, 0, 01777);
  EXPECT_EQ(replaced(path("tmp/another's"), "new"), "error(EACCES) close");
  EXPECT_EQ(read(path("mine")), "old");
  EXPECT_EQ(replaced(path("tmp/my own"), "new"), kDone);
  EXPECT_EQ(read(path("mine")), "new");
}

TEST_P(ReplacingAttributesTest, InAStickyFolderTheFilesOfOthersAreNotReplaced) {
  REQUIRE_ROOT();
  files::create_directory(path("tmp"));
  put_owned(path("tmp/file"), kAnother, kAnother, 0666);
  own(path("tmp"), 0, 0, 01777);
  EXPECT_EQ(replaced(path("tmp/file"), "new"), "error(EACCES) close");
  EXPECT_EQ(read(path("tmp/file")), "old");
  own(path("tmp"), kAnother, 0, 01777);  // the folder's owner
  EXPECT_EQ(replaced(path("tmp/file"), "new"), kDone);
}

// Otherwise the link's owner could make root replace another user's file.
TEST_P(ReplacingAttributesTest, ALinkOfAnotherUserLeadsOnlyToThatUsersFiles) {
  REQUIRE_ROOT();
  files::create_directory(path("home"));
  files::create_directory(path("home/folder"));
  put(path("mine"), "old");
  files::create_symlink("../mine", path("home/out"));
  files::create_symlink("folder/file", path("home/in"));
  for (const std::string name : {"home", "home/folder"}) own(path(name), kAnother, kAnother, 0755);
  for (const std::string name : {"home/out", "home/in"})
    ASSERT_EQ(::lchown(path(name).c_str(), kAnother, kAnother), 0);
  EXPECT_EQ(replaced(path("home/out"), "new"), "error(EACCES) close");
  EXPECT_EQ(read(path("mine")), "old");
  EXPECT_EQ(replaced(path("home/in"), "new"), kDone) << failure.what();
  EXPECT_EQ(read(path("home/folder/file")), "new");
}

// Writes to the FIFO that was found, even if another file has its name by then.
TEST_P(ReplacingAttributesTest, ANameThatIsSwappedForALinkHasNoOtherFileWritten) {
  put(path("victim"), "safe");
  ASSERT_EQ(::mkfifo(path().c_str(), 0666), 0);
  const int reader = ::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  fail({.call = "open", .before = [&] {
          files::rename(path(), path("fifo"));
          files::create_symlink("victim", path());
        }});
  EXPECT_EQ(replaced(path(), "text"), kDone) << failure.what();
  EXPECT_TRUE(have_failed());
  EXPECT_EQ(read(path("victim")), "safe");
  std::array<char, 8> text{};
  EXPECT_EQ(::read(reader, text.data(), text.size()), 4);
  ::close(reader);
}

TEST_P(ReplacingAttributesTest, AFileThatComesMeanwhileIsReplacedByTheSameRules) {
  REQUIRE_ROOT();
  for (const bool exists : {false, true}) {
    if (exists) put(path(), "first");
    const auto stream = replace(path());
    stream->write("new", [&] {
      files::remove(path());
      put_owned(path(), kNobody, kAnother, 0600);
      stream->end();
    });
    EXPECT_EQ(after_run(), kDone);
    EXPECT_EQ(owners(path()), "65534:12345 600");
    files::remove(path());
  }
}

TEST_P(ReplacingAttributesTest, AnOwnerThatCannotBeWrittenIsAnError) {
  put(path(), "old");
  fail({.call = "fchown", .error = EDQUOT});
  EXPECT_EQ(replaced(path(), "new"), "open ready error(EDQUOT) close");
  EXPECT_EQ(read(path()), "old");
}

TEST_P(ReplacingAttributesTest, AFileSystemWithoutModesIsWrittenTo) {
  fail({.call = "fchmod", .error = EPERM, .count = test::kAlways});
  EXPECT_EQ(replaced(path(), "new", {.mode = 0600}), kDone);
  EXPECT_EQ(mode_of(path()), 0600u);
}

// As root in another user's folder: that user can change names there, but no file elsewhere.
TEST_P(ReplacingAttributesTest, ANameThatIsSwappedForALinkGivesNoOtherFileItsMode) {
  put(path("victim"), "safe");
  ASSERT_EQ(::chmod(path("victim").c_str(), 0600), 0);
  files::create_directory(path("folder"));
  put(path("folder/file"), "old");
  ASSERT_EQ(::chmod(path("folder/file").c_str(), 0666), 0);
  const auto stream = replace(path("folder/file"));
  bool was_named = false;
  stream->write("new", [&] {
    for (const auto& entry : files::directory_iterator(path("folder"))) {
      if (entry.path().filename() == "file") continue;
      was_named = true;
      files::remove(entry.path());
      files::create_symlink("../victim", entry.path());
    }
    stream->end();
  });
  const std::string events = after_run();
  EXPECT_EQ(events, was_named ? "open ready error(ESTALE) close" : kDone);
  EXPECT_EQ(was_named, !is_nameless());
  EXPECT_EQ(read(path("victim")), "safe");
  EXPECT_EQ(mode_of(path("victim")), 0600u);
  EXPECT_FALSE(files::is_symlink(path("folder/file")));
}

TEST_P(ReplacingAttributesTest, ExtendedAttributesAreKept) {
  put(path(), "old");
  if (::setxattr(path().c_str(), "user.origin", "here", 4, 0) != 0)
    GTEST_SKIP() << "the file system has no attributes of users";
  ASSERT_EQ(::setxattr(path().c_str(), "user.empty", "", 0, 0), 0);
  EXPECT_EQ(replaced(path(), "new"), kDone);
  std::array<char, 8> value{};
  EXPECT_EQ(::getxattr(path().c_str(), "user.origin", value.data(), value.size()), 4);
  EXPECT_STREQ(value.data(), "here");
  EXPECT_EQ(::getxattr(path().c_str(), "user.empty", value.data(), value.size()), 0);
}

TEST_P(ReplacingAttributesTest, CapabilitiesAreOfTheOldContentAndGoWithIt) {
  REQUIRE_ROOT();
  put(path(), "old");
  // cap_net_raw=ep, as setcap writes it.
  const std::array<unsigned char, 20> capability{1, 0, 0, 2, 0, 0x20};
  if (::setxattr(path().c_str(), "security.capability", capability.data(), capability.size(), 0))
    GTEST_SKIP() << "no capabilities here: " << errno;
  EXPECT_EQ(replaced(path(), "new"), kDone);
  EXPECT_EQ(::getxattr(path().c_str(), "security.capability", nullptr, 0), -1);
}

// The access lists are given as the bytes that Linux stores: no library for them is needed.
struct AccessEntry {
  std::uint16_t tag, rights;
  std::uint32_t id;
};
constexpr std::uint32_t kNoId = 0xffffffff;

std::string access_list(std::uint16_t group, std::uint16_t mask, std::uint16_t others) {
  const std::array<AccessEntry, 5> entries{{{0x01, 6, kNoId},
                                            {0x02, 6, kAnother},  // a named user
                                            {0x04, group, kNoId},
                                            {0x10, mask, kNoId},
                                            {0x20, others, kNoId}}};
  constexpr std::uint32_t kVersion = 2;
  std::string bytes(reinterpret_cast<const char*>(&kVersion), sizeof kVersion);
  return bytes.append(reinterpret_cast<const char*>(entries.data()), sizeof entries);
}
constexpr const char* kAccess = "system.posix_acl_access";

bool set_access(const std::string& path, const char* which, const std::string& list) {
  return ::setxattr(path.c_str(), which, list.data(), list.size(), 0) == 0;
}
std::string access_of(const std::string& path) {
  std::string list(256, '\0');
  const ssize_t size = ::getxattr(path.c_str(), kAccess, list.data(), list.size());
  list.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return list;
}

TEST_P(ReplacingAttributesTest, AnAccessListIsKept) {
  put(path(), "old");
  const std::string list = access_list(0, 6, 0);
  if (!set_access(path(), kAccess, list)) GTEST_SKIP() << "no access lists here";
  EXPECT_EQ(mode_of(path()), 0660u);
  EXPECT_EQ(replaced(path(), "new"), kDone);
  EXPECT_EQ(access_of(path()), list);
  EXPECT_EQ(mode_of(path()), 0660u);
}

TEST_P(ReplacingAttributesTest, AnAccessListThatIsLostLeavesTheFileToItsOwner) {
  put(path(), "old");
  if (!set_access(path(), kAccess, access_list(0, 6, 4))) GTEST_SKIP() << "no access lists here";
  fail({.call = "fsetxattr", .error = EIO});
  EXPECT_EQ(replaced(path(), "new"), "open ready error(EIO) close");
  fail({.call = "fsetxattr", .error = EPERM});
  EXPECT_EQ(replaced(path(), "new"), kDone);
  EXPECT_TRUE(have_failed());
  EXPECT_EQ(access_of(path()), "");
  EXPECT_EQ(mode_of(path()), 0600u);
}

TEST_P(ReplacingAttributesTest, AttributesThatCannotBeListedMayHaveBeenAnAccessList) {
  put(path(), "old");
  fail({.call = "listxattr", .error = EIO});
  EXPECT_EQ(replaced(path(), "new"), kDone);
  EXPECT_TRUE(have_failed());
  EXPECT_EQ(mode_of(path()), 0600u);
}

TEST_P(ReplacingAttributesTest, AFoldersDefaultListIsNotGivenToAFileThatHadNone) {
  put(path(), "old");
  ASSERT_EQ(::chmod(path().c_str(), 0660), 0);
  const std::string list = access_list(6, 6, 0);
  if (!set_access(path(""), "system.posix_acl_default", list))
    GTEST_SKIP() << "no access lists here";
  EXPECT_EQ(replaced(path(), "new"), kDone);
  EXPECT_EQ(access_of(path()), "");
  EXPECT_EQ(mode_of(path()), 0660u);
  fail({.call = "fremovexattr", .error = EIO});
  EXPECT_EQ(replaced(path(), "new"), kDone);
  EXPECT_EQ(mode_of(path()), 0600u);
  EXPECT_EQ(replaced(path("another"), "new"), kDone);  // which has the folder's, as any new file
  EXPECT_EQ(access_of(path("another")), list);
  EXPECT_EQ(mode_of(path("another")), 0660u);
}

}  // namespace
}  // namespace weir::fs
