#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""drive.py [NAME...]: does at the console of `make shell` what a newcomer does.

Each NAME is a scenario of x86 for a person (shell, amd-shell). What the greeting
says is read from the screen and typed as it stands there.
"""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from bed.__main__ import BUILD, TESTBED, TOP    # noqa: E402
from bed.results import Report, Results         # noqa: E402

import rings                                    # noqa: E402

# Seconds on a busy host, whose dom0 is emulated.
BOOT, ANSWER, END = 600, 300, 60
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|[()][0-9A-B]|[=>])|[\r\x07\x0f]")
PROMPT = r"dom0:\S*# "
CTRL_A, CTRL_C, CTRL_RIGHT = "\x01", "\x03", "\x1d"


class Silent(Exception):
    """The screen did not show what was waited for."""


class Terminal:
    """A program on a terminal of its own; what it has shown since the last wait."""

    def __init__(self, argv, log):
        self.ours, theirs = pty.openpty()
        self.log = open(log, "w", errors="replace")
        self.raw = ""
        self.process = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs,
                                        cwd=TOP, start_new_session=True)
        os.close(theirs)

    def pump(self, seconds):
        """False when the program has let go of the terminal."""
        if not select.select([self.ours], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.ours, 65536)
        except OSError:
            return False
        text = data.decode("utf-8", "replace")
        self.log.write(text)
        self.log.flush()
        self.raw += text
        return bool(data)

    def wait(self, regex, seconds):
        """What was shown up to the end of the first match, without it; the match."""
        end = time.monotonic() + seconds
        while True:
            text = ESCAPES.sub("", self.raw)
            found = re.search(regex, text)
            if found:
                self.raw = text[found.end():]
                return text[:found.start()], found
            if time.monotonic() > end or not self.pump(0.5):
                raise Silent(f"no /{regex}/; last: {' '.join(text.split())[-160:]}")

    def type(self, text):
        """No faster than a serial line takes it."""
        for char in text:
            os.write(self.ours, char.encode())
            time.sleep(0.02)

    def command(self, line, seconds=ANSWER):
        """Exit status and output of one command of a shell."""
        self.raw = ""
        self.type(f"{line}; echo done=$?\r")
        text, found = self.wait(r"done=(\d+)", seconds)
        self.wait(r"# ", seconds)
        return int(found.group(1)), text

    def close(self):
        """The exit status; a program that does not end is ended."""
        end = time.monotonic() + END
        while time.monotonic() < end and self.pump(0.5):
            pass
        try:
            code = self.process.wait(timeout=max(1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        os.close(self.ours)
        self.log.close()
        return code


class Newcomer:
    """One boot of the shell, and what is tried there."""

    def __init__(self, name, log):
        self.results = Results(name)
        self.terminal = Terminal([sys.executable, os.path.join(TESTBED, "bed"), "shell",
                                  "--arch", "x86", name], log)

    def holds(self, name, good, text):
        self.results.add(name, "PASS" if good else "FAIL", " ".join(text.split())[-160:])

    def says(self, name, line, codes, regex):
        """The command ends with one of these codes and says this."""
        code, text = self.terminal.command(line)
        shown = text.partition("\n")[2]
        self.holds(name, code in codes and re.search(regex, shown),
                   f"{line}: {code}, {shown}")

    def greeting(self):
        """The two devices, and the commands as they stand there."""
        text, _ = self.terminal.wait(PROMPT, BOOT)
        edu = re.search(r"engine\) at (\S+), a NIC at (\S+)\.", text)
        commands = re.findall(r"^  (x\S+ .*?\S)  ", text.partition("commands to try:")[2], re.M)
        devices = edu.groups() if edu else ()
        self.holds("greeting-devices", len(devices) == 2 and "nowhere" not in devices,
                   " ".join(devices))
        self.holds("greeting-commands", len(commands) == 5, "; ".join(commands))
        if len(devices) != 2 or len(commands) != 5:
            raise Silent("a greeting that cannot be followed")
        return devices, commands

    def in_guest(self):
        """The guest has the device: a DMA there and back, in its own shell."""
        screen = self.terminal
        screen.raw = ""
        screen.type("xl console play\r")
        screen.wait("drives an edu device", ANSWER)
        screen.type("\r")
        screen.wait(r"# ", ANSWER)
        code, text = screen.command("edu-dma $(grep -l 0x11e8 /sys/bus/pci/devices/*/device "
                                    "| cut -d / -f 6) roundtrip")
        self.holds("guest-drives-it", code == 0, text)
        screen.raw = ""
        screen.type(CTRL_RIGHT)
        screen.wait(PROMPT, ANSWER)
        self.holds("leaves-the-console", True, "Ctrl-]")

    def completes(self, edu):
        screen = self.terminal
        screen.raw = ""
        screen.type("xen-iommu det\t")
        screen.wait("xen-iommu detach ", ANSWER)
        screen.type(f"{edu} play; echo done=$?\r")
        text, found = screen.wait(r"done=(\d+)", ANSWER)
        screen.wait(PROMPT, ANSWER)
        self.holds("completed-and-taken-back", found.group(1) == "0", text)

    def reads_the_page(self):
        screen = self.terminal
        screen.raw = ""
        screen.type("man xen-iommu\r")
        text, _ = screen.wait("--More--", ANSWER)
        screen.type("q")
        screen.wait(PROMPT, ANSWER)
        self.holds("page", "SYNOPSIS" in text, text)

    def tour(self):
        (edu, nic), (listed, create, explain, attach, faults) = self.greeting()
        self.holds("asks-for-the-edu", edu in explain and edu in attach, f"{explain}; {attach}")
        self.says("list", listed, [0], f"{edu} .*owner d0")
        self.says("guest", create, [0], "Parsing config")
        self.says("explain", explain, [0, 1], edu)
        self.says("attach", attach, [0], "")
        self.says("guest-has-it", listed, [0], f"{edu} .*owner d1")
        self.in_guest()
        self.says("faults", faults, [0], "")
        self.completes(edu)
        self.says("nic-too", f"xen-iommu attach {nic} play", [0], "")
        self.says("guest-has-the-nic", "xl pci-list play", [0], nic[-7:])
        self.reads_the_page()

    def run(self):
        try:
            self.tour()
            self.terminal.type(CTRL_A + "x")
        except Silent as why:
            self.results.add("screen", "FAIL", str(why))
            self.terminal.type(CTRL_C + CTRL_A + "x")
        except BaseException:
            self.terminal.process.kill()
            raise
        code = self.terminal.close()
        self.holds("ends", code == 0, f"Ctrl-A X: exit {code}")
        return self.results


def main():
    # Unwinds, as bed does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report(os.path.join(BUILD, "report", "shell.json"), arch="x86", when="shell")
    for name in sys.argv[1:] or ["shell", "amd-shell"]:
        print(f"  BOOT {name}: what a newcomer does", flush=True)
        log = os.path.join(BUILD, "logs", "x86", name + ".log")
        os.makedirs(os.path.dirname(log), exist_ok=True)
        start = time.monotonic()
        results = Newcomer(name, log).run()
        report.add(name, results, time.monotonic() - start, os.path.relpath(log, TOP),
                   "what a newcomer does at the console of `make shell`")
        report.write()
    rings.show("shell")
    report.table()
    totals = report.totals()
    return 0 if totals["PASS"] and not totals["FAIL"] else 1


if __name__ == "__main__":
    sys.exit(main())
