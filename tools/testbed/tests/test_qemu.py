# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's own ends: wanted ones, its own faults, and a machine that was given up."""

import contextlib
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

TESTBED = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTBED)

from bed import __main__ as bed_main                        # noqa: E402
from bed import channel                                     # noqa: E402
from bed.boot import Boot                                   # noqa: E402
from bed.machine import Machine                             # noqa: E402
from bed.qemu import Qemu, cpu_time                         # noqa: E402

from test_bed import conf                                   # noqa: E402


class PowerOff(unittest.TestCase):
    """A machine that is to end by itself, and one that is not."""

    def ended(self, keys, lines):
        found = conf("[s]\nuntil = All set up\n" + keys)["s"]
        with tempfile.TemporaryDirectory() as build, contextlib.redirect_stdout(io.StringIO()):
            boot = Boot("riscv64", build, found, False)
            for line in lines:
                boot.console.add(line)
            boot._ended()
        return {item["name"]: item["verdict"] for item in boot.results.items}

    def test_wanted(self):
        self.assertEqual(self.ended("power-off = yes\n", ["All set up"]), {"power": "PASS"})

    def test_too_early(self):
        self.assertEqual(self.ended("power-off = yes\n", ["hello"]), {"power": "FAIL"})

    def test_not_wanted(self):
        self.assertEqual(self.ended("", ["All set up"]), {"power": "FAIL"})


class OwnFault(unittest.TestCase):
    """A QEMU that fails by itself is started once more; one that does so twice fails."""

    KNOWN = "qemu: physmem.c:1: iotlb_to_section: Assertion `index < nr' failed."

    class Qemu:
        """Ends at once, with a code and a last word."""

        def __init__(self, code, word, log_path):
            self.code, self.loop = code, self
            with open(log_path, "w") as log:
                log.write(f"   1.000 xen| hello\n{word}\n")

        def until(self, *_):
            raise channel.Gone

        def close(self):
            return self.code

    def boots(self, *ends):
        """How often it booted, and whether each failure blames QEMU, of QEMUs that end so."""
        found = conf("[s]\nscript = boot.sh\nwith-dom0 = no\n")["s"]
        ends, begun = list(ends), []

        def start(argv, log_path, *_, **__):
            begun.append(argv)
            return self.Qemu(*ends.pop(0), log_path)
        with tempfile.TemporaryDirectory() as build, contextlib.redirect_stdout(io.StringIO()), \
                mock.patch("bed.boot.Qemu", start), \
                mock.patch.object(Machine, "argv", lambda *_: ["qemu"]), \
                mock.patch("bed.boot.Boot._judge"), mock.patch("bed.__main__.BUILD", build):
            boot = bed_main.boot_once(mock.Mock(arch="x86", stock=False), found)
        return len(begun), [self.KNOWN in item["text"] for item in boot.results.items]

    def test_once(self):
        self.assertEqual(self.boots((-6, self.KNOWN), (0, "")), (2, [False]))

    def test_twice(self):
        self.assertEqual(self.boots((-6, self.KNOWN), (-6, self.KNOWN)), (2, [True]))

    def test_an_interrupt_that_came_twice(self):
        line = "   1.000 xen| [  149.2] RIP: 0010:asm_sysvec_xen_hvm_callback+%s/0x20"
        self.assertEqual(self.boots((0, line % "0x0"), (0, "")), (2, [False]))
        self.assertEqual(self.boots((0, line % "0x1a")), (1, [False]))

    def test_another_one(self):
        self.assertEqual(self.boots((-6, "Assertion `other' failed.")), (1, [False]))

    def test_without_abort(self):
        self.assertEqual(self.boots((0, self.KNOWN)), (1, [False]))


class NeverUp(unittest.TestCase):
    """A dom0 that does not come up is tried once more; what it said is kept."""

    class Qemu:
        def __init__(self, log_path):
            self.loop = self
            with open(log_path, "w") as log:
                log.write("   1.000 xen| hello\n")

        def until(self, *_):
            raise channel.Timeout("dom0 did not come up")

        def note_cpus(self):
            pass

        def close(self):
            return 0

    def test_twice(self):
        found = conf("[s]\nscript = boot.sh\nwith-dom0 = no\n")["s"]
        begun, said = [], io.StringIO()

        def start(argv, log_path, *_, **__):
            begun.append(argv)
            return self.Qemu(log_path)
        with tempfile.TemporaryDirectory() as build, contextlib.redirect_stdout(said), \
                mock.patch("bed.boot.Qemu", start), \
                mock.patch.object(Machine, "argv", lambda *_: ["qemu"]), \
                mock.patch("bed.boot.Boot._judge"), mock.patch("bed.__main__.BUILD", build):
            boot = bed_main.boot_once(mock.Mock(arch="x86", stock=False), found)
            kept = os.listdir(os.path.join(build, "logs", "x86"))
        self.assertEqual(len(begun), 2)
        self.assertIn("AGAIN s: dom0 did not come up", said.getvalue())
        self.assertEqual(sorted(kept), ["s.fault.log", "s.log"])
        self.assertEqual([item["verdict"] for item in boot.results.items], ["FAIL"])


class GivenUp(unittest.TestCase):
    """Of a machine that says nothing, the log has what its CPUs do, also if QEMU is stuck."""

    class Qemu:
        note_cpus, _ask_monitor = Qemu.note_cpus, Qemu._ask_monitor

        def __init__(self, answers, log_path):
            self.answers, self.noted, self.loop = list(answers), [], self
            self.process = mock.Mock(pid=os.getpid())

        def command(self, *_):
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        def until(self, *_):
            raise channel.Timeout("dom0 did not come up")

        def pump(self, _):
            pass

        def close(self):
            return 0

        def note(self, source, text):
            self.noted.append((source, text))

    def noted(self, *answers):
        found = conf("[s]\nscript = boot.sh\nwith-dom0 = no\n")["s"]
        made = []

        def start(_argv, log_path, *_, **__):
            made.append(self.Qemu(answers, log_path))
            return made[-1]
        with tempfile.TemporaryDirectory() as build, contextlib.redirect_stdout(io.StringIO()), \
                mock.patch("bed.boot.Qemu", start), \
                mock.patch.object(Machine, "argv", lambda *_: ["qemu"]), \
                mock.patch("bed.boot.Boot._judge"):
            boot = Boot("x86", build, found, False)
            boot.run(again=False)
        self.assertEqual([item["verdict"] for item in boot.results.items], ["FAIL"])
        return [(source, text) for source, text in made[0].noted if "processor time" not in text]

    def test_what_the_cpus_do(self):
        self.assertEqual(self.noted("CPU#0\nPC=1", "PC=2", "PC=3", "IRR", "ISR"),
                         [("cpu", word) for word in ("CPU#0", "PC=1", "PC=2", "PC=3", "IRR", "ISR")])

    def test_processor_time(self):
        before = cpu_time(os.getpid())
        while cpu_time(os.getpid()) < before + 0.02:
            pass

    def test_qemu_is_stuck(self):
        self.assertEqual(self.noted("PC=1", channel.Timeout("QMP")), [("cpu", "PC=1"), ("cpu", "QMP")])


class QemuSays(unittest.TestCase):
    def test_only_its_own_lines_count(self):
        found = Qemu.__new__(Qemu)
        with tempfile.NamedTemporaryFile("w+") as found.log:
            found.log.write("   1.000 xen| failed to remap\n 100.000 run| failed to remap\n"
                            "qemu: failed to forget\n")
            found.log.flush()
            self.assertIsNone(found.says("failed to remap"))
            self.assertEqual(found.says("failed to f"), "qemu: failed to forget")
