"""The site that script/docs builds, in headless Chromium. `script/docs --check` runs it."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "inspect"))
import browser  # noqa: E402

SKIPPED = 77  # ctest's code
SITE = pathlib.Path(os.environ.get("SITE", ROOT / "build" / "site"))
WEIR = pathlib.Path(os.environ.get("WEIR", ROOT / "build" / "release" / "bin" / "weir"))

# Follows every link of the pages from the front page on; resolves with the dead ones. Anchors count.
CRAWL = """
const done = arguments[arguments.length - 1];
const pages = new Map();  // address -> the names of its anchors, or null if it is no page
const links = [];         // [page, target]
async function visit(address) {
  if (pages.has(address)) return;
  pages.set(address, null);
  const answer = await fetch(address);
  if (!answer.ok) return;
  pages.set(address, new Set());
  if (!(answer.headers.get("content-type") ?? "").includes("html")) return;
  const html = new DOMParser().parseFromString(await answer.text(), "text/html");
  pages.set(address, new Set([...html.querySelectorAll("[id], [name]")].flatMap(({id, name}) => [id, name])));
  const found = [...html.querySelectorAll("a[href], img[src], link[href], script[src]")]
    .map((one) => new URL(one.getAttribute("href") ?? one.getAttribute("src"), address))
    .filter((url) => url.origin === location.origin);
  for (const url of found) links.push([address, url.href]);
  for (const url of found) await visit(url.href.split("#")[0]);
}
visit(new URL(".", location).href).then(() => {
  const dead = links.filter(([, target]) => {
    const [address, anchor] = target.split("#");
    return !pages.get(address) || (anchor && !anchor.startsWith("__") && !pages.get(address).has(decodeURIComponent(anchor)));
  });
  done([pages.size, [...new Set(dead.map(([from, to]) => `${from} -> ${to}`))]]);
});
"""


class SiteTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        server = subprocess.Popen([WEIR, "serve", SITE, "--port", "0", "--quiet"], stderr=subprocess.PIPE, text=True)
        cls.addClassCleanup(server.stderr.close)
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.terminate)
        cls.address = re.search(r"http://\S+", server.stderr.readline())[0].rstrip("/") + "/"
        cls.page = browser.Browser()
        cls.addClassCleanup(cls.page.close)

    def open(self, path="", **look):
        self.page.show(**look)
        self.page.open(self.address + path)

    def test_no_link_is_dead(self):
        self.open()
        pages, dead = self.page.driver.execute_async_script(CRAWL)
        self.assertGreater(pages, 250)
        self.assertEqual(dead, [])

    def test_the_search_finds_a_name_of_node_and_one_of_weir(self):
        for words, page in (("highWaterMark", "coming-from/node/"), ("create_write_stream", "reference/fs/write_stream/")):
            self.open()
            self.page.run("document.querySelector('.md-search__input').focus()")
            self.page.wait("document.activeElement.matches('.md-search__input')")
            self.page.press(words)
            found = self.page.wait(
                "all('.md-search-result__link').length && all('.md-search-result__link').map(({href}) => href)")
            self.assertTrue(any(page in address for address in found), found)

    def test_a_phone_shows_the_pages_without_moving_them_sideways(self):
        for path in ("", "start/", "how-to/", "learn/coroutines/", "coming-from/node/", "explain/performance/",
                     "reference/stream/writable/", "reference/options/", "reference/names/"):
            with self.subTest(path):
                self.open(path, width=360, height=740)
                self.assertEqual(self.page.run("return document.documentElement.scrollWidth"), 360)
                size = self.page.run("return parseFloat(getComputedStyle(document.querySelector('article')).fontSize)")
                self.assertGreaterEqual(size, 14)

    def test_nothing_is_loaded_from_elsewhere(self):
        for path in ("", "reference/fs/write_stream/"):
            self.open(path)
            loaded = self.page.run("return performance.getEntriesByType('resource').map(({name}) => name)")
            self.assertEqual([name for name in loaded if not name.startswith(self.address)], [])
            self.assertEqual(self.page.console(), [])

    def test_the_page_is_dark_where_the_system_is(self):
        for scheme, name in (("dark", "slate"), ("light", "default")):
            self.page.open(self.address)
            self.page.run("localStorage.clear()")
            self.open(scheme=scheme)
            self.assertEqual(self.page.run("return document.body.dataset.mdColorScheme"), name)


if __name__ == "__main__":
    reason = browser.missing()
    if not (SITE / "index.html").exists():
        reason = f"{SITE} is not built (script/docs --build)"
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main()
