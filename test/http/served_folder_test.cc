#include "http/served_folder.h"

#include "http/listing.h"
#include "http/opened_file.h"
#include "support/child.h"
#include "support/descriptors.h"
#include "support/temporary_folder.h"
#include <weir/base/error.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::http {
namespace {

class ServedFolderTest : public testing::TestWithParam<ServedFolder::Lookup> {
 protected:
  ServedFolderTest() {
    std::filesystem::create_directories(path("in/folder/deep"));
    std::filesystem::create_directories(path("in-not"));
    put("in/file", "inside");
    put("in/folder/file", "deeper");
    put("secret", "outside");
    put("in-not/secret", "outside");
  }

  std::string path(std::string_view name) const { return folder_.path(name); }
  void put(std::string_view name, std::string_view text) const {
    std::ofstream(path(name)) << text;
  }
  void link(const std::string& to, const std::string& name) const {
    std::filesystem::create_symlink(to, path("in/" + name));
  }

  // The content of the file, or the name of the error.
  static std::string read(const ServedFolder& folder, const std::string& name) {
    const fs::UniqueFd file = folder.open(name, O_RDONLY | O_NONBLOCK);
    if (!file) return std::string(Error::system(errno, "open").name());
    std::array<char, 100> text;
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    if (size < 0) return std::string(Error::system(errno, "read").name());
    return {text.data(), static_cast<std::size_t>(size)};
  }
  std::string read(const std::string& name) const {
    return read(ServedFolder(path("in"), GetParam()), name);
  }

 private:
  test::TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Ways, ServedFolderTest,
                         testing::Values(ServedFolder::Lookup::beneath,
                                         ServedFolder::Lookup::by_place),
                         [](const auto& test) {
                           return test.param == ServedFolder::Lookup::beneath ? "Beneath"
                                                                              : "ByPlace";
                         });

TEST_P(ServedFolderTest, OpensFilesInIt) {
  EXPECT_EQ(read("file"), "inside");
  EXPECT_EQ(read("folder/file"), "deeper");
  EXPECT_EQ(read("folder/../file"), "inside");
  EXPECT_EQ(read(""), "EISDIR");
  EXPECT_EQ(read("none"), "ENOENT");
  EXPECT_EQ(read("file/none"), "ENOTDIR");
}

TEST_P(ServedFolderTest, AFileIsNotOpenedAsAFolder) {
  const ServedFolder folder(path("in"), GetParam());
  for (const int flags : {O_PATH, O_RDONLY}) {
    EXPECT_TRUE(folder.open("folder", flags | O_DIRECTORY));
    EXPECT_FALSE(folder.open("file", flags | O_DIRECTORY));
    EXPECT_EQ(errno, ENOTDIR);
  }
}

TEST_P(ServedFolderTest, OpensCachedNamesWithoutWaiting) {
  link(path("in/file"), "absolute");
  link("../secret", "up");
  const ServedFolder folder(path("in"), GetParam());
  const auto error = [&](const char* name) {
    return folder.open_cached(name, O_RDONLY) ? 0 : errno;
  };
  for (const char* const name : {"file", "folder/file", ""}) {
    ASSERT_TRUE(folder.open(name, O_PATH)) << name;  // now it is cached
    EXPECT_EQ(error(name), 0) << name;
  }
  EXPECT_NE(error("none"), 0);
  // To look up a link that leads out, or seems to, may take a disk.
  if (folder.lookup() == ServedFolder::Lookup::by_place) return;
  EXPECT_EQ(error("absolute"), EAGAIN);
  EXPECT_EQ(error("up"), EAGAIN);
}

TEST_P(ServedFolderTest, NoNameLeadsOut) {
  EXPECT_EQ(read(".."), "EXDEV");
  EXPECT_EQ(read("../secret"), "EXDEV");
  EXPECT_EQ(read("folder/../../secret"), "EXDEV");
  EXPECT_EQ(read("../in-not/secret"), "EXDEV");
  EXPECT_EQ(read(path("secret")), "EXDEV");
}

TEST_P(ServedFolderTest, NoLinkLeadsOut) {
  link("../secret", "up");
  link(path("secret"), "absolute");
  link("..", "parent");
  link("/", "root");
  link(path("in-not"), "sibling");
  link("up", "second");
  for (const char* const name : {"up", "absolute", "parent/secret", "parent", "sibling/secret",
                                 "root/etc/passwd", "root", "second"})
    EXPECT_EQ(read(name), "EXDEV") << name;
}

TEST_P(ServedFolderTest, NoLinkOfProcLeadsOut) {
  const fs::UniqueFd secret(::open(path("secret").c_str(), O_RDONLY | O_CLOEXEC));
  link(fmt::format("/proc/self/fd/{}", secret.get()), "magic");
  link("/proc/self/root", "root");
  EXPECT_EQ(read("magic"), "EXDEV");
  EXPECT_EQ(read("root/etc/passwd"), "EXDEV");
}

TEST_P(ServedFolderTest, LinksToTargetsInItAreFollowed) {
  link("file", "relative");
  link(path("in/file"), "absolute");
  link(path("in/folder"), "absolute-folder");
  link("../file", "folder/up");
  link(path("in"), "itself");
  for (const char* const name : {"relative", "absolute", "folder/up", "itself/file"})
    EXPECT_EQ(read(name), "inside") << name;
  EXPECT_EQ(read("absolute-folder/file"), "deeper");
  EXPECT_EQ(read("absolute-folder/up"), "inside");
}

TEST_P(ServedFolderTest, ADanglingLinkIsNotFound) {
  link("none", "nowhere");
  link("loop", "loop");
  EXPECT_EQ(read("nowhere"), "ENOENT");
  EXPECT_EQ(read("loop"), "ELOOP");
}

TEST(ServedFolderBeneathTest, ALinkThatLeadsOutHasTheSameErrorWithAndWithoutATarget) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path("in"));
  for (const char* const target : {"/etc/passwd", "/nothing/there", "../nothing"}) {
    std::filesystem::remove(folder.path("in/link"));
    std::filesystem::create_symlink(target, folder.path("in/link"));
    const ServedFolder in(folder.path("in"), ServedFolder::Lookup::beneath);
    EXPECT_FALSE(in.open("link", O_RDONLY)) << target;
    EXPECT_EQ(errno, EXDEV) << target;
  }
}

TEST_P(ServedFolderTest, ItIsTheFolderThatHadTheName) {
  const ServedFolder folder(path("in"), GetParam());
  std::filesystem::rename(path("in"), path("moved"));
  std::filesystem::create_directory(path("in"));
  put("in/file", "another");
  EXPECT_EQ(read(folder, "file"), "inside");
  EXPECT_EQ(read(folder, "../secret"), "EXDEV");
}

TEST_P(ServedFolderTest, AFolderMayBeALinkOrTheRoot) {
  std::filesystem::create_symlink("in", path("link"));
  EXPECT_EQ(read(ServedFolder(path("link"), GetParam()), "file"), "inside");
  EXPECT_EQ(read(ServedFolder("/", GetParam()), (path("in/file")).substr(1)), "inside");
}

TEST_P(ServedFolderTest, LeavesNoDescriptorOpen) {
  link("../secret", "up");
  link(path("in/file"), "absolute");
  const ServedFolder folder(path("in"), GetParam());
  const std::size_t before = test::open_descriptors();
  for (const char* const name : {"file", "up", "absolute", "none", "", ".."}) read(folder, name);
  static_cast<void>(listing_page(folder, "", "/", false));
  EXPECT_EQ(test::open_descriptors(), before);
}

// A name that is exchanged continually between a file inside and a link to the outside.
TEST_P(ServedFolderTest, NoNameLeadsOutWhileLinksAreExchanged) {
  std::filesystem::create_directory(path("out"));
  put("out/file", "outside");
  std::filesystem::create_directory(path("in/swapped"));
  put("in/swapped/file", "inside");
  link(path("out"), "link");
  std::atomic<bool> over = false;
  std::jthread swapping([&] {
    while (!over)
      ::syscall(SYS_renameat2, AT_FDCWD, path("in/swapped").c_str(), AT_FDCWD,
                path("in/link").c_str(), 2 /* RENAME_EXCHANGE */);
  });
  const ServedFolder folder(path("in"), GetParam());
  int inside = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = read(folder, "swapped/file");
    EXPECT_THAT(text, testing::AnyOf("inside", "EXDEV"));
    inside += text == "inside" ? 1 : 0;
  }
  over = true;
  EXPECT_GT(inside, 0);
}

TEST_P(ServedFolderTest, AListingHasTheServedFiles) {
  link("../secret", "up");
  link("file", "inside");
  link(path("in/folder"), "absolute-folder");
  link("/dev/null", "device");
  link("none", "nowhere");
  ASSERT_EQ(::mkfifo(path("in/fifo").c_str(), 0600), 0);
  const std::string page = listing_page(ServedFolder(path("in"), GetParam()), "", "/", false);
  for (const char* const name : {"file", "folder/", "inside", "absolute-folder/"})
    EXPECT_THAT(page, testing::HasSubstr(fmt::format("href=\"./{}\"", name)));
  for (const char* const name : {"up", "device", "nowhere", "fifo"})
    EXPECT_THAT(page, testing::Not(testing::HasSubstr(fmt::format(">{}<", name))));
}

// A writer that waits for a FIFO's reader must not find one that leaves at once.
TEST_P(ServedFolderTest, AFifoIsNotOpened) {
  ASSERT_EQ(::mkfifo(path("in/fifo").c_str(), 0600), 0);
  const ServedFolder folder(path("in"), GetParam());
  int opened_to_read = 0;
  const OpenedFile found = OpenedFile::find([&](int flags) {
    opened_to_read += (flags & O_PATH) == 0 ? 1 : 0;
    return folder.open("fifo", flags);
  });
  EXPECT_EQ(found.error(), EACCES);
  EXPECT_EQ(opened_to_read, 0);
}

// --- Where there is no openat2 ---

// Makes openat2 fail in this process, as a sandbox does. Returns false if that is impossible.
bool refuse_openat2(int error) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

bool is_right_without_openat2(const test::TemporaryFolder& folder) {
  const ServedFolder in(folder.path("in"));
  return in.lookup() == ServedFolder::Lookup::by_place && in.open("file", O_RDONLY) &&
         !in.open("../secret", O_RDONLY) && errno == EXDEV;
}

TEST(ServedFolderSandboxTest, FilesAreServedAndNoNameLeadsOutWithoutOpenat2) {
  constexpr int kRight = 0;
  constexpr int kWrong = 1;
  constexpr int kNoFilter = 2;
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path("in"));
  std::ofstream(folder.path("in/file")) << "inside";
  std::ofstream(folder.path("secret")) << "outside";
  for (const int error : {ENOSYS, EPERM}) {
    const pid_t child = test::fork_child();
    ASSERT_GE(child, 0);
    if (child == 0) {
      if (!refuse_openat2(error)) ::_exit(kNoFilter);
      try {
        ::_exit(is_right_without_openat2(folder) ? kRight : kWrong);
      } catch (...) {
        ::_exit(kWrong);
      }
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << status;
    if (WEXITSTATUS(status) == kNoFilter) GTEST_SKIP() << "no system call can be refused here";
    EXPECT_EQ(WEXITSTATUS(status), kRight) << error;
  }
}

}  // namespace
}  // namespace weir::http
