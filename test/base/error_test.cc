#include <weir/base/error.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <future>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

template <class Thrown>
Error caught(const Thrown& thrown) {
  try {
    throw thrown;
  } catch (...) {
    return Error::from_current_exception();
  }
}

TEST(Error, ThatHoldsNothingIsSuccess) {
  const Error success;
  EXPECT_FALSE(success);
  EXPECT_EQ(success, Error());
  EXPECT_EQ(success.code(), std::error_code());
  EXPECT_EQ(success.name(), "");
  EXPECT_EQ(success.message(), "");
  EXPECT_EQ(success.syscall(), "");
  EXPECT_EQ(success.subject(), "");
  EXPECT_EQ(success.cause(), nullptr);
  EXPECT_TRUE(success.errors().empty());
}

TEST(Error, HasANameAndWordsForEveryNumberOfTheSystem) {
  int known = 0;
  for (int number = 1; number < 4096; ++number) {
    const char* const name = ::strerrorname_np(number);
    if (!name) continue;
    SCOPED_TRACE(name);
    ++known;
    const Error error = Error::system(number, "open", "x");
    // Two that share a number have libuv's name.
    EXPECT_EQ(error.name(), number == ENOTSUP ? "ENOTSUP" : name);
    const std::string words(error.message());
    EXPECT_TRUE(words.ends_with(", open 'x'")) << words;
    EXPECT_EQ(words.find("unknown"), std::string::npos) << words;
  }
  EXPECT_GT(known, 130);
  EXPECT_STREQ(Error::system(EDQUOT, "write", "x").what(),
               "EDQUOT: disk quota exceeded, write 'x'");
  EXPECT_STREQ(Error::system(ESTALE, "write", "x").what(), "ESTALE: stale file handle, write 'x'");
}

TEST(Error, OfTheSystemPrintsAsInNode) {
  const Error error = Error::system(ENOENT, "open", "x");
  EXPECT_TRUE(error);
  EXPECT_STREQ(error.what(), "ENOENT: no such file or directory, open 'x'");
  EXPECT_EQ(error.message(), error.what());
  EXPECT_EQ(error.name(), "ENOENT");
  EXPECT_EQ(error.syscall(), "open");
  EXPECT_EQ(error.subject(), "x");
}

TEST(Error, OfTheSystemMayHaveNoSubject) {
  const Error error = Error::system(EPIPE, "write");
  EXPECT_STREQ(error.what(), "EPIPE: broken pipe, write");
  EXPECT_EQ(error.subject(), "");
}

TEST(Error, OfTheSystemHasNodesNamesAndMessages) {
  constexpr struct {
    int number;
    const char* printed;
  } kCases[] = {
      {EAGAIN, "EAGAIN: resource temporarily unavailable, read"},
      {EISDIR, "EISDIR: illegal operation on a directory, read"},
      {ENODATA, "ENODATA: no data available, read"},
      {ENOSPC, "ENOSPC: no space left on device, read"},
      {ENOTSUP, "ENOTSUP: operation not supported on socket, read"},
      {EUNATCH, "EUNATCH: protocol driver not attached, read"},
  };
  for (const auto& [number, printed] : kCases)
    EXPECT_STREQ(Error::system(number, "read").what(), printed);
}

TEST(Error, OfNodePrintsItsClassAndCode) {
  constexpr struct {
    Errc code;
    const char* name;
    const char* printed;
  } kCases[] = {
      {Errc::stream_write_after_end, "ERR_STREAM_WRITE_AFTER_END",
       "Error [ERR_STREAM_WRITE_AFTER_END]: write after end"},
      {Errc::stream_null_values, "ERR_STREAM_NULL_VALUES",
       "TypeError [ERR_STREAM_NULL_VALUES]: May not write null values to stream"},
      {Errc::stream_premature_close, "ERR_STREAM_PREMATURE_CLOSE",
       "Error [ERR_STREAM_PREMATURE_CLOSE]: Premature close"},
      {Errc::aborted, "ABORT_ERR", "AbortError: The operation was aborted"},
  };
  for (const auto& [code, name, printed] : kCases) {
    const Error error = code;
    EXPECT_STREQ(error.what(), printed);
    EXPECT_EQ(error.name(), name);
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.message(), error.code().message());
    EXPECT_TRUE(std::string_view(printed).ends_with(error.message()));
    EXPECT_EQ(error.syscall(), "");
  }
}

TEST(Error, OfALibraryHasTheNameAndTheWordsThatItIsGiven) {
  const std::error_code code(-3, std::generic_category());
  const Error error = Error::named(code, "Z_DATA_ERROR", "incorrect header check");
  EXPECT_STREQ(error.what(), "Z_DATA_ERROR: incorrect header check");
  EXPECT_EQ(error.name(), "Z_DATA_ERROR");
  EXPECT_EQ(error.message(), "incorrect header check");
  EXPECT_EQ(error.code(), code);
}

TEST(Error, CanHaveAMessageOfItsOwn) {
  const Error coded(Errc::unhandled_error, "Unhandled error. ('x')");
  EXPECT_STREQ(coded.what(), "Error [ERR_UNHANDLED_ERROR]: Unhandled error. ('x')");
  EXPECT_EQ(coded.message(), "Unhandled error. ('x')");

  const Error generic("boom");
  EXPECT_STREQ(generic.what(), "boom");
  EXPECT_EQ(generic.message(), "boom");
  EXPECT_EQ(generic.name(), "");
  EXPECT_EQ(generic.code(), Errc::generic);
}

TEST(Error, WithArgumentsIsInTheWordsOfNode) {
  EXPECT_STREQ(invalid_argument_value("n", "-1").what(),
               "TypeError [ERR_INVALID_ARG_VALUE]: The argument 'n' is invalid. Received -1");
  EXPECT_STREQ(invalid_property_value("n", "-1").what(),
               "TypeError [ERR_INVALID_ARG_VALUE]: The property 'n' is invalid. Received -1");
  EXPECT_STREQ(out_of_range("n", ">= 0", "-1").what(),
               "RangeError [ERR_OUT_OF_RANGE]: The value of \"n\" is out of range. "
               "It must be >= 0. Received -1");
  EXPECT_STREQ(method_not_implemented("_write()").what(),
               "Error [ERR_METHOD_NOT_IMPLEMENTED]: The _write() method is not implemented");
  EXPECT_STREQ(stream_destroyed("write").what(),
               "Error [ERR_STREAM_DESTROYED]: Cannot call write after a stream was destroyed");
  EXPECT_STREQ(stream_already_finished("end").what(),
               "Error [ERR_STREAM_ALREADY_FINISHED]: Cannot call end after a stream was finished");
  EXPECT_STREQ(unknown_encoding("x").what(),
               "TypeError [ERR_UNKNOWN_ENCODING]: Unknown encoding: x");
}

TEST(Error, CodeComparesWithStandardAndNodeCodes) {
  const Error system = Error::system(ENOENT, "open");
  EXPECT_EQ(system.code(), std::errc::no_such_file_or_directory);
  EXPECT_NE(system.code(), std::errc::permission_denied);
  EXPECT_NE(system.code(), Errc::aborted);  // Errc::aborted has the number of ENOENT

  const Error node = Errc::aborted;
  EXPECT_EQ(node.code(), Errc::aborted);
  EXPECT_NE(node.code(), Errc::generic);
  EXPECT_NE(node.code(), std::errc::no_such_file_or_directory);
  EXPECT_STREQ(node.code().category().name(), "node");
}

TEST(Error, ComparesWithACodeIgnoringTheMessage) {
  const Error node(Errc::aborted, "in words of its own");
  EXPECT_TRUE(node == Errc::aborted);
  EXPECT_TRUE(Errc::aborted == node);
  EXPECT_FALSE(node != Errc::aborted);
  EXPECT_FALSE(node == Errc::generic);
  EXPECT_TRUE(node == make_error_code(Errc::aborted));
  EXPECT_TRUE(Error("boom") == Errc::generic);

  const Error system = Error::system(ENOENT, "open", "x");
  EXPECT_TRUE(system == std::errc::no_such_file_or_directory);
  EXPECT_TRUE(system == std::error_code(ENOENT, std::system_category()));
  EXPECT_TRUE(system == std::make_error_condition(std::errc::no_such_file_or_directory));
  EXPECT_FALSE(system == std::errc::permission_denied);
  EXPECT_FALSE(system == Errc::aborted) << "whose number is ENOENT's";

  EXPECT_FALSE(Error() == Errc::aborted);
  EXPECT_FALSE(Error() == std::errc::no_such_file_or_directory);
}

TEST(Error, OfNodeHasTheConditionThatTheStandardHasAWordFor) {
  EXPECT_TRUE(Error(Errc::aborted) == std::errc::operation_canceled);
  EXPECT_TRUE(Error(Errc::invalid_arg_value) == std::errc::invalid_argument);
  EXPECT_TRUE(Error(Errc::out_of_range) == std::errc::result_out_of_range);
  EXPECT_FALSE(Error(Errc::stream_destroyed) == std::errc::operation_canceled);
}

TEST(Error, EqualsAnotherOfTheSameCodeAndWords) {
  const Error error("boom");
  const Error copy = error;
  EXPECT_EQ(copy, error);
  EXPECT_EQ(Error("boom"), error);
  EXPECT_EQ(Error(Errc::aborted), Error(Errc::aborted));
  EXPECT_EQ(Error::system(ENOENT, "open", "x"), Error::system(ENOENT, "open", "x"));
  EXPECT_EQ(Error::all_of({error, copy}), Error::all_of({error, error}));

  EXPECT_NE(Error("bang"), error);
  EXPECT_NE(Error(), error);
  EXPECT_NE(error, Error());
  EXPECT_NE(Error(Errc::aborted, "boom"), error);
  EXPECT_NE(Error::system(ENOENT, "open", "x"), Error::system(ENOENT, "open", "y"));
  EXPECT_NE(Error::all_of({error, copy}), Error::all_of({error, Error("boom"), error}));
  EXPECT_NE(caught(1), caught(2)) << "whose causes are two";
}

TEST(Error, AggregateKeepsTwoThatAreEqual) {
  const Error both = Error::aggregate(Error("boom"), Error("boom"));
  EXPECT_EQ(both.errors().size(), 2u);
}

TEST(Error, AboutFillsInTheSubjectOfASystemErrorOnly) {
  const Error error = Error::system(EACCES, "open");
  EXPECT_STREQ(error.about("/etc/x").what(), "EACCES: permission denied, open '/etc/x'");
  EXPECT_EQ(error.about("/etc/x").code(), std::errc::permission_denied);
  EXPECT_STREQ(error.what(), "EACCES: permission denied, open");

  const Error node = Errc::stream_destroyed;
  EXPECT_EQ(node.about("x"), node);
  EXPECT_FALSE(Error().about("x"));
}

TEST(Error, AggregateKeepsBothWithTheMessageOfTheOuter) {
  const Error inner("inner");
  const Error outer = Errc::stream_premature_close;
  const Error both = Error::aggregate(inner, outer);
  EXPECT_EQ(both.message(), "Premature close");
  EXPECT_EQ(both.code(), Errc::stream_premature_close);
  EXPECT_EQ(both.errors(), (std::vector{outer, inner}));
  EXPECT_STREQ(both.what(), "Error [ERR_STREAM_PREMATURE_CLOSE]: Premature close (after: inner)");
}

TEST(Error, AggregateOfAnAggregateIsFlat) {
  const Error a("a"), b("b"), c("c");
  const Error all = Error::aggregate(c, Error::aggregate(b, a));
  EXPECT_EQ(all.errors(), (std::vector{a, b, c}));
  EXPECT_EQ(all.message(), "a");
}

TEST(Error, AggregateOfOneErrorIsThatError) {
  const Error error("boom");
  EXPECT_EQ(Error::aggregate(error, Error()), error);
  EXPECT_EQ(Error::aggregate(Error(), error), error);
  EXPECT_EQ(Error::aggregate(error, error), error);
  EXPECT_FALSE(Error::aggregate(Error(), Error()));
}

TEST(Error, FromTheCurrentExceptionIsTheErrorThatWasThrown) {
  const Error error = Errc::stream_destroyed;
  EXPECT_EQ(caught(error), error);
  EXPECT_TRUE(caught(Error()));  // throwing is no success
}

TEST(Error, FromTheCurrentExceptionKeepsAnyOtherAsItsCause) {
  const Error standard = caught(std::out_of_range("too far"));
  EXPECT_STREQ(standard.what(), "too far");
  EXPECT_EQ(standard.code(), Errc::generic);
  EXPECT_THROW(std::rethrow_exception(standard.cause()), std::out_of_range);

  const Error number = caught(42);
  EXPECT_STREQ(number.what(), "unknown exception");
  EXPECT_THROW(std::rethrow_exception(number.cause()), int);
}

TEST(Error, IsPrintedByStreamsAndByFmt) {
  const Error error = Error::system(ENOENT, "open", "x");
  std::ostringstream out;
  out << error;
  EXPECT_EQ(out.str(), error.what());
  EXPECT_EQ(fmt::format("<{}>", error), "<ENOENT: no such file or directory, open 'x'>");
  EXPECT_EQ(fmt::format("{:>8}", Error("boom")), "    boom");
}

// Under the thread sanitizer: none of these shares a counter that is not atomic.
TEST(Error, LeavesItsThreadAsAnyExceptionDoes) {
  std::promise<void> promise;
  std::thread other([&] {
    const Error error = Error::aggregate(Error::system(ENOENT, "open", "x"), Error("outer"));
    promise.set_exception(std::make_exception_ptr(error));
    EXPECT_EQ(error.errors().size(), 2u);
  });
  try {
    promise.get_future().get();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    const Error copy = error;
    EXPECT_STREQ(copy.what(), "outer (after: ENOENT: no such file or directory, open 'x')");
  }
  other.join();
}

TEST(Error, IsCopiedOnManyThreadsAtOnce) {
  const Error error(Errc::aborted);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([error] {
      for (int n = 0; n < 1000; ++n) {
        Error copy = error;
        const Error moved = std::move(copy);
        EXPECT_EQ(moved.name(), "ABORT_ERR");
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(error, Error(error));
}

}  // namespace
}  // namespace weir
