#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Breaks one thing in a copy of the layer's source, and sees that a test notices.

mutants/*.txt say what is broken; an entry is

    [vtd/qi.c] one descriptor more than there is room for
    tests: test-vtd-limits test-vtd-threads
    -- 
    what stands in the file, once
    ++ 
    what stands there instead

The file is below drivers/passthrough/ (arch/... from the top). Where the text has
white space the file may have other white space, so that lines may move and be
indented anew; several pairs of -- and ++ make one mutant. A line that begins with
# between entries is a comment.

It fails if an entry does not apply or compile any more, if none of its tests
notices within its time, or if one of the tests fails without a change. The tests
are those of the host ring under AddressSanitizer, built before this is started.
"""

import argparse
import concurrent.futures
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "testbed"))

import rings    # noqa: E402

TOP = rings.TOP
LAYER = "drivers/passthrough"
LINK = ["-lcmocka", "-lfdt"]


class Broken(Exception):
    """An entry that cannot be run."""


class Mutant:
    def __init__(self, where, path, title):
        self.where, self.title, self.tests, self.pairs = where, title, [], []
        self.path = path if path.startswith("arch/") else f"{LAYER}/{path}"

    def apply(self):
        """The file's text with the change in it."""
        with open(os.path.join(TOP, self.path)) as source:
            text = source.read()
        for old, new in self.pairs:
            words = [re.escape(word) for word in old.split()]
            found = list(re.finditer(r"\s+".join(words), text))
            if len(found) != 1:
                raise Broken(f"its text is in {self.path} {len(found)} times")
            text = text[:found[0].start()] + new + text[found[0].end():]
        return text


def parse(path):
    """The entries of one list."""
    found, part = [], None
    with open(path) as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            head = re.match(r"\[(\S+)\] (.+)$", line)
            if head:
                found.append(Mutant(f"{os.path.basename(path)}:{number}", *head.groups()))
                part = None
            elif line.startswith("tests:"):
                found[-1].tests = line[6:].split()
            elif line.rstrip() == "--":
                found[-1].pairs.append(["", ""])
                part = 0
            elif line.rstrip() == "++":
                part = 1
            elif part is not None:
                found[-1].pairs[-1][part] += line + "\n"
            elif line and not line.startswith("#"):
                raise SystemExit(f"{path}:{number}: {line}")
    for mutant in found:
        mutant.pairs = [[old.strip("\n"), new.strip("\n")] for old, new in mutant.pairs]
        if not mutant.tests or not mutant.pairs or not all(old for old, _ in mutant.pairs):
            raise SystemExit(f"{mutant.where}: no tests, or nothing to change")
    return found


class Builder:
    def __init__(self, args):
        self.base, self.out = os.path.join(args.out, "asan"), os.path.join(args.out, "mutants")
        self.compiler, self.link = shlex.split(args.compiler), shlex.split(args.link)
        self.own = dict(pair.split("=", 1) for pair in args.own)
        self.users = {}

    def objects(self, path, tests):
        """Sources to compile anew when @path changes: itself, or who includes it."""
        if path.endswith(".c") and os.path.exists(
                os.path.join(self.base, "obj", path[:-2] + ".o")):
            return [path]
        if path not in self.users:
            users = []          # whole before another thread sees it
            for directory, _, names in os.walk(os.path.join(self.base, "obj")):
                for name in (n for n in names if n.endswith(".d")):
                    with open(os.path.join(directory, name)) as deps:
                        if re.search(rf"(^|[\s/]){re.escape(path)}[\s:]", deps.read()):
                            full = os.path.join(directory, name[:-2] + ".c")
                            users.append(os.path.relpath(full, os.path.join(self.base, "obj")))
            self.users[path] = users
        # Objects of a file that has moved since may be there still.
        return [s for s in self.users[path] if os.path.exists(os.path.join(TOP, s))
                if not os.path.basename(s).startswith(("test-", "fuzz-"))
                or os.path.basename(s)[:-2] in tests]

    def run(self, command, what):
        done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
        if done.returncode:
            raise Broken(f"it does not {what}:\n{done.stdout[-2000:]}")

    def compile(self, mutant, directory):
        """The objects that differ."""
        text = mutant.apply()
        target = os.path.join(directory, mutant.path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w") as out:
            out.write(text)
        # Headers beside it would include the one that is beside them.
        if target.endswith(".h"):
            for path in glob.glob(os.path.join(TOP, os.path.dirname(mutant.path), "*.h")):
                if os.path.basename(path) != os.path.basename(target):
                    shutil.copy(path, os.path.dirname(target))

        made = []
        for source in self.objects(mutant.path, mutant.tests):
            copy = os.path.join(directory, source)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            if not os.path.exists(copy):
                shutil.copy(os.path.join(TOP, source), copy)
            made.append(copy[:-2] + ".o")
            near = [os.path.dirname(target),
                    *(os.path.dirname(os.path.join(TOP, path)) for path in (source, mutant.path))]
            # Before the layer's own, or a header there would be found first.
            at = next(i for i, word in enumerate(self.compiler) if word.startswith("-I"))
            self.run([*self.compiler[:at], f"-I{directory}/{LAYER}/include",
                      f"-I{directory}/{LAYER}", *self.compiler[at:],
                      *(word for path in near for word in ("-iquote", path)),
                      "-w", "-c", copy, "-o", made[-1]], "compile")
        if not made:
            raise Broken("nothing that its tests are made of has the file")
        return made

    def program(self, test, objects, directory):
        first = []
        if not any(os.path.basename(o) == test + ".o" for o in objects):
            first = glob.glob(f"{self.base}/obj/tools/tests/*/{test}.o")
        made = {os.path.relpath(o, directory) for o in objects}
        for prefix, sources in self.own.items():
            if test.startswith(prefix):
                first += [f"{self.base}/obj/{o}" for o in
                          (s[:-2] + ".o" for s in sources.split()) if o not in made]
        out = os.path.join(directory, test)
        self.run([*self.link, "-pthread", "-o", out, *first, *objects,
                  os.path.join(self.base, "liball.a"), *LINK], "link")
        return out


def noticed(program, seconds):
    """Whether the test fails, and what it says last."""
    env = {"ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=0:"
                           "allocator_may_return_null=1",
           "UBSAN_OPTIONS": "halt_on_error=1", **os.environ}
    try:
        done = subprocess.run([program], env=env, timeout=seconds, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        return True, f"no end after {seconds:.0f} s"
    text = done.stdout.decode(errors="replace")
    # cmocka's return code counts failed tests, not a failed group teardown.
    failed = done.returncode != 0 or re.search(r"FAILED +\] GROUP ", text)
    names = re.findall(r"^\[ +FAILED +\] (\S+)$", text, re.M)
    return bool(failed), names[0] if names else f"exit {done.returncode}"


def unchanged(tests, builder, pool):
    """Seconds that each test takes as it is; and those that fail, which are none to judge by."""
    def one(test):
        start = time.monotonic()
        program = os.path.join(builder.base, test)
        failed, why = noticed(program, 600) if os.path.exists(program) else (True, "not built")
        return test, failed, why, time.monotonic() - start

    times, bad = {}, []
    for test, failed, why, seconds in pool.map(one, sorted(tests)):
        times[test] = seconds
        if failed:
            bad.append({"name": test, "verdict": "FAIL", "text": why})
            print(f"FAIL {test} without a change: {why}", flush=True)
    return times, bad


def judge(mutant, number, builder, times):
    """None if a test noticed; else what is wrong."""
    directory = os.path.join(builder.out, str(number))
    shutil.rmtree(directory, ignore_errors=True)
    try:
        objects = builder.compile(mutant, directory)
        for test in mutant.tests:
            program = builder.program(test, objects, directory)
            # Hardware that stops makes a test wait: that is long enough.
            failed, why = noticed(program, 20 + 5 * times[test])
            os.unlink(program)
            if failed:
                return None, f"{test}: {why}"
    except Broken as broken:
        return str(broken), ""
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return "nobody noticed", ""


def timed(*args):
    start = time.monotonic()
    return (*judge(*args), time.monotonic() - start)


def report(done, bad):
    """As every ring leaves one; a part is a list of mutants. The totals."""
    parts = {"unchanged": {"seconds": 0.0, "cases": bad}} if bad else {}
    for mutant, wrong, by, seconds in sorted(done, key=lambda d: d[0].where):
        part = parts.setdefault(mutant.where.partition(":")[0], {"seconds": 0.0, "cases": []})
        part["seconds"] += seconds
        part["cases"].append({"name": f"{mutant.path}: {mutant.title}",
                              "verdict": "FAIL" if wrong else "PASS", "text": wrong or by})
    rings.leave("mutants", {"parts": [{"name": name, **part} for name, part in parts.items()]})
    failed = len(bad) + sum(bool(wrong) for _, wrong, *_ in done)
    return len(bad) + len(done) - failed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--link", required=True)
    parser.add_argument("--own", action="append", default=[], metavar="PREFIX=SOURCES",
                        help="what only tests with such names are linked with")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--filter", default="", help="only entries with this in list, file or title")
    parser.add_argument("lists", nargs="+")
    args = parser.parse_args()

    mutants = [m for path in args.lists for m in parse(path)]
    mutants = [m for m in mutants if args.filter in f"{m.where} {m.path} {m.title}"]
    builder = Builder(args)
    start, done = time.monotonic(), []

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        times, bad = unchanged({t for m in mutants for t in m.tests}, builder, pool)
        if bad:
            mutants = []
        running = {pool.submit(timed, m, i, builder, times): m for i, m in enumerate(mutants)}
        for future in concurrent.futures.as_completed(running):
            mutant, (wrong, by, seconds) = running[future], future.result()
            done.append((mutant, wrong, by, seconds))
            print(f"{'FAIL' if wrong else 'PASS'} {mutant.where} {mutant.path}: {mutant.title}"
                  f" ({wrong or by})", flush=True)

    shutil.rmtree(builder.out, ignore_errors=True)
    passed, failed = report(done, bad)
    print(f"{passed + failed} mutants in {time.monotonic() - start:.0f} s")
    if not passed and not failed:
        failed = 1
        print(f"no mutant matches '{args.filter}'")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
