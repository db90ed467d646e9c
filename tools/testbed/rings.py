#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""rings.py REPORT...: what took long, and JUnit XML beside each report.

A report is build/report/REPORT.json as a ring leaves it. A part (a scenario, a
test program) that takes half as long again as docs/tests.md says, beside the
others of its ring, is named. `rings.py --table REPORT...` writes the times of
these reports into docs/tests.md; a ring that was not run keeps what is there.
"""

import json
import os
import re
import statistics
import sys
import xml.etree.ElementTree as xml

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build")
TABLE = os.path.join(TOP, "docs", "tests.md")
SLOWEST = 10
GROWN = 1.5         # of the recorded time, beside the median of the ring
LEAST = 5.0         # seconds: what is shorter says nothing
ROW = re.compile(r"^\| `([^`]+)` \|.*\| +([0-9.]+) \|$")
# What XML 1.0 cannot hold.
CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Part:
    """What is timed: a scenario, or a test program; cases are its checks."""

    def __init__(self, name, seconds, cases, about=""):
        self.name, self.seconds, self.cases, self.about = name, seconds, cases, about


def parts_of(report):
    """Of any ring: scenarios, test programs, or a plain list of results."""
    def cases(items):
        return [(i["name"], i["verdict"], i.get("text", "")) for i in items]

    if "stages" in report:      # rings, which have reports of their own
        return []
    if "scenarios" in report:
        return [Part(s["name"], s["seconds"], cases(s["results"]), s.get("summary", ""))
                for s in report["scenarios"]]
    if "parts" in report:
        return [Part(p["name"], p["seconds"], cases(p["cases"]), p.get("about", ""))
                for p in report["parts"]]
    return [Part("all", report.get("seconds", 0.0), cases(report.get("results", [])))]


def load(name):
    with open(os.path.join(BUILD, "report", name + ".json")) as source:
        return parts_of(json.load(source))


def junit(name, parts):
    """One suite a part, one case a check."""
    root = xml.Element("testsuites", name=name)
    for part in parts:
        bad = sum(verdict == "FAIL" for _, verdict, _ in part.cases)
        suite = xml.SubElement(root, "testsuite", name=part.name, tests=str(len(part.cases)),
                               failures=str(bad), time=f"{part.seconds:.1f}")
        for case, verdict, text in part.cases:
            node = xml.SubElement(suite, "testcase", classname=f"{name}.{part.name}", name=case)
            text = CONTROL.sub("?", text)
            if verdict == "FAIL":
                xml.SubElement(node, "failure", message=text[:200]).text = text
            elif verdict == "SKIP":
                xml.SubElement(node, "skipped", message=text[:200])
    return xml.ElementTree(root)


def recorded(text):
    """Seconds of each `ring/part` of the table."""
    return {m.group(1): float(m.group(2)) for m in map(ROW.match, text.splitlines()) if m}


def grown(name, parts, before):
    """Parts that take GROWN times what the table says. A machine is faster or
    slower as a whole: the median of the ring is taken out."""
    both = [(p, before[f"{name}/{p.name}"]) for p in parts
            if before.get(f"{name}/{p.name}", 0) >= LEAST and p.seconds >= LEAST]
    if len(both) < 3:
        return []
    usual = statistics.median(p.seconds / old for p, old in both)
    return [(p, old) for p, old in both if p.seconds > GROWN * old * usual]


def before():
    """What docs/tests.md says, if it is there."""
    if not os.path.exists(TABLE):
        return {}
    with open(TABLE) as source:
        return recorded(source.read())


def slowest(label, parts):
    """One line; nothing where there is nothing to choose from."""
    if len(parts) > 1:
        print(f"  slowest of {label}: " +
              ", ".join(f"{p.name} {p.seconds:.0f} s"
                        for p in sorted(parts, key=lambda p: -p.seconds)[:SLOWEST]))


def show(name):
    """Of one report: JUnit XML beside it, its slowest parts, and what grew."""
    parts = load(name)
    junit(name, parts).write(os.path.join(BUILD, "report", name + ".xml"),
                             encoding="utf-8", xml_declaration=True)
    slowest(name, parts)
    for part, old in grown(name, parts, before()):
        print(f"  GREW {name}/{part.name}: {part.seconds:.0f} s, {old:.0f} s in docs/tests.md")


def show_all(label, since):
    """Of all rings whose report is younger than @since: the slowest parts."""
    directory = os.path.join(BUILD, "report")
    found = []
    for file in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        name, kind = os.path.splitext(file)
        if kind != ".json" or os.path.getmtime(os.path.join(directory, file)) < since:
            continue
        found += [Part(f"{name}/{p.name}", p.seconds, []) for p in load(name)]
    slowest(label, found)


def leave(name, report):
    """What a ring found, in JSON, and what show() makes of it."""
    path = os.path.join(BUILD, "report", name + ".json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
        json.dump(report, out, indent=1)
        out.write("\n")
    show(name)


def rows_of(name, old):
    """A ring's rows: of its report, or those that the table has."""
    if not os.path.exists(os.path.join(BUILD, "report", name + ".json")):
        return [row for row in old if row.startswith(f"| `{name}/")]
    return ["| `{}/{}` | {} | {:.1f} |".format(name, part.name, part.about.replace("|", "/"),
                                               part.seconds) for part in load(name)]


def table(names):
    """The rows of docs/tests.md between its two marks."""
    with open(TABLE) as source:
        text = source.read()
    head, found, rest = text.partition("<!-- times -->\n")
    old, *tail = rest.partition("<!-- end of times -->")
    if not found or not tail[0]:
        sys.exit(f"rings.py: {TABLE} has no marks to write the times between")
    rows = ["| part | what | seconds |", "|---|---|---|"]
    for name in names:
        rows += rows_of(name, old.splitlines())
    with open(TABLE, "w") as out:
        out.write(head + found + "\n".join(rows) + "\n" + "".join(tail))


def main():
    names = sys.argv[1:]
    if names[:1] == ["--table"]:
        table(names[1:])
        return
    for name in names:
        show(name)


if __name__ == "__main__":
    main()
