# SPDX-License-Identifier: GPL-2.0-only
"""misra.py without cppcheck: what Xen relaxes, what is known, and what is wrong."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import misra                                                # noqa: E402

RULES = """
   * - `Rule 14.4 <x>`_
     - Required
     - Something
     - Automatic conversions of pointer
       types to bool are permitted. Conversions of pointer types to bool
       are permitted.
   * - `Rule 12.2 <x>`_
     - Required
     - Something else
     -
"""


def written(text):
    handle, path = tempfile.mkstemp()
    with os.fdopen(handle, "w") as out:
        out.write(text)
    return path


class Misra(unittest.TestCase):
    def test_relaxed_only_where_the_rules_say_so(self):
        path = written(RULES.replace("Automatic conversions", "conversions"))
        self.addCleanup(os.remove, path)
        self.assertEqual(misra.relaxed(misra.notes(path)), {"14.4"})

    def test_known(self):
        path = written("# words\n\na.c 11.3 2  # container_of()\n")
        self.addCleanup(os.remove, path)
        self.assertEqual(misra.known(path), {("a.c", "11.3"): 2})
        bad = written("a.c 11.3 two\n")
        self.addCleanup(os.remove, bad)
        with self.assertRaises(SystemExit):
            misra.known(bad)

    def test_each_has_a_reason(self):
        with open(misra.KNOWN, encoding="utf-8") as lines:
            for line in lines:
                if line.strip() and not line.startswith("#"):
                    self.assertRegex(line, r"^\S+ \S+ \d+  # \S")

    def test_verdict(self):
        table = {("a.c", "11.3"): 1, ("gone.c", "9.3"): 1}
        counts = {("a.c", "11.3"): 1, ("b.c", "7.2"): 1, ("b.c", "9.3"): 2}
        lines = {("b.c", "7.2"): [5], ("b.c", "9.3"): [6, 7]}
        failed = misra.judge(counts, lines, table)
        self.assertEqual(sorted(failed), ["b.c", "gone.c"])
        self.assertIn("rule 7.2: 1 in lines 5, 0 known", failed["b.c"])
        self.assertIn("rule 9.3: 2 in lines 6, 7", failed["b.c"])
        counts["a.c", "11.3"] = 2
        self.assertIn("a.c", misra.judge(counts, lines, table))
