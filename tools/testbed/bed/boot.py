# SPDX-License-Identifier: GPL-2.0-only
"""One boot, from power-on to the results of the scenarios that run in it."""

import os
import re
import shutil
import time

from . import overlay
from .channel import Gone, Timeout
from .console import Console
from .control import Control
from .machine import Machine
from .qemu import Lock, Qemu, own_fault
from .results import Results, say


class Part:
    """A scenario of a boot: its results, and where its console lines begin."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.results = Results(scenario.name)
        self.first = None           # not begun

    def begin(self, line):
        self.first = line
        self.results.start = time.monotonic()


class Boot:
    """The machine is that of the scenario; those that join it run there after it.

    With a slot (side.py), there may be another boot beside it.
    """

    def __init__(self, arch, build, scenario, stock, joined=(), slot=None):
        self.scenario = scenario
        self.parts = [Part(s) for s in (scenario, *joined)]
        self.current = self.parts[0]
        self.current.begin(0)
        self.end = None
        self.console = Console()
        self.control = Control(self.console, self)
        self.run_dir = os.path.join(build, "run", scenario.name + ("-stock" if stock else ""))
        self.log = os.path.join(build, "logs", arch, os.path.basename(self.run_dir) + ".log")
        self.machine = Machine(arch, build, scenario, self.run_dir, stock, slot is not None)
        # What the boot before this one leaves for it (scenario.py, `linux`).
        self.kept = os.path.join(build, "run", scenario.serves + ".kept")
        self.build, self.slot = build, slot

    @property
    def results(self):
        return self.current.results

    def begin(self, name):
        """dom0 says that it comes to another scenario."""
        self.current = next(p for p in self.parts if p.scenario.name == name)
        if self.current.first is None:
            self.current.begin(len(self.console.lines))

    def seconds(self, part):
        """How long it took, the first one with the boot."""
        after = [p.results.start for p in self.parts if p.first is not None]
        later = [start for start in after if start > part.results.start]
        return min(later, default=self.end) - part.results.start if part.first is not None else 0.0

    def prepare(self):
        shutil.rmtree(self.run_dir, ignore_errors=True)
        os.makedirs(self.run_dir)
        os.makedirs(os.path.dirname(self.log), exist_ok=True)
        sha = overlay.payload(self.run_dir)
        if self.scenario.plain:
            shutil.rmtree(self.kept, ignore_errors=True)
            os.makedirs(self.kept)
        parts = [part.scenario for part in self.parts]
        if self.scenario["with-dom0"] != "yes":
            return None
        return overlay.build(self.machine, sha, parts, self.kept if self.scenario["linux"] else "")

    def run(self, again=True):
        """False if QEMU failed by itself, or dom0 never came, and it may be tried AGAIN."""
        again = self._run(again)
        self.end = time.monotonic()
        return not again

    def _run(self, again):
        gone = stood = None
        initrd = self.prepare()
        argv = self.machine.argv(initrd)
        with Lock(self.build, self.slot):
            self.parts[0].begin(0)
            try:
                qemu = Qemu(argv, self.log, self.console.add, self.control.add,
                            debugger=any(p.scenario["debugger"] == "yes" for p in self.parts))
            except Gone:
                self.results.add("start", "FAIL", f"QEMU does not start: {self._last_logged()}")
                return False
            self.control.qemu = qemu
            self.control.syms = os.path.join(self.machine.xen_dir, "xen-syms")
            try:
                self._follow(qemu)
            except Gone:
                gone = True
            except Timeout as error:
                qemu.note_cpus()
                if again and self.scenario["script"] and not self.control.hello:
                    stood = f"{error}; last line: {self._last()}"
                else:
                    self.results.add("time", "FAIL", f"{error} (doing: {self.control.doing}); "
                                     f"last line: {self._last()}")
            finally:
                code = qemu.close()
        shutil.rmtree(self.run_dir, ignore_errors=True)
        fault = None
        if gone or self.console.fatal:
            fault = own_fault(code if gone else 0, self.log)
        if again and (fault or stood):
            kept = self.log[:-len(".log")] + ".fault.log"
            say(f"  AGAIN {self.scenario.name}: {fault or stood} ({kept})")
            os.replace(self.log, kept)
            return True
        if gone:
            self._ended(fault)
        self._judge()
        return False

    def _last_logged(self):
        with open(self.log, errors="replace") as log:
            lines = [line.strip() for line in log if line.startswith("qemu-system")]
        return lines[-1][-250:] if lines else "it says nothing"

    def _last(self):
        return next((line for line in reversed(self.console.lines) if line.strip()), "")[-150:]

    def _stopped(self):
        if self.console.fatal:
            return "fatal"
        until = self.scenario["until"]
        if until and self.console.find(until, 0):
            return "until"
        return None

    def _follow(self, qemu):
        boot = float(self.scenario["boot-timeout"])
        if not self.scenario["script"]:
            qemu.loop.until(self._stopped, boot, "the wanted console line")
            self._settle(qemu)
            if self.scenario["power-off"] == "yes":
                self.results.add("power", "FAIL", "the machine did not end by itself")
            return
        qemu.loop.until(lambda: self.control.hello or self._stopped(), boot, "dom0 did not come up")
        if self.control.hello:
            self.results.add("boot", "PASS", f"dom0 {self.control.hello}")
        elif not self.scenario["panic"]:
            self.results.add("boot", "FAIL", f"no dom0; Xen said: {self.console.fatal}")

        def done():
            self.control.serve()
            silence = self.current.scenario["silence"]
            if qemu.silence() > float(silence):
                raise Timeout(f"no word for {silence} s")
            return self.control.ended or self._stopped()
        seconds = sum(float(part.scenario["timeout"]) for part in self.parts)
        qemu.loop.until(done, seconds, "the script did not end")
        self._settle(qemu)

    def _settle(self, qemu):
        """What Xen is still printing belongs to the record; so does the end."""
        ends = self.scenario["power-off"] == "yes"
        end = time.monotonic() + (20.0 if ends else 1.0)
        try:
            while time.monotonic() < end:
                qemu.loop.pump(0.2)
        except Gone:
            if ends:
                raise

    def _ended(self, fault=None):
        wanted = self.scenario["power-off"] == "yes" and self._stopped() == "until"
        if wanted:
            self.results.add("power", "PASS", "the machine ended by itself")
        elif not (self.control.ended or self.console.fatal):
            self.results.add("power", "FAIL",
                             fault or f"the machine stopped; last line: {self._last()}")

    def _judge(self):
        """Each scenario by what the console showed from its begin to the next one's."""
        ended = self.current
        for part, after in zip(self.parts, [*self.parts[1:], None]):
            self.current = part
            if part.first is None:
                self.results.add("begin", "FAIL", f"{ended.scenario.name} did not end before it")
                continue
            end = after.first if after else None
            self._judge_part(self.console.lines[part.first:end])
        self.current = ended

    def _judge_part(self, lines):
        """Expectations over the console, of which these lines are the scenario's."""
        s, add, console = self.current.scenario, self.results.add, Console()
        for line in lines:
            console.add(line)
        if s["panic"]:
            hit = console.find(s["panic"], 0)
            add("panic", "PASS" if hit else "FAIL", hit or f"no line matches /{s['panic']}/")
        for name, regex in s.pairs("expect"):
            hit = console.find(regex, 0)
            add(name, "PASS" if hit else "FAIL", hit or f"no line matches /{regex}/")
        for name, regex in s.pairs("forbid"):
            hit = console.find(regex, 0)
            add(name, "FAIL" if hit else "PASS", hit or f"no line matches /{regex}/")
        allowed = s.lines("allow") + self.console.strays()
        if s["panic"]:
            allowed += [s["panic"], "Panic on CPU"]
        bad = console.bad(allowed)
        add("console", "FAIL" if bad else "PASS",
            f"{bad[0]} (and {len(bad) - 1} more)" if bad else "no panic, warning or assertion")
        if s["selftest"] == "yes":
            self._judge_selftest(console)

    def _judge_selftest(self, console):
        found, summary = console.selftest()
        for name, verdict, text in found:
            self.results.add("selftest-" + re.sub(r"[^\w.:-]+", "-", name).strip("-"), verdict, text)
        passed = sum(1 for f in found if f[1] == "PASS")
        failed = sum(1 for f in found if f[1] == "FAIL")
        if summary is None:
            self.results.add("selftest", "FAIL", "no line 'iommu-selftest: N passed, N failed'")
        else:
            good = summary == (passed, failed) and failed == 0 and passed > 0
            self.results.add("selftest", "PASS" if good else "FAIL",
                             f"Xen says {summary[0]} passed, {summary[1]} failed; "
                             f"{passed} and {failed} lines")
