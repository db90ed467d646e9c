#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""misra.py [FILTER]: the layer's sources and Xen's rules for MISRA C, by cppcheck.

The rules are those of Xen's docs/misra/rules.rst, as it is in build/xen/pristine,
with what is said there of how far each is followed. cppcheck of Debian does not read
Xen's own headers, so that the sources are read with those of the host ring; findings
in headers that are not the layer's do not count. Findings in misra.txt are known, each
with its reason; one that is not there, and one that is there and no more found, fails.

Works in build/misra, since cppcheck leaves files beside the sources. What it said of
a file is kept there for as long as that one, all headers and the rules stay as they are.
"""

import argparse
import concurrent.futures
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import rings                                                        # noqa: E402

BUILD, TOP = rings.BUILD, rings.TOP
XEN = os.path.join(BUILD, "xen", "pristine")
WORK = os.path.join(BUILD, "misra")
KEPT = os.path.join(WORK, "kept")
KNOWN = os.path.join(HERE, "misra.txt")

# Debian 12's; others find other things.
VERSION = "2.10"

# What rules.rst says of a rule where it is not followed to the letter, and cppcheck
# cannot tell what remains of it.
RELAXED = {
    "10.1": r"Implicit conversions to boolean for conditionals",
    "10.3": r"its adoption is aspirational",
    "10.4": r"its adoption is aspirational",
    "11.6": r"All conversions to integer types are permitted",
    "12.2": r"We rely on gcc -fsanitize=undefined",
    "14.4": r"conversions of pointer types to bool are permitted",
    "17.7": r"its adoption is aspirational",
}
OURS = ("drivers", "arch/x86", "arch/arm", "arch/riscv")
# A symbol on the command line: one configuration of #if, not all.
ARGUMENTS = ["--quiet", "--enable=style", "--std=c99",
             "--platform=" + os.path.join(XEN, "xen", "tools", "cppcheck-plat", "x86_64-wchar_t2.xml"),
             "--template={file}({line},{column}):{id}:", "--suppress=unmatchedSuppression:*",
             "--include=arch/host/include/xen/config.h", "-DCPPCHECK",
             "-Iarch/host/include", "-Idrivers/passthrough/include", "-Idrivers/passthrough"]
UNREAD = re.compile(r":(syntaxError|internalError|internalAstError|preprocessorErrorDirective):")
FOUND = re.compile(r"(\S+)\((\d+),\d+\):misra-c2012-([\d.]+):")


def stop(text):
    sys.exit(f"misra: {text}")


def notes(path):
    """What rules.rst says of each rule: summary and notes in one line."""
    with open(path, encoding="utf-8") as text:
        parts = re.split(r"\* - `Rule ([\d.]+) ", text.read())
    return {rule: " ".join(said.split()) for rule, said in zip(parts[1::2], parts[2::2])}


def relaxed(said):
    """Rules that this Xen does not ask for to the letter."""
    return {rule for rule, words in RELAXED.items()
            if rule in said and re.search(words, said[rule])}


def known(path):
    """Findings with a reason: (file, rule) to how many."""
    table = {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            fields = line.split("#")[0].split()
            if not fields:
                continue
            if len(fields) != 3 or not fields[2].isdigit():
                stop(f"{path}:{number}: not 'FILE RULE NUMBER'")
            table[fields[0], fields[1]] = int(fields[2])
    return table


def prepare():
    """Sources, and Xen's rules as cppcheck wants them."""
    rules = os.path.join(XEN, "docs", "misra", "rules.rst")
    if not os.path.exists(rules):
        stop("no build/xen/pristine with docs/misra; run tools/setup/xen-source.sh")
    os.makedirs(KEPT, exist_ok=True)
    for folder in ("drivers", "arch"):
        shutil.rmtree(os.path.join(WORK, folder), ignore_errors=True)
        shutil.copytree(os.path.join(TOP, folder), os.path.join(WORK, folder))
    addon = os.path.join(WORK, "misra.json")
    subprocess.run([sys.executable, os.path.join(XEN, "xen", "tools", "convert_misra_doc.py"),
                    "-i", rules, "-o", os.path.join(WORK, "rules.txt"), "-j", addon],
                   check=True, stdout=subprocess.DEVNULL)
    with open(addon) as text:
        arguments = json.load(text)
    skipped = relaxed(notes(rules))
    for i, arg in enumerate(arguments["args"]):
        if arg.startswith("--suppress-rules="):
            arguments["args"][i] = arg + "".join("," + rule for rule in sorted(skipped))
    with open(addon, "w") as text:
        json.dump(arguments, text)
    return addon


def common(addon):
    """A digest of what all files' findings depend on."""
    digest = hashlib.sha256(subprocess.check_output(["cppcheck", "--version"]))
    names = glob.glob(os.path.join(WORK, "**", "*.h"), recursive=True)
    digest.update("\n".join(ARGUMENTS).encode())
    for name in [addon, os.path.join(WORK, "rules.txt"), *sorted(names)]:
        with open(name, "rb") as text:
            digest.update(text.read())
    return digest.digest()


def look(path, addon, digest):
    """What cppcheck says of one file, as kept or now."""
    with open(os.path.join(WORK, path), "rb") as text:
        key = hashlib.sha256(digest + path.encode() + text.read()).hexdigest()
    kept = os.path.join(KEPT, key)
    if not os.path.exists(kept):
        said = run(path, addon)
        with open(kept + ".new", "w") as out:
            out.write(said)
        os.rename(kept + ".new", kept)
    with open(kept) as text:
        said = text.read()
    found = {(os.path.normpath(m[1]), m[3], int(m[2])) for m in FOUND.finditer(said)}
    # What it stumbles over it does not look at any further.
    if UNREAD.search(said):
        found.add((path, "unread", 0))
    return found


def run(path, addon):
    """cppcheck's words on a file and the headers that it includes."""
    arch = path.split(os.sep)[1] if path.startswith("arch") else "x86"
    done = subprocess.run(["cppcheck", *ARGUMENTS, f"--addon={addon}", f"-Iarch/{arch}/include", path],
                          cwd=WORK, text=True, capture_output=True)
    return done.stdout + done.stderr


def judge(counts, lines, table):
    """What is wrong, by file: findings that are not known, and known ones that are gone."""
    failed = {}
    for path, rule in sorted(set(counts) | set(table)):
        has, may = counts.get((path, rule), 0), table.get((path, rule), 0)
        if has != may:
            where = ", ".join(str(line) for line in lines.get((path, rule), []))
            text = f"rule {rule}: {has} in lines {where or 'none'}, {may} known"
            failed[path] = "; ".join(filter(None, (failed.get(path), text)))
    return failed


def report(files, failed, seconds):
    """As every ring leaves one."""
    rows = [{"name": path, "verdict": "FAIL" if path in failed else "PASS",
             "text": failed.get(path, "")} for path in sorted({*files, *failed})]
    rings.leave("misra", {"passed": len(files) - len(failed), "failed": len(failed), "seconds": round(seconds, 1),
                          "results": rows})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("filter", nargs="?", default="")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    has = subprocess.check_output(["cppcheck", "--version"], text=True).split()[-1]
    if has != VERSION:
        print(f"  SKIP misra  this is cppcheck {has}; what misra.txt knows is {VERSION}'s")
        print("0 passed, 0 failed")
        return
    begun = time.time()
    addon = prepare()
    files = sorted(os.path.relpath(path, WORK) for top in OURS
                   for path in glob.glob(os.path.join(WORK, top, "**", "*.c"), recursive=True))
    files = [path for path in files if args.filter in path]

    digest = common(addon)
    found = set()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for more in pool.map(lambda path: look(path, addon, digest), files):
            found |= more

    counts, lines = {}, {}
    for path, rule, line in sorted(found):
        if path.startswith(OURS):
            counts[path, rule] = counts.get((path, rule), 0) + 1
            lines.setdefault((path, rule), []).append(line)
    table = known(KNOWN)
    if args.filter:
        table = {key: nr for key, nr in table.items() if key in counts}
    failed = judge(counts, lines, table)
    for name, text in failed.items():
        print(f"  FAIL misra/{name}  {text}")
    print(f"  {len(files)} files, {sum(counts.values())} findings, {time.time() - begun:.0f} s")
    report(files, failed, time.time() - begun)
    passed = len([path for path in files if path not in failed])
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(1 if failed or not files else 0)


if __name__ == "__main__":
    main()
