# SPDX-License-Identifier: GPL-2.0-only
"""bed: boot scenarios under QEMU and report what held.

  bed list  [--arch A]
  bed arches [--when W]         those that have scenarios of a ring
  bed flavours [--arch A] [--when W] [NAME...]   of Xen that they boot
  bed run   [--arch A] [--when check|long|run] [--stock] [--jobs N] [NAME...]
  bed shell [--arch A] [--stock] [NAME]
"""

import argparse
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bed import overlay, scenario as scenarios, side  # noqa: E402
from bed.boot import Boot                             # noqa: E402
from bed.machine import Machine                       # noqa: E402
from bed.qemu import Lock                             # noqa: E402
from bed.results import Report, say                   # noqa: E402

import rings                                          # noqa: E402

TESTBED = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(os.path.dirname(TESTBED))
BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build")


def parse():
    parser = argparse.ArgumentParser(prog="bed", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("list", "arches", "flavours", "run", "shell"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--arch", default="x86")
    parser.add_argument("--when", default="check")
    parser.add_argument("--stock", action="store_true", help="unpatched Xen")
    parser.add_argument("--jobs", type=int, default=1, help="boots at the same time")
    parser.add_argument("--args", default="", help="more arguments of the script: A=1 B=2")
    parser.add_argument("--report", help="name of the report under build/report")
    return parser.parse_intermixed_args()


def with_before(group):
    """A boot of dom0's kernel alone comes before those that ask for it."""
    before = group[0].before()
    return [[before], group] if before else [group]


def boot_once(args, s, joined=(), slot=None):
    """One boot; a second one where QEMU failed by itself, or dom0 never came up."""
    boot = Boot(args.arch, BUILD, s, args.stock, joined, slot)
    if not boot.run():
        boot = Boot(args.arch, BUILD, s, args.stock, joined, slot)
        boot.run(again=False)
    return boot


def boot_all(args, groups, slot):
    """Boots that follow one another; what the report has of each scenario."""
    found = []
    for group in groups:
        for s in group:
            s.values["args"] += " " + args.args
            say(f"  {'BOOT' if s is group[0] else 'then'} {s.name}: {s['summary']}")
        boot = boot_once(args, group[0], group[1:], slot)
        found += [(part.scenario.name, part.results, boot.seconds(part),
                   os.path.relpath(boot.log, TOP), part.scenario["summary"]) for part in boot.parts]
    return found


def longest_first(name, groups):
    """By what docs/tests.md says of the ring: side by side, the long ones are not the last."""
    known = rings.before()
    return sorted(groups, key=lambda group: -sum(known.get(f"{name}/{s.name}", 0.0) for s in group))


def in_order(chosen):
    """The names of all that a report has of these scenarios."""
    return [boot.name for s in chosen for boot in (s.before(), s) if boot]


def boots(args, groups):
    """What boot_all() found, as it comes: those that may be beside others, then the rest."""
    def side_by_side(chosen, jobs):
        return side.run([with_before(group) for group in chosen],
                        lambda item, slot: boot_all(args, item, slot if jobs > 1 else None), jobs)
    alone = [group for group in groups if group[0]["beside"] == "no"]
    yield from side_by_side([group for group in groups if group not in alone], args.jobs)
    yield from side_by_side(alone, 1)


def run(args, found):
    chosen = scenarios.select(found, args.names, args.when)
    name = args.report or f"{args.arch}-{args.when}" + ("-stock" if args.stock else "")
    report = Report(os.path.join(BUILD, "report", name + ".json"), arch=args.arch,
                    when=args.when, stock=args.stock)
    chosen = [s for s in chosen if not args.stock or s["stock"] == "yes"]
    for s in chosen if args.stock else ():
        s.on_stock()
    # What is named boots alone.
    groups = [[s] for s in chosen] if args.names or args.stock else scenarios.boots(chosen)
    if args.jobs > 1:
        groups = longest_first(name, groups)
    for parts in boots(args, groups):
        for part in parts:
            report.add(*part)
        report.write()
    report.sort(in_order(chosen))
    report.write()
    rings.show(name)
    report.table()
    totals = report.totals()
    return 0 if totals["PASS"] and not totals["FAIL"] else 1


def shell(args, found):
    """The console on this terminal; QEMU replaces this process."""
    s = scenarios.select(found, args.names or ["shell"], "")[0]
    s.values["script"] = ""
    run_dir = os.path.join(BUILD, "run", "shell")
    os.makedirs(run_dir, exist_ok=True)
    machine = Machine(args.arch, BUILD, s, run_dir, args.stock)
    initrd = overlay.build(machine, overlay.payload(run_dir), [s])
    argv = machine.argv(initrd, interactive=True)
    argv += ["-nodefaults", "-display", "none", "-no-reboot", "-serial", "mon:stdio"]
    lock = Lock(BUILD)
    lock.__enter__()
    os.set_inheritable(lock.file.fileno(), True)
    os.execvp(argv[0], argv)


def main():
    # Unwinds: nobody else ends the QEMU of a run that is killed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    args = parse()
    root = os.path.join(TESTBED, "scenarios")
    try:
        if args.command == "arches":
            print(" ".join(scenarios.architectures(root, args.when)))
            return 0
        found = scenarios.load(os.path.join(root, args.arch))
        if args.command == "flavours":
            chosen = scenarios.select(found, args.names, args.when)
            print(" ".join(sorted({s["build"] for s in chosen})))
            return 0
        if args.command == "list":
            for s in found.values():
                print(f"{s.name:<28} {s['when']:<10} {s['summary']}")
            return 0
        return run(args, found) if args.command == "run" else shell(args, found)
    except (ValueError, FileNotFoundError) as error:
        print(f"bed: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
