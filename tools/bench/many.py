#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""How work grows with the number of functions: the layer's own instructions in
each phase of many.c, counted by callgrind, and the memory a device."""

import math
import os
import re
import subprocess
import sys
import tempfile

SIZES = (256, 1024, 4080)     # what one segment has room for
PHASES = (("form", "form all groups at boot"),
          ("add_one", "add one function more"),
          ("alias_form", "form all, with IDs of firmware's"),
          ("alias_add_one", "add one more to these"),
          ("attach_one", "give one to a guest"),
          ("attach_more", "63 more VFs to that guest"),
          ("report", "hypfs: 4 files of each group"),
          ("destroy", "destroy that guest"))
# Those whose work is per machine may grow as n log n, the others not at all.
GROWS = {"form", "report", "add_one", "alias_form", "alias_add_one"}
SLACK = 1.3

# Not the layer's: the host's stand-ins for Xen, models, the C library.
FOREIGN = re.compile(r"arch/host/[^/]*\.c$|/tools/|^/usr|^\?|\.\./sysdeps|"
                     r"glibc|libio|malloc|string")


def own_cost(text):
    """The self cost of one part of a callgrind file, by its sources' names."""
    names, current, total, skip = {}, "", 0, False
    for line in text.splitlines():
        found = re.match(r"(fl|fi|fe|cfi|cfl)=\((\d+)\)(?: (.*))?$", line)
        if found:
            kind, number, name = found.groups()
            if name:
                names[number] = name
            if kind in ("fl", "fi", "fe"):
                current = os.path.normpath(names[number])
        elif line.startswith("calls="):
            skip = True
        elif re.match(r"[+\-*\d]", line):
            if not skip and not FOREIGN.search(current):
                total += int(line.split()[1])
            skip = False
    return total


def count(program, *args):
    """The layer's own instructions by phase, and what the program prints."""
    with tempfile.TemporaryDirectory() as where:
        out = os.path.join(where, "out")
        res = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out,
             "--compress-pos=no", program, *args],
            capture_output=True, text=True)
        if res.returncode:
            sys.exit(f"many {' '.join(args)}: {res.returncode}\n{res.stdout}{res.stderr}")
        costs = {}
        for name in os.listdir(where):
            with open(os.path.join(where, name)) as f:
                text = f.read()
            found = re.search(r"Trigger: Client Request: (\w+)\(", text)
            if found:
                costs[found.group(1)] = own_cost(text)
    return costs, res.stdout


def run(program, n):
    costs, text = count(program, str(n))
    for phase, cost in count(program, str(n), "alias")[0].items():
        costs["alias_" + phase] = cost
    return costs, int(re.search(r"bytes (\d+)", text).group(1))


def table(found, most=lambda phase, n: None):
    """Lines, and how many miss an aim, or are worse than most() allows."""
    sizes = sorted(found)
    first, last = sizes[0], sizes[-1]
    lines, bad, worse = [], 0, 0
    lines.append(f"{'instructions of the layer, functions:':38}" +
          "".join(f"{n:>14,}" for n in sizes) + f"{'growth':>9}")
    for phase, title in PHASES:
        costs = [found[n][0][phase] for n in sizes]
        growth = costs[-1] / costs[0]
        aim = (last * math.log2(last) / (first * math.log2(first))
               if phase in GROWS else 1.0) * SLACK
        missed = growth > aim
        more = any(most(phase, n) and c > most(phase, n)
                   for n, c in zip(sizes, costs))
        bad += missed
        worse += more
        lines.append(f"{title:38}" + "".join(f"{c:14,}" for c in costs) +
                     f"{growth:9.2f} (<={aim:.2f})" +
                     ("  MISSED" if missed else "") +
                     ("  WORSE" if more else ""))
    lines.append(f"{'bytes a function, beside its tables':38}" +
                 "".join(f"{found[n][1] / n:14.0f}" for n in sizes))
    return lines, bad, worse


def main():
    program = sys.argv[1]
    sizes = [int(n) for n in sys.argv[2:]] or SIZES
    lines, bad, _ = table({n: run(program, n) for n in sizes})
    print("\n".join(lines))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
