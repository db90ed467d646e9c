#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs the host tests: one line a program, then `N passed, N failed'."""

import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "testbed"))

import rings    # noqa: E402

CLOSING = re.compile(r"^\[  (PASSED|FAILED|SKIPPED)  ?\] +\d+ test")


class Result:
    """Of one program; cases have a name and a verdict each, where it says them."""

    def __init__(self, label, passed, failed, closing, seconds, log, note="", cases=()):
        self.label, self.passed, self.failed = label, passed, failed
        self.closing, self.seconds, self.log = closing, seconds, log
        self.note, self.cases = note, list(cases)

    def part(self):
        """For the report; a failure that no case names is the program's own."""
        cases = self.cases
        if self.failed and not any(verdict == "FAIL" for _, verdict in cases):
            cases = cases + [("program", "FAIL")]
        return {"name": self.label, "seconds": round(self.seconds, 1), "about": about(self.label),
                "passed": self.passed, "failed": self.failed,
                "cases": [{"name": name, "verdict": verdict,
                           "text": (self.note or "see " + self.log) if verdict == "FAIL" else ""}
                          for name, verdict in cases or [("all", "PASS")]]}


def about(label):
    """The first sentence of a test's source."""
    for kind in (".c", ".pml"):
        for path in glob.glob(os.path.join(HERE, "*", label.split()[-1] + kind)):
            with open(path) as source:
                text = re.search(r"/\*(?!\s*SPDX)\s*(.*?)\*/", source.read(), re.S)
            words = " ".join(re.sub(r"^\s*\*", " ", text.group(1), flags=re.M).split()) if text else ""
            return words.split(". ")[0].rstrip(".")
    return ""


def cases_of(text):
    """Each case that cmocka reports: its name and PASS, FAIL or SKIP."""
    words = {"OK": "PASS", "FAILED": "FAIL", "SKIPPED": "SKIP"}
    return list(dict((name, words[word]) for word, name in
                     re.findall(r"^\[ +(OK|FAILED|SKIPPED) +\] (\S+)$", text, re.M)).items())


def count(text, rc):
    """Tests that passed and failed, from cmocka's standard output."""
    announced = sum(int(n) for n in
                    re.findall(r"^\[={10}\] .*?Running (\d+) test", text, re.M))
    ok = len(re.findall(r"^\[ +OK +\]", text, re.M))
    skipped = len(set(re.findall(r"^\[  SKIPPED *\] (\S+)$", text, re.M)))
    failed = max(announced - ok - skipped, 0)
    # A crash at exit, a sanitizer's complaint, or nothing run at all.
    if not failed and (rc or not announced):
        failed = 1
    return ok, failed


# Flavours of one program may share files below TEST_BUILD: one at a time.
ALONE = {}


def run(program, label, args, env, log):
    with ALONE.setdefault(os.path.basename(program), threading.Lock()):
        return run_alone(program, label, args, env, log)


def run_alone(program, label, args, env, log):
    start = time.monotonic()
    with open(log, "wb") as out:
        try:
            rc = subprocess.run([program] + args.extra, stdout=out,
                                stderr=subprocess.STDOUT, env=env,
                                timeout=args.timeout).returncode
            note = "" if rc >= 0 else f"signal {-rc}"
        except subprocess.TimeoutExpired:
            rc, note = 1, f"no end after {args.timeout} s"
        except FileNotFoundError:
            rc, note = 1, "not built"
    with open(log, errors="replace") as f:
        text = f.read()
    # cmocka counts tests; what goes wrong after the last of them, it says.
    if not rc and re.search(r"FAILED +\] GROUP ", text):
        rc, note = 1, "the group's teardown failed"
    passed, failed = count(text, rc)
    closing = " ".join(re.sub(r"\s+", " ", line).strip()
                       for line in text.splitlines() if CLOSING.match(line))
    return Result(label, passed, failed, closing, time.monotonic() - start,
                  log, note, cases_of(text))


def run_fuzz(program, label, args, env, log):
    """A bounded run with a fixed seed: the same inputs every time."""
    runs = "2000000" if os.environ.get("TEST_LONG") else "50000"
    limit = "600" if os.environ.get("TEST_LONG") else "10"
    start = time.monotonic()
    # Seeds beside the tests, if there are any: data/fuzz-NAME.
    data = os.environ.get("TEST_DATA", "data")
    name = os.path.basename(program)
    corpus = [d for d in (os.path.join(data, name),
                          os.path.join(data, name.replace("fuzz-", "")))
              if os.path.isdir(d)][:1]
    longest = max([4096] + [e.stat().st_size for d in corpus
                            for e in os.scandir(d)])
    work = log[:-4] + ".corpus"
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    with open(log, "wb") as out:
        try:
            rc = subprocess.run([program, "-seed=1", f"-runs={runs}",
                                 f"-max_total_time={limit}", f"-max_len={longest}",
                                 f"-artifact_prefix={log[:-4]}-",
                                 work] + corpus, stdout=out,
                                stderr=subprocess.STDOUT, env=env,
                                timeout=args.timeout).returncode
        except (subprocess.TimeoutExpired, FileNotFoundError):
            rc = 1
    with open(log, errors="replace") as f:
        done = re.findall(r"Done (\d+) runs", f.read())
    return Result(label, int(rc == 0), int(rc != 0),
                  f"{done[-1]} inputs" if done else "", time.monotonic() - start,
                  log, "" if rc == 0 else "failed")


def run_spin(label, model, log):
    """
    Exhaustive check of a Promela model, and of the model itself: with each of
    the BUG_ switches that it knows, an error must be found.
    """
    start = time.monotonic()
    with open(model) as f:
        bugs = sorted(set(re.findall(r"#if(?:n?def) (BUG_\w+)", f.read())))
    passed = failed = 0
    states = ""
    with open(log, "w") as out:
        for bug in [None] + bugs:
            work = f"{log[:-4]}.spin/{bug or 'good'}"
            os.makedirs(work, exist_ok=True)
            pan = os.path.join(work, "pan.log")
            with open(pan, "w") as pan_out:
                def step(*cmd):
                    return subprocess.run(cmd, cwd=work, stdout=pan_out,
                                          stderr=subprocess.STDOUT,
                                          timeout=600).returncode
                rc = step("spin", *([f"-D{bug}"] if bug else []), "-a",
                          os.path.abspath(model)) or \
                    step("gcc", "-O1", "-DSAFETY", "-o", "pan", "pan.c") or \
                    step("./pan", "-m1000000", "-n")
            with open(pan, errors="replace") as f:
                text = f.read()
            complete = not rc and "max search depth too small" not in text
            clean = complete and "errors: 0" in text
            found = complete and re.search(r"errors: [1-9]", text)
            ok = bool(found) if bug else clean
            if not bug:
                states = "".join(re.findall(r"(\d+) states, stored", text))
            passed += ok
            failed += not ok
            if not ok:
                out.write(f"{bug or 'the model'}:\n{text}\n")
    return Result(label, passed, failed,
                  f"{states} states, {len(bugs)} planted errors found",
                  time.monotonic() - start, log)


def tail(path, lines=40):
    with open(path, errors="replace") as f:
        return "".join("    | " + line for line in f.readlines()[-lines:])


def environment():
    env = dict(os.environ)
    env.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0:"
                   "detect_stack_use_after_return=0:allocator_may_return_null=1")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
    env.setdefault("TSAN_OPTIONS", "halt_on_error=1:second_deadlock_stack=1:"
                   "history_size=4")
    return env


def jobs_of(args, env):
    """A label and a call that gives a Result, for each program."""
    calls = []
    quick = {k: v for k, v in env.items() if k != "TEST_LONG"}

    def add(label, fn, program, env):
        if args.filter in label:
            log = os.path.join(args.out, label.replace(" ", "-") + ".log")
            calls.append((label, lambda: fn(program, label, args, env, log)))

    for flavour in args.flavours.split():
        for test in args.tests:
            threads = test in args.threads.split()
            if flavour == "tsan" and args.tsan == "threads" and not threads:
                continue
            # More rounds show ThreadSanitizer more only where threads race.
            lengthy = flavour != "tsan" or threads
            add(f"{flavour} {test}", run, os.path.join(args.out, flavour, test),
                env if lengthy else quick)
    for test in args.fuzz.split():
        add(f"fuzz {test}", run_fuzz, os.path.join(args.out, "fuzz", test), env)

    return calls


def longest_first(calls):
    """So that no long one is left alone at the end; by the times of docs/tests.md."""
    known = rings.before()
    return [call for label, call in
            sorted(calls, key=lambda c: -known.get(f"{ring()}/{c[0]}", 0.0))]


def ring():
    return "host-long" if os.environ.get("TEST_LONG") else "host"


def show(r):
    verdict = "FAIL" if r.failed else "PASS"
    print(f"{verdict} {r.label:28} {r.seconds:6.1f} s  {r.closing}"
          + (f"  ({r.note})" if r.note else ""), flush=True)
    if r.failed:
        print(tail(r.log), end="")
        print(f"    | log: {os.path.relpath(r.log)}", flush=True)


def report(args, done, seconds):
    """For people and for continuous integration: what took long, and JUnit XML."""
    rings.leave(ring(), {"passed": sum(r.passed for r in done), "failed": sum(r.failed for r in done),
                         "seconds": round(seconds, 1), "parts": [r.part() for r in done]})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--filter", default="")
    parser.add_argument("--flavours", default="asan tsan")
    parser.add_argument("--tsan", choices=("threads", "all"), default="all")
    parser.add_argument("--threads", default="", help="tests that start threads")
    parser.add_argument("--fuzz", default="")
    # A bound on what hangs: a busy machine is ten times slower than a quiet one.
    parser.add_argument("--timeout", type=int, default=1200)
    parser.add_argument("--extra", nargs="*", default=[])
    parser.add_argument("tests", nargs="*")
    args = parser.parse_args()
    env = environment()

    calls = jobs_of(args, env)
    for model in sorted(glob.glob(os.path.join(HERE, "*", "*.pml"))):
        label = f"spin {os.path.basename(model)[:-4]}"
        if args.filter not in label:
            continue
        if not shutil.which("spin"):
            print(f"SKIP {label}: the package spin is not installed")
            continue
        log = os.path.join(args.out, label.replace(" ", "-") + ".log")
        calls.append((label, lambda m=model, la=label, lo=log: run_spin(la, m, lo)))
    if not args.fuzz and args.filter in "fuzz":
        print("SKIP fuzz: clang with libFuzzer is not installed")

    start = time.monotonic()
    done = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        running = [pool.submit(call) for call in longest_first(calls)]
        for future in concurrent.futures.as_completed(running):
            done.append(future.result())
            show(done[-1])
    passed, failed = sum(r.passed for r in done), sum(r.failed for r in done)

    if not passed and not failed:
        failed = 1
        print(f"no test matches '{args.filter}'")
    else:
        report(args, done, time.monotonic() - start)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
