/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the DMAR tests share: tables from files, expectations with the line of
 * log that belongs to them.
 *
 * Recorded tables lie in $TEST_DATA/dmar (default: data/dmar), compiled ones
 * in $TEST_BUILD/dmar (default: ../../build/tests/dmar).
 */

#ifndef TESTS_DMAR_TEST_H
#define TESTS_DMAR_TEST_H

#include <dirent.h>
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

#include "vtd/dmar.h"
#include "dmar-build.h"

static inline const char *dmar_dir(unsigned int i, char buf[512])
{
    static const char *const var[] = { "TEST_DATA", "TEST_BUILD" };
    static const char *const def[] = { "data", "../../build/tests" };
    const char *dir = getenv(var[i]);

    snprintf(buf, 512, "%s/dmar", dir ? dir : def[i]);

    return buf;
}

/* 0 if there is no such table. */
static inline size_t dmar_load(const char *name, uint8_t *table, size_t size)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
    {
        char dir[512], path[1024];
        size_t len;
        FILE *f;

        snprintf(path, sizeof(path), "%s/%s", dmar_dir(i, dir), name);
        f = fopen(path, "rb");
        if ( !f )
            continue;
        len = fread(table, 1, size, f);
        fclose(f);
        return len;
    }

    return 0;
}

/* From memory of the exact size, so that ASan sees one byte too far. */
static inline int dmar_parse_exact(const void *table, size_t len,
                                   struct vtd_dmar *dmar)
{
    void *copy = malloc(len ? len : 1);
    int rc;

    assert_non_null(copy);
    memcpy(copy, table, len);
    rc = vtd_dmar_parse(copy, len, dmar);
    free(copy);

    return rc;
}

/* One line at XENLOG_ERR if and only if the table was refused. */
static inline void dmar_expect_bytes(const void *table, size_t len,
                                     struct vtd_dmar *dmar, int rc,
                                     const char *text)
{
    struct host_memory before = host_memory_now(), after;

    host_log_clear();
    assert_int_equal(dmar_parse_exact(table, len, dmar), rc);
    assert_int_equal(host_log_lines(XENLOG_ERR), !!rc);
    if ( text && !host_log_contains(text) )
        fail_msg("'%s' is not in the log:\n%s", text, host_log_text());
    if ( !text && !rc )
        assert_int_equal(host_log_lines(XENLOG_WARNING), 0);
    vtd_dmar_free(dmar);

    after = host_memory_now();
    assert_int_equal(after.objects, before.objects);
    assert_int_equal(after.bytes, before.bytes);
}

static inline void dmar_expect(const struct dmar_buf *d, struct vtd_dmar *dmar,
                               int rc, const char *text)
{
    dmar_expect_bytes(d->b, d->len, dmar, rc, text);
}

/*
 * Parses every table whose name starts with @prefix, and hands it to @fn if
 * there is one.  Returns how many there were.
 */
static inline unsigned int dmar_each_file(const char *prefix,
                                          void (*fn)(const uint8_t *, size_t))
{
    unsigned int i, nr = 0;

    for ( i = 0; i < 2; i++ )
    {
        char path[512];
        DIR *dir = opendir(dmar_dir(i, path));
        struct dirent *e;

        while ( dir && (e = readdir(dir)) )
        {
            uint8_t table[4096];
            struct vtd_dmar dmar;
            size_t len;

            if ( strncmp(e->d_name, prefix, strlen(prefix)) )
                continue;
            len = dmar_load(e->d_name, table, sizeof(table));
            dmar_expect_bytes(table, len, &dmar, 0, NULL);
            if ( fn )
                fn(table, len);
            nr++;
        }
        if ( dir )
            closedir(dir);
    }

    return nr;
}

/* Does a structure of the table start at @off? */
static inline bool dmar_at_boundary(const uint8_t *table, size_t off)
{
    size_t pos = sizeof(struct dmar_table);

    while ( pos < off )
        pos += table[pos + 2] | table[pos + 3] << 8;

    return pos == off;
}

static inline int dmar_setup(void **state)
{
    host_reset();

    return 0;
}

static inline int dmar_teardown(void **state)
{
    return host_leak_report(10) ? -1 : 0;
}

#define DMAR_TEST(fn) \
    cmocka_unit_test_setup_teardown(fn, dmar_setup, dmar_teardown)

#endif /* TESTS_DMAR_TEST_H */
