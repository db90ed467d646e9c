# SPDX-License-Identifier: GPL-2.0-only
"""What the documentation names is there."""

import glob
import os
import re
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
TESTS = os.path.join(TOP, "tools", "tests")


def missing(text):
    """Of the table's tests and cases, those that are not in the tree."""
    gone = []
    for row in re.findall(r"^\| \d+ \|.*$", text, re.M):
        source = ""
        for name in re.findall(r"`(test[-_][^`]+)`", row):
            if name.startswith("test-"):
                source = ""
                for path in glob.glob(os.path.join(TESTS, "*", name + ".c")):
                    with open(path) as lines:
                        source = lines.read()
                if not source:
                    gone.append(name)
            elif f"static void {name}(" not in source:
                gone.append(name)
    return gone


class Advisories(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(TOP, "docs", "threat-model.md")) as lines:
            self.text = lines.read()

    def test_each_test_exists(self):
        self.assertEqual(missing(self.text), [])

    def test_each_has_one_or_is_open(self):
        rows = re.findall(r"^\| \d+ \|.*$", self.text, re.M)
        self.assertGreaterEqual(len(rows), 19)
        for row in rows:
            self.assertTrue("`test-" in row or "open in Xen" in row, row)

    def test_what_is_not_there_is_found(self):
        self.assertEqual(missing("| 1 | x | `test-nobody` |\n"
                                 "| 2 | x | `test-assign` `test_nothing` |\n"), ["test-nobody", "test_nothing"])
