#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which cache lines two threads share that work on two groups.

`scale ROW' does the work of each of them once, one after the other, under
valgrind's lackey, which prints every access. A line counts that one of them
writes and the other one reads or writes: on two CPUs it travels each time.
What is in it, and which bytes of it each of them uses, says whether that is
wanted (a lock that both need) or an accident (two things side by side)."""

import argparse
import bisect
import re
import subprocess
import sys
import tempfile

LINE = 64
# Each of the two stores its mark three times, of which the last one begins what
# counts, and once at the end.
STORES = 4
ACCESS = re.compile(r" ([LSM]) +([0-9a-f]+),(\d+)")


def symbols(binary):
    out = subprocess.run(["nm", "-nS", binary], check=True, capture_output=True,
                         text=True).stdout
    found = []
    for line in out.splitlines():
        parts = line.split()
        if len(parts) == 4 and parts[2] in "bBdDrRvV":
            found.append((int(parts[0], 16), int(parts[1], 16), parts[3]))
    return sorted(found)


def name_of(known, addr):
    i = bisect.bisect_right(known, (addr, 1 << 62, "")) - 1
    if i >= 0 and addr < known[i][0] + known[i][1]:
        return f"{known[i][2]}+{addr - known[i][0]:#x}"
    return f"{addr:#x}"


def trace(binary, row, mark):
    """{address: "r", "w" or "rw"} of each of the two, and known objects."""
    seen, who, stores = ({}, {}), 0, 0
    with tempfile.NamedTemporaryFile("r") as log:
        res = subprocess.run(["valgrind", "--tool=lackey", "--trace-mem=yes",
                              "--basic-counts=no", "--log-file=" + log.name,
                              binary, row], check=True, capture_output=True,
                             text=True)
        for line in log:
            found = ACCESS.match(line)
            if not found:
                continue
            kind, addr, size = found[1], int(found[2], 16), int(found[3])
            if addr == mark and kind != "L":
                thread, step = divmod(stores, STORES)
                who = thread + 1 if step == 2 else 0
                stores += 1
                continue
            if who in (1, 2):
                for a in range(addr, addr + size):
                    old = seen[who - 1].get(a, "")
                    new = "r" if kind == "L" else "w" if kind == "S" else "rw"
                    seen[who - 1][a] = "".join(sorted(set(old + new)))
    objects = []
    for line in res.stdout.splitlines():
        word, name, addr, size = line.split()
        objects.append((int(addr, 16), int(size), name))
    return seen, objects


def shared_lines(seen):
    lines = {}
    for who in (0, 1):
        for addr, how in seen[who].items():
            lines.setdefault(addr // LINE, ({}, {}))[who][addr] = how
    for line, (a, b) in sorted(lines.items()):
        if a and b and any("w" in how for how in [*a.values(), *b.values()]):
            yield line * LINE, a, b


def words(known, used):
    """The things used, in words of eight bytes."""
    out = {}
    for addr, how in sorted(used.items()):
        key = name_of(known, addr & ~7)
        out[key] = "".join(sorted(set(out.get(key, "") + how)))
    return ", ".join(f"{name} {how}" for name, how in out.items())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("rows", nargs="*")
    args = parser.parse_args()
    syms = symbols(args.binary)
    mark = next(addr for addr, _, name in syms if name == "trace_mark")
    for row in args.rows or ["map", "one-unit", "two-units"]:
        seen, objects = trace(args.binary, row, mark)
        if not seen[0] or not seen[1]:
            sys.exit(f"{row}: nothing was traced")
        known = sorted(syms + objects)
        found = list(shared_lines(seen))
        print(f"{row}: {len(found)} lines that both use and one writes")
        for line, a, b in found:
            apart = not set(a) & set(b)
            print(f"  {line:#x}{' BY ACCIDENT' if apart else ''}")
            print(f"    one: {words(known, a)}")
            print(f"    two: {words(known, b)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
