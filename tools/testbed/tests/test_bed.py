# SPDX-License-Identifier: GPL-2.0-only
"""The test bed must be able to fail: a verdict that cannot be bad is worth nothing."""

import contextlib
import io
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree as xml
from unittest import mock

TESTBED = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTBED)

from bed import channel, devicetree, dmar, ivrs, lockwatch, scenario  # noqa: E402
from bed.boot import Boot                                   # noqa: E402
from bed.console import Console                             # noqa: E402
from bed.control import Control                             # noqa: E402
from bed.machine import Machine                             # noqa: E402
from bed.results import Report, Results                     # noqa: E402

import rings                                                # noqa: E402


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

    def test_of_two_the_later_one_counts(self):
        found = conf("[_base]\nxen = a\nsmp = 2\n[_t]\nfrom = _base\nxen+ = b\nsmp = 3\n"
                     "[_m]\ncpu = x\nsmp = 1\nxen+ = c\n[s]\nfrom = _t _m\nxen+ = d\n")
        self.assertEqual(found["s"]["xen"].split(), ["a", "b", "c", "d"])
        self.assertEqual((found["s"]["smp"], found["s"]["cpu"]), ("1", "x"))

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
                self.assertEqual(len(s.words("script")), len(s.script_paths), s.name)
                # bed/qemu.py, TWICE
                self.assertFalse("+svm" in s["cpu"] and s["beside"] == "yes", s.name)

    def test_a_script_is_beside_or_common(self):
        with tempfile.TemporaryDirectory() as root:
            for name in ("common/both.sh", "common/shared.sh", "x/both.sh"):
                os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
                open(os.path.join(root, name), "w").close()
            for script, where in (("both.sh", "x"), ("shared.sh", "common")):
                s = scenario.Scenario("s", os.path.join(root, "x"), {"script": script})
                self.assertEqual([os.path.realpath(path) for path in s.script_paths],
                                 [os.path.realpath(os.path.join(root, where, script))])
            s = scenario.Scenario("s", os.path.join(root, "x"), {"script": "shared.sh both.sh"})
            self.assertEqual([os.path.basename(path) for path in s.script_paths],
                             ["shared.sh", "both.sh"])
            with self.assertRaises(ValueError):
                scenario.Scenario("s", os.path.join(root, "x"), {"script": "none.sh"}).script_paths

    def test_guests_device_trees_are_sound(self):
        with tempfile.TemporaryDirectory() as directory:
            for name in ("pci-host", "rtc"):
                path = devicetree.compiled(
                    os.path.join(TESTBED, "scenarios", "arm64", name + ".dts"), directory)
                with open(path, "rb") as tree:
                    self.assertEqual(tree.read(4), b"\xd0\x0d\xfe\xed")

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
                     "(XEN) d0v0 No irq handler for vector 31",
                     "[    8.6] Kernel panic - not syncing: Attempted to kill init!"):
            self.assertEqual(judged("", [line])["console"], "FAIL", line)

    def test_a_stray_interrupt_where_none_is_remapped(self):
        stray = "(XEN) CPU1: No irq handler for vector c0 (IRQ -2147483648, LAPIC)"
        self.assertEqual(judged("", [stray])["console"], "PASS")
        for lines in (["(XEN) Interrupt remapping enabled", stray],
                      [stray.replace("-2147483648", "-9")], [stray.replace(", LAPIC", "")]):
            self.assertEqual(judged("", lines)["console"], "FAIL", lines)

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

    def test_stock_ends_in_a_panic_where_ours_does_not(self):
        found = conf("[s]\nstock-panic = Xen BUG at a.c\nexpect = there: wanted\nselftest = yes\n"
                     "[t]\nexpect = there: wanted\nselftest = yes\n")
        for s in found.values():
            s.on_stock()
        self.assertEqual((found["s"]["panic"], found["s"]["expect"], found["s"]["selftest"]),
                         ("Xen BUG at a.c", "", "no"))
        self.assertEqual((found["t"]["panic"], found["t"]["expect"], found["t"]["selftest"]),
                         ("", "there: wanted", "no"))

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
            self.control = Control(Console(), mock.Mock(results=self.results))
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

    def test_json_is_validated(self):
        control = self.control()
        good = '{"groups": [["0000:00:01.0"]]}'
        self.assertIn("groups.json", control.do_validate("groups " + good))
        for bad in ("groups", 'groups {"groups": [[1]]}', "groups {}", "nothing " + good):
            with self.assertRaises(RuntimeError):
                control.do_validate(bad)

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
        self.dump(console, 7, 7)
        console.set_mark()
        self.assertIsNone(console.heap_pages())
        self.dump(console, 5, 6)
        self.assertIsNone(console.heap_pages())     # its last line may be under way
        self.dump(console, 8)
        self.assertEqual(console.heap_pages(), 11)

    def test_a_lost_line_of_the_heap(self):
        console = Console()
        self.dump(console, 5, None, 6)
        self.dump(console, 5, 7, 6)
        with self.assertRaises(RuntimeError):
            console.heap_pages()

    def dump(self, console, *zones):
        console.add("(XEN) 'H' pressed -> dumping heap info (now = 1)")
        for zone, pages in enumerate(zones):
            if pages is not None:
                console.add(f"(XEN) heap[node=0][zone={zone}] -> {pages} pages")


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

    def stages(self, *recipes, **env):
        """stages.py over a target of a Makefile for each recipe; exit code and last line."""
        with tempfile.TemporaryDirectory() as directory:
            lanes = [f"t{i}" for i in range(len(recipes))]
            with open(os.path.join(directory, "Makefile"), "w") as out:
                out.writelines(f"{t}:\n\t@{r}\n" for t, r in zip(lanes, recipes))
            done = subprocess.run(
                [sys.executable, os.path.join(TESTBED, "stages.py"), "x", *lanes], text=True,
                stdout=subprocess.PIPE, timeout=60,
                env={**os.environ, "STAGES_TOP": directory, "BUILD": directory, **env})
        return done.returncode, done.stdout.splitlines()[-1]

    def test_stages(self):
        self.assertEqual(self.stages("echo 3 passed, 0 failed"), (0, "3 passed, 0 failed"))
        self.assertEqual(self.stages("echo 3 passed, 1 failed; exit 1"), (1, "3 passed, 1 failed"))
        self.assertEqual(self.stages("echo 3 passed, 0 failed; exit 1"), (1, "3 passed, 1 failed"))
        self.assertEqual(self.stages("echo nothing"), (1, "0 passed, 1 failed"))
        self.assertEqual(self.stages("echo 0 passed, 0 failed"), (1, "0 passed, 0 failed"))

    def test_lanes_run_at_the_same_time(self):
        wait = "i=0; while [ $$i -lt 300 ] && [ ! -e {0} ]; do sleep 0.1; i=$$((i + 1)); done; [ -e {0} ]"
        meet = "touch {1}; " + wait + " && echo 2 passed, 0 failed"
        self.assertEqual(self.stages(meet.format("a", "b"), meet.format("b", "a")),
                         (0, "4 passed, 0 failed"))
        self.assertEqual(self.stages("echo 1 passed, 1 failed; exit 1", "echo 2 passed, 0 failed"),
                         (1, "3 passed, 1 failed"))

    def test_nothing_may_be_skipped_in_ci(self):
        recipe = "echo '  SKIP a  no tool'; echo 3 passed, 0 failed"
        self.assertEqual(self.stages(recipe, CI_SKIPS_NOTHING=""), (0, "3 passed, 0 failed"))
        self.assertEqual(self.stages(recipe, CI_SKIPS_NOTHING="1"), (1, "3 passed, 1 failed"))


class Rings(unittest.TestCase):
    def parts(self, *seconds):
        return [rings.Part(f"p{i}", s, [("c", "PASS", "")]) for i, s in enumerate(seconds)]

    def test_what_grew_is_named(self):
        before = {"r/p0": 10.0, "r/p1": 20.0, "r/p2": 30.0, "r/p3": 40.0}
        self.assertEqual(rings.grown("r", self.parts(10, 20, 30, 40), before), [])
        found = rings.grown("r", self.parts(10, 20, 46, 40), before)
        self.assertEqual([p.name for p, _ in found], ["p2"])

    def test_a_slower_machine_is_no_growth(self):
        before = {"r/p0": 10.0, "r/p1": 20.0, "r/p2": 30.0}
        self.assertEqual(rings.grown("r", self.parts(30, 60, 90), before), [])

    def test_reports_become_junit(self):
        report = {"scenarios": [{"name": "s", "seconds": 2.0, "results": [
            {"name": "a", "verdict": "PASS", "text": ""},
            {"name": "b", "verdict": "FAIL", "text": "it said \x1b[31m<no>"},
            {"name": "c", "verdict": "SKIP", "text": "no tool"}]}]}
        text = xml.tostring(rings.junit("r", rings.parts_of(report)).getroot())
        suite = xml.fromstring(text).find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("3", "1"))
        self.assertEqual(suite.find("testcase/failure").text, "it said ?[31m<no>")
        self.assertIsNotNone(suite.find("testcase/skipped"))

    def test_a_ring_of_rings_has_no_part_of_its_own(self):
        self.assertEqual(rings.parts_of({"seconds": 9.0, "stages": [{"stage": "check-r"}]}), [])

    def test_the_table_is_read_as_it_is_written(self):
        with tempfile.TemporaryDirectory() as build:
            os.mkdir(os.path.join(build, "report"))
            with open(os.path.join(build, "report", "r.json"), "w") as out:
                out.write('{"parts": [{"name": "asan t", "seconds": 12.5, "about": "a | b",'
                          ' "cases": []}]}')
            path = os.path.join(build, "tests.md")
            with open(path, "w") as out:
                out.write("head\n<!-- times -->\nold\n| `r/gone` | x | 1.0 |\n"
                          "| `not-run/t` | x | 7.0 |\n<!-- end of times -->\ntail\n")
            with mock.patch.multiple(rings, BUILD=build, TABLE=path):
                rings.table(["r", "not-run"])
                self.assertEqual(rings.before(), {"r/asan t": 12.5, "not-run/t": 7.0})
            with open(path) as source:
                text = source.read()
        self.assertNotIn("old", text)
        self.assertTrue(text.startswith("head\n") and text.endswith("tail\n"))


class Stub(threading.Thread):
    """A debugger stub whose lock changes hands at these times: [(ns, held), ...]."""

    def __init__(self, sock, changes):
        super().__init__(daemon=True)
        self.sock, self.changes, self.now, self.held = sock, list(changes), 0, False

    def say(self, text):
        self.sock.send(f"${text}#{sum(text.encode()) & 0xff:02x}".encode())

    def answer(self, text):
        if text == "c":
            if self.changes:
                self.now, self.held = self.changes.pop(0)
                self.say("T05thread:01;watch:1004;")
        elif text.startswith(f"m{lockwatch.HPET:x},"):
            self.say((10_000_000 << 32).to_bytes(8, "little").hex())    # 10 ns
        elif text.startswith(f"m{lockwatch.COUNTER:x},"):
            self.say((self.now // 10).to_bytes(8, "little").hex())
        elif text.startswith("m1004,"):
            self.say("0000" if self.held else "ff0f")
        else:
            self.say("OK" if text[0] in "QZz" else "E01")

    def run(self):
        with contextlib.suppress(ConnectionError):      # it hangs up when it has seen enough
            self.serve()

    def serve(self):
        data = b""
        while got := self.sock.recv(4096):
            data += got.replace(b"+", b"")
            if data.startswith(b"\x03"):
                data = data[1:]
                self.say("T02thread:01;")
            while b"#" in data and len(data) >= data.index(b"#") + 3:
                end = data.index(b"#")
                packet, data = data[1:end].decode(), data[end + 3:]
                self.sock.send(b"+")
                time.sleep(0.01)            # it may be read alone
                self.answer(packet)


class LockWatching(unittest.TestCase):
    def holds(self, changes):
        ours, theirs = socket.socketpair()
        loop = channel.Loop()
        stub = Stub(theirs, changes)
        stub.start()
        with mock.patch.object(lockwatch, "symbol", lambda syms, name: 0x1000):
            watch = lockwatch.LockWatch(loop, ours, "xen-syms", "_pcidevs_lock")
        watch.start()
        loop.until(lambda: not stub.changes, 10, "changes")
        for _ in range(5):                  # the last of them may be under way
            loop.pump(0.1)
        result = watch.stop()
        ours.close()
        stub.join(5)
        theirs.close()
        return result

    def test_holds_are_counted(self):
        self.assertEqual(self.holds([(1000, True), (1500, False), (3000, True), (3040, False)]),
                         (2, 500, 540))

    def test_one_that_is_not_over_does_not_count(self):
        self.assertEqual(self.holds([(1000, True), (1500, False), (3000, True)]), (1, 500, 500))


class BenchXen(unittest.TestCase):
    """tools/bench/xen.py on two made-up reports."""

    def table(self, create, longest):
        with tempfile.TemporaryDirectory() as directory:
            for name, ns, hold in (("stock", 1000, 500), ("ours", create, longest)):
                results = Results("bench")
                with contextlib.redirect_stdout(io.StringIO()):
                    results.add("create-256-1", "PASS", f"{ns} ns")
                    results.add("create-256-2", "PASS", f"{ns} ns")
                    results.add("lock-attach", "PASS",
                                f"2 holds, longest {hold} ns, sum {hold + 1} ns")
                report = Report(os.path.join(directory, name + ".json"))
                report.add("bench", results, 1, "log")
                report.write()
            return subprocess.run(
                [sys.executable, os.path.join(os.path.dirname(TESTBED), "bench", "xen.py"),
                 *(os.path.join(directory, n + ".json") for n in ("stock", "ours")),
                 "--out", os.path.join(directory, "t")], stdout=subprocess.DEVNULL).returncode

    def test_slower_is_a_failure(self):
        self.assertEqual(self.table(999, 400), 0)
        self.assertEqual(self.table(1001, 400), 1)
        self.assertEqual(self.table(999, 501), 1)


class Places(unittest.TestCase):
    def test_the_edu_device_is_where_the_scenario_says(self):
        s = conf("[_a]\ndevices = -device edu,id=e,{edu}\nedu = bus=rp1\n"
                 "[s]\nfrom = _a\nedu = addr=10.0\n")["s"]
        argv = Machine("x86", "/b", s, "/r").argv(None)
        self.assertIn("edu,id=e,addr=10.0", argv)


class DeviceTree(unittest.TestCase):
    SOURCE = "/dts-v1/; / { chosen { }; soc { x@1 { reg = <1 2>; }; }; };"

    def test_changes(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "t.dtb")
            subprocess.run(["dtc", "-q", "-O", "dtb", "-o", path], input=self.SOURCE, text=True,
                           check=True)
            devicetree.change(path, "-tx /soc/x@1 reg 0 c0000000")
            devicetree.change(path, "-ts /chosen bootargs 'a b'")
            devicetree.change(path, "-tx /soc/x@1 #cells 2")

            def get(*args):
                return subprocess.run(["fdtget", *args], check=True, capture_output=True,
                                      text=True).stdout.strip()
            self.assertEqual(get("-tx", path, "/soc/x@1", "reg"), "0 c0000000")
            self.assertEqual(get(path, "/chosen", "bootargs"), "a b")
            self.assertEqual(get("-tx", path, "/soc/x@1", "#cells"), "2")
            with self.assertRaises(subprocess.CalledProcessError), \
                    contextlib.redirect_stderr(io.StringIO()):
                devicetree.change(path, "-tx /soc/none reg 1")

    def test_an_arm64_machine_has_the_changed_one(self):
        for tree, wanted in (("", None), ("tree = -d /pcie@1 iommu-map\n", ["-d /pcie@1 iommu-map"])):
            s = conf("[s]\nmachine = virt\n" + tree)["s"]
            with mock.patch.object(devicetree, "make") as make:
                argv = Machine("arm64", "/b", s, "/r").argv("/r/initrd.img")
            self.assertEqual("-dtb" in argv, bool(wanted))
            if wanted:
                # With both UARTs and the modules, as the boot will have them.
                dumped, path, changes = make.call_args.args
                self.assertEqual((path, changes), ("/r/tree.dtb", wanted))
                self.assertEqual(dumped.count("-serial"), 2)
                self.assertEqual(" ".join(dumped).count("guest-loader"), 2)

    def test_one_with_firmware_boots_from_a_partition(self):
        s = conf("[s]\nmachine = virt\nfirmware = /uefi\nxen = a b\ndom0 = c\nchannel = d\n")["s"]
        with tempfile.TemporaryDirectory() as run:
            argv = Machine("arm64", run, s, run).argv(os.path.join(run, "initrd.img"))
            self.assertEqual(argv[argv.index("-bios") + 1], "/uefi")
            self.assertNotIn("-kernel", argv)
            boot = os.path.join(run, "esp", "EFI", "BOOT")
            self.assertEqual(os.readlink(os.path.join(boot, "initrd")),
                             os.path.join(run, "initrd.img"))
            with open(os.path.join(boot, "BOOTAA64.cfg")) as config:
                text = config.read()
        self.assertIn("\noptions=a b\n", text)
        self.assertIn("\nkernel=kernel c bed.channel=d\n", text)


class Acpi(unittest.TestCase):
    def test_tables_are_tables(self):
        for signature, tables in ((b"DMAR", dmar.TABLES), (b"IVRS", ivrs.TABLES)):
            for name in tables:
                data = tables[name]()
                self.assertEqual(data[:4], signature)
                self.assertEqual(int.from_bytes(data[4:8], "little"), len(data))
