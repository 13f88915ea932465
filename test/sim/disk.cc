#include "sim/disk.h"

#include <algorithm>
#include <utility>

namespace weir::sim {

const std::string& Disk::content(const std::string& path) const {
  static const std::string kNone;
  const auto found = files_.find(path);
  return found == files_.end() ? kNone : found->second.content;
}

void Disk::put(const std::string& path, std::string content) {
  files_[path] = {.content = content, .durable = content, .name_is_durable = true};
}

void Disk::truncate(const std::string& path) {
  File& file = files_.at(path);
  for (std::size_t page = 0; page * kPage < file.content.size(); ++page) file.dirty.insert(page);
  file.content.clear();
}

std::size_t Disk::write(const std::string& path, std::size_t at, std::string_view bytes) {
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
  for (std::size_t page = at / kPage; page * kPage < at + count; ++page) file.dirty.insert(page);
  return count;
}

Disk::Sync Disk::begin_sync(const std::string& path) {
  const File& file = files_.at(path);
  return {file.content, file.dirty};
}

// Pages that were written again since begin_sync stay dirty only where they differ.
void Disk::end_sync(const std::string& path, const Sync& sync) {
  File& file = files_.at(path);
  file.durable.resize(sync.content.size());
  for (const std::size_t page : sync.pages) {
    const std::size_t at = page * kPage;
    if (at >= sync.content.size()) continue;
    const std::string_view bytes = std::string_view(sync.content).substr(at, kPage);
    file.durable.replace(at, bytes.size(), bytes);
    if (std::string_view(file.content).substr(std::min(at, file.content.size()), kPage) == bytes)
      file.dirty.erase(page);
  }
}

void Disk::fail_sync(const std::string& path) { files_.at(path).dirty.clear(); }

void Disk::sync_folder() {
  for (auto& [path, file] : files_) file.name_is_durable = true;
}

std::optional<std::string> Disk::after_power_loss(const std::string& path, Random& random) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return std::nullopt;
  const File& file = found->second;
  if (!file.name_is_durable && random.chance(50)) return std::nullopt;
  std::string image = file.durable;
  for (const std::size_t page : file.dirty) {
    const std::size_t at = page * kPage;
    if (at >= file.content.size() || random.chance(40)) continue;
    std::string_view bytes = std::string_view(file.content).substr(at, kPage);
    if (random.chance(40)) bytes = bytes.substr(0, random.below(kPage / kSector) * kSector);
    if (image.size() < at + bytes.size()) image.resize(at + bytes.size());
    image.replace(at, bytes.size(), bytes);
  }
  return image;
}

}  // namespace weir::sim
