"""The pictures of the course are those that the lessons' runs give, and are read by a person on a phone."""

import os
import pathlib
import re
import sys
import unittest
from xml.etree import ElementTree

import browser
import course

SKIPPED = 77  # ctest's code
SVG = "{http://www.w3.org/2000/svg}"


class CourseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = browser.Browser()
        cls.addClassCleanup(cls.page.close)

    def test_each_picture_is_drawn_from_its_run(self):
        drawn = course.pictures(self.page, pathlib.Path(os.environ["EXAMPLES"]) / "lessons")
        for number, picture in drawn.items():
            with self.subTest(lesson=number):
                self.assertEqual((course.FOLDER / f"{number}.svg").read_text(), picture,
                                 "script/draw-course draws docs/course/ anew")

    def test_no_text_and_no_dot_lies_on_another_or_beside_the_picture(self):
        for number in course.LESSONS:
            with self.subTest(lesson=number):
                self.page.open((course.FOLDER / f"{number}.svg").as_uri())
                boxes = self.page.run("""return [...document.querySelectorAll("text, circle")].map((one) => {
                    const {x, y, width, height} = one.getBBox();
                    return [one.tagName, one.textContent, x, y, x + width, y + height];
                })""")
                width, height = self.page.run("const {width, height} = document.documentElement.viewBox.baseVal; return [width, height]")
                for name, text, left, top, right, bottom in boxes:
                    self.assertTrue(left >= 0 and top >= 0 and right <= width - 4 and bottom <= height, f"{name} {text}")
                for kind in ("text", "circle"):
                    self.assertEqual(overlaps([box for box in boxes if box[0] == kind]), [])

    def test_each_event_of_a_run_has_its_dot_and_its_line_in_the_list(self):
        for number in course.LESSONS:
            with self.subTest(lesson=number):
                root = ElementTree.parse(course.FOLDER / f"{number}.svg").getroot()
                numbers = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "number"]
                count = len(numbers) // 2
                self.assertGreater(count, 1)
                self.assertEqual(numbers, [str(one) for one in range(1, count + 1)] * 2)

    def test_the_water_moves_only_for_readers_who_like_motion(self):
        path = course.FOLDER / "1.svg"
        for motion, moves in (("no-preference", True), ("reduce", False)):
            self.page.show(motion=motion)
            self.page.open(path.as_uri())
            self.assertEqual(self.page.run("return document.getAnimations().length > 0"), moves)
        self.assertRegex(path.read_text(), r"prefers-color-scheme: light")

    def test_the_text_of_the_course_names_numbers_that_its_pictures_have(self):
        text = (course.ROOT / "docs" / "course.md").read_text()
        parts = re.split(r"^## \d\. ", text, flags=re.MULTILINE)[1:]
        for number, part in zip(course.LESSONS, parts, strict=True):
            prose = re.sub(r"```.*?```", "", part.split("## Next")[0], flags=re.DOTALL)
            count = (course.FOLDER / f"{number}.svg").read_text().count('class="number"') // 2
            named = {int(one) for group in re.findall(r"\((\d+(?:(?:, | to )\d+)*)\)", prose) for one in re.findall(r"\d+", group)}
            self.assertTrue(named, f"lesson {number} names no event of its picture")
            self.assertLessEqual(max(named), count, f"lesson {number}")


def overlaps(boxes):
    return [(one[1], other[1]) for at, one in enumerate(boxes) for other in boxes[:at]
            if one[2] < other[4] - 1 and other[2] < one[4] - 1 and one[3] < other[5] - 3 and other[3] < one[5] - 3]


if __name__ == "__main__":
    if reason := browser.missing():
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main()
