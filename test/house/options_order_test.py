"""Every option struct begins with the common options, in one order.

Designated initialisers follow the declaration, so an order that differs from struct to struct has to be looked up.
"""

import re
import unittest
from pathlib import Path

HEADERS = Path(__file__).resolve().parents[2] / "include" / "weir"

COMMON = [
    "high_water_mark",
    "readable_high_water_mark",
    "writable_high_water_mark",
    "encoding",
    "default_encoding",
    "decode_strings",
    "signal",
    "timeout",
    "emit_close",
    "auto_destroy",
    "auto_close",
    "allow_half_open",
    "no_delay",
    "keep_alive",
    "keep_alive_initial_delay",
]


def option_structs(text):
    """Names of the option structs in a header, each with its fields in order."""
    structs = {}
    for match in re.finditer(r"struct (\w+Options) \{\n(.*?)\n\};", text, re.S):
        body = re.sub(r"//[^\n]*", "", match.group(2))
        fields = []
        for statement in body.split(";"):
            declaration = re.split(r"[={]", statement.strip(), maxsplit=1)[0].strip()
            if declaration:
                fields.append(declaration.split()[-1])
        structs[match.group(1)] = fields
    return structs


def misplaced(fields):
    """The common options of a struct that are not at its head, or not in their order."""
    common = [field for field in COMMON if field in fields]
    head = fields[: len(common)]
    return [] if head == common else [field for field in common if field not in head] or common


class OptionsOrderTest(unittest.TestCase):
    def test_every_option_struct_begins_with_the_common_options_in_one_order(self):
        seen = 0
        for header in sorted(HEADERS.rglob("*.h")):
            for name, fields in option_structs(header.read_text()).items():
                seen += 1
                with self.subTest(header=str(header.relative_to(HEADERS)), struct=name):
                    self.assertEqual(misplaced(fields), [])
        self.assertGreater(seen, 20)

    def test_options_of_more_than_one_struct_have_one_order(self):
        orders = {}
        for header in sorted(HEADERS.rglob("*.h")):
            for name, fields in option_structs(header.read_text()).items():
                for i, first in enumerate(fields):
                    for second in fields[i + 1 :]:
                        orders.setdefault((first, second), f"{header.name} {name}")
        for (first, second), where in sorted(orders.items()):
            with self.subTest(first=first, second=second):
                other = orders.get((second, first))
                self.assertIsNone(other, f"{where} has them the other way round")

    def test_a_common_option_behind_another_is_found(self):
        text = "struct FileOptions {\n  int mode = 0;\n  bool emit_close = true;  // a comment;\n};\n"
        self.assertEqual(misplaced(option_structs(text)["FileOptions"]), ["emit_close"])

    def test_common_options_in_another_order_are_found(self):
        text = "struct FileOptions {\n  bool emit_close = true;\n  T signal{1};\n  int mode = 0;\n};\n"
        self.assertEqual(misplaced(option_structs(text)["FileOptions"]), ["signal", "emit_close"])


if __name__ == "__main__":
    unittest.main()
