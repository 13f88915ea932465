// The objects of a Loop whose data a CrashFlush writes. Each adds itself, also if there is no
// CrashFlush yet.
#pragma once

#include "loop/crash_file.h"
#include "loop/loop_core.h"

#include <atomic>

namespace weir::internal {

// An entry in a list of the registry. A signal handler may read the list at any time; only the
// loop's thread changes it.
class CrashEntry {
 public:
  CrashEntry(const CrashEntry&) = delete;
  CrashEntry& operator=(const CrashEntry&) = delete;

 protected:
  CrashEntry() noexcept = default;
  ~CrashEntry() { leave_registry(); }

  void leave_registry() noexcept;

 private:
  friend class CrashRegistry;
  using Link = std::atomic<CrashEntry*>;

  void enter(Link& first) noexcept;

  Link next_ = nullptr;
  Link* link_ = nullptr;  // that points to this
};

// A stream into a file. Functions of both classes are called by a signal handler.
class CrashWriter : public CrashEntry {
 public:
  // The stream's address, which its Records name.
  virtual const void* crash_key() const noexcept = 0;
  // Writes what is accepted and not written. Returns the file, for later bytes.
  virtual CrashFile crash_flush() noexcept = 0;

 protected:
  ~CrashWriter() = default;
};

// Bytes that will be written into a stream after those that it has.
class CrashRecords : public CrashEntry {
 public:
  virtual const void* crash_key() const noexcept = 0;
  virtual void crash_flush(CrashFile& file) noexcept = 0;

 protected:
  ~CrashRecords() = default;
};

class CrashRegistry final : public LoopLocal {
 public:
  explicit CrashRegistry(Loop&) noexcept {}
  CrashRegistry(const CrashRegistry&) = delete;
  CrashRegistry& operator=(const CrashRegistry&) = delete;
  ~CrashRegistry() override;

  void add(CrashWriter& writer) noexcept { writer.enter(writers_); }
  void add(CrashRecords& records) noexcept { records.enter(records_); }

  // Calls `flush` with each writer.
  template <class Flush>
  void for_each_writer(Flush flush) noexcept {
    for (CrashEntry* entry = writers_; entry; entry = entry->next_)
      flush(static_cast<CrashWriter&>(*entry));
  }
  // Writes one writer's data, then its records.
  void flush(CrashWriter& writer) noexcept;

 private:
  CrashEntry::Link writers_ = nullptr;
  CrashEntry::Link records_ = nullptr;
};

}  // namespace weir::internal
