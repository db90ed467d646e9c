#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The table of `make bench-xen`: stock Xen against ours, from the reports of
both. Exits with 1 where ours is slower than it may be."""

import argparse
import json
import re
import statistics
import sys

# Creation and destruction repeat to a per cent; attach and detach are mostly
# xenstore and polling in dom0.
NOISE = {"attach": 1.16, "detach": 1.1}
OTHER_NOISE = 1.03
# When a guest's pages become page tables is the guest's.
ASKED_NOISE = 1.05
# These must be faster.
FASTER = ("create", "destroy")
# What a guest that may have devices may cost, beside one that may not.
WITH = 1.05
SIDE = re.compile(r"(.+)-(bare|with)")


def figures(path):
    """{operation: median of its rounds, in ns}, {operation: holds}, {operation: commands, waits}"""
    times, locks, asked = {}, {}, {}
    with open(path) as f:
        report = json.load(f)
    for s, result in ((s, r) for s in report["scenarios"] for r in s["results"]):
        if result["verdict"] != "PASS":
            sys.exit(f"{path}: {result['name']}: {result['text']}")
        name, text = result["name"], result["text"]
        numbers = [int(n) for n in re.findall(r"\d+", text)]
        if name.startswith("lock-"):
            locks[name[5:]] = numbers
        elif name.startswith("asked-"):
            asked[f"{s['name']} {name[6:]}"] = numbers
        elif re.fullmatch(r"\d+ ns", text):
            name = re.sub(r"-\d$", "", name)
            times.setdefault(name, []).append(numbers[0])
    return {name: int(statistics.median(ns)) for name, ns in times.items()}, locks, asked


def allowed(name):
    kind = name.split("-")[0]
    return 1.0 if kind in FASTER else NOISE.get(kind, OTHER_NOISE)


def quotient(now, was):
    return f"{now / was:7.3f}" if was else "      -"


def sides(stock, ours):
    """Rows of guests without passthrough= and with it: line, whether it misses its aim."""
    names = dict.fromkeys(m[1] for m in map(SIDE.fullmatch, stock) if m)
    for name in names:
        was, is_ = ([side[f"{name}-{which}"] for which in ("bare", "with")]
                    for side in (stock, ours))
        bad, aim = False, ""
        if name.startswith(FASTER):
            bad, aim = is_[1] > WITH * is_[0], f"(<={WITH:g})"
        elif name.startswith("grants"):
            bad, aim = is_[1] > OTHER_NOISE * was[0], "(<= stock without)"
        yield (f"{name:18} {was[0]:12} {was[1]:12} {was[1] / was[0]:7.3f} "
               f"{is_[0]:12} {is_[1]:12} {is_[1] / is_[0]:7.3f} {aim}"
               + ("  MISSED" if bad else "")), bad


def table(stock, ours):
    missed = 0
    yield f"{'operation':16} {'stock':>12} {'ours':>12} {'ratio':>7}   virtual ns"
    plain = {name: ns for name, ns in stock[0].items() if not SIDE.fullmatch(name)}
    for name, was in plain.items():
        ratio = ours[0][name] / was
        bad = ratio > allowed(name)
        missed += bad
        yield (f"{name:16} {was:12} {ours[0][name]:12} {ratio:7.3f} "
               f"(<={allowed(name):g})" + ("  MISSED" if bad else ""))
    yield ""
    yield (f"{'pcidevs_lock':16} {'longest':>12} {'':>12} {'ratio':>7} "
           f"{'sum':>12} {'':>12} {'ratio':>7}  holds")
    # Where stock does not take it at all there is nothing to compare with, but
    # for the longest of all: how long somebody can have to wait for it.
    for name, (nr, longest, total) in stock[1].items():
        n, l, t = ours[1][name]
        bad = nr and (l > longest or t > total)
        missed += bool(bad)
        yield (f"{name:16} {longest:12} {l:12} {quotient(l, longest)} "
               f"{total:12} {t:12} {quotient(t, total)}  {nr} {n}"
               + (" (<=1)" if nr else "") + ("  MISSED" if bad else ""))
    was, now = (max((held[1] for held in side[1].values()), default=0)
                for side in (stock, ours))
    missed += now > was
    yield (f"{'longest of all':16} {was:12} {now:12} {quotient(now, was)} (<=1)"
           + ("  MISSED" if now > was else ""))
    yield ""
    yield f"{'asked of units':32} {'commands':>17} {'waits':>17}   stock, ours"
    for name, (commands, waits) in stock[2].items():
        c, w = ours[2][name]
        bad = w > ASKED_NOISE * waits
        missed += bad
        yield (f"{name:32} {commands:8} {c:8} {waits:8} {w:8} (<={ASKED_NOISE:g})"
               + ("  MISSED" if bad else ""))
    yield ""
    yield (f"{'passthrough=':18} {'stock without':>12} {'with':>12} {'ratio':>7} "
           f"{'ours without':>12} {'with':>12} {'ratio':>7}   virtual ns")
    both = list(sides(stock[0], ours[0]))
    for line, bad in both:
        missed += bad
        yield line
    held = sum(bool(nr) for nr, _, _ in stock[1].values())
    yield f"{len(plain) + held + 1 + len(stock[2]) + len(both)} figures, {missed} miss their aim"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stock")
    parser.add_argument("ours")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    text = "\n".join(table(figures(args.stock), figures(args.ours))) + "\n"
    print(text, end="")
    with open(args.out, "w") as f:
        f.write(text)
    return 0 if text.endswith(" 0 miss their aim\n") else 1


if __name__ == "__main__":
    sys.exit(main())
