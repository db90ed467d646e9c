# SPDX-License-Identifier: GPL-2.0-only
"""All tests of this folder; ends in the line `N passed, N failed`."""

import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import rings                                                # noqa: E402


class Recorded(unittest.TextTestResult):
    """Keeps what passed as well, for the report."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = []

    def addSuccess(self, test):
        super().addSuccess(test)
        self.cases.append((test, "PASS", ""))

    def addError(self, test, err):
        super().addError(test, err)
        self.cases.append((test, "FAIL", self.errors[-1][1]))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.cases.append((test, "FAIL", self.failures[-1][1]))


def report(cases, seconds):
    rings.leave("bed", {"seconds": round(seconds, 1), "results": [
        {"name": test.id().split(".", 1)[1], "verdict": verdict, "text": text}
        for test, verdict, text in cases]})


if __name__ == "__main__":
    start = time.monotonic()
    found = unittest.defaultTestLoader.discover(HERE)
    result = unittest.TextTestRunner(verbosity=1, resultclass=Recorded).run(found)
    bad = len(result.failures) + len(result.errors)
    report(result.cases, time.monotonic() - start)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad or not result.testsRun else 0)
