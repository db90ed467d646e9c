#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""fake-xen.py DIR REPORT.json: the hypfs of a Xen that does what the report says, for
fake-xen.c."""

import json
import os
import sys


def write(top, path, text):
    path = os.path.join(top, "hypfs/iommu", path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text + "\n")


def main():
    top = sys.argv[1]
    with open(sys.argv[2], encoding="utf-8") as f:
        report = json.load(f)
    devices = {d["sbdf"]: d for d in report["devices"]}
    write(top, "state", "on")
    for i, unit in enumerate(u for u in report["units"] if u["used"]):
        for name in ("name", "driver", "base"):
            write(top, f"units/{i}/{name}", unit[name])
    for group in report["groups"]:
        where = f"groups/{group['id']}"
        lines, reserved = [], []
        for name in group["devices"]:
            d = devices[name]
            lines.append(f"{name} {d['unit']} d0 paging 0 {','.join(d['flags'])} {d['ids']}")
            if d["regions"]:
                reserved.append(f"{name} {','.join(d['regions'])} {','.join(d['sharers']) or '-'}")
        write(top, f"{where}/devices", "\n".join(lines))
        write(top, f"{where}/reserved", "\n".join(reserved))


main()
