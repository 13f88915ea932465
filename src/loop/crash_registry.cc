#include "loop/crash_registry.h"

namespace weir::internal {

void CrashEntry::enter(Link& first) noexcept {
  leave_registry();
  CrashEntry* const second = first;
  next_ = second;
  link_ = &first;
  if (second) second->link_ = &next_;
  first = this;
}

void CrashEntry::leave_registry() noexcept {
  if (!link_) return;
  CrashEntry* const after = next_;
  *link_ = after;
  if (after) after->link_ = link_;
  link_ = nullptr;
}

CrashRegistry::~CrashRegistry() {
  for (CrashEntry::Link* const list : {&writers_, &records_})
    while (CrashEntry* const entry = *list) entry->leave_registry();
}

void CrashRegistry::flush(CrashWriter& writer) noexcept {
  CrashFile file = writer.crash_flush();
  for (CrashEntry* entry = records_; entry && file.accepts(); entry = entry->next_) {
    auto& records = static_cast<CrashRecords&>(*entry);
    if (records.crash_key() == writer.crash_key()) records.crash_flush(file);
  }
}

}  // namespace weir::internal
