/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sweeps: a scenario that goes well is run again with the first step of some
 * kind failing, then the second, and so on until one run needs fewer steps
 * than that. After each run the world must be one that the scenario allows,
 * and no memory may have been lost.
 *
 *     static const struct sweep sweep = {
 *         .setup = ..., .run = ..., .check = ..., .teardown = ...,
 *     };
 *     sweep_allocations(&sweep, arg);      // asserts through cmocka
 *
 * One round: setup(arg); memory is counted; the failure is armed; rc =
 * run(arg); the failure is disarmed; check(arg, rc, reached); memory is
 * counted again: with rc != 0 it must be as before run(). Then teardown(arg),
 * after which memory must be as before setup().
 */
#ifndef TESTS_SWEEP_H
#define TESTS_SWEEP_H

#include <stdbool.h>

#include <host.h>

struct sweep {
    const char *name;
    void (*setup)(void *arg);           /* optional */
    /* What is swept. 0: it went well. */
    int (*run)(void *arg);
    /*
     * @rc is what run() returned; @reached whether the failing step was met.
     * Asserts that the state is that of before run() (rc != 0), of after it
     * (rc == 0), or a third one that the design allows.
     */
    void (*check)(void *arg, int rc, bool reached);
    void (*teardown)(void *arg);        /* optional */
    /* A failed run may leave memory behind until teardown(). */
    bool keeps_memory;
    /* A step may fail without the scenario failing (best-effort caches). */
    bool may_succeed;
};

/* How steps of a kind are made to fail. */
struct sweep_kind {
    const char *name;
    void (*arm)(void *arg, unsigned long nth);  /* 0: disarm */
    bool (*reached)(void *arg);
    void *arg;
};

/* Each returns the number of steps that were made to fail. */
unsigned long sweep_run(const struct sweep *sweep,
                        const struct sweep_kind *kind, void *arg);
/* The n-th allocation of any kind, pages and ioremap() included. */
unsigned long sweep_allocations(const struct sweep *sweep, void *arg);
/* The n-th and all later ones. */
unsigned long sweep_allocations_from(const struct sweep *sweep, void *arg);

#endif /* TESTS_SWEEP_H */
