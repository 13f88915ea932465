#include <weir/testing/simulated_disk.h>

#include <algorithm>
#include <utility>

namespace weir::test {

const std::string& SimulatedDisk::content(const std::string& path) const {
  static const std::string kNone;
  const auto found = files_.find(path);
  return found == files_.end() ? kNone : found->second.content;
}

void SimulatedDisk::File::touch(std::size_t at, std::size_t size) {
  if (size == 0) return;
  const std::size_t last = (at + size - 1) / kPage;
  if (dirty.size() <= last) dirty.resize(last + 1);
  for (std::size_t page = at / kPage; page <= last; ++page) dirty[page] = true;
}

void SimulatedDisk::put(const std::string& path, std::string content) {
  files_[path] = {
      .content = content, .durable = content, .name_is_durable = true, .first_sync = syncs_ + 1};
}

void SimulatedDisk::truncate(const std::string& path) {
  File& file = files_.at(path);
  file.touch(0, file.content.size());
  file.content.clear();
}

std::size_t SimulatedDisk::write(const std::string& path, std::size_t at, std::string_view bytes) {
  File& file = files_.at(path);
  std::size_t count = bytes.size();
  const std::size_t end = at + count;
  if (room_ && end > file.content.size()) {
    const std::size_t most = file.content.size() + *room_;
    count = std::min(count, most > at ? most - at : 0);
  }
  if (count == 0) return 0;
  if (at + count > file.content.size()) {
    if (room_) *room_ -= at + count - file.content.size();
    file.content.resize(at + count);
  }
  file.content.replace(at, count, bytes.substr(0, count));
  file.touch(at, count);
  return count;
}

SimulatedDisk::Sync SimulatedDisk::begin_sync(const std::string& path) {
  const File& file = files_.at(path);
  return {file.content, file.dirty, ++syncs_};
}

// Pages that were written again since begin_sync stay dirty only where they differ. A sync that
// ends after a later one changes neither the size nor the pages that the later one has written.
void SimulatedDisk::end_sync(const std::string& path, const Sync& sync) {
  File& file = files_.at(path);
  if (sync.number < file.first_sync) return;
  if (sync.number > file.last_sync) {
    file.durable.resize(sync.content.size());
    file.last_sync = sync.number;
  }
  if (file.synced_by.size() < sync.pages.size()) file.synced_by.resize(sync.pages.size());
  const std::size_t size = std::min(sync.content.size(), file.durable.size());
  for (std::size_t page = 0; page < sync.pages.size(); ++page) {
    const std::size_t at = page * kPage;
    if (!sync.pages[page] || at >= size || file.synced_by[page] > sync.number) continue;
    file.synced_by[page] = sync.number;
    const std::string_view bytes =
        std::string_view(sync.content).substr(at, std::min(kPage, size - at));
    file.durable.replace(at, bytes.size(), bytes);
    // A sync that failed meanwhile has made all pages clean.
    if (page < file.dirty.size() &&
        std::string_view(file.content).substr(std::min(at, file.content.size()), kPage) == bytes)
      file.dirty[page] = false;
  }
}

void SimulatedDisk::fail_sync(const std::string& path) { files_.at(path).dirty.clear(); }

void SimulatedDisk::sync_folder() {
  for (auto& [path, file] : files_) file.name_is_durable = true;
}

std::optional<std::string> SimulatedDisk::after_power_loss(const std::string& path,
                                                           Random& random) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return std::nullopt;
  const File& file = found->second;
  if (!file.name_is_durable && random.chance(50)) return std::nullopt;
  std::string image = file.durable;
  for (std::size_t page = 0; page < file.dirty.size(); ++page) {
    const std::size_t at = page * kPage;
    if (!file.dirty[page] || at >= file.content.size() || random.chance(40)) continue;
    std::string_view bytes = std::string_view(file.content).substr(at, kPage);
    if (random.chance(40)) bytes = bytes.substr(0, random.below(kPage / kSector) * kSector);
    if (image.size() < at + bytes.size()) image.resize(at + bytes.size());
    image.replace(at, bytes.size(), bytes);
  }
  return image;
}

}  // namespace weir::test
