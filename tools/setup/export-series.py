#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""export-series.py [--plan] PATCHES SERIES PRISTINE OUT: hooks and layer as a series.

PATCHES is xen-patches/, SERIES a version's list in it, PRISTINE Xen's sources. Leaves
OUT/xen, a git tree whose branch `series` begins at those sources, and OUT/*.patch as
they would be mailed: no author and no Signed-off-by, those are of who sends them. The
order is PATCHES/steps. With --plan, only that is checked.
"""

import fnmatch
import os
import re
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Where the project's directories are in Xen's tree; the longest that fits.
PLACES = {
    "drivers/passthrough": "xen/drivers/passthrough/groups",
    "arch/x86": "xen/arch/x86/iommu-groups",
    "arch/arm": "xen/arch/arm/iommu-groups",
    "arch/riscv": "xen/arch/riscv/iommu-groups",
    "arch/host/include": "tools/xen-iommu/host/include",
    "tools/xen-iommu": "tools/xen-iommu",
    "docs": "docs/designs/iommu-groups",
}
# What a patch offers the option to, by what its Makefiles ask.
OFFERS = {
    "kconfig-and-makefiles": "X86 HAS_PCI ACPI HYPFS SYSCTL INTEL_IOMMU AMD_IOMMU",
    "arm-kconfig-and-makefiles": "ARM ARM_64 HAS_PCI ACPI HYPFS SYSCTL HAS_DEVICE_TREE ARM_SMMU",
    "riscv-iommu-groups": "RISCV HAS_PCI HYPFS SYSCTL HAS_DEVICE_TREE",
}
# Whose every file has to be in a step.
WHOLE = [d for d in PLACES if d != "docs"]


def stop(text):
    sys.exit(f"make series: {text}")


def place(path):
    for top in sorted(PLACES, key=len, reverse=True):
        if path.startswith(top + "/"):
            return PLACES[top] + path[len(top):]
    return stop(f"{path}: there is no place for it in Xen's tree")


def layer_files():
    done = subprocess.run(["git", "-C", TOP, "ls-files", "-co", "--exclude-standard", *PLACES],
                          check=True, capture_output=True, text=True)
    return done.stdout.split()


def steps(path):
    """Steps, in order: ["patch", name] or ["files", subject, body, globs, rest]."""
    found = []
    for number, line in enumerate(open(path), 1):
        line = line.rstrip("\n")
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "patch":
            found.append(["patch", rest])
        elif word == "files":
            found.append(["files", rest, [], [], []])
        elif word in "|+*" and found and found[-1][0] == "files":
            found[-1]["|+*".index(word) + 2].append(rest)
        else:
            stop(f"{path}:{number}: {line}")
    return found


def matches(path, globs):
    """A glob without a slash behind its star means all below it."""
    return any(fnmatch.fnmatchcase(path, g) and
               (g.endswith("/*") or path.count("/") == g.count("/")) for g in globs)


def assign(plan, files):
    """The files of each step; every file of WHOLE has one step and no more."""
    wanted = {}
    plan = [step for step in plan if step[0] == "files"]
    for step in plan:
        mine = [f for f in files if matches(f, step[3])]
        for glob in step[3]:
            if not any(matches(f, [glob]) for f in files):
                stop(f"steps: nothing is {glob}")
        for f in mine:
            if f in wanted:
                stop(f"steps: {f} is in two steps")
            wanted[f] = step[1]
        step.append(mine)
    for step in plan:
        rest = [f for f in files if f not in wanted and matches(f, step[4])]
        wanted.update((f, step[1]) for f in rest)
        step[5] += rest
    left = [f for f in files if f not in wanted and any(f.startswith(w + "/") for w in WHOLE)]
    if left:
        stop(f"steps: in no step: {' '.join(left)}")


def objects(options):
    """Sources of what the layer's Makefile compiles with these options."""
    top = "drivers/passthrough/"
    with open(os.path.join(TOP, top, "Makefile")) as source:
        text = re.sub(r"(?m)^include .*$", "", source.read())
    done = subprocess.run(["make", "-s", "-f", "-", "list",
                           *(f"CONFIG_{o}=y" for o in options.split())], check=True,
                          env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")},
                          input=text + "\nlist:\n\t@echo $(obj-y)\n",
                          capture_output=True, text=True)
    return [top + re.sub(r"(\.init)?\.o$", ".c", o) for o in done.stdout.split()]


def check_offers(plan):
    """What a patch offers can be built there: its sources are in the steps before it."""
    there = set()
    unknown = set(OFFERS) - {step[1] for step in plan if step[0] == "patch"}
    if unknown:
        stop(f"nothing offers the option by the name of {' '.join(sorted(unknown))}")
    for step in plan:
        if step[0] == "files":
            there.update(step[5])
        elif step[1] in OFFERS:
            late = [f for f in objects(OFFERS[step[1]]) if f not in there]
            if late:
                stop(f"steps: behind {step[1]}, which builds it: {' '.join(late)}")


class Tree:
    """The git tree that the steps are made in."""

    def __init__(self, path, pristine):
        self.path = path
        shutil.copytree(pristine, path, symlinks=True)
        for name in (".from", ".git"):
            whole = os.path.join(path, name)
            if os.path.isfile(whole):
                os.remove(whole)
        self.git("init", "-q", "-b", "series")
        # What its sender has configured; else nobody's.
        if subprocess.run(["git", "config", "user.email"], capture_output=True).returncode:
            self.git("config", "user.email", "nobody@invalid")
            self.git("config", "user.name", "nobody")
        self.git("config", "gc.auto", "0")
        self.commit("Xen, unmodified")
        self.git("tag", "base")

    def git(self, *args, **kw):
        done = subprocess.run(["git", "-C", self.path, *args], text=True,
                              capture_output=True, **kw)
        if done.returncode:
            stop(f"git {args[0]}: {done.stderr or done.stdout}")
        return done.stdout

    def commit(self, message):
        # Xen ignores some names that are in its archives.
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "--allow-empty-message", "-F", "-", input=message)

    def apply(self, patch):
        done = subprocess.run(["patch", "-p1", "-F0", "-s", "--no-backup-if-mismatch",
                               "-d", self.path, "-i", patch], text=True, capture_output=True)
        if done.returncode:
            stop(f"{patch} does not apply: {done.stdout}")
        self.commit(open(patch).read().split("\n---\n")[0])

    def add(self, subject, body, files):
        for f in files:
            to = os.path.join(self.path, place(f))
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copy(os.path.join(TOP, f), to)
        self.commit(subject + "\n\n" + "\n".join(body))


def mail(tree, out):
    """One file a commit: subject, reason, diffstat, diff with three lines of context."""
    commits = tree.git("rev-list", "--reverse", "base..series").split()
    for number, commit in enumerate(commits, 1):
        subject, _, body = tree.git("log", "-1", "--format=%B", commit).strip().partition("\n")
        stat = tree.git("show", "--stat=72", "--summary", "--format=", commit)
        diff = tree.git("show", "-U3", "--no-renames", "--format=", commit)
        slug = re.sub(r"[^A-Za-z0-9]+", "-", subject).strip("-")[:52].strip("-")
        with open(os.path.join(out, f"{number:04}-{slug}.patch"), "w") as to:
            to.write(f"Subject: [PATCH {number:02}/{len(commits)}] {subject}\n\n"
                     f"{body.strip()}\n---\n{stat}\n{diff}")
    return len(commits)


def main():
    args = [a for a in sys.argv[1:] if a != "--plan"]
    if len(args) != 4:
        stop("usage: export-series.py [--plan] PATCHES SERIES PRISTINE OUT")
    patches, series, pristine, out = (os.path.abspath(a) for a in args)
    if os.path.exists(out) and os.listdir(out):
        stop(f"{out} is not empty")
    os.makedirs(out, exist_ok=True)

    listed = [l.strip() for l in open(series) if l.strip() and not l.startswith("#")]
    by_name = {re.sub(r"^\d+-|\.patch$", "", os.path.basename(p)): p for p in listed}
    plan = steps(os.path.join(patches, "steps"))
    planned = [s[1] for s in plan if s[0] == "patch"]
    if sorted(planned) != sorted(by_name):
        stop(f"steps and {series} differ: {' '.join(sorted(set(planned) ^ set(by_name)))}")
    assign(plan, layer_files())
    check_offers(plan)
    if "--plan" in sys.argv:
        return

    tree = Tree(os.path.join(out, "xen"), pristine)
    for step in plan:
        if step[0] == "patch":
            tree.apply(os.path.join(patches, by_name[step[1]]))
        else:
            tree.add(step[1], step[2], step[5])
    print(f"{mail(tree, out)} patches in {out}, as a branch in {out}/xen")


main()
