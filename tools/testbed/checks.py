#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""checks.py BEFORE [AFTER]: is any check lost between two sets of reports?

BEFORE and AFTER (build/report) are directories of reports as rings leave them. A
check is a result's name in a part of a ring (a scenario, a test program). One
that moved to another ring of the same architecture is named with both; one that
AFTER does not have, or not as often, is MISSING and makes this fail. Reports of
rings that AFTER has none of are not compared, and named.
"""

import collections
import json
import os
import sys

import rings


def reports(directory):
    """{ring: {(part, check): how often}}"""
    found = {}
    for file in sorted(os.listdir(directory)):
        name, kind = os.path.splitext(file)
        if kind != ".json":
            continue
        with open(os.path.join(directory, file)) as source:
            data = json.load(source)
        if "stages" in data:            # what several rings add up to
            continue
        found[name] = collections.Counter((p.name, case) for p in rings.parts_of(data)
                                          for case, _, _ in p.cases)
    return found


def family(ring):
    """Rings between which a check may move: x86-check and x86-long, host and host-long."""
    return ring.split("-")[0]


def compare(before, after):
    """Lines (verdict, text) of what is not as it was, and how many checks are."""
    lines, same, families = [], 0, {}
    for ring, checks in after.items():
        families.setdefault(family(ring), {})[ring] = checks.copy()
    for ring, checks in before.items():
        there = families.get(family(ring))
        if there is None:
            lines.append(("NOT COMPARED", f"{ring}: no such ring afterwards"))
            continue
        for (part, case), number in checks.items():
            left = number
            for other in sorted(there, key=lambda r: r != ring):
                taken = min(left, there[other][part, case])
                there[other][part, case] -= taken
                left -= taken
                if taken and other != ring:
                    lines.append(("MOVED", f"{ring}/{part}/{case}: now in {other}"))
                elif taken:
                    same += taken
            if left:
                lines.append(("MISSING", f"{ring}/{part}/{case}"))
    new = sum(sum(checks.values()) for rs in families.values() for checks in rs.values())
    return lines, same, new


def main(before, after=os.path.join(rings.BUILD, "report")):
    lines, same, new = compare(reports(before), reports(after))
    for verdict, text in lines:
        print(f"{verdict} {text}")
    missing = sum(verdict == "MISSING" for verdict, _ in lines)
    moved = sum(verdict == "MOVED" for verdict, _ in lines)
    print(f"{same} checks as before, {moved} moved, {new} new, {missing} missing")
    return 1 if missing or not same else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
