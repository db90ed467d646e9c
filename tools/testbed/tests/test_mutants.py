# SPDX-License-Identifier: GPL-2.0-only
"""The lists of `make mutants`, which run in the long ring, keep up with the sources."""

import glob
import os
import sys
import unittest

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

    def test_what_does_not_apply_is_seen(self):
        mutant = mutants.Mutant("here", "core/dev.c", "nothing")
        mutant.pairs = [["no such text", ""]]
        with self.assertRaises(mutants.Broken):
            mutant.apply()


if __name__ == "__main__":
    unittest.main()
