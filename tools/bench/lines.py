#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which cache lines two groups' attaches have in common: memory of scale.c's
work is traced by valgrind's lackey, one device after the other. A line that one
stores to and the other touches goes back and forth between two CPUs."""

import re
import subprocess
import sys

LINE = 64


def symbols(program):
    out = subprocess.run(["nm", "-S", "--defined-only", program], check=True,
                         capture_output=True, text=True).stdout
    found = []
    for words in (line.split() for line in out.splitlines()):
        if len(words) == 4 and words[2] in "bBdD":
            found.append((int(words[0], 16), int(words[1], 16), words[3]))
    return found


def main():
    program, which = sys.argv[1], sys.argv[2]
    run = subprocess.run(["valgrind", "--tool=lackey", "--trace-mem=yes",
                          "--log-fd=1", program, which], check=True,
                         capture_output=True, text=True)
    objects, mark, phase = [], None, -1
    stored, touched = [{}, {}], [set(), set()]
    for line in run.stdout.splitlines():
        if line.startswith("object "):
            _, name, at, size = line.split()
            objects.append((int(at, 16), int(size), name))
            if name == "mark":
                mark = int(at, 16)
            continue
        found = re.match(r" ([LSM]) ([0-9a-f]+),(\d+)$", line)
        if not found or mark is None:
            continue
        kind, at = found.group(1), int(found.group(2), 16)
        if at == mark and kind == "S":
            phase += 1
            continue
        # The first round of each warms up.
        if phase not in (2, 3) or 0x1ff0000000 <= at < 0x2000000000:
            continue
        who = phase - 2
        touched[who].add(at // LINE)
        if kind != "L":
            stored[who].setdefault(at // LINE, set()).add(at)
    objects += symbols(program)
    for number in sorted(set(stored[0]) & touched[1] | set(stored[1]) & touched[0]):
        at = [a for who in (0, 1) for a in stored[who].get(number, ())]
        names = {f"{name}+{a - base}" for a in at for base, size, name in objects
                 if base <= a < base + size and name != "mark"}
        print(f"{number * LINE:#x}: stores {len(stored[0].get(number, ()))} and "
              f"{len(stored[1].get(number, ()))}: "
              f"{' '.join(sorted(names)) or 'heap'}")


if __name__ == "__main__":
    main()
