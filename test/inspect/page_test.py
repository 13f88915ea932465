"""The inspector page in headless Chromium, with made-up programs."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import browser
import mock
from worlds import MIB, Chain, Churn, Crowd, Failing, Hostile, Hundred, Lines, Proxy, Slow, Threads

SKIPPED = 77  # ctest's code
LIMIT = 150_000  # bytes of the page
WIDTHS = (360, 768, 1280)
ARROWS = {"right": "\ue014", "left": "\ue012", "down": "\ue015", "up": "\ue013"}
ENTER, ESCAPE, TAB = "\ue007", "\ue00c", "\ue004"

# Edges as "title>title", where each title is unique.
EDGES = 'all(".edge").map(({dataset}) => `${title(dataset.from)}>${title(dataset.to)}`).sort()'
PLACES = """Object.fromEntries(all(".vessel").map((one) => {
  const {x, y, width, height} = one.getBoundingClientRect();
  return [one.querySelector(".title").textContent, [x, y + scrollY, width, height]];
}))"""


def embedded(folder):
    """The page as the program embeds it."""
    for file in mock.PAGE.iterdir():
        if file.suffix == ".svg":
            shutil.copy(file, folder)
        else:
            subprocess.run([os.environ.get("CMAKE", "cmake"), f"-DINPUT={file}", f"-DOUTPUT={folder / file.name}", "-P",
                            mock.ROOT / "cmake" / "weir_compact.cmake"], check=True)
    return folder


class PageTest(unittest.TestCase):
    page = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.files = embedded(pathlib.Path(folder.name))
        cls.page = browser.Browser()
        cls.addClassCleanup(cls.page.close)

    def start(self, *worlds, **options):
        server = mock.Mock(*worlds, page=self.files, **options)
        self.addCleanup(server.stop)
        return server

    def open(self, *worlds, steps=4, token=None, query="", **look):
        """Shows these programs, after some intervals."""
        server = self.start(*worlds, token=token)
        server.step(steps)
        self.page.show(**look)
        self.page.open(server.address + query)
        if token is None or query:
            self.page.wait("text('#connection') === 'live' && all('.band').length > 0")
        return server

    def step(self, server, times=1):
        """Intervals that the page has drawn, when this returns."""
        server.step(times)
        world = server.worlds[0]
        last = world.time + (len(world.loops) - 1) / 8  # each loop has its update
        self.page.wait("Number(document.querySelector('.band').dataset.time) === arguments[0]", last)

    def assert_quiet(self):
        """Nothing was blocked by the policy, and no script failed."""
        self.assertEqual(self.page.console(), [])


class GraphTest(PageTest):
    def test_a_slow_destination_is_marked_as_the_bottleneck(self):
        server = self.open(Slow(), steps=8)
        self.page.wait("all('.vessel[data-tone=slow]').length === 1")
        slow = self.page.run("""
            const one = document.querySelector(".vessel[data-tone=slow]");
            return [".title", ".pill", ".status"].map((part) => one.querySelector(part).textContent);""")
        self.assertEqual(slow[:2], ["/mnt/usb/access.log.gz", "bottleneck"])
        self.assertIn("full", slow[2])
        self.assertIn("Bottleneck: /mnt/usb/access.log.gz, full", self.page.run("return text('.bottleneck-line')"))
        self.assertIn("bottleneck", self.page.run("return vessel('/mnt/usb/access.log.gz').getAttribute('aria-label')"))
        self.page.run("document.querySelector('.bottleneck-line').click()")
        self.page.wait("text('.details-title') === '/mnt/usb/access.log.gz'")

        server.worlds[0].streams[3].speed = 900 * MIB
        self.step(server, 4)
        self.page.wait("all('.vessel[data-tone=slow]').length === 0 && text('.bottleneck-line') === 'no bottleneck'")
        self.assert_quiet()

    def test_a_graph_with_tee_transform_and_sockets_has_their_edges(self):
        for width in WIDTHS:
            with self.subTest(width=width):
                server = self.open(Proxy(), width=width)
                self.step(server)
                self.page.wait("all('.vessel').length === 8")
                self.assertEqual(self.page.run(f"return {EDGES}"), [
                    "10.0.0.7:52814>POST /logs", "200 OK>10.0.0.7:52814", "POST /logs>tee", "gzip>relay.log.gz",
                    "tee>collector.example:6514", "tee>copy.log", "tee>gzip"])
                self.assertEqual(self.page.run("return all('.edge.via').map(({dataset}) => title(dataset.from)).sort()"),
                                 ["10.0.0.7:52814", "200 OK"])
                sides = self.page.run("""return Object.fromEntries(all(".vessel").map((one) => [
                    one.querySelector(".title").textContent,
                    [...one.querySelectorAll(".chamber")].map((side) => side.classList[1])]))""")
                both, write, read = ["write", "read"], ["write"], ["read"]
                self.assertEqual(sides, {
                    "10.0.0.7:52814": both, "POST /logs": read, "tee": both, "gzip": both, "relay.log.gz": write,
                    "collector.example:6514": both, "copy.log": write, "200 OK": write})
        self.assert_quiet()

    def test_a_pipe_leads_to_the_right_or_down_and_ends_at_its_vessels(self):
        for width in WIDTHS:
            with self.subTest(width=width):
                self.open(Proxy(), width=width)
                self.page.wait("all('.vessel').length === 8")
                places = self.page.run(f"return {PLACES}")
                axis = 0 if width == 1280 else 1
                for pipe in self.page.run(f"return {EDGES}"):
                    source, target = pipe.split(">")
                    if source != "200 OK":
                        self.assertLess(places[source][axis], places[target][axis], pipe)
                ends = self.page.run("""return all(".edge:not(.via)").map((edge) => {
                    const path = edge.querySelector(".pipe");
                    const {left, top} = document.querySelector(".canvas").getBoundingClientRect();
                    const near = (key, length) => {
                      const point = path.getPointAtLength(length);
                      const box = document.querySelector(`.vessel[data-key="${key}"]`).getBoundingClientRect();
                      const x = left + point.x, y = top + point.y;
                      return Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
                    };
                    return Math.max(near(edge.dataset.from, 0), near(edge.dataset.to, path.getTotalLength()));
                })""")
                self.assertEqual(len(ends), 5)
                self.assertLess(max(ends), 10)

    def test_levels_marks_and_rates_are_those_of_the_streams(self):
        server = self.open(Slow())
        self.step(server, 8)
        self.page.wait("vessel('gzip')")
        target = server.worlds[0].streams[3]
        before = dict(target.write)
        for _ in range(4):  # a rate is that of the last second
            self.step(server)
        level, mark, water, rates = self.page.run("""
            const one = vessel("/mnt/usb/access.log.gz");
            const water = one.querySelector(".water");
            return [one.querySelector(".level").textContent, one.querySelector(".of").textContent,
                    water.style.transform, [one.querySelector(".in").textContent, one.querySelector(".out").textContent]];""")
        self.assertEqual(level, f"{target.write['length'] / 1024:.1f} KiB")
        self.assertEqual(mark, "of 16 KiB")
        height = min(1, target.write["length"] / target.write["mark"] * 0.8) * 100
        self.assertAlmostEqual(float(water.removeprefix("translateY(").removesuffix("%)")), 100 - height, delta=0.11)
        taken = (target.write["bytes_out"] - before["bytes_out"]) / 1024
        written = (target.write["bytes_in"] - before["bytes_in"]) / 1024
        self.assertGreater(taken, 100)
        self.assertEqual(rates, [f"{written:.0f} KiB/s", f"{taken:.0f} KiB/s"])
        self.assertEqual(self.page.run("return text('.edge[data-to=s3] text')"), rates[0])

    def test_a_stream_that_stands_still_has_no_rate(self):
        server = self.open(Lines())
        self.step(server, 4)
        self.page.wait("vessel('out-1')?.querySelector('.in').textContent === '1.0 MiB/s'")
        for stream in server.worlds[0].streams.values():
            stream.speed = 0
        server.worlds[0].streams[1].read["length"] = 0
        self.step(server, 12)
        self.assertEqual(set(self.page.run("return texts('.vessel .in')")), {"0 B/s"})
        self.assertEqual(set(self.page.run("return texts('.edge text')")), {""})

    def test_a_stream_that_comes_or_goes_does_not_move_the_others(self):
        for width in WIDTHS:
            with self.subTest(width=width):
                server = self.open(Lines(), width=width)
                world = server.worlds[0]
                self.page.wait("all('.vessel').length === 6")
                before = self.page.run(f"return {PLACES}")
                chain = world.add()
                self.step(server)
                self.page.wait("vessel('out-4')")
                after = self.page.run(f"return {PLACES}")
                self.assertEqual({name: after[name] for name in before}, before)
                for stream in world.streams[1], world.streams[2]:
                    world.remove(stream)
                self.step(server)
                self.page.wait("!vessel('out-1')")  # after its moment as gone
                last = self.page.run(f"return {PLACES}")
                self.assertEqual(last, {name: place for name, place in after.items() if name not in ("in-1", "out-1")})
                world.remove(chain[0])

    def test_a_place_that_is_free_is_used_again(self):
        server = self.open(Lines())
        world = server.worlds[0]
        self.page.wait("all('.vessel').length === 6")
        place = self.page.run(f"return {PLACES}")["in-1"]
        for stream in world.streams[1], world.streams[2]:
            world.remove(stream)
        self.step(server)
        self.page.wait("!vessel('out-1')")
        world.add()
        self.step(server)
        self.page.wait("vessel('out-4')")
        self.assertEqual(self.page.run(f"return {PLACES}")["in-4"], place)

    def test_a_pipe_that_is_made_later_puts_the_destination_after_its_source(self):
        world = Lines()
        server = self.open(world)
        target = world.streams[2]
        middle = type(target)(world, "Gzip", "late", write=1024, read=1024, speed=MIB)
        world.streams[1].targets, target.sources = [], []
        world.streams[1].pipe(middle)
        middle.pipe(target)
        self.step(server)
        self.page.wait("vessel('late')")
        places = self.page.run(f"return {PLACES}")
        self.assertLess(places["in-1"][0], places["late"][0])
        self.assertLess(places["late"][0], places["out-1"][0])
        self.assertIn("late>out-1", self.page.run(f"return {EDGES}"))
        boxes = [tuple(place[:2]) for place in places.values()]
        self.assertEqual(len(boxes), len(set(boxes)))

    def test_a_cycle_of_pipes_is_drawn(self):
        world = Lines()
        one, other = world.streams[1], world.streams[2]
        other.read, one.write = dict(one.read), dict(other.write)
        other.pipe(one)
        self.open(world, steps=0)
        self.page.wait("all('.vessel').length === 6")
        self.assertIn("out-1>in-1", self.page.run(f"return {EDGES}"))
        self.assert_quiet()


class NumbersTest(PageTest):
    def test_nothing_moves_and_no_vessel_is_made_again_while_numbers_change(self):
        for width, world in (360, Proxy()), (768, Proxy()), (1280, Hundred()):
            with self.subTest(width=width):
                server = self.open(world, width=width)
                self.step(server, 4)
                self.page.wait("all('.vessel').length > 5")
                everything = """all(".vessel, .loop, .number, .bottleneck-line, .graph, .chamber").map((one) => {
                    const {x, y, width, height} = one.getBoundingClientRect();
                    return [one.className.replace(" is-found", ""), x, y, width, height].join();
                })"""
                before = self.page.run(f"return {everything}")
                self.page.run("""
                    window.made = 0;
                    new MutationObserver((changes) => {
                      for (const change of changes) {
                        made += [...change.addedNodes, ...change.removedNodes].filter((one) => one.nodeType === 1).length;
                      }
                    }).observe(document.querySelector("main"), {childList: true, subtree: true});""")
                for _ in range(10):
                    self.step(server)
                    self.assertEqual(self.page.run(f"return {everything}"), before)
                self.assertEqual(self.page.run("return made"), 0)

    def test_a_loop_shows_its_latency_and_what_keeps_it_running(self):
        server = self.open(Proxy())
        self.step(server, 2)
        numbers = self.page.run("""return Object.fromEntries(all(".loop .number").map((one) =>
            [one.querySelector(".label").textContent, one.querySelector(".value").textContent]))""")
        self.assertEqual(set(numbers), {"busy", "p50", "p99", "max", "turns/s"})
        self.assertEqual(numbers["busy"], "42 %")
        self.assertEqual(numbers["turns/s"], "4,800")
        for name in "p50", "p99", "max":
            self.assertRegex(numbers[name], r"^\d.* ms$")
        self.assertIn("Socket '10.0.0.7:52814'", self.page.run("return text('.keeps')"))
        self.page.run("document.querySelector('.loop').click()")
        self.page.wait("text('.details-title') === 'loop main' && all('#details canvas').length === 2")
        self.assertEqual(len(self.page.run("return texts('.reasons li')")), 8)
        self.assert_quiet()

    def test_loops_with_updates_of_their_own_keep_their_numbers(self):
        server = self.open(Threads())
        self.step(server, 8)
        self.page.wait("all('.vessel').length === 4")
        self.assertEqual(self.page.run("return texts('.loop-name')"), ["loop main", "loop thread 2"])
        self.assertEqual(set(self.page.run("return texts('.loop .number .value').filter((one) => one.includes('%'))")), {"42 %"})
        for _ in range(6):
            self.step(server)
            self.assertEqual(self.page.run("""return all(".vessel[data-tone=slow] .title").map((one) => one.textContent)"""),
                             ["out-1", "out-2"])
            rates = self.page.run("return texts('.edge text')")
            self.assertEqual(len(rates), 2)
            for rate in rates:
                self.assertRegex(rate, r"^(\d{3,4} KiB/s|1\.0 MiB/s)$")
        self.page.run("vessel('out-2').click()")
        self.page.wait("text('.details-subtitle') === 'WriteStream · open · #2'")
        rows = self.page.driver.execute_async_script("""
            const done = arguments[0];
            import("./state.js").then(({Process}) => {
              const process = new Process({process: 0, interval: 250});
              const side = {mark: 1, length: 0, peak: 0, bytes_in: 0, bytes_out: 0};
              for (let time = 0; time < 200_000; time += 250) {
                for (const loop of [0, 1]) {
                  process.update({time: time + loop, gone: [], bottlenecks: [], loops: [{id: loop, turns: 1, busy: 0, latency: {}}],
                    streams: [{id: loop, loop, kind: "", name: "", write: {...side, bytes_in: time}, read: null}]});
                }
              }
              done([...process.streams.values()].map(({history, rateIn}) => [history.times[history.first], rateIn]));
            });""")
        self.assertEqual(rows, [[79750, 1000], [79751, 1000]])

    def test_units_are_for_people(self):
        units = self.page
        self.open(Lines())
        printed = units.driver.execute_async_script("""
            const done = arguments[0];
            import("./units.js").then(({age, bytes, count, milliseconds, percent, rate}) => done([
              bytes(0), bytes(1023), bytes(1024), bytes(1024 * 99.94), bytes(1024 * 1023.4), bytes(1024 * 1023.6), bytes(5 * 2 ** 40),
              rate(1536, false), rate(1536, true), count(1234567), percent(0.426),
              milliseconds(0), milliseconds(0.021), milliseconds(1.26), milliseconds(12.4), milliseconds(999.4),
              milliseconds(1500), milliseconds(61000), milliseconds(3_720_000), age(999), age(59_999), age(61_500)]));""")
        self.assertEqual(printed, [
            "0 B", "1023 B", "1.0 KiB", "99.9 KiB", "1023 KiB", "1.0 MiB", "5.0 TiB", "1.5 KiB/s", "1,536/s", "1,234,567", "43 %",
            "0 ms", "0.02 ms", "1.3 ms", "12 ms", "999 ms", "1.5 s", "1 min 1 s", "1 h 2 min", "0 s", "59 s", "1 min 1 s"])

    def test_an_object_stream_counts_objects(self):
        world = Lines()
        target = world.streams[2]
        target.object_mode, target.speed = True, 0
        target.write.update(mark=16, length=1234567, bytes_in=1234567)
        self.open(world, steps=0)
        self.page.wait("vessel('out-1')")
        level, mark, rate = self.page.run("""const one = vessel("out-1");
            return [".level", ".of", ".in"].map((part) => one.querySelector(part).textContent)""")
        self.assertEqual((level, mark, rate), ("1,234,567", "of 16", "0/s"))

    def test_errors_are_named_with_their_message(self):
        server = self.open(Failing(), steps=2)
        self.step(server, 4)
        self.page.wait("all('.errors li').length === 2")
        errors = self.page.run("""return all(".errors li").map((one) =>
            [one.querySelector("strong").textContent, one.querySelector(".error-message").textContent])""")
        self.assertIn(["/mnt/full/two.jpg", "ENOSPC: no space left on device, write"], errors)
        pill, status = self.page.run("""const one = vessel("/mnt/full/two.jpg");
            return [one.querySelector(".pill").textContent, one.querySelector(".status").textContent]""")
        self.assertEqual((pill, status), ("failed", "ENOSPC: no space left on device, write"))
        self.assertIn("ENOSPC", self.page.run("return vessel('/mnt/full/two.jpg').getAttribute('aria-label')"))
        self.assertIn("ENOSPC", self.page.run("return text('#news')"))
        # The error stays when its stream is gone.
        for stream in list(server.worlds[0].streams.values()):
            server.worlds[0].remove(stream)
        self.step(server)
        self.page.wait("all('.vessel').length === 0")
        self.assertEqual(self.page.run("return all('.errors li').length"), 2)

    def test_names_with_markup_are_text(self):
        server = self.open(Hostile())
        self.step(server)
        self.page.wait("all('.vessel').length === 2")
        self.page.run("document.querySelector('.vessel').click()")
        self.page.wait("text('.details-title').startsWith('<')")
        self.page.run("document.querySelector('.loop').click()")
        self.page.wait("all('.reasons li').length === 1")
        self.assertEqual(self.page.run("return all('#injected').length"), 0)
        self.assertEqual(self.page.run("return document.title"), "<b id=injected>weir</b> · weir inspector")
        self.assertEqual(self.page.run("return text('.errors .error-message')"),
                         "<u id=injected>ENOSPC</u>: no space left on device")
        self.assert_quiet()


class DetailsTest(PageTest):
    def test_a_stream_shows_its_numbers_and_history(self):
        server = self.open(Slow())
        self.step(server, 8)
        self.page.wait("vessel('gzip')")
        self.page.run("vessel('gzip').click()")
        self.page.wait("text('.details-title') === 'gzip' && all('#details canvas').length === 1")
        self.step(server, 4)
        rows = self.page.run("""return Object.fromEntries(all(".numbers tbody tr").map((row) =>
            [row.firstChild.textContent, [...row.children].slice(1).map((one) => one.textContent)]))""")
        stream = server.worlds[0].streams[2]
        self.assertEqual(rows["mark"], ["16.0 KiB", "16.0 KiB"])
        self.assertEqual(rows["chunks in"], [f"{stream.write['chunks_in']:,}", f"{stream.read['chunks_in']:,}"])
        self.assertEqual(rows["drains"], [f"{stream.write['drains']:,}", ""])
        self.assertTrue({"level", "peak", "in", "out", "chunks out", "times full", "under pressure", "starved"} <= set(rows))
        self.assertEqual(self.page.run("return vessel('gzip').getAttribute('aria-pressed')"), "true")
        self.assertEqual(self.page.run("return texts('.neighbours .action')"), ["access.log", "/mnt/usb/access.log.gz"])
        self.page.run("all('.neighbours .action')[0].click()")
        self.page.wait("text('.details-title') === 'access.log'")
        self.assert_quiet()

    def test_the_history_of_levels_has_their_mark_and_what_happened(self):
        server = self.open(Slow(), steps=8)
        world = server.worlds[0]
        self.page.wait("vessel('/mnt/usb/access.log.gz')")
        self.page.run("vessel('/mnt/usb/access.log.gz').click()")
        self.page.wait("document.querySelector('#details .picture .write .line')")
        events = "return [...new Set(texts('.picture .dot title'))].sort()"
        pressure = ["Drain: the buffer is empty", "write(): false: the level reached the mark"]
        self.assertEqual(self.page.run("return texts('.picture .halo')"), ["mark"])
        self.assertIn("16.0 KiB", self.page.run("return texts('.picture .tick')"))
        self.assertEqual(self.page.run(events), [])
        stream = world.streams[3]
        stream.speed = MIB  # from now on it is drained now and then
        self.step(server, 40)
        self.assertEqual(self.page.run(events), pressure)
        self.assertLessEqual(self.page.run("return all('.picture .dot').length"), 6)  # of 10 seconds
        stream.fail("ENOSPC: no space left on device, write")
        self.step(server)
        self.assertEqual(self.page.run("return texts('.picture .dot.failed title')"),
                         ["Error: ENOSPC: no space left on device, write"])
        self.assert_quiet()

    def test_the_pointer_on_the_history_shows_the_level_and_the_event_there(self):
        server = self.open(Slow(), steps=8)
        self.page.wait("vessel('/mnt/usb/access.log.gz')")
        self.page.run("vessel('/mnt/usb/access.log.gz').click()")
        self.step(server, 4)
        self.page.wait("document.querySelector('#details .picture .dot')")
        shown = """
            const area = document.querySelector(".plot.levels");
            const box = area.getBoundingClientRect();
            const move = (x) => area.dispatchEvent(new PointerEvent("pointermove", {clientX: box.left + x}));
            const read = () => [text(".chart-value"), text(".chart-event"), all(".picture .cursor").length];
            const before = read();
            move(80);
            const early = read();
            move(Number(document.querySelector(".picture .dot").getAttribute("cx")));
            const event = read();
            area.dispatchEvent(new PointerEvent("pointerleave"));
            return [before, early, event, read(), area.ariaLabel];"""
        before, early, event, after, label = self.page.run(shown)
        self.assertEqual(before, after)
        self.assertEqual(before[1:], ["", 0])
        self.assertRegex(before[0], r"^write \d.* KiB$")
        self.assertEqual(early, ["write –", "", 1])  # before the stream was made
        self.assertIn("write(): false", event[1])
        self.assertIn(before[0], label)
        self.step(server)
        self.assert_quiet()

    def test_the_history_of_levels_is_drawn_into_the_same_elements(self):
        server = self.open(Slow(), steps=8)
        self.page.wait("vessel('gzip')")
        self.page.run("vessel('gzip').click()")
        self.page.wait("all('#details .picture .line').length === 2")
        self.step(server, 4)
        self.page.run("""
            window.made = 0;
            new MutationObserver((records) => {
              for (const {addedNodes} of records) made += [...addedNodes].filter(({nodeType}) => nodeType === Node.ELEMENT_NODE).length;
            }).observe(document.querySelector(".plot.levels"), {childList: true, subtree: true});
            window.kept = all(".picture .line, .picture .area, .picture .axis, .picture .mark");""")
        self.step(server, 6)
        self.assertEqual(self.page.run("return all('.picture .line, .picture .area, .picture .axis, .picture .mark').every((one, at) => one === kept[at])"), True)
        self.assertLessEqual(self.page.run("return made"), 12)  # dots, and texts of the axis

    def test_history_keeps_two_minutes(self):
        self.open(Lines())
        kept = self.page.driver.execute_async_script("""
            const done = arguments[0];
            import("./history.js").then(({History}) => {
              const history = new History(2, 250);
              for (let time = 0; time <= 600_000; time += 250) history.push(time, [time / 1000, 7]);
              const [seconds, first, second] = history.columns(600_100);
              done([seconds.length, seconds[0], seconds.at(-1), first[0], first.at(-1), second[0], history.rows]);
            });""")
        self.assertEqual(kept[1:6], [-120.1, 0, 480, 600, 7])
        self.assertLessEqual(kept[0], 483)
        self.assertLessEqual(kept[6], 482)

    def test_a_chart_of_a_stream_that_was_idle_for_a_day_has_two_minutes(self):
        self.open(Lines())
        seconds, mean = self.page.driver.execute_async_script("""
            const done = arguments[0];
            import("./charts.js").then(({condense}) => done(condense([[-86_400, -0.5, 0], [7, 9, 9]])));""")[:2]
        self.assertEqual((len(seconds), seconds[0], seconds[-1]), (121, -120, 0))
        self.assertEqual((mean[0], mean[-2], mean[-1]), (7, 7, 9))

    def test_a_program_that_says_nothing_is_not_live(self):
        server = self.open(Lines())
        self.step(server)
        self.page.wait("document.querySelector('.band.is-silent .meta')?.textContent.match(/no news for [2-9] s$/)")
        self.page.wait("text('#connection') === 'no news'")
        self.step(server)
        self.page.wait("!document.querySelector('.is-silent') && text('#connection') === 'live'")
        self.assertNotIn("no news", self.page.run("return text('.meta')"))
        self.assert_quiet()

    def test_pause_is_offered_only_where_it_is_allowed(self):
        for allowed in False, True:
            with self.subTest(allowed=allowed):
                world = Lines()
                world.allows_pause = allowed
                server = self.open(world)
                self.page.wait("vessel('in-1') && vessel('out-1')")
                self.page.run("vessel('out-1').click()")
                self.page.wait("text('.details-title') === 'out-1'")
                self.assertEqual(self.page.run("return texts('#details .actions button')"), [])
                self.page.run("vessel('in-1').click()")
                self.page.wait("text('.details-title') === 'in-1'")
                self.assertEqual(self.page.run("return texts('#details .actions button')"), ["Pause"] if allowed else [])
        for button, action in ("Pause", "pause"), ("Resume", "resume"):
            self.page.wait("text('#details .actions button') === arguments[0]", button)
            self.page.run("document.querySelector('#details .actions button').click()")
            self.page.wait("!document.querySelector('#details .actions button').disabled")
            self.step(server)
            process, stream, done, headers = server.controls[-1]
            self.assertEqual((process, stream, done, headers["X-Weir-Inspector"]), ("0", "1", action, "1"))
            self.page.wait("vessel('in-1').querySelector('.pill').textContent === arguments[0]",
                           "paused" if action == "pause" else "")
        self.assert_quiet()

    def test_a_source_that_its_pipe_holds_up_is_not_called_paused(self):
        world = Slow()
        world.allows_pause = True
        server = self.open(world, steps=8)
        self.page.wait("vessel('access.log')")
        self.page.run("vessel('access.log').click()")
        held = 0
        for _ in range(8):
            self.step(server)
            held += world.streams[1].is_held_up
            self.assertNotIn("paused", self.page.run("return texts('.vessel .pill')"))
            self.page.wait("text('#details .actions button') === 'Pause'")
        self.assertGreater(held, 0)

    def test_a_source_that_the_page_has_paused_is_called_so_while_its_pipe_is_full(self):
        world = Slow()
        world.allows_pause = True
        server = self.open(world, steps=8)
        self.page.wait("vessel('access.log')")
        self.page.run("vessel('access.log').click()")
        world.streams[1].waits_for = "resume on the inspector's page"
        while not world.streams[1].is_held_up:
            self.step(server)
        self.step(server)
        self.page.wait("text('#details .actions button') === 'Resume'")
        self.page.wait("texts('.vessel .pill').includes('paused')")

    def test_a_refused_pause_says_so(self):
        world = Lines()
        world.allows_pause = True
        server = self.open(world)
        self.page.wait("vessel('in-1')")
        self.page.run("vessel('in-1').click()")
        world.allows_pause = False
        self.page.wait("all('#details .actions button').length === 1")
        self.page.run("document.querySelector('#details .actions button').click()")
        self.page.wait("text('#details .actions .note') === 'the program does not allow this'")
        self.assertEqual(len(server.controls), 1)

    def test_details_of_a_stream_that_goes_say_so(self):
        server = self.open(Lines())
        self.page.wait("vessel('in-1')")
        self.page.run("vessel('in-1').click()")
        self.page.wait("text('.details-title') === 'in-1'")
        server.worlds[0].remove(server.worlds[0].streams[1])
        self.step(server)
        self.page.wait("text('.details-subtitle') === 'gone'")
        self.page.run("document.querySelector('.close').click()")
        self.page.wait("document.querySelector('#details').hidden")
        self.assert_quiet()


class ConnectionTest(PageTest):
    def test_the_page_returns_when_the_program_restarts(self):
        server = self.open(Proxy())
        self.page.wait("vessel('tee')")
        self.page.run("vessel('tee').click()")
        server.stop()
        self.page.wait("text('#connection').startsWith('disconnected')")
        self.assertEqual(self.page.run("return all('.vessel').length"), 8)
        # Other streams with the ids of the old ones.
        server.restart(Lines())
        self.page.wait("text('#connection') === 'live' && vessel('in-1') && !vessel('tee')")
        self.assertEqual(self.page.run("return texts('.vessel .title').sort()"),
                         ["in-1", "in-2", "in-3", "out-1", "out-2", "out-3"])
        self.assertEqual(self.page.run("return [all('.band').length, text('.band h2'), document.querySelector('#details').hidden]"),
                         [1, "chains", True])
        self.step(server, 4)
        self.page.wait("vessel('out-1').querySelector('.in').textContent === '1.0 MiB/s'")

    def test_a_server_that_refuses_the_page_is_named(self):
        self.open(Lines(), token="secret")
        self.page.wait("text('#connection').startsWith('refused')")

    def test_the_token_of_the_address_is_passed_on(self):
        world = Lines()
        world.allows_pause = True
        server = self.open(world, token="s&cret=ü", query="?token=s%26cret%3D%C3%BC")
        self.page.wait("vessel('in-1')")
        self.page.run("vessel('in-1').click()")
        self.page.wait("all('#details .actions button').length === 1")

    def test_processes_are_bands_and_a_lost_one_is_greyed_until_it_returns(self):
        server = self.open(Slow(), Lines())
        self.page.wait("all('.band').length === 2 && vessel('in-1')")
        server.lose(1)
        self.page.wait("all('.band.is-lost').length === 1")
        self.assertEqual(self.page.run("return texts('.band .lost')"), ["", "stopped (connection refused), waiting for it"])
        self.assertEqual(self.page.run("return all('.is-lost')[0].dataset.process"), "1")
        self.step(server, 2)
        server.find(1, Proxy())
        self.page.wait("all('.band.is-lost').length === 0 && vessel('tee') && !vessel('in-1')")
        self.assertEqual(self.page.run("return texts('.band h2')"), ["weir cp", "log-relay"])
        self.assertEqual(self.page.run("return all('.band').map((one) => one.querySelectorAll('.vessel').length)"), [3, 8])
        self.assert_quiet()

    def test_a_process_that_was_never_there_is_a_band(self):
        server = self.start(Lines(), Slow())
        server.lost.add(1)
        self.page.show()
        self.page.open(server.address)
        self.page.wait("all('.band.is-lost').length === 1 && vessel('in-1')")
        self.assertEqual(self.page.run("return texts('.band .lost')"),
                         ["", "not reached yet (connection refused), waiting for it"])
        server.find(1, Slow())
        self.page.wait("vessel('gzip') && all('.band.is-lost').length === 0")
        self.assert_quiet()


class ManyTest(PageTest):
    def metrics(self):
        self.page.command("Performance.enable")
        return {one["name"]: one["value"] for one in self.page.command("Performance.getMetrics")["metrics"]}

    def test_a_thousand_streams_are_grouped(self):
        server = self.open(Crowd())
        world = server.worlds[0]
        self.page.wait("all('.vessel.group').length > 3")
        vessels = self.page.run("""return all(".vessel").map((one) =>
            [one.querySelector(".title").textContent, one.querySelector(".subtitle").textContent])""")
        self.assertLess(len(vessels), 20)
        members = sum(int(subtitle.split("× ")[1]) if "×" in subtitle else 1 for _, subtitle in vessels)
        self.assertEqual(members, len(world.streams))
        self.assertIn(["GET /item/#", "IncomingMessage × 199"], vessels)
        self.assertIn(["backend-#:8080", "Socket × 199"], vessels)
        self.assertIn(["200 OK", "ServerResponse × 199"], vessels)
        self.assertEqual(self.page.run("return document.querySelector('#group').getAttribute('aria-pressed')"), "true")
        # The vessel has the level of the fullest.
        self.step(server, 4)
        fullest = max(one.read["length"] for one in world.streams.values() if one.kind == "IncomingMessage")
        self.assertEqual(self.page.run("return vessel('GET /item/#').querySelector('.level').textContent"),
                         f"{fullest / 1024:.1f} KiB")
        self.assertLess(self.page.run("return document.querySelectorAll('*').length"), 1000)
        before = self.metrics()
        for _ in range(20):
            self.step(server)
        after = self.metrics()
        spent = (after["TaskDuration"] - before["TaskDuration"]) / 20 * 1000
        print(f"an update of {len(world.streams)} streams takes the page {spent:.1f} ms", file=sys.stderr)
        self.assert_quiet()

    def test_a_group_expands_and_closes_again(self):
        server = self.open(Crowd())
        self.page.wait("vessel('200 OK')")
        self.page.run("vessel('200 OK').click()")
        self.page.wait("text('.details-subtitle') === 'ServerResponse × 199'")
        self.assertEqual(self.page.run("return all('.members li').length"), 20)
        self.page.run("document.querySelector('#details .action').click()")
        self.page.wait("texts('.vessel .subtitle').filter((one) => one === 'ServerResponse · open').length === 40")
        self.assertIn("ServerResponse × 159", self.page.run("return texts('.vessel .subtitle')"))
        self.page.wait("text('#details .action') === 'Group them all'")
        self.step(server, 3)
        self.page.run("all('.vessel').find((one) => !one.classList.contains('group') && one.textContent.includes('ServerResponse')).click()")
        self.page.wait("text('#details .action') === 'Group them all'")
        self.page.run("document.querySelector('#details .action').click()")
        self.page.wait("texts('.vessel .subtitle').includes('ServerResponse × 199')")
        self.assert_quiet()

    def test_the_button_groups_few_streams_and_separates_many(self):
        self.open(Hundred())
        self.page.wait("all('.vessel').length > 90")
        self.page.run("document.querySelector('#group').click()")
        self.page.wait("all('.vessel.group').length > 3 && all('.vessel').length < 20")
        self.assertEqual(self.page.run("return document.querySelector('#group').getAttribute('aria-pressed')"), "true")
        self.page.run("document.querySelector('#group').click()")
        self.page.wait("all('.vessel').length > 90")

    def test_a_group_has_no_pipe_into_itself(self):
        world = Chain()
        world.size = 150
        world.streams.clear()
        world.make()
        self.open(world, steps=1)
        self.page.wait("all('.vessel').length === 3")
        self.assertEqual(self.page.run(f"return {EDGES}"), ["in>step-#", "step-#>out"])

    def test_names_that_share_nothing_are_grouped_by_folder_or_kind(self):
        world = Lines()
        for number in range(300):
            word = "".join(chr(97 + int(digit)) for digit in f"{number:03}")
            type(world.streams[1])(world, "ReadStream", f"/src/{word}", read=1024, speed=1)
        self.open(world)
        self.page.wait("vessel('/src/*')")
        self.assertEqual(self.page.run("return vessel('/src/*').querySelector('.subtitle').textContent"), "ReadStream × 300")
        self.assertEqual(self.page.run("return all('.vessel').length"), 7)

    def test_streams_that_come_and_go_by_the_thousand_leave_nothing(self):
        world = Churn()
        server = self.open(world)

        def settle():
            """What remains after the streams that are gone."""
            world.each = 0
            self.step(server, 2)
            self.page.wait("all('.vessel').length === 1 && vessel('stays')")
            self.page.command("HeapProfiler.collectGarbage")
            self.page.command("HeapProfiler.collectGarbage")
            nodes = self.page.command("Memory.getDOMCounters")["nodes"]
            return nodes, self.page.run("return document.querySelectorAll('*').length"), self.metrics()["JSHeapUsedSize"]

        def churn(intervals):
            world.each = Churn.each
            self.step(server, intervals)  # in one wait: the driver keeps what each of its scripts has left

        churn(60)  # more errors than the page keeps
        first = settle()
        churn(100)
        last = settle()
        print(f"after {world.last_id} streams: nodes {first[0]} -> {last[0]}, heap {first[2] / MIB:.1f} -> {last[2] / MIB:.1f} MiB",
              file=sys.stderr)
        self.assertEqual(last[1], first[1])
        self.assertLess(last[0], first[0] + 500)
        self.assertLess(last[2], first[2] + MIB)
        self.assert_quiet()


class KeyboardTest(PageTest):
    FOCUSED = "document.activeElement.closest('.vessel')?.querySelector('.title').textContent"

    def test_arrow_keys_follow_the_pipes(self):
        self.open(Proxy())
        self.page.wait("vessel('tee')")
        for _ in range(12):
            if self.page.run(f"return {self.FOCUSED}"):
                break
            self.page.press(TAB)
        self.assertEqual(self.page.run(f"return {self.FOCUSED}"), "10.0.0.7:52814")
        for key, title in [("right", "POST /logs"), ("right", "tee"), ("right", "gzip"), ("down", "collector.example:6514"),
                           ("down", "copy.log"), ("left", "tee"), ("left", "POST /logs"), ("left", "10.0.0.7:52814")]:
            self.page.press(ARROWS[key])
            self.assertEqual(self.page.run(f"return {self.FOCUSED}"), title)
        style = self.page.run("""const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement);
            return [outlineStyle, parseFloat(outlineWidth) >= 2]""")
        self.assertEqual(style, ["solid", True])
        self.assertEqual(self.page.run("return all(\".vessel[tabindex='0']\").length"), 1)

    def test_enter_opens_and_escape_closes_where_it_was(self):
        self.open(Proxy())
        self.page.wait("vessel('gzip')")
        self.page.run("vessel('gzip').focus()")
        self.page.press(ENTER)
        self.page.wait("text('.details-title') === 'gzip'")
        self.page.press(ESCAPE)
        self.page.wait("document.querySelector('#details').hidden")
        self.assertEqual(self.page.run(f"return {self.FOCUSED}"), "gzip")
        self.page.press("g")
        self.page.wait("document.querySelector('#group').getAttribute('aria-pressed') === 'true'")

    def test_a_key_leads_to_the_bottleneck(self):
        self.open(Slow(), steps=8)
        self.page.wait("all('.vessel[data-tone=slow]').length === 1")
        self.page.run("document.querySelector('.vessel').focus()")
        self.page.press("b")
        self.page.wait("text('.details-title') === '/mnt/usb/access.log.gz'")

    def test_focus_survives_the_end_of_its_stream(self):
        server = self.open(Lines())
        self.page.wait("vessel('in-1')")
        self.page.run("vessel('in-1').focus()")
        server.worlds[0].remove(server.worlds[0].streams[1])
        self.step(server)
        self.page.wait("!vessel('in-1')")
        self.assertTrue(self.page.run(f"return {self.FOCUSED}"))


class LookTest(PageTest):
    def test_no_width_scrolls_sideways(self):
        for width in WIDTHS:
            for world in Proxy(), Failing(), Hostile(), Crowd(), Hundred(), Chain():
                with self.subTest(width=width, world=world.name):
                    self.open(world, width=width)
                    self.page.wait("all('.vessel').length > 0")
                    scrolls = "return [document.documentElement.scrollWidth, innerWidth]"
                    self.assertEqual(self.page.run(scrolls), [width, width])
                    self.page.run("document.querySelector('.vessel').click()")
                    self.page.wait("!document.querySelector('#details').hidden")
                    self.assertEqual(self.page.run(scrolls), [width, width])

    def test_a_long_chain_scrolls_in_its_graph_and_to_the_vessel_in_focus(self):
        self.open(Chain())
        self.page.wait("all('.vessel').length === 14")
        self.assertTrue(self.page.run("const {scrollWidth, clientWidth} = document.querySelector('.graph'); return scrollWidth > clientWidth"))
        self.page.run("vessel('in').focus()")
        self.page.press(*[ARROWS["right"]] * 13)
        self.page.wait("document.activeElement === vessel('out')")
        left, right = self.page.run("const {left, right} = vessel('out').getBoundingClientRect(); return [left, right]")
        self.assertGreater(left, 0)
        self.assertLessEqual(right, 1260)

    def test_digits_have_one_width(self):
        self.open(Lines())
        self.page.wait("vessel('in-1')")
        kinds = self.page.run("return [...new Set(all('.vessel, .level, .value, .in').map((one) => getComputedStyle(one).fontVariantNumeric))]")
        self.assertEqual(kinds, ["tabular-nums"])

    def test_everything_can_be_read_in_dark_and_light(self):
        pairs = [("--text", "--ground"), ("--text", "--card"), ("--muted", "--ground"), ("--muted", "--panel"),
                 ("--muted", "--card"), ("--text", "--write-water"), ("--text", "--read-water"), ("--text", "--slow-water"),
                 ("--slow", "--slow-ground"), ("--failed", "--failed-ground"), ("--failed", "--panel"), ("--muted", "--slow-ground"),
                 ("--muted", "--failed-ground")]
        for scheme in "dark", "light":
            self.open(Failing(), scheme=scheme)
            for front, back in pairs:
                with self.subTest(scheme=scheme, front=front, back=back):
                    self.assertGreaterEqual(self.contrast(front, back), 4.5)

    def contrast(self, front, back):
        colours = self.page.run("""const style = getComputedStyle(document.documentElement);
            return [...arguments].map((name) => style.getPropertyValue(name).trim())""", front, back)
        lights = sorted(map(luminance, colours))
        return (lights[1] + 0.05) / (lights[0] + 0.05)

    def test_reduced_motion_has_no_transition(self):
        for motion, seconds in ("no-preference", "0.1s"), ("reduce", "0s"):
            self.open(Lines(), motion=motion)
            self.page.wait("all('.water').length > 0")
            self.assertEqual(self.page.run("return getComputedStyle(document.querySelector('.water')).transitionDuration"), seconds)

    def test_a_change_of_width_keeps_the_streams(self):
        self.open(Proxy())
        for width in (*WIDTHS, *reversed(WIDTHS)):
            self.page.show(width=width)
            self.page.wait("document.querySelector('.graph').classList.contains('list') === (innerWidth < 900)")
            self.assertEqual(self.page.run("return all('.vessel').length"), 8)
        self.assert_quiet()

    def test_buttons_have_names(self):
        self.open(Proxy())
        self.page.wait("vessel('tee')")
        self.page.run("vessel('tee').click()")
        self.page.wait("!document.querySelector('#details').hidden")
        self.assertEqual(self.page.run("return all('button').filter((one) => !(one.ariaLabel || one.textContent.trim())).length"), 0)
        label = self.page.run("return vessel('tee').ariaLabel")
        for part in "PassThrough tee", "open", "write side", "of 64 KiB", "percent" if "percent" in label else "%", "in ", "to 3":
            self.assertIn(part, label)


class PolicyTest(PageTest):
    def test_the_console_would_show_what_the_policy_blocks(self):
        self.open(Lines())
        self.assert_quiet()
        self.page.run("document.body.setAttribute('style', 'color: red')")
        self.page.wait("true")
        self.assertIn("Content Security Policy", "".join(self.page.console()))

    def test_the_page_is_small(self):
        sizes = {name: path.stat().st_size for name, path in mock.assets(self.files).items()}
        total = sum(sizes.values())
        print(f"the page has {total} bytes, {sizes['uPlot.iife.min.js']} of them uPlot", file=sys.stderr)
        self.assertLess(total, LIMIT)

    def test_markup_has_no_script_or_style(self):
        html = mock.assets(self.files)["index.html"].read_text()
        self.assertNotRegex(html, r"<style|style=|<script>|\son\w+=")

    def test_the_first_paint_is_reported(self):
        self.open(Crowd())
        self.page.wait("performance.getEntriesByName('first-contentful-paint').length === 1")
        paint = self.page.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
        print(f"first paint after {paint:.0f} ms", file=sys.stderr)

    def test_nothing_is_loaded_from_elsewhere(self):
        server = self.open(Proxy())
        self.page.wait("vessel('tee')")
        self.page.run("vessel('tee').click()")
        self.page.wait("all('#details canvas').length === 1 && all('#details .picture').length === 1")
        loaded = self.page.run("return performance.getEntriesByType('resource').map(({name}) => name)")
        self.assertTrue(any(name.endswith("uPlot.iife.min.js") for name in loaded))
        self.page.run("document.querySelector('#help').click()")
        self.assertEqual(self.page.run("return text('.intro h3')"), "Keys in a graph")
        licence = self.page.driver.execute_async_script(
            "fetch(document.querySelector('.intro a').href).then((answer) => answer.text()).then(arguments[0])")
        self.assertIn("MIT License", licence)
        self.assertEqual([name for name in loaded if not name.startswith(server.address)], [])


def luminance(colour):
    def linear(value):
        value /= 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    red, green, blue = (linear(int(colour[at:at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


if __name__ == "__main__":
    if reason := browser.missing():
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main()
