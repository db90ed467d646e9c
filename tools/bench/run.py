#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs the page-table benchmarks: text table, JSON, and a figure beside each
aim. Instructions are counted by callgrind where valgrind is installed."""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

import many
from plot import plot

# What the aims in ns were set on: one plain store took this long. A busy or a
# slower machine slows both, so what is judged is the number of stores.
STORE_NS = 0.28

HERE = os.path.dirname(os.path.abspath(__file__))

# What the last release took, and how much more is a regression: another
# compiler chooses other instructions.
PEERS = os.path.join(HERE, "peers.json")
RELEASE = os.path.join(HERE, "release.json")
SLACK, SLACK_COMPILER = 1.01, 1.1


def bench(args, *words):
    return subprocess.run([os.path.join(args.out, "bench"), *words],
                          check=True, capture_output=True, text=True).stdout


def read_list(args):
    found = {"impl": [], "format": [], "row": []}
    for line in bench(args, "list").splitlines():
        kind, *rest = line.split("\t")
        if kind == "row":
            name, title, unit, units, ns, insns = rest
            found[kind].append({"id": name, "title": title, "unit": unit,
                                "units": int(units), "aim_ns": float(ns),
                                "aim_insns": float(insns)})
        else:
            found[kind].append(rest[0])
    return found


def load(name):
    if not os.path.exists(name):
        return {}
    with open(name) as f:
        return json.load(f)


def compiler():
    found = subprocess.run(["gcc", "-dumpversion"], capture_output=True,
                           text=True)
    return "gcc " + found.stdout.strip()


def before(release, impl, fmt, row):
    """Instructions of the last release and the most that is no regression."""
    if impl != "engine":
        return None, None
    was = release.get("insns", {}).get(fmt, {}).get(row)
    if was is None:
        return None, None
    same = release.get("compiler") == compiler()
    return was, was * (SLACK if same else SLACK_COMPILER) + 0.1


def instructions(args, impl, fmt, row):
    with tempfile.NamedTemporaryFile() as out:
        res = subprocess.run(
            ["valgrind", "--tool=callgrind", "--toggle-collect=bench_measured",
             "--callgrind-out-file=" + out.name,
             os.path.join(args.out, "bench"), "once", impl, fmt, row["id"]],
            capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", res.stderr)
    # 0: valgrind does not know an instruction of the row's work.
    if res.returncode or not found or found.group(1) == "0":
        return None
    return int(found.group(1)) / row["units"]


def measure(args, release, impl, fmt, row):
    ns, stores, pages = bench(args, "time", impl, fmt, row["id"]).split()
    res = {"impl": impl, "format": fmt, "row": row["id"], "ns": float(ns),
           "ratio": float(stores), "table_pages": int(pages), "insns": None}
    if args.insns == "y" and shutil.which("valgrind"):
        res["insns"] = instructions(args, impl, fmt, row)
    # The aims are for 4 levels: a look-up may take a sixth more for each above.
    res["aim_insns"] = row["aim_insns"]
    above = int(fmt[-1]) - 4 if fmt[-2:] in ("-5", "-6") else 0
    if row["id"].endswith("lookup"):
        res["aim_insns"] *= 1 + above / 6
    res["aim_ratio"] = row["aim_ns"] / STORE_NS
    res["ok"] = all(not aim or got is None or got <= aim + 0.01
                    for got, aim in ((res["ratio"], res["aim_ratio"]),
                                     (res["insns"], res["aim_insns"])))
    res["release"], most = before(release, impl, fmt, row["id"])
    res["worse"] = bool(most and res["insns"] and res["insns"] > most)
    return res


def cell(got, aim):
    if got is None:
        return "      -       "
    return f"{got:7.2f} " + (f"(<={round(aim, 1):g})" if aim else "").ljust(8)


def best_peer(peers, row):
    """The best of those that do the same work as a whole engine."""
    found = [(n, who) for who, n in peers.get("rows", {}).get(row, {}).items()
             if who != "plain"]
    return "{1} {0:g}".format(*min(found)) if found else "-"


def table(rows, results, peers):
    yield (f"{'work':44} {'ns a unit':15} {'instructions':15} "
           f"{'release':>8} {'best peer':>10} {'stores':15} {'pages':>6}")
    for impl, fmt in dict.fromkeys((r["impl"], r["format"]) for r in results):
        yield f"-- {impl}, {fmt}"
        for row in rows:
            for r in results:
                if (r["impl"], r["format"], r["row"]) != (impl, fmt, row["id"]):
                    continue
                yield (f"{row['title']:44} {cell(r['ns'], row['aim_ns'])} "
                       f"{cell(r['insns'], r['aim_insns'])} "
                       f"{'-' if r['release'] is None else r['release']:>8} "
                       f"{best_peer(peers, row['id']):>10} "
                       f"{cell(r['ratio'], r['aim_ratio'])} {r['table_pages']:6}"
                       + ("" if r["ok"] else "  MISSED")
                       + ("  WORSE" if r["worse"] else ""))


def numbers(args, mode, impl, fmt):
    return [[float(n) for n in line.split()]
            for line in bench(args, mode, impl, fmt).splitlines()]


def plots(args, impls, formats):
    """Cost against range length and against guest size; returns the data."""
    by_length, by_size, data = [], [], []
    for impl in impls:
        for fmt in formats:
            name = fmt if len(impls) == 1 else f"{impl} {fmt}"
            lengths = numbers(args, "lengths", impl, fmt)
            sizes = numbers(args, "sizes", impl, fmt)
            data.append({"impl": impl, "format": fmt, "lengths": lengths,
                         "sizes": sizes})
            by_length += [(f"{name} map", [(n, m) for n, m, _ in lengths]),
                          (f"{name} unmap", [(n, u) for n, _, u in lengths])]
            by_size += [(f"{name} 4 KiB", [(s[0], s[1]) for s in sizes]),
                        (f"{name} 2 MiB", [(s[0], s[2]) for s in sizes])]
    for name, svg in (
            ("lengths", plot("Cost of a page against the length of a call",
                             "pages in one call", "ns a page", by_length)),
            ("sizes", plot("Populating a guest's table in one call",
                           "guest size, MiB", "ms", by_size))):
        with open(os.path.join(args.out, name + ".svg"), "w") as f:
            f.write(svg)
    return data


def scale(args):
    """Two threads on two groups: scale.c. Its table and its rows' verdicts."""
    if args.scale != "y":
        return "", []
    res = subprocess.run([os.path.join(args.out, "scale", "scale")],
                         capture_output=True, text=True)
    rows = [line for line in res.stdout.splitlines() if "(>=" in line]
    verdicts = ["missed" if line.endswith("MISSED") else
                "busy" if "BUSY" in line else "ok" for line in rows]
    if res.returncode != any(v != "ok" for v in verdicts):
        sys.exit(f"scale: status {res.returncode}\n{res.stdout}{res.stderr}")
    return "\n" + res.stdout + res.stderr, verdicts


def queue(args):
    """Many CPUs on one unit's queue: queue.c. As scale()."""
    if args.scale != "y":
        return "", []
    res = subprocess.run([os.path.join(args.out, "scale", "queue")],
                         capture_output=True, text=True)
    verdicts = ["missed" if line.endswith("MISSED") else "ok"
                for line in res.stdout.splitlines() if "(<=" in line]
    if res.returncode != ("missed" in verdicts):
        sys.exit(f"queue: status {res.returncode}\n{res.stdout}{res.stderr}")
    return "\n" + res.stdout, verdicts


def many_functions(args, release):
    """Many functions: many.c. Its table, its rows' verdicts, the figures."""
    if args.insns != "y" or args.scale != "y" or not shutil.which("valgrind"):
        return "", [], None
    program = os.path.join(args.out, "scale", "many")
    found = {n: many.run(program, n) for n in many.SIZES}
    slack = (SLACK if release.get("compiler") == compiler()
             else SLACK_COMPILER)

    def most(phase, n):
        was = release.get("many", {}).get(phase, {}).get(str(n))
        return was and was * slack

    lines, bad, worse = many.table(found, most)
    verdicts = ["missed"] * bad + ["worse"] * worse
    verdicts += ["ok"] * (len(many.PHASES) - len(verdicts))
    return "\n" + "\n".join(lines) + "\n", verdicts, {
        phase: {str(n): found[n][0][phase] for n in found}
        for phase, _ in many.PHASES}


def last_line(results, verdicts):
    """Of every row, not the engine's alone: what the exit status says."""
    missed = sum(not r["ok"] for r in results) + verdicts.count("missed")
    busy = verdicts.count("busy")
    worse = sum(r["worse"] for r in results) + verdicts.count("worse")
    line = (f"{len(results) + len(verdicts)} figures, {missed} miss their aim, "
            f"{worse} worse than the last release")
    if busy:
        line += f", {busy} not judged: the machine is busy"
    return line + "\n", bool(missed or busy or worse)


def record(results, functions):
    """From now on what the next run is held against."""
    release = load(RELEASE)
    insns = release.get("insns", {})
    for r in results:
        if r["impl"] == "engine" and r["insns"] is not None:
            insns.setdefault(r["format"], {})[r["row"]] = round(r["insns"], 2)
    with open(RELEASE, "w") as f:
        json.dump({"compiler": compiler(), "insns": insns,
                   "many": functions or release.get("many", {})}, f, indent=1)
        f.write("\n")


def keep(args, text):
    """One file a commit, to be diffed; says which was the last one."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"],
                           capture_output=True, text=True)
    history = os.path.join(args.out, "history")
    os.makedirs(history, exist_ok=True)
    older = sorted((os.path.join(history, n) for n in os.listdir(history)),
                   key=os.path.getmtime)
    name = os.path.join(history, (found.stdout.strip() or "unknown") + ".txt")
    with open(name, "w") as f:
        f.write(text)
    older = [n for n in older if n != name]
    if older:
        print(f"compare: diff {os.path.relpath(older[-1])} "
              f"{os.path.relpath(name)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--formats", default="")
    parser.add_argument("--rows", default="")
    parser.add_argument("--insns", default="y")
    parser.add_argument("--plots", default="y")
    parser.add_argument("--scale", default="y")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()

    found = read_list(args)
    formats = args.formats.split() or found["format"]
    rows = [r for r in found["row"]
            if not args.rows.split() or r["id"] in args.rows.split()]
    release, peers, results = load(RELEASE), load(PEERS), []
    for impl in found["impl"]:
        for fmt in formats:
            for row in rows:
                if sys.stderr.isatty():
                    print(f"\r{impl} {fmt} {row['id']:16}\r", end="",
                          file=sys.stderr, flush=True)
                results.append(measure(args, release, impl, fmt, row))

    text = "\n".join(table(rows, results, peers))
    scaling, verdicts = scale(args)
    queues, more = queue(args)
    machine, most, functions = many_functions(args, release)
    scaling += queues + machine
    verdicts += more + most
    total, bad = last_line(results, verdicts)
    text += (f"\nA unit is a page, a leaf, a look-up or a hole; \"stores\": time "
             f"in plain 8-byte stores of the same run.\n"
             "Judged are stores and instructions; memory is in pages of tables.\n"
             "Peers: whole engines in one harness, peers.json; \"release\": "
             "instructions then, release.json.\n"
             f"{scaling}{total}")
    print(text, end="")
    series = []
    if args.plots == "y":
        series = plots(args, found["impl"], formats)

    with open(os.path.join(args.out, "bench.txt"), "w") as f:
        f.write(text)
    with open(os.path.join(args.out, "bench.json"), "w") as f:
        json.dump({"machine": platform.processor() or platform.machine(),
                   "rows": rows, "results": results, "series": series,
                   "scaling": scaling.splitlines()}, f, indent=1)
    keep(args, text)
    if args.record:
        record(results, functions)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
