# SPDX-License-Identifier: GPL-2.0-only
"""One QEMU process: sockets by descriptor, QMP, and the machine-wide lock."""

import fcntl
import json
import os
import re
import resource
import signal
import socket
import subprocess
import time

from .channel import Gone, Line, Loop, Timeout
from .physmem import PhysMem
from .results import say

LOCK_WAIT = 1500

# QEMU's own, whatever runs in it: a CPU looks a page up in a memory map that
# another one is replacing, by programming a BAR (seen in 10.0.2; 11.1.3 still has
# the assertion, and still looks pages up in a map that others may replace).
OWN_FAULTS = re.compile(r"^qemu\S*: .*iotlb_to_section: Assertion .* failed")


def cpu_time(pid):
    """Seconds of processor time that a running process has used."""
    with open(f"/proc/{pid}/stat") as stat:
        words = stat.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


NOTED = re.compile(r" *\d+\.\d{3} \w+\| ")


# Where it emulates SVM (a PVH dom0), its processor may deliver an interrupt a second
# time, at the first instruction of the handler, with interrupts off: no hardware does.
TWICE = re.compile(r" *\d+\.\d{3} xen\| .*RIP: 0010:asm_sysvec_xen_hvm_callback\+0x0/")


def own_fault(code, log_path):
    """What a QEMU that ended with this code is to be blamed for, or None."""
    with open(log_path, errors="replace") as log:
        for line in log:
            if code == -signal.SIGABRT and OWN_FAULTS.match(line):
                return line.strip()
            if TWICE.match(line):
                return "its processor delivered an interrupt twice"
    return None


def _too_long(*_):
    raise Timeout(f"another QEMU of this tree runs since {LOCK_WAIT} s")


class Lock:
    """One QEMU at a time in a slot of this tree; a ring may have more than one (side.py).

    The wait blocks in the kernel, which serves those who wait in turn.
    """

    def __init__(self, build, slot=None):
        os.makedirs(build, exist_ok=True)
        self.file = open(os.path.join(build, f"qemu-{slot}.lock" if slot else "qemu.lock"), "w")

    def __enter__(self):
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return self
        except BlockingIOError:
            say("  WAIT another QEMU of this tree is running")
        old = signal.signal(signal.SIGALRM, _too_long)
        signal.alarm(LOCK_WAIT)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX)
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, old)
        return self

    def __exit__(self, *_):
        self.file.close()


class Qemu:
    def __init__(self, argv, log_path, on_console, on_control, debugger=False, reboots=False):
        self.loop = Loop()
        self.events = []
        self.reply = None
        self.traced_to = 0
        self.log = open(log_path, "w", buffering=1, errors="replace")
        self.start = self.heard = time.monotonic()
        self.qmp = Line("qmp", self._on_qmp)
        console = Line("console", lambda s: (self.note("xen", s), on_console(s)))
        self.control = Line("control", lambda s: (self.note("ctl", s), on_control(s)))
        lines = [self.qmp, console, self.control]
        for line in lines:
            self.loop.add(line)
        fds = [line.theirs.fileno() for line in lines]
        argv = argv + [
            "-nodefaults", "-no-user-config", "-display", "none", *([] if reboots else ["-no-reboot"]),
            "-chardev", f"socket,id=qmp,fd={fds[0]}", "-mon", "chardev=qmp,mode=control",
            "-chardev", f"socket,id=console,fd={fds[1]}", "-serial", "chardev:console",
            "-chardev", f"socket,id=control,fd={fds[2]}", "-serial", "chardev:control"]
        self.physmem = None
        if debugger:
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            self.physmem = PhysMem(self.loop, ours)
            fds.append(theirs.fileno())
            argv += ["-chardev", f"socket,id=gdb,fd={fds[3]}", "-gdb", "chardev:gdb"]
        self.note("run", " ".join(argv))
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.used = used.ru_utime + used.ru_stime
        self.process = subprocess.Popen(argv, pass_fds=fds, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT)
        for line in lines:
            line.theirs.close()
        if debugger:
            theirs.close()
        try:
            self.command("qmp_capabilities")
        except BaseException:
            self.close()
            raise

    def silence(self):
        """Seconds since Xen or dom0 last said something."""
        return time.monotonic() - self.heard

    def note(self, source, text):
        if source in ("xen", "ctl"):
            self.heard = time.monotonic()
        self.log.write(f"{time.monotonic() - self.start:8.3f} {source}| {text}\n")

    def says(self, pattern):
        """The first line of QEMU's own, which nobody marked, that matches, or None."""
        with open(self.log.name, errors="replace") as log:
            return next((line.strip() for line in log
                         if not NOTED.match(line) and re.search(pattern, line)), None)

    def traced(self, patterns):
        """How many lines of QEMU's trace begin with each of them, since it was asked last."""
        counts = [0] * len(patterns)
        with open(self.log.name, errors="replace") as log:
            log.seek(self.traced_to)
            for line in iter(log.readline, ""):
                for i, pattern in enumerate(patterns):
                    counts[i] += re.match(pattern, line) is not None
            self.traced_to = log.tell()
        return counts

    def _on_qmp(self, line):
        message = json.loads(line)
        if "return" in message or "error" in message:
            self.reply = message
        elif "event" in message:
            self.note("qmp", line)
            self.events.append(message)

    def command(self, name, arguments=None, seconds=120):
        """Run a QMP command; the error text is raised as RuntimeError."""
        self.reply = None
        self.note("qmp", f"{name} {arguments or ''}")
        self.qmp.send(json.dumps({"execute": name, "arguments": arguments or {}}) + "\n")
        reply = self.loop.until(lambda: self.reply, seconds, f"QMP {name}")
        if "error" in reply:
            raise RuntimeError(reply["error"]["desc"])
        return reply["return"]

    def _ask_monitor(self, line, seconds=30):
        for said in self.command("human-monitor-command", {"command-line": line},
                                 seconds).splitlines():
            self.note("cpu", said)

    def note_cpus(self):
        """For the record: where the CPUs of a machine are that says nothing, three times.

        Threads that used no time while interrupts are pending are QEMU's failure.
        """
        try:
            for _ in range(3):
                self.note("cpu", f"{cpu_time(self.process.pid):.2f} s of processor time")
                self._ask_monitor("info registers -a")
                self.loop.pump(0.5)
            for apic in 0, 1:           # x86's; another machine says that it has none
                self._ask_monitor(f"info lapic {apic}")
        except (RuntimeError, Timeout, Gone) as error:
            self.note("cpu", str(error))

    def wait_event(self, name, seconds, **match):
        def seen():
            return next((e for e in self.events if e["event"] == name and
                         all(e.get("data", {}).get(k) == v for k, v in match.items())), None)
        return self.loop.until(seen, seconds, f"event {name}")

    def close(self):
        """End QEMU: politely, then not."""
        try:
            self.qmp.send('{"execute": "quit"}\n')
            self.process.wait(5)
        except (Gone, Timeout, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait(10)
        try:
            while True:
                self.loop.pump(0.05)
                if not self.loop.selector.select(0):
                    break
        except Gone:
            pass
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.note("run", f"{used.ru_utime + used.ru_stime - self.used:.1f} s of processor time")
        self.log.close()
        return self.process.returncode
