#include "weir/nats_ids.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace tool {
namespace {

// FNV-1a, whose results are the same everywhere.
std::uint64_t hash(std::string_view text) noexcept {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return sum;
}

std::uint64_t hash_of_path(std::string_view path) {
  std::error_code unknown;
  const auto absolute = std::filesystem::weakly_canonical(std::filesystem::path(path), unknown);
  return hash(unknown ? std::string(path) : absolute.string());
}

std::string id_of(std::uint64_t file, std::uint64_t offset, std::string_view line) {
  return fmt::format("weir-{:016x}-{}-{:016x}", file, offset, hash(line));
}

}  // namespace

LineIds::LineIds(std::string_view path, std::uint64_t start)
    : file_(hash_of_path(path)), offset_(start) {}

std::string LineIds::next(std::string_view line) {
  std::string id = id_of(file_, offset_, line);
  offset_ += line.size() + 1;
  return id;
}

std::string id_of_file(std::string_view path) { return fmt::format("{:016x}", hash_of_path(path)); }

bool look_at_file(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(path, unknown);
}

std::optional<std::uint64_t> end_in_file(const std::string& path, std::string_view id,
                                         std::string_view line, LineEnd line_end) {
  const std::string prefix = fmt::format("weir-{:016x}-", hash_of_path(path));
  if (!id.starts_with(prefix)) return std::nullopt;
  std::uint64_t offset = 0;
  const char* const digits = id.data() + prefix.size();
  if (std::from_chars(digits, id.data() + id.size(), offset).ec != std::errc()) return std::nullopt;
  std::string found(line.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.seekg(static_cast<std::streamoff>(offset)) ||
      !file.read(found.data(), static_cast<std::streamsize>(found.size())) || found != line)
    return std::nullopt;
  offset += line.size();
  if (line_end == LineEnd::missing || file.peek() == std::ifstream::traits_type::eof())
    return offset;
  return file.get() == '\n' ? std::optional(offset + 1) : std::nullopt;
}

}  // namespace tool
