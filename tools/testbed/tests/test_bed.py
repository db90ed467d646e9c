# SPDX-License-Identifier: GPL-2.0-only
"""The test bed must be able to fail: a verdict that cannot be bad is worth nothing."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest

TESTBED = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTBED)

from bed import channel, dmar, scenario                     # noqa: E402
from bed.boot import Boot                                   # noqa: E402
from bed.console import Console                             # noqa: E402
from bed.control import Control                             # noqa: E402
from bed.results import Report, Results                     # noqa: E402


def conf(text):
    """Scenarios of one configuration file."""
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "a.conf"), "w") as out:
            out.write(text)
        return scenario.load(directory)


def judged(keys, lines):
    """Results of a boot whose console showed these lines."""
    found = conf("[s]\n" + keys)["s"]
    with tempfile.TemporaryDirectory() as build, contextlib.redirect_stdout(io.StringIO()):
        boot = Boot("x86", build, found, False)
        for line in lines:
            boot.console.add(line)
        boot._judge()
    return {item["name"]: item["verdict"] for item in boot.results.items}


class Scenarios(unittest.TestCase):
    def test_inherits_replaces_and_appends(self):
        found = conf("[_base]\nxen = a\nsmp = 2\n[s]\nfrom = _base\nxen+ = b\nsmp = 1\n")
        self.assertEqual(found["s"]["xen"].split(), ["a", "b"])
        self.assertEqual(found["s"]["smp"], "1")
        self.assertNotIn("_base", found)

    def test_mistakes_are_errors(self):
        for text in ("[s]\nxne = a\n", "[s]\nfrom = nobody\n", "[a]\nfrom = b\n[b]\nfrom = a\n"):
            with self.assertRaises(ValueError):
                conf(text)

    def test_unknown_name_is_an_error(self):
        with self.assertRaises(ValueError):
            scenario.select(conf("[s]\n"), ["t"], "check")

    def test_shipped_ones_load(self):
        root = os.path.join(TESTBED, "scenarios")
        self.assertIn("x86", scenario.architectures(root, "check"))
        for arch in os.listdir(root):
            found = scenario.load(os.path.join(root, arch))
            self.assertEqual(bool(found), arch != scenario.COMMON, arch)
            for s in found.values():
                self.assertEqual(bool(s["script"]), bool(s.script_path), s.name)

    def test_a_script_is_beside_or_common(self):
        with tempfile.TemporaryDirectory() as root:
            for name in ("common/both.sh", "common/shared.sh", "x/both.sh"):
                os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
                open(os.path.join(root, name), "w").close()
            for script, where in (("both.sh", "x"), ("shared.sh", "common")):
                s = scenario.Scenario("s", os.path.join(root, "x"), {"script": script})
                self.assertEqual(os.path.realpath(s.script_path),
                                 os.path.realpath(os.path.join(root, where, script)))
            with self.assertRaises(ValueError):
                scenario.Scenario("s", os.path.join(root, "x"), {"script": "none.sh"}).script_path

    def test_architectures_of_a_ring(self):
        with tempfile.TemporaryDirectory() as root:
            for arch, text in (("a", "[s]\n"), ("b", "[s]\nwhen = long\n"), ("common", "")):
                os.makedirs(os.path.join(root, arch))
                with open(os.path.join(root, arch, "s.conf"), "w") as out:
                    out.write(text)
            self.assertEqual(scenario.architectures(root, "check"), ["a"])
            self.assertEqual(scenario.architectures(root, "long"), ["b"])


class Judgement(unittest.TestCase):
    def test_quiet_console_passes(self):
        self.assertEqual(judged("", ["(XEN) all is well"])["console"], "PASS")

    def test_bad_lines_fail(self):
        for line in ("(XEN) Xen BUG at x.c:1", "(XEN) Assertion 'a' failed at x.c:1",
                     "(XEN) Panic on CPU 0:", "(XEN) Xen WARN at x.c:1",
                     "(XEN) d0v0 No irq handler for vector 31"):
            self.assertEqual(judged("", [line])["console"], "FAIL", line)

    def test_allowed_line_passes(self):
        self.assertEqual(judged("allow = WARN at x", ["Xen WARN at x.c:1"])["console"], "PASS")

    def test_expect_and_forbid(self):
        keys = "expect = there: wanted\nforbid = gone: unwanted\n"
        self.assertEqual(judged(keys, ["wanted"]), {"there": "PASS", "gone": "PASS", "console": "PASS"})
        self.assertEqual(judged(keys, ["unwanted"]) | {"console": ""},
                         {"there": "PASS", "gone": "FAIL", "console": ""})
        self.assertEqual(judged(keys, [])["there"], "FAIL")

    def test_wanted_panic(self):
        keys = "panic = Couldn't enable IOMMU\n"
        lines = ["(XEN) Panic on CPU 0:", "(XEN) Couldn't enable IOMMU and iommu=required/force"]
        self.assertEqual(judged(keys, lines), {"panic": "PASS", "console": "PASS"})
        self.assertEqual(judged(keys, [])["panic"], "FAIL")
        self.assertEqual(judged(keys, lines + ["Xen BUG at x.c:1"])["console"], "FAIL")

    def test_selftest(self):
        good = ["(XEN) iommu-selftest: 0000:02:00.0 group 3: data arrives: PASS",
                "(XEN) iommu-selftest: 1 passed, 0 failed"]
        self.assertEqual(judged("selftest = yes", good)["selftest"], "PASS")
        for lines in (good[:1], good[1:], [good[0].replace("PASS", "FAIL"), good[1]],
                      [good[0].replace("PASS", "FAIL"), "iommu-selftest: 0 passed, 1 failed"],
                      ["iommu-selftest: 0 passed, 0 failed"], []):
            self.assertEqual(judged("selftest = yes", lines)["selftest"], "FAIL", lines)


class Channel(unittest.TestCase):
    def control(self):
        with contextlib.redirect_stdout(io.StringIO()):
            self.results = Results("s")
            self.control = Control(Console(), self.results)
            for line in ("HELLO 6.12", "BEGIN a", "RESULT a PASS fine", "RESULT b FAIL bad",
                         "RESULT c MAYBE", "HOST 1 end"):
                self.control.add(line)
        return self.control

    def test_lines(self):
        control = self.control()
        self.assertEqual(control.doing, "a")
        self.assertEqual([i["verdict"] for i in self.results.items], ["PASS", "FAIL", "FAIL"])
        self.assertEqual(control.requests, ["1 end"])
        self.assertFalse(control.ended)
        control.do_end("")
        self.assertTrue(control.ended)

    def test_bound(self):
        loop = channel.Loop()
        line = channel.Line("x", lambda _: None)
        loop.add(line)
        with self.assertRaises(channel.Timeout):
            loop.until(lambda: False, 0.2, "never")
        line.theirs.close()
        with self.assertRaises(channel.Gone):
            loop.until(lambda: False, 5, "gone")
        line.ours.close()


class Console_(unittest.TestCase):
    def test_heap_counts_since_the_mark(self):
        console = Console()
        console.add("(XEN) heap[node=0][zone=1] -> 7 pages")
        console.set_mark()
        self.assertIsNone(console.heap_pages())
        console.add("(XEN) heap[node=0][zone=1] -> 5 pages")
        console.add("(XEN) heap[node=0][zone=2] -> 6 pages")
        self.assertEqual(console.heap_pages(), 11)


class Totals(unittest.TestCase):
    def report(self, *verdicts):
        with tempfile.TemporaryDirectory() as directory, \
                contextlib.redirect_stdout(io.StringIO()) as out:
            results = Results("s")
            for n, verdict in enumerate(verdicts):
                results.add(f"r{n}", verdict)
            report = Report(os.path.join(directory, "r.json"))
            report.add("s", results, 1, "log")
            report.write()
            report.table()
        return report, out.getvalue().splitlines()[-1]

    def test_last_line(self):
        self.assertEqual(self.report("PASS", "FAIL", "SKIP")[1], "1 passed, 1 failed")

    def stages(self, recipe, **env):
        """stages.py over one target of a Makefile; exit code and last line."""
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, "Makefile"), "w") as out:
                out.write(f"t:\n\t@{recipe}\n")
            done = subprocess.run(
                [sys.executable, os.path.join(TESTBED, "stages.py"), "x", "t"], text=True,
                stdout=subprocess.PIPE, timeout=60,
                env={**os.environ, "STAGES_TOP": directory, "BUILD": directory, **env})
        return done.returncode, done.stdout.splitlines()[-1]

    def test_stages(self):
        self.assertEqual(self.stages("echo 3 passed, 0 failed"), (0, "3 passed, 0 failed"))
        self.assertEqual(self.stages("echo 3 passed, 1 failed; exit 1"), (1, "3 passed, 1 failed"))
        self.assertEqual(self.stages("echo 3 passed, 0 failed; exit 1"), (1, "3 passed, 1 failed"))
        self.assertEqual(self.stages("echo nothing"), (1, "0 passed, 1 failed"))
        self.assertEqual(self.stages("echo 0 passed, 0 failed"), (1, "0 passed, 0 failed"))

    def test_nothing_may_be_skipped_in_ci(self):
        recipe = "echo '  SKIP a  no tool'; echo 3 passed, 0 failed"
        self.assertEqual(self.stages(recipe, CI_SKIPS_NOTHING=""), (0, "3 passed, 0 failed"))
        self.assertEqual(self.stages(recipe, CI_SKIPS_NOTHING="1"), (1, "3 passed, 1 failed"))


class Dmar(unittest.TestCase):
    def test_tables_are_tables(self):
        for name in dmar.TABLES:
            data = dmar.TABLES[name]()
            self.assertEqual(data[:4], b"DMAR")
            self.assertEqual(int.from_bytes(data[4:8], "little"), len(data))


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=1)
    bad = len(program.result.failures) + len(program.result.errors)
    print(f"{program.result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)
