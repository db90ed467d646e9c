/* SPDX-License-Identifier: GPL-2.0-only */
/* What the IVRS tests share: expectations with the line that belongs to them. */

#ifndef TESTS_IVRS_TEST_H
#define TESTS_IVRS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <host.h>
#include <xen/errno.h>
#include <xen/lib.h>

#include "amd/ivrs.h"
#include "ivrs-build.h"

/* From memory of the exact size, so that ASan sees one byte too far. */
static inline int iv_parse_bytes(const void *table, size_t len,
                                 struct amd_ivrs *ivrs)
{
    void *copy = malloc(len ? len : 1);
    int rc;

    assert_non_null(copy);
    memcpy(copy, table, len);
    rc = amd_ivrs_parse(copy, len, ivrs);
    free(copy);

    return rc;
}

/*
 * @rc with one line at XENLOG_ERR if and only if the table is refused; @warnings
 * lines at XENLOG_WARNING, one of them with @text.  What was parsed stays.
 */
static inline void iv_expect(const struct ivrs_buf *t, struct amd_ivrs *ivrs,
                             int rc, unsigned int warnings, const char *text)
{
    host_log_clear();
    assert_int_equal(iv_parse_bytes(t->b, t->len, ivrs), rc);
    assert_int_equal(host_log_lines(XENLOG_ERR), !!rc);
    if ( text && !host_log_contains(text) )
        fail_msg("'%s' is not in the log:\n%s", text, host_log_text());
    if ( host_log_lines(XENLOG_WARNING) != warnings )
        fail_msg("%u warnings expected:\n%s", warnings, host_log_text());
}

/* The same where nothing more is asked of what was parsed. */
static inline void iv_expect_only(const struct ivrs_buf *t, int rc,
                                  unsigned int warnings, const char *text)
{
    struct amd_ivrs ivrs;

    iv_expect(t, &ivrs, rc, warnings, text);
    amd_ivrs_free(&ivrs);
}

static inline struct amd_found iv_find(const struct amd_ivrs *ivrs,
                                       uint16_t seg, uint16_t id)
{
    struct amd_found found;

    amd_ivrs_find(ivrs, seg, id, NULL, &found);

    return found;
}

/* @unit: its function; 0xffff: none. */
static inline void iv_assert_unit(const struct amd_ivrs *ivrs, uint16_t seg,
                                  uint16_t id, enum amd_claim claim,
                                  uint16_t unit)
{
    struct amd_found found = iv_find(ivrs, seg, id);

    assert_int_equal(found.claim, claim);
    assert_int_equal(found.ivhd ? found.ivhd->devid : 0xffff, unit);
    assert_int_equal(!!found.other, claim == AMD_CLAIM_TWO);
}

static inline int iv_setup(void **state)
{
    host_reset();

    return 0;
}

static inline int iv_teardown(void **state)
{
    return host_leak_report(10) ? -1 : 0;
}

#define IVRS_TEST(fn) \
    cmocka_unit_test_setup_teardown(fn, iv_setup, iv_teardown)

/* A desktop's table with one unit, to be added to. */
static inline void iv_desktop(struct ivrs_buf *t)
{
    iv_begin(t, IV_INFO);
    iv_desktop_unit(t, 0x11, 0xfd200000, 0x0003, 0x00a5, 0x21);
}

#endif /* TESTS_IVRS_TEST_H */
