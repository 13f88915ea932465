"""weir cp keeps the holes of a file where the system copies it."""

import json
import os
import unittest

from support import CliTest, weir

MEBIBYTE = 1 << 20
SIZE = 20 * MEBIBYTE + 777


class SparseTest(CliTest):
    def setUp(self):
        super().setUp()
        self.source = self.folder / "in"
        with open(self.source, "wb") as file:
            file.write(b"beginning")
            file.seek(9 * MEBIBYTE)
            file.write(b"middle" * 1000)
            file.truncate(SIZE)
        if self.allocated(self.source) > MEBIBYTE:
            self.skipTest("the file system keeps no holes")

    @staticmethod
    def allocated(path):
        return os.stat(path).st_blocks * 512

    def test_the_copy_has_them(self):
        for options in [], ["--sync"], ["--in-place"], ["--pool"]:
            with self.subTest(options=options):
                result = weir("cp", "--json", self.source, self.file, *options)
                self.assert_done(result)
                figures = json.loads(result.stdout)
                self.assertEqual(figures["bytes_read"], SIZE)
                self.assertEqual(figures["destinations"][0]["bytes"], SIZE)
                self.assertEqual(self.file.read_bytes(), self.source.read_bytes())
                self.assertLess(self.allocated(self.file), 2 * MEBIBYTE)
                self.file.unlink()

    def test_over_a_file_that_is_written_in_place(self):
        self.file.write_bytes(b"x" * SIZE)
        self.assert_done(weir("cp", "--in-place", self.source, self.file))
        self.assertEqual(self.file.read_bytes(), self.source.read_bytes())

    def test_of_several_sources(self):
        self.assert_done(weir("cp", self.source, self.source, self.file))
        self.assertEqual(self.file.read_bytes(), self.source.read_bytes() * 2)
        self.assertLess(self.allocated(self.file), 2 * MEBIBYTE)

    def test_every_byte_through_the_program_has_none(self):
        for options in ["--plain"], ["--tee", self.folder / "tee"]:
            self.assert_done(weir("cp", self.source, self.file, *options))
            self.assertEqual(self.file.read_bytes(), self.source.read_bytes())

    def test_a_hole_of_a_hundred_gigabytes(self):
        os.truncate(self.source, 100 << 30)
        result = weir("cp", "--json", self.source, self.file)
        self.assert_done(result)
        self.assertEqual(self.file.stat().st_size, 100 << 30)
        self.assertLess(self.allocated(self.file), 4 * MEBIBYTE)


if __name__ == "__main__":
    unittest.main()
