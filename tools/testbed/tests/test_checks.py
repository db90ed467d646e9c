# SPDX-License-Identifier: GPL-2.0-only
"""Two sets of reports: a check that is lost is found."""

import collections
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import checks                                               # noqa: E402


class Checks(unittest.TestCase):
    def compared(self, before, after):
        def counted(rings_):
            return {ring: collections.Counter(cases) for ring, cases in rings_.items()}
        return checks.compare(counted(before), counted(after))

    def test_nothing_is_lost(self):
        cases = {"x86-check": [("s", "a"), ("s", "b")]}
        self.assertEqual(self.compared(cases, cases), ([], 2, 0))

    def test_what_is_lost_is_named(self):
        lines, same, new = self.compared({"x86-check": [("s", "a"), ("s", "b"), ("s", "b")]},
                                         {"x86-check": [("s", "b"), ("t", "a")]})
        self.assertEqual(lines, [("MISSING", "x86-check/s/a"), ("MISSING", "x86-check/s/b")])
        self.assertEqual((same, new), (1, 1))

    def test_what_moved_is_named(self):
        lines, _, _ = self.compared({"x86-check": [("s", "a")]},
                                    {"x86-check": [], "x86-long": [("s", "a")]})
        self.assertEqual(lines, [("MOVED", "x86-check/s/a: now in x86-long")])

    def test_a_ring_that_did_not_run_is_named(self):
        lines, _, _ = self.compared({"bed": [("all", "a")]}, {"x86-check": [("all", "a")]})
        self.assertEqual(lines, [("NOT COMPARED", "bed: no such ring afterwards")])
