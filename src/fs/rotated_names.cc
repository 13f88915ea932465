#include "fs/rotated_names.h"

#include "fs/unique_fd.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

namespace weir::fs {
namespace {

constexpr std::size_t kLeastDigits = 6;  // so that lists sort by age

// With any suffix that begins with a dot.
std::optional<RotatedName> parse_numbered(std::string_view name, std::string_view file,
                                          std::string_view suffix) {
  if (!name.starts_with(file)) return std::nullopt;
  name.remove_prefix(file.size());
  if (!name.starts_with('.')) return std::nullopt;
  name.remove_prefix(1);
  const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  const std::string_view rest = name.substr(digits);
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + digits, number);
  const bool is_numbered = digits >= kLeastDigits && failed == std::errc() && number > 0 &&
                           (rest.empty() || rest.starts_with('.') || rest == suffix);
  // "0000001" is another program's.
  if (!is_numbered || (digits > kLeastDigits && name.front() == '0')) return std::nullopt;
  return RotatedName{number, std::string(rest)};
}

}  // namespace

std::string rotated_name(std::string_view file, std::uint64_t number, std::string_view suffix) {
  return fmt::format("{}.{:0{}}{}", file, number, kLeastDigits, suffix);
}

std::optional<RotatedName> parse_rotated(std::string_view name, std::string_view file,
                                         std::string_view suffix) {
  auto parsed = parse_numbered(name, file, suffix);
  if (parsed && !parsed->suffix.empty() && parsed->suffix != suffix) return std::nullopt;
  return parsed;
}

int list_rotated(int folder, std::string_view file, std::string_view suffix, RotatedNames& found) {
  UniqueFd readable(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!readable) return errno;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(readable.get()), &::closedir);
  if (!entries) return errno;
  static_cast<void>(readable.release());  // closedir closes it
  errno = 0;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (auto name = parse_numbered(entry->d_name, file, suffix)) {
      found.last = std::max(found.last, name->number);
      if (name->suffix.empty() || name->suffix == suffix) found.ours.push_back(*std::move(name));
    }
    errno = 0;
  }
  if (errno != 0) return errno;
  std::ranges::sort(found.ours);
  return 0;
}

std::uint64_t first_kept(const std::vector<RotatedName>& rotated, std::size_t keep) noexcept {
  std::uint64_t first = rotated.empty() ? 1 : rotated.back().number + 1;
  std::size_t kept = 0;
  for (auto each = rotated.rbegin(); each != rotated.rend(); ++each) {
    if (each->number == first) continue;
    if (kept++ == keep) break;
    first = each->number;
  }
  return first;
}

}  // namespace weir::fs
