#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""stages.py NAME LANE...: run make targets and add up what they report.

A lane is a list of targets, in one argument; its targets run one after the
other, and the lanes at the same time. The first lane is what everybody waits
for: the others run at a lower priority, and hold build/run/lanes.lock until they
have ended, for who could use their processor then (bed/side.py).

Each target's last line of the form `N passed, N failed` counts; a target that
fails without failed tests, or prints no such line, counts as one failure.
Every stage runs, whatever the ones before it did.
"""

import fcntl
import json
import os
import re
import subprocess
import sys
import threading
import time

import rings

TOP = os.environ.get("STAGES_TOP") or \
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build")
TOTAL = re.compile(r"^\s*(\d+) passed, (\d+) failed\s*$")
BOUND = int(os.environ.get("STAGE_SECONDS", "10800"))
YIELDING = ["nice", "-n", "10"]


def stage(target, priority, prefix):
    """Run one target, showing its output; what it reported."""
    start = time.monotonic()
    process = subprocess.Popen([*priority, "make", "--no-print-directory", target], cwd=TOP,
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               errors="replace")
    counts = None
    skipped = []
    for line in process.stdout:
        sys.stdout.write(prefix + line)
        sys.stdout.flush()
        found = TOTAL.match(line)
        if found:
            counts = int(found.group(1)), int(found.group(2))
        if re.match(r"^\s*SKIP\b", line):
            skipped.append(line.strip())
        if time.monotonic() - start > BOUND:
            process.kill()
    code = process.wait()
    passed, failed = counts or (0, 0)
    why = ""
    if counts is None:
        why, failed = f"no line 'N passed, N failed' (exit {code})", 1
    elif code and not failed:
        why, failed = f"exit {code} although nothing failed", 1
    if skipped and os.environ.get("CI_SKIPS_NOTHING"):
        why, failed = f"{len(skipped)} skipped, here that counts as failed", failed + len(skipped)
    return {"stage": target, "passed": passed, "failed": failed, "skipped": skipped,
            "exit": code, "why": why, "seconds": round(time.monotonic() - start, 1)}


class Lane(threading.Thread):
    def __init__(self, number, targets, alone):
        super().__init__()
        self.targets, self.done = targets, []
        self.priority = [] if number == 0 else YIELDING
        self.prefix = (lambda target: "") if alone else (lambda target: f"{target}: ")

    def run(self):
        for target in self.targets:
            print(f"== {target}", flush=True)
            self.done.append(stage(target, self.priority, self.prefix(target)))


def main():
    name, lanes = sys.argv[1], [argument.split() for argument in sys.argv[2:]]
    start, began = time.monotonic(), time.time()
    threads = [Lane(i, targets, len(lanes) == 1) for i, targets in enumerate(lanes)]
    os.environ["STAGES_LANES"] = os.path.join(BUILD, "run", "lanes.lock")
    os.makedirs(os.path.dirname(os.environ["STAGES_LANES"]), exist_ok=True)
    with open(os.environ["STAGES_LANES"], "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        for thread in threads:
            thread.start()
        for thread in threads[1:]:
            thread.join()
    threads[0].join()
    done = [s for thread in threads for s in thread.done]
    passed = sum(s["passed"] for s in done)
    failed = sum(s["failed"] for s in done)
    seconds = round(time.monotonic() - start, 1)
    path = os.path.join(BUILD, "report", f"{name}.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
        json.dump({"passed": passed, "failed": failed, "seconds": seconds, "stages": done}, out,
                  indent=1)
        out.write("\n")
    print()
    rings.show_all(name, began)
    for s in done:
        print(f"{s['stage']:<24} {s['passed']:5} passed {s['failed']:4} failed "
              f"{s['seconds']:7.1f} s  {s['why']}".rstrip())
        for line in s["skipped"]:
            print(f"    {line}")
    print(f"{seconds} s in all")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
