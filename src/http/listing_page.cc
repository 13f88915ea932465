// The HTML of a listing: a table that needs no script, in the colours that the reader prefers.
#include "http/date.h"
#include "http/listing.h"
#include "http/request_path.h"

#include <array>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>

namespace weir::http {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ground: #f1f4f5; --card: #fff; --line: #dbe3e7; --text: #16212a;
  --muted: #55656e; --link: #1668a0; --row: #f3f7f9;
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0e1417; --card: #141b1f; --line: #29353b; --text: #e7eef1; --muted: #9bacb5;
    --link: #6fbbe6; --row: #1a2328; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; background: var(--ground);
  color: var(--text); }
h1 { margin: 0 0 1rem; font-size: 1.35rem; font-weight: 650; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; background: var(--card); border-radius: 10px;
  overflow: hidden; box-shadow: 0 0 0 1px var(--line); }
th, td { padding: .42rem .9rem; text-align: left; border-top: 1px solid var(--line); }
thead th { border-top: 0; font-size: .85rem; font-weight: 600; white-space: nowrap; }
thead a { color: var(--muted); }
thead [aria-sort] a { color: var(--text); }
tbody tr:hover { background: var(--row); }
td:first-child { overflow-wrap: anywhere; }
.size, .time { width: 1%; white-space: nowrap; color: var(--muted);
  font-variant-numeric: tabular-nums; }
.size { text-align: right; }
.folder { font-weight: 600; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
footer { margin: .8rem .2rem; color: var(--muted); font-size: .85rem; }
@media (max-width: 34rem) { .time { display: none; } th, td { padding: .5rem .7rem; } }
)";

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

struct Column {
  ListingOrder::By by;
  std::string_view key;
  std::string_view title;
  std::string_view style;
};

constexpr std::array<Column, 3> kColumns{{{ListingOrder::By::name, "name", "Name", ""},
                                          {ListingOrder::By::size, "size", "Size", "size"},
                                          {ListingOrder::By::time, "time", "Changed", "time"}}};

// A click on the current column reverses it. Sizes and times begin with the greatest.
void append_head(std::string& page, ListingOrder order) {
  page += "<thead><tr>";
  for (const Column& column : kColumns) {
    const bool is_current = column.by == order.by;
    const bool descends = is_current ? !order.is_descending : column.by != ListingOrder::By::name;
    const std::string_view mark = !is_current ? "" : order.is_descending ? " ↓" : " ↑";
    const std::string_view state = !is_current           ? ""
                                   : order.is_descending ? " aria-sort=\"descending\""
                                                         : " aria-sort=\"ascending\"";
    fmt::format_to(std::back_inserter(page),
                   "<th scope=\"col\" class=\"{}\"{}><a href=\"?sort={}{}\">{}{}</a></th>",
                   column.style, state, column.key, descends ? "&amp;order=desc" : "", column.title,
                   mark);
  }
  page += "</tr></thead>\n";
}

// "2026-11-27 20:59"
std::string minute_of(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min);
}

void append_row(std::string& page, const ListedEntry& entry) {
  const std::string_view slash = entry.is_folder ? "/" : "";
  const std::string size =
      entry.is_folder ? std::string() : fmt::format(" title=\"{} bytes\"", entry.size);
  // "./" keeps "a:b" from being read as a scheme.
  fmt::format_to(std::back_inserter(page),
                 "<tr><td{}><a href=\"./{}{}\">{}{}</a></td><td class=\"size\"{}>{}</td>"
                 "<td class=\"time\"><time title=\"{}\">{}</time></td></tr>\n",
                 entry.is_folder ? " class=\"folder\"" : "", encode_path_part(entry.name), slash,
                 escaped(entry.name), slash, size,
                 entry.is_folder ? std::string() : size_for_people(entry.size),
                 http_date(entry.modified), minute_of(entry.modified));
}

std::string count_of(std::size_t number, std::string_view one, std::string_view more) {
  return fmt::format("{} {}", number, number == 1 ? one : more);
}

}  // namespace

std::string size_for_people(std::int64_t bytes) {
  static constexpr std::array<std::string_view, 5> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // A size that would be rounded to 1024 belongs to the next unit.
  for (; size >= 1023.5 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  return fmt::format("{:.{}f} {}", size, size < 9.95 ? 1 : 0, kUnits[unit]);
}

std::string page_of(const std::vector<ListedEntry>& entries, std::string_view title,
                    bool has_parent, ListingOrder order) {
  const std::string shown = escaped(title);
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{0}</title>\n"
      "<style>{1}</style></head>\n<body><h1>{0}</h1>\n<table>\n",
      shown, kStyle);
  append_head(page, order);
  page += "<tbody>\n";
  if (has_parent)
    page += "<tr><td class=\"folder\" colspan=\"3\"><a href=\"../\">../</a></td></tr>\n";
  std::size_t folders = 0;
  std::int64_t bytes = 0;
  for (const ListedEntry& entry : entries) {
    append_row(page, entry);
    if (entry.is_folder)
      ++folders;
    else
      bytes += entry.size;
  }
  const std::size_t files = entries.size() - folders;
  return page + fmt::format(
                    "</tbody></table>\n<footer>{}, {}, {}. Times are UTC.</footer>\n"
                    "</body></html>\n",
                    count_of(folders, "directory", "directories"), count_of(files, "file", "files"),
                    size_for_people(bytes));
}

}  // namespace weir::http
