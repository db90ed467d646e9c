/* SPDX-License-Identifier: GPL-2.0-only */
/* What every cmocka program includes first. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <host.h>
#include <xen/errno.h>
#include <xen/lib.h>

/* @stmt must end in a fatal error whose text contains @text. */
#define assert_fatal(text, stmt) do {                                   \
    if ( !HOST_CATCH(stmt) )                                            \
        fail_msg("no fatal error in: %s", #stmt);                       \
    if ( !strstr(host_fatal_text(), text) )                             \
        fail_msg("%s: wrong fatal error: %s", #stmt, host_fatal_text()); \
} while ( 0 )

#define assert_log(text) do {                                           \
    if ( !host_log_contains(text) )                                     \
        fail_msg("not in the log: %s\n%s", text, host_log_text());      \
} while ( 0 )

#define assert_no_log(text) do {                                        \
    if ( host_log_contains(text) )                                      \
        fail_msg("in the log: %s\n%s", text, host_log_text());          \
} while ( 0 )

/* Nothing is allocated that was not when the program started. */
static inline int test_no_leak(void **state)
{
    if ( host_leak_report(20) )
        return -1;

    return 0;
}

static inline int test_reset(void **state)
{
    host_reset();

    return 0;
}

/* Iterations: @quick by default, @lengthy in check-long. */
static inline unsigned long test_rounds(unsigned long quick,
                                        unsigned long lengthy)
{
    return getenv("TEST_LONG") ? lengthy : quick;
}

/* A repeatable generator (xorshift64). */
static inline uint64_t test_random(uint64_t *seed)
{
    uint64_t x = *seed;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;

    return *seed = x;
}

#endif /* TESTS_TEST_H */
