#include <weir/fs/file_handle.h>

#include "support/file_test.h"

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

namespace weir::fs {
namespace {

class FileHandleTest : public test::FileTest {
 protected:
  Ref<FileHandle> open_file(OpenFlags flags = "w") {
    Ref<FileHandle> opened;
    open(loop, path(), flags, [&](const Error& error, Ref<FileHandle> file) {
      EXPECT_FALSE(error) << error;
      opened = std::move(file);
    });
    loop.run();
    return opened;
  }
};

TEST_F(FileHandleTest, ItsStreamClosesItAtTheEnd) {
  auto file = open_file();
  file->on<Close>([&] { log.add("handle-close"); });
  auto stream = listened(file->create_write_stream());
  EXPECT_FALSE(stream->pending());
  for (int i = 0; i < 3; ++i) stream->write(Buffer::adopt(fmt::format(" {} ", i)));
  stream->end();
  EXPECT_EQ(after_run(), "finish handle-close close");
  EXPECT_EQ(read(path()), " 0  1  2 ");
  EXPECT_FALSE(file->fd());
}

TEST_F(FileHandleTest, StaysOpenWhereItsStreamDoesNotCloseIt) {
  auto file = open_file();
  auto stream = listened(file->create_write_stream({.auto_close = false}));
  stream->end("a");
  EXPECT_EQ(after_run(), "finish");
  EXPECT_TRUE(file->fd());
  file->close(cb("closed"));
  EXPECT_EQ(after_run(), "close closed");
}

TEST_F(FileHandleTest, ClosesThoughAStreamOnItWasDropped) {
  auto file = open_file();
  file->create_write_stream({.auto_close = false})->end("a");
  loop.run();
  file->close(cb("closed"));
  EXPECT_EQ(after_run(), "closed");
}

TEST_F(FileHandleTest, ClosingItEndsItsStreamFirst) {
  auto file = open_file();
  auto stream = listened(file->create_write_stream());
  stream->write("last words", cb("cb1"));
  file->close(cb("closed"));
  const std::string events = after_run();
  EXPECT_EQ(read(path()), "last words");
  EXPECT_TRUE(events.starts_with("cb1 finish")) << events;
  EXPECT_NE(events.find("closed"), std::string::npos) << events;
}

TEST_F(FileHandleTest, WritesSyncsAndCloses) {
  auto file = open_file();
  file->write(Buffer::copy("abc"), [&](const Error& error, std::size_t bytes) {
    EXPECT_FALSE(error);
    EXPECT_EQ(bytes, 3u);
    file->sync([&](const Error& synced) {
      EXPECT_FALSE(synced);
      file->datasync([&](const Error& data_synced) {
        EXPECT_FALSE(data_synced);
        file->close(cb("closed"));
      });
    });
  });
  EXPECT_EQ(after_run(), "closed");
  EXPECT_EQ(read(path()), "abc");
}

// Otherwise the call would meet another file that has got the number of the closed one.
TEST_F(FileHandleTest, ClosesAfterTheCallsInProgress) {
  for (const std::string call : {"write", "read", "fsync", "fdatasync"}) {
    files = make_ref<test::FaultyFiles>(loop);
    Ref<FileHandle> file;
    open(
        loop, "x", "r+", 0666, [&](const Error&, Ref<FileHandle> opened) { file = opened; }, files);
    loop.run();
    files->hold_writes();
    if (call == "write")
      file->write(Buffer::copy("a"), [&](const Error& error, std::size_t) {
        log.add(call + std::string(error.name()));
      });
    if (call == "read")
      file->read(1, {}, [&](const Error& error, const Buffer&) {
        log.add(call + std::string(error.name()));
      });
    if (call == "fsync") file->sync(cb(call));
    if (call == "fdatasync") file->datasync(cb(call));
    file->close(cb("closed"));
    EXPECT_FALSE(file->fd());
    file->sync(cb("sync"));
    EXPECT_EQ(after_run(), "sync(EBADF)") << call;
    EXPECT_EQ(files->open_files(), 1u) << call;
    files->release();
    EXPECT_EQ(after_run(), call + " closed");
    EXPECT_EQ(files->open_files(), 0u);
    EXPECT_TRUE(files->calls().ends_with(call + " close")) << files->calls();
  }
}

TEST_F(FileHandleTest, ACallThatIsInterruptedByTheCloseIsCancelledAndTheFileCloses) {
  Ref<FileHandle> file;
  open(loop, "x", "r+", 0666, [&](const Error&, Ref<FileHandle> opened) { file = opened; }, files);
  loop.run();
  files->block();
  for (const char* name : {"first", "second"})
    file->read(1, {}, [&, name](const Error& error, const Buffer&) {
      log.add(name + std::string(error.name()));
    });
  file->close(cb("closed"));
  EXPECT_EQ(after_run(), "firstECANCELED secondECANCELED closed");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_F(FileHandleTest, RefusesWorkOnceItIsClosed) {
  auto file = open_file();
  file->close();
  loop.run();
  file->sync(cb("sync"));
  file->write(Buffer::copy("a"), [&](const Error& error, std::size_t) {
    log.add("write(" + std::string(error.name()) + ")");
  });
  EXPECT_EQ(after_run(), "sync(EBADF) write(EBADF)");
  EXPECT_THROW(file->create_write_stream(), Error);
}

TEST_F(FileHandleTest, NamesTheFileThatCannotBeOpened) {
  open(loop, path("no/such"), "r+", [&](const Error& error, Ref<FileHandle> file) {
    EXPECT_EQ(error.name(), "ENOENT");
    EXPECT_FALSE(file);
    log.add("told");
  });
  EXPECT_EQ(after_run(), "told");
}

TEST_F(FileHandleTest, WarnsWhereItIsDroppedOpen) {
  std::string warned;
  loop.on_warning([&](const Warning& warning) { warned = warning.name; });
  open_file() = nullptr;
  loop.run();
  EXPECT_EQ(warned, "UnclosedFileWarning");
}

// --- The order of events: Node 26's. ---

class FileHandleOrderTest : public FileHandleTest {
 protected:
  // Streams of one handle that log as "s.", "t." and "u.".
  void make_streams(int count) {
    handle = open_file();
    handle->on<Close>([&] { log.add("handle-close"); });
    for (int i = 0; i < count; ++i) {
      const std::string name(1, static_cast<char>('s' + i));
      streams.push_back(handle->create_write_stream());
      WriteStream& stream = *streams.back();
      stream.on<Finish>([this, name] { log.add(name + ".finish"); });
      stream.on<Error>([this, name](const Error& error) { log.add(name + ".error", error); });
      stream.on<Close>([this, name] { log.add(name + ".close"); });
    }
  }
  std::string after_run_at_end() {
    log.add("/");
    std::string events = after_run();
    streams.clear();
    return events;
  }

  Ref<FileHandle> handle;
  std::vector<Ref<WriteStream>> streams;
};

TEST_F(FileHandleOrderTest, AStreamThatIsDestroyedInTheCallbackThatCreatedItClosesTheHandleLater) {
  for (const Error& error : {Error(), Error("x")}) {
    const std::string code = error ? "x" : "ERR_STREAM_DESTROYED";
    const std::string closes = error ? "handle-close s.error(x) s.close" : "handle-close s.close";
    make_streams(1);
    streams[0]->destroy(error);
    EXPECT_EQ(after_run_at_end(), "/ " + closes);

    make_streams(1);
    streams[0]->end(cb("end"));
    streams[0]->destroy(error);
    EXPECT_EQ(after_run_at_end(), "/ end(" + code + ") " + closes);

    make_streams(1);
    streams[0]->write("a", cb("a"));
    streams[0]->write("b", cb("b"));
    streams[0]->end(cb("end"));
    streams[0]->destroy(error);
    EXPECT_EQ(after_run_at_end(), fmt::format("/ a({0}) b({0}) end({0}) ", code) + closes);
    EXPECT_EQ(read(path()), "");
  }
}

TEST_F(FileHandleOrderTest, AWriteAfterTheEndIsTheErrorOfTheWritesBeforeIt) {
  const std::string late = "(ERR_STREAM_WRITE_AFTER_END)";
  make_streams(1);
  streams[0]->write("a", cb("a"));
  streams[0]->write("c", cb("c"));
  streams[0]->end(cb("end"));
  streams[0]->write("b", cb("b"));
  EXPECT_EQ(after_run_at_end(), "/ b" + late + " a" + late + " c" + late + " end" + late +
                                    " handle-close s.error" + late + " s.close");

  make_streams(1);
  streams[0]->end(cb("end"));
  streams[0]->write("b", cb("b"));
  EXPECT_EQ(after_run_at_end(),
            "/ b" + late + " end" + late + " handle-close s.error" + late + " s.close");
}

TEST_F(FileHandleOrderTest, OfSeveralStreamsTheLastToEndClosesFirst) {
  make_streams(3);
  for (auto& stream : streams) stream->end();
  EXPECT_EQ(after_run_at_end(),
            "/ s.finish handle-close t.finish u.finish u.close s.close t.close");

  make_streams(3);
  streams[1]->end();
  EXPECT_EQ(after_run_at_end(),
            "/ t.finish handle-close u.finish s.finish s.close t.close u.close");

  make_streams(2);
  streams[0]->destroy(Error("x"));
  EXPECT_EQ(after_run_at_end(), "/ handle-close t.finish t.close s.error(x) s.close");

  make_streams(3);
  handle->close(cb("closed"));
  EXPECT_EQ(after_run_at_end(),
            "handle-close / s.finish t.finish u.finish u.close closed s.close t.close");
}

// --- As the option fd ---

TEST_F(FileHandleTest, IsTheDescriptorOfAStream) {
  auto file = open_file("w+");
  auto stream = listened(create_write_stream(loop, "", {.fd = file}));
  EXPECT_EQ(stream->fd(), file->fd());
  EXPECT_EQ(stream->path(), path());
  stream->end("hello");
  EXPECT_EQ(after_run(), "finish close");
  EXPECT_FALSE(file->fd()) << "closed by its stream";
  EXPECT_EQ(read(path()), "hello");

  auto again = open_file("r");
  std::string text;
  auto reader = create_read_stream(loop, "", {.auto_close = false, .fd = again, .start = 1});
  reader->on<Data>([&](const Data& data) { text += data.chunk.text(); });
  loop.run();
  EXPECT_EQ(text, "ello");
  EXPECT_TRUE(again->fd());
  again->close(cb("closed"));
  EXPECT_EQ(after_run(), "closed");
}

TEST_F(FileHandleTest, ClosingItEndsAStreamThatHasItAsItsDescriptor) {
  put(path(), "hello");
  auto file = open_file("r");
  auto reader = create_read_stream(loop, "", {.fd = file});
  reader->on<Close>([&] { log.add("reader-close"); });
  file->close(cb("closed"));
  EXPECT_EQ(after_run(), "reader-close closed");
}

TEST_F(FileHandleTest, StaysOpenForAStreamThatAloneHasIt) {
  auto stream = listened(create_write_stream(loop, "", {.fd = open_file()}));
  stream->end("kept");
  EXPECT_EQ(after_run(), "finish close");
  EXPECT_EQ(read(path()), "kept");
}

TEST_F(FileHandleTest, ThatIsClosedIsNoDescriptor) {
  auto file = open_file();
  file->close();
  loop.run();
  EXPECT_EQ(test::thrown_by([&] { create_write_stream(loop, "", {.fd = file}); }),
            weir::Errc::out_of_range);
  EXPECT_EQ(test::thrown_by([&] { create_read_stream(loop, "", {.fd = Ref<FileHandle>()}); }),
            weir::Errc::out_of_range);
}

TEST_F(FileHandleTest, HasFileOperationsOfItsOwn) {
  auto file = open_file();
  EXPECT_EQ(
      test::thrown_by([&] { create_write_stream(loop, "", {.fd = file, .file_ops = files}); }),
      weir::Errc::method_not_implemented);
  file->close();
  loop.run();
}

TEST_F(FileHandleTest, RefusesAnEmptyCallbackWhereOneIsRequired) {
  const auto refuses = [](auto call) {
    return test::name_of(test::thrown_by(call)) == "ERR_INVALID_ARG_TYPE";
  };
  EXPECT_TRUE(refuses([&] { open(loop, path(), "w", nullptr); }));
  EXPECT_TRUE(refuses([&] {
    open(loop, path(), "w", 0666, std::function<void(const Error&, Ref<FileHandle>)>());
  }));
  auto file = open_file();
  for (const bool closed : {false, true}) {
    EXPECT_TRUE(refuses([&] { file->read(1, {}, nullptr); })) << closed;
    EXPECT_TRUE(refuses([&] { file->write(Buffer::copy("a"), nullptr); })) << closed;
    EXPECT_TRUE(refuses([&] { file->sync({}); })) << closed;
    EXPECT_TRUE(refuses([&] { file->datasync(std::function<void()>()); })) << closed;
    file->close(std::function<void()>());
    loop.run();
  }
  EXPECT_EQ(read(path()), "");
}

}  // namespace
}  // namespace weir::fs
