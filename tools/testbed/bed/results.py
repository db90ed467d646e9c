# SPDX-License-Identifier: GPL-2.0-only
"""Results of scenarios: one line each, a table, a machine-readable report."""

import json
import os
import sys
import time

VERDICTS = ("PASS", "FAIL", "SKIP")
COLOUR = {"PASS": "\033[32m", "FAIL": "\033[31m", "SKIP": "\033[33m"}


def _paint(verdict):
    if not sys.stdout.isatty():
        return verdict
    return f"{COLOUR[verdict]}{verdict}\033[0m"


def say(line):
    """In one piece: another boot may have lines for the same terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Results:
    def __init__(self, scenario):
        self.scenario = scenario
        self.items = []
        self.start = time.monotonic()

    def add(self, name, verdict, text=""):
        if verdict not in VERDICTS:
            text, verdict = f"unknown verdict '{verdict}' {text}", "FAIL"
        seconds = round(time.monotonic() - self.start, 1)
        self.items.append({"name": name, "verdict": verdict, "text": text, "at": seconds})
        say(f"  {_paint(verdict)} {self.scenario}/{name:<26} {text}"[:200])

    def count(self, verdict):
        return sum(1 for item in self.items if item["verdict"] == verdict)


class Report:
    def __init__(self, path, **about):
        self.path = path
        self.data = {**about, "scenarios": []}

    def add(self, scenario, results, seconds, log, summary=""):
        self.data["scenarios"].append({
            "name": scenario, "summary": summary, "seconds": round(seconds, 1), "log": log,
            "results": results.items})

    def sort(self, names):
        """In this order, which boots side by side do not end in."""
        at = {name: i for i, name in enumerate(names)}
        self.data["scenarios"].sort(key=lambda s: at[s["name"]])

    def totals(self):
        return {v: sum(1 for s in self.data["scenarios"] for r in s["results"]
                       if r["verdict"] == v) for v in VERDICTS}

    def write(self):
        totals = self.totals()
        self.data["passed"], self.data["failed"] = totals["PASS"], totals["FAIL"]
        self.data["skipped"] = totals["SKIP"]
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path + ".new", "w") as out:
            json.dump(self.data, out, indent=1)
            out.write("\n")
        os.replace(self.path + ".new", self.path)

    def table(self):
        """Every scenario on a line, every failure below it."""
        print()
        for s in self.data["scenarios"]:
            bad = [r for r in s["results"] if r["verdict"] != "PASS"]
            good = len(s["results"]) - len(bad)
            print(f"{s['name']:<28} {good:3} passed {len(bad):3} not  {s['seconds']:6.1f} s")
            for r in bad:
                print(f"    {_paint(r['verdict'])} {r['name']}: {r['text']}"[:240])
            if any(r["verdict"] == "FAIL" for r in bad):
                print(f"    log: {s['log']}")
        totals = self.totals()
        if totals["SKIP"]:
            print(f"{totals['SKIP']} skipped")
        print(f"{totals['PASS']} passed, {totals['FAIL']} failed")
