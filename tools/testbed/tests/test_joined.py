# SPDX-License-Identifier: GPL-2.0-only
"""Several scenarios in one boot."""

import contextlib
import io
import os
import sys
import tempfile
import unittest

TESTBED = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTBED)

from bed import overlay, scenario                           # noqa: E402
from bed.boot import Boot                                   # noqa: E402

from test_bed import conf                                   # noqa: E402


class Joined(unittest.TestCase):
    CONF = ("[_m]\nscript = boot.sh\nsmp = 1\n[a]\nfrom = _m\nxen = iommu=verbose x\n"
            "[b]\nfrom = _m\nxen = x\njoins = a\n")

    def boot(self, build):
        found = conf(self.CONF)
        return Boot("x86", build, found["a"], False, [found["b"]])

    def judged(self, *steps):
        """Verdicts of each; a step that is a name begins that scenario."""
        with tempfile.TemporaryDirectory() as build, contextlib.redirect_stdout(io.StringIO()):
            boot = self.boot(build)
            for step in steps:
                boot.control.add(step) if step.startswith("PART") else boot.console.add(step)
            boot._judge()
        return [{i["name"]: i["verdict"] for i in part.results.items} for part in boot.parts]

    def test_groups(self):
        found = conf(self.CONF + "[c]\n[d]\nfrom = b\n")
        names = [[s.name for s in group] for group in scenario.boots(list(found.values()))]
        self.assertEqual(names, [["a", "b", "d"], ["c"]])
        self.assertEqual(scenario.boots([found["b"]]), [[found["b"]]])

    def test_only_with_the_same_machine(self):
        for wrong in ("smp = 2", "xen = y", "joins = none", "joins = b", "until = x", "script ="):
            with self.assertRaises(ValueError, msg=wrong):
                conf(self.CONF + f"[c]\nfrom = b\n{wrong}\n")

    def test_results_go_to_the_one_that_runs(self):
        found = self.judged("PART a", "PART b", "hello")
        self.assertEqual(found, [{"console": "PASS"}, {"console": "PASS"}])
        found = self.judged("PART a", "PART b", "(XEN) Xen WARN at x")
        self.assertEqual(found, [{"console": "PASS"}, {"console": "FAIL"}])
        found = self.judged("PART a", "(XEN) Xen WARN at x", "PART b")
        self.assertEqual(found, [{"console": "FAIL"}, {"console": "PASS"}])

    def test_one_that_is_not_reached_fails(self):
        self.assertEqual(self.judged("PART a"), [{"console": "PASS"}, {"begin": "FAIL"}])

    def test_each_has_its_own_time(self):
        with tempfile.TemporaryDirectory() as build:
            boot = self.boot(build)
            boot.parts[0].results.start, boot.end = 10.0, 50.0
            self.assertEqual([boot.seconds(p) for p in boot.parts], [40.0, 0.0])
            boot.begin("b")
            boot.parts[1].results.start = 35.0
            self.assertEqual([boot.seconds(p) for p in boot.parts], [25.0, 15.0])

    def test_scripts_are_parts(self):
        with tempfile.TemporaryDirectory() as root:
            for name in ("x/one.sh", "x/two.sh"):
                os.makedirs(os.path.join(root, "x"), exist_ok=True)
                with open(os.path.join(root, name), "w") as out:
                    out.write(name + "\n")
            made = [scenario.Scenario(n, os.path.join(root, "x"), {"script": s, "args": args})
                    for n, s, args in (("a", "one.sh two.sh", "A=1 B="), ("b", "two.sh", ""))]
            overlay.write_parts(root, made)
            texts = {}
            for name in ("run", "part.0", "part.1"):
                with open(os.path.join(root, name)) as source:
                    texts[name] = source.read()
        self.assertEqual(texts, {"run": "PARTS=2\npart 0 a A=1 B=\npart 1 b\n",
                                 "part.0": "x/one.sh\nx/two.sh\n", "part.1": "x/two.sh\n"})
