/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: bytes choose a format and then calls; the model of
 * pt-model.c checks the complete state after each flush.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xen/errno.h>

#include "host.h"
#include "pt-model.h"

#define NR   4096
#define BASE (1UL << 18)
#define MFN  (9UL << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The model asserts with cmocka; there is no cmocka in a fuzzer. */
void _fail(const char *file, int line)
{
    fprintf(stderr, "failed at %s:%d\n", file, line);
    abort();
}

void _assert_true(LargestIntegralType result, const char *expression,
                  const char *file, int line)
{
    if ( !result )
    {
        fprintf(stderr, "%s\n", expression);
        _fail(file, line);
    }
}

void _assert_int_equal(LargestIntegralType a, LargestIntegralType b,
                       const char *file, int line)
{
    _assert_true(a == b, "not equal", file, line);
}

void _assert_memory_equal(const void *a, const void *b, size_t size,
                          const char *file, int line)
{
    _assert_true(!memcmp(a, b, size), "memory differs", file, line);
}

void print_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

/* Five bytes: what, where, how many, where to, and which n-th page fails. */
static void call(struct model *m, const uint8_t *b)
{
    static const unsigned int prots[] = {
        PT_PROT_R, PT_PROT_R | PT_PROT_W, PT_PROT_R | PT_PROT_W | PT_PROT_SNP,
        PT_PROT_R | PT_PROT_DEV | PT_PROT_X,
    };
    uint64_t dfn = ((b[0] & 0x10) ? b[1] * 16 : (b[1] & 7) * 512 + b[3] % 5);
    unsigned long nr = (b[0] & 0x20) ? b[2] + 1 : ((b[2] & 7) + 1) * 512;
    unsigned int prot = prots[(b[0] >> 2) & 3];
    uint64_t hash = 0, mfn;
    long rc;

    if ( nr > NR - dfn )
        nr = NR - dfn;
    mfn = MFN + dfn + (b[3] >> 6 ? 0 : b[3] & 7);

    if ( b[4] >> 5 )
        host_fail_nth(0);
    else
    {
        hash = model_hash(m);
        host_fail_nth(b[4] + 1);
    }

    rc = (b[0] & 3) ? model_map(m, BASE + dfn, mfn, nr, prot)
                    : model_unmap(m, BASE + dfn, nr);
    if ( rc )
    {
        assert_int_equal(rc, -ENOMEM);
        assert_true(host_fail_reached() && hash == model_hash(m));
    }
    host_fail_nth(0);

    if ( b[0] & 0xc0 )
        model_check(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t orders[] = { PT_LEAF_2M, 0 };
    struct model m;

    if ( size < 2 )
        return 0;

    model_init(&m, &pt_cases[data[0] % pt_nr_cases], orders[data[1] & 1],
               data[1] >> 5, BASE, NR);
    for ( data += 2, size -= 2; size >= 5; data += 5, size -= 5 )
        call(&m, data);
    model_check(&m);
    model_fini(&m);

    return 0;
}
