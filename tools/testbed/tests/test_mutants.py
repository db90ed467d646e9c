# SPDX-License-Identifier: GPL-2.0-only
"""The lists of `make mutants`, which run in the long ring, keep up with the sources."""

import contextlib
import glob
import io
import os
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from unittest import mock

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests")
sys.path.insert(0, TESTS)
import mutants  # noqa: E402


class Mutants(unittest.TestCase):
    def test_apply(self):
        broken = []
        entries = [m for path in sorted(glob.glob(os.path.join(TESTS, "mutants", "*.txt")))
                   for m in mutants.parse(path)]
        self.assertGreater(len(entries), 100)
        for mutant in entries:
            try:
                mutant.apply()
            except (mutants.Broken, OSError) as error:
                broken.append(f"{mutant.where}: {error}")
            broken += [f"{mutant.where}: no {test}" for test in mutant.tests
                       if not glob.glob(os.path.join(TESTS, "*", f"{test}.c"))]
        self.assertEqual(broken, [])

    def test_what_came_of_them_is_left_as_junit(self):
        done = [(mutants.Mutant("a.txt:9", "core/dev.c", "one"), None, "test-dev: it fails", 1.0),
                (mutants.Mutant("a.txt:3", "core/dev.c", "two"), "nobody noticed", "", 2.0)]
        bad = [{"name": "test-owner", "verdict": "FAIL", "text": "not built"}]
        with tempfile.TemporaryDirectory() as build, mock.patch.object(mutants.rings, "BUILD", build), \
                contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(mutants.report(done, bad), (1, 2))
            suites = xml.parse(os.path.join(build, "report", "mutants.xml")).findall("testsuite")
        self.assertEqual([(s.get("name"), s.get("tests"), s.get("failures")) for s in suites],
                         [("unchanged", "1", "1"), ("a.txt", "2", "1")])

    def test_what_does_not_apply_is_seen(self):
        mutant = mutants.Mutant("here", "core/dev.c", "nothing")
        mutant.pairs = [["no such text", ""]]
        with self.assertRaises(mutants.Broken):
            mutant.apply()


if __name__ == "__main__":
    unittest.main()
