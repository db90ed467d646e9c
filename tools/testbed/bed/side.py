# SPDX-License-Identifier: GPL-2.0-only
"""Boots side by side: a queue of them, and processes that take from it."""

import fcntl
import multiprocessing
import os
import signal
from multiprocessing.connection import wait

# A file that stages.py holds locked while other lanes compile and test.
LANES = "STAGES_LANES"
# What ends a run, and has to find each worker either begun or not.
ENDS = {signal.SIGTERM, signal.SIGINT}


def _wait_for_lanes():
    """Returns when nobody else needs the processor that another boot would take."""
    path = os.environ.get(LANES)
    if path:
        with open(path) as lanes:
            fcntl.flock(lanes, fcntl.LOCK_EX)


def _worker(number, items, one, taken, results):
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    if number:
        _wait_for_lanes()
    while True:
        with taken.get_lock():
            at = taken.value
            taken.value += 1
        if at >= len(items):
            return
        try:
            results.send((one(items[at], number), None))
        except (ValueError, FileNotFoundError) as error:
            results.send((None, error))


def _results(pipes, left):
    """As they come, until all that are left have."""
    while left:
        for pipe in wait(pipes):
            try:
                result, error = pipe.recv()
            except EOFError:        # one that has nothing more to do, or died
                pipes.remove(pipe)
                if not pipes:
                    raise RuntimeError(f"{left} boots were not made")
                continue
            if error:
                raise error
            left -= 1
            yield result


def run(items, one, jobs):
    """one(item, worker) of all items, as they come, @jobs at a time.

    Of the workers the first begins at once, and the others when no other lane of
    stages.py runs any more. Each is a process, whose signals end its own QEMU.
    """
    context = multiprocessing.get_context("fork")
    taken = context.Value("i", 0)
    pipes, workers = [], []
    try:
        for number in range(min(jobs, len(items))):
            ours, theirs = context.Pipe(duplex=False)
            worker = context.Process(target=_worker, args=(number, items, one, taken, theirs))
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
            worker.start()
            workers.append(worker)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
            theirs.close()
            pipes.append(ours)
        yield from _results(pipes, len(items))
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()
