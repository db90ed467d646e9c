#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""same-report.py REPORT.json OTHER.json: do two reports of `check', or a report and a
partition ("groups"), foresee the same?  Of a partition, what the report has in no group is
left out."""

import json
import sys

FACTS = ("group", "unit", "flags", "ids", "regions", "sharers", "companions", "possible",
         "obstacles", "vendor", "device", "kind")


def load(name):
    with open(name, encoding="utf-8") as f:
        return json.load(f)


def partition(report, without=()):
    groups = (g["devices"] if isinstance(g, dict) else g for g in report["groups"])
    kept = (sorted(d for d in g if d not in without) for g in groups)
    return sorted(g for g in kept if g)


def main():
    one, other = load(sys.argv[1]), load(sys.argv[2])
    alone = {d["sbdf"] for d in one["devices"] if d["group"] is None}
    if partition(one) != partition(other, alone):
        print("groups:", partition(one), partition(other, alone))
        return 1
    if "devices" not in other:
        return 0
    for key in ("units", "devices"):
        for a, b in zip(one[key], other[key]):
            for fact in FACTS if key == "devices" else a:
                if a[fact] != b[fact]:
                    print(a, b)
                    return 1
        if len(one[key]) != len(other[key]):
            print(f"{key}: {len(one[key])}, {len(other[key])}")
            return 1
    return 0


sys.exit(main())
