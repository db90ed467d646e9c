/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every command of a unit goes wrong in turn, in every way, during a life of
 * attach, map, unmap, flush and detach.  What must hold whenever a step
 * returns: success means that it is so in hardware; failure leaves the old
 * state, or a unit that is reported once, with its groups broken; the other
 * unit works on; and nobody waits for long.
 */
#ifndef TESTS_SUITE_FAIL_H
#define TESTS_SUITE_FAIL_H

#include "vm-system.h"

/* Longest that one step may wait for a unit that is dead: tried, started anew. */
#define SUITE_FAIL_PATIENCE     SECONDS(8)

struct suite_fail {
    void (*prepare)(void);      /* both models */
    /* Ways to fail (bits) that the driver recovers from, with one line. */
    unsigned int repeats;
    /* Ways that it recovers from now and then. */
    unsigned int unsure;
};

/*
 * Unit 0's commands fail in way @how, one after the other, or all from one on
 * (MODEL_BURST()); how many?
 */
unsigned int suite_fail_commands(const struct suite_fail *suite,
                                 unsigned int how);

/*
 * Pairs: a command fails in way @first, which the driver recovers from, and one
 * of the next @distance commands, its recovery's among them, in way @then.
 */
void suite_fail_pairs(const struct suite_fail *suite, unsigned int first,
                      unsigned int then, unsigned int distance);

/*
 * Every table entry that unit 0 can still reach must be memory that was not
 * freed, even if the device has been stopped: the model tells.
 */
void suite_fail_poke(void);

/* The unit vanishes from the bus: all its registers read as ones. */
void suite_fail_gone(const struct suite_fail *suite);

#endif /* TESTS_SUITE_FAIL_H */
