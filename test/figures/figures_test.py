#!/usr/bin/env python3
"""figures.py reports a figure that has grown, and keeps the reasons of the others."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import figures


def accepted(value):
    return {"value": value, "reason": "as first measured"}


def check(now, before):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        good = figures.check(now, before)
    return good, output.getvalue()


def accept(*arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        return figures.accept(*arguments)


class Check(unittest.TestCase):
    def test_instructions_may_grow_by_three_per_cent(self):
        before = {"instructions: x": accepted(1000.0)}
        self.assertEqual(check({"instructions: x": 1029.0}, before), (True, ""))
        good, text = check({"instructions: x": 1031.0}, before)
        self.assertFalse(good)
        self.assertIn("instructions: x: 1000.0 -> 1031.0 (+3.1%)", text)

    def test_allocations_that_are_none_stay_none(self):
        before = {"allocations: x": accepted(0.0)}
        self.assertTrue(check({"allocations: x": 0.001}, before)[0])
        good, text = check({"allocations: x": 1.0}, before)
        self.assertFalse(good)
        self.assertIn("from none", text)

    def test_sizes_may_grow_by_ten_per_cent(self):
        before = {"bytes: x": accepted(1000)}
        self.assertTrue(check({"bytes: x": 1099}, before)[0])
        self.assertFalse(check({"bytes: x": 1101}, before)[0])

    def test_a_figure_that_falls_is_reported_and_good(self):
        good, text = check({"bytes: x": 500}, {"bytes: x": accepted(1000)})
        self.assertTrue(good)
        self.assertIn("-50.0%", text)

    def test_a_figure_that_is_new_or_missing_is_not_good(self):
        self.assertFalse(check({"bytes: x": 1}, {})[0])
        self.assertFalse(check({}, {"bytes: x": accepted(1)})[0])


class Accept(unittest.TestCase):
    before = {"bytes: a": accepted(1000), "bytes: b": accepted(1000), "bytes: gone": accepted(1)}

    def test_a_figure_within_its_bounds_keeps_value_and_reason(self):
        kept = accept({"bytes: a": 2000, "bytes: b": 1050}, self.before, "a feature", [])
        self.assertEqual(
            kept, {"bytes: a": {"value": 2000, "reason": "a feature"}, "bytes: b": accepted(1000)})

    def test_only_the_named_figures_change(self):
        kept = accept({"bytes: a": 2000, "bytes: b": 3000}, self.before, "why", ["bytes: b"])
        self.assertEqual(kept["bytes: a"], accepted(1000))
        self.assertEqual(kept["bytes: b"], {"value": 3000, "reason": "why"})


class Profile(unittest.TestCase):
    def test_only_the_programs_own_instructions_count(self):
        text = """events: Ir
ob=/p/paths
fn=own
0 20
+3 2
cob=/lib/libc.so
cfn=memcpy
calls=9 38
0 4000

ob=/lib/libc.so
fn=memcpy
0 400
"""
        with tempfile.TemporaryDirectory() as folder:
            profile = pathlib.Path(folder, "profile")
            profile.write_text(text)
            self.assertEqual(figures.own_instructions(profile, "/p/paths"), 22)


if __name__ == "__main__":
    unittest.main()
