# SPDX-License-Identifier: GPL-2.0-only
"""Boots side by side: all are made, by as many workers as there may be, and none hangs."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

TESTBED = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTBED)

from bed import __main__ as bed_main                        # noqa: E402
from bed import side                                        # noqa: E402
from bed.machine import Machine                             # noqa: E402
from bed.results import Report, Results                     # noqa: E402

from test_bed import conf                                   # noqa: E402


def meet(directory, item, others, seconds=20):
    """True if another worker comes to its item while this one is at its own."""
    open(os.path.join(directory, item), "w").close()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if set(others) <= set(os.listdir(directory)):
            return True
        time.sleep(0.02)
    return False


class Side(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.directory = self.folder.name
        # Other lanes than this test's own, which may be one itself.
        patched = mock.patch.dict(os.environ)
        patched.start()
        self.addCleanup(patched.stop)
        os.environ.pop(side.LANES, None)

    def test_each_once(self):
        items = list(range(20))
        for jobs in 1, 2, 30:
            found = list(side.run(items, lambda item, number: (item, number < jobs), jobs))
            self.assertEqual(sorted(found), [(item, True) for item in items])
        self.assertEqual(list(side.run([], None, 2)), [])

    def test_two_at_a_time(self):
        self.assertEqual(list(side.run("ab", lambda item, _: meet(self.directory, item, "ab"), 2)),
                         [True, True])
        os.remove(os.path.join(self.directory, "b"))
        found = list(side.run("ab", lambda item, _: meet(self.directory, item, "ab", 0.5), 1))
        self.assertEqual(found, [False, True])

    def test_the_second_one_waits_for_other_lanes(self):
        def one(_, number):
            time.sleep(0.3)
            return number
        path = os.path.join(self.directory, "lanes.lock")
        with open(path, "w") as lanes, mock.patch.dict(os.environ, {side.LANES: path}):
            fcntl.flock(lanes, fcntl.LOCK_EX)
            self.assertEqual(list(side.run("abc", one, 2)), [0, 0, 0])
        self.assertEqual(sorted(side.run("ab", one, 2)), [0, 1])

    def test_errors_reach_who_asked(self):
        def one(item, _):
            raise ValueError("no scenario " + item)
        with self.assertRaisesRegex(ValueError, "no scenario a"):
            list(side.run("a", one, 2))

    def test_a_worker_that_dies_is_no_hang(self):
        with self.assertRaisesRegex(RuntimeError, "3 boots were not made"):
            list(side.run("abc", lambda *_: os._exit(9), 1))

    def test_who_is_ended_ends_them(self):
        program = ("import os, signal, sys, time; sys.path.insert(0, sys.argv[1])\n"
                   "from bed import side\n"
                   "from bed.results import say\n"
                   "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
                   "def one(item, _):\n"
                   "    try:\n        say('begun'); time.sleep(60)\n"
                   "    finally:\n        say('unwound')\n"
                   "list(side.run('ab', one, 2))\n")
        process = subprocess.Popen([sys.executable, "-c", program, TESTBED], text=True,
                                   stdout=subprocess.PIPE)
        said = [process.stdout.readline().strip() for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        said += process.stdout.read().split()
        self.assertEqual(process.wait(20), 143)
        self.assertEqual(said, ["begun", "begun", "unwound", "unwound"])


class Rings(unittest.TestCase):
    """What a ring makes of it."""

    def test_long_ones_begin_first(self):
        groups = [[mock.Mock() for _ in range(2)], [mock.Mock()], [mock.Mock()]]
        for number, scenario in enumerate(s for group in groups for s in group):
            scenario.name = f"s{number}"
        with mock.patch("rings.before", lambda: {"x/s0": 2, "x/s1": 2, "x/s2": 1, "x/s3": 9}):
            order = bed_main.longest_first("x", groups)
        self.assertEqual(order, [groups[2], groups[0], groups[1]])

    def test_who_is_to_be_alone_comes_last(self):
        found = conf("[a]\nbeside = no\n[b]\n[c]\n[d]\nbeside = no\n")
        with mock.patch.object(bed_main, "boot_all", lambda _, item, slot: (item[0][0].name, slot)):
            made = list(bed_main.boots(mock.Mock(jobs=2), [[s] for s in found.values()]))
        self.assertEqual({name for name, slot in made[:2] if slot is not None}, {"b", "c"})
        self.assertEqual(made[2:], [("a", None), ("d", None)])

    def test_the_report_has_the_order_of_the_files(self):
        report = Report("/nowhere")
        found = conf("[a-linux]\n[b]\nlinux = b.sh\n[c]\n")
        for name in "c", "a-linux", "b-linux", "b":
            report.add(name, Results(name), 1, "-")
        report.sort(bed_main.in_order(found.values()))
        self.assertEqual([s["name"] for s in report.data["scenarios"]],
                         ["a-linux", "b-linux", "b", "c"])

    def test_one_thread_beside_others(self):
        def accel(threads, beside):
            s = conf(f"[s]\nmachine = m\nthreads = {threads}\n")["s"]
            return Machine("x86", "/b", s, "/r", beside=beside).command("q")[2]
        self.assertEqual(accel("one", True), "tcg,thread=single")
        self.assertEqual([accel("one", False), accel("each", True)], ["tcg", "tcg"])
