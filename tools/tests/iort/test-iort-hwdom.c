/* SPDX-License-Identifier: GPL-2.0-only */
/* The IORT without SMMUs that the hardware domain gets, read byte by byte. */
#include "smmu-fixture.h"

#include <iommu-groups/iort.h>

#include "iort-build.h"

static uint32_t word(const uint8_t *p)
{
    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The table, in memory of its exact size. */
static uint8_t *rewrite(const struct iort_buf *t, size_t *len)
{
    uint8_t *in = malloc(t->len), *out, sum = 0;
    size_t i;

    memcpy(in, t->b, t->len);
    *len = iommu_iort_hwdom(in, t->len, NULL, 0);
    assert_true(*len >= 48);
    out = malloc(*len);
    memset(out, 0xee, *len);
    assert_int_equal(iommu_iort_hwdom(in, t->len, out, *len), *len);
    assert_int_equal(word(out + 4), *len);
    for ( i = 0; i < *len; i++ )
        sum += out[i];
    assert_int_equal(sum, 0);
    free(in);

    return out;
}

static void check_map(const uint8_t *p, uint32_t in, uint32_t nr, uint32_t out,
                      uint32_t ref, uint32_t flags)
{
    assert_int_equal(word(p), in);
    assert_int_equal(word(p + 4), nr);
    assert_int_equal(word(p + 8), out);
    assert_int_equal(word(p + 12), ref);
    assert_int_equal(word(p + 16), flags);
}

/* SMMUs before and behind what refers to them; two interrupt controllers. */
static void test_through(void **state)
{
    struct iort_buf t;
    uint32_t a, b, its0, its1, old;
    const uint8_t *p, *m;
    uint8_t *out;
    size_t len;

    iort_begin(&t);
    a = iort_smmu_open(&t, 0x09050000, 1, 0);
    its0 = a + 68 + 3 * 20;
    its1 = its0 + 24;
    iort_map(&t, 0x10000, 0x7f, 0x500, its1, 0);
    iort_map(&t, 0x10080, 0x7f, 0x900, its0, 0);
    /* Its own interrupts. */
    iort_map(&t, 0, 0, 0x77, its0, 1);
    iort_close(&t);
    assert_int_equal(iort_its(&t), its0);
    assert_int_equal(iort_its(&t), its1);

    iort_root(&t, 0);
    b = t.len + 5 * 20;
    old = b + 68 + 20;
    iort_map(&t, 0x000, 0xff, 0x10000, a, 0);
    iort_map(&t, 0x200, 0x5, 0x30, b, 1);
    iort_map(&t, 0x300, 0xfff, 0x40, its1, 0);
    /* The middle of it comes out of the SMMU. */
    iort_map(&t, 0x2000, 0xff, 0x20, b, 0);
    iort_map(&t, 0x8000, 0xff, 0, old, 0);
    iort_close(&t);

    assert_int_equal(iort_smmu_open(&t, 0x09150000, 1, 0), b);
    iort_map(&t, 0x30, 0xf, 0x30, its0, 0);
    iort_close(&t);
    assert_int_equal(iort_smmuv2_open(&t, 0x0a000000, 0x20000, 3, 0, 1), old);
    iort_map(&t, 0x10, 0xf, 0x710, its0, 0);
    iort_close(&t);
    iort_named(&t, "\\_SB.NET0");
    iort_map(&t, 0, 1, 0x10081, a, 0);
    iort_close(&t);
    iort_rmr(&t, 0x80000000, 0x3000);
    iort_map(&t, 0, 0xf, 0x10008, a, 0);
    iort_close(&t);

    out = rewrite(&t, &len);
    assert_int_equal(word(out + 36), 4);
    assert_int_equal(word(out + 40), 48);
    p = out + 48;
    assert_memory_equal(p, t.b + its0, 48);

    p += 48;
    assert_int_equal(p[0], 2);
    assert_int_equal(word(p + 8), 6);
    m = p + word(p + 12);
    check_map(m, 0x000, 0x7f, 0x500, 48 + 24, 0);
    check_map(m + 20, 0x080, 0x7f, 0x900, 48, 0);
    check_map(m + 40, 0x200, 0, 0x30, 48, 1);
    check_map(m + 60, 0x300, 0xfff, 0x40, 48 + 24, 0);
    check_map(m + 80, 0x2010, 0xf, 0x30, 48, 0);
    check_map(m + 100, 0x8010, 0xf, 0x710, 48, 0);
    /* What is not about IDs is as it was: attributes, segment. */
    assert_memory_equal(p + 16, t.b + its1 + 24 + 16, 24);

    p += p[1] | p[2] << 8;
    assert_int_equal(p[0], 1);
    assert_string_equal((const char *)p + 29, "\\_SB.NET0");
    assert_int_equal(word(p + 8), 1);
    check_map(p + word(p + 12), 0, 1, 0x901, 48, 0);
    assert_int_equal(p + (p[1] | p[2] << 8) - out, len);
    free(out);
}

/* Mappings that multiply: a node's length has 16 bits. */
static void test_too_long(void **state)
{
    struct iort_buf t;
    uint32_t its, smmu, i;
    uint8_t *out;
    size_t len;

    iort_begin(&t);
    its = iort_its(&t);
    smmu = iort_smmu_open(&t, 0x09050000, 1, 0);
    for ( i = 0; i < 80; i++ )
        iort_map(&t, 0, 0xff, 0, its, 0);
    iort_close(&t);
    iort_root(&t, 0);
    for ( i = 0; i < 80; i++ )
        iort_map(&t, i * 0x100, 0xff, 0, smmu, 0);
    iort_close(&t);
    iort_root(&t, 1);
    iort_close(&t);

    host_log_clear();
    out = rewrite(&t, &len);
    /* The other nodes are there. */
    assert_int_equal(len, 48 + 24 + 40);
    assert_int_equal(word(out + 36), 2);
    assert_log("too long without its SMMU: the hardware domain does not get it");
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    free(out);
}

/* What is wrong is left out; it was said before. */
static void test_bad(void **state)
{
    struct iort_buf t;
    uint32_t its, smmu;
    const uint8_t *p;
    uint8_t *out;
    size_t len;

    iort_begin(&t);
    its = iort_its(&t);
    smmu = iort_smmu_open(&t, 0x09050000, 1, 0);
    iort_map(&t, 0, 0xffff, 0x100, its, 0);
    iort_map(&t, 0, 0xffff, 0x100, 49, 0);
    iort_close(&t);
    iort_root(&t, 0);
    iort_map(&t, 0, 0xff, 0, 51, 0);
    iort_map(&t, 0x100, 0xff, 0x100, smmu, 0);
    iort_close(&t);
    iort_root(&t, 1);
    iort_close(&t);
    iort_poke(&t, t.node + 8, 100, 4);
    iort_open(&t, 2);
    iort_close(&t);
    iort_named(&t, "\\_SB.NET0");
    iort_map(&t, 0, 0, 0x200, smmu, 0);
    iort_close(&t);
    /* And the rest is missing. */
    iort_poke(&t, 36, t.nr + 1, 4);

    host_log_clear();
    out = rewrite(&t, &len);
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_int_equal(word(out + 36), 4);
    p = out + 48 + 24;
    assert_int_equal(word(p + 8), 1);
    check_map(p + word(p + 12), 0x100, 0xff, 0x200, 48, 0);
    p += p[1] | p[2] << 8;
    assert_int_equal(p[0], 2);
    assert_int_equal(word(p + 8), 0);
    p += p[1] | p[2] << 8;
    assert_int_equal(p[0], 1);
    assert_int_equal(word(p + 8), 1);
    assert_int_equal(p + (p[1] | p[2] << 8) - out, len);
    free(out);
}

/* A buffer without room is not written beyond: its length is the answer. */
static void test_no_room(void **state)
{
    struct iort_buf t;
    uint8_t *out;
    size_t len, room;

    iort_begin(&t);
    iort_its(&t);
    iort_root(&t, 0);
    iort_close(&t);
    len = iommu_iort_hwdom(t.b, t.len, NULL, 0);
    for ( room = 0; room < len; room++ )
    {
        out = malloc(room + !room);
        assert_int_equal(iommu_iort_hwdom(t.b, t.len, out, room), len);
        free(out);
    }
}

/* Bytes that are wrong give a table that can be read all the same. */
static void test_flipped(void **state)
{
    uint64_t seed = 7;
    struct iort_buf t;
    unsigned int i, less = 0, rounds = test_rounds(3000, 100000);

    for ( i = 0; i < rounds; i++ )
    {
        struct iommu_iort iort;
        uint32_t its, smmu, j;
        uint8_t *out;
        size_t len;

        iort_begin(&t);
        its = iort_its(&t);
        smmu = iort_smmu_open(&t, 0x09050000, 1, 0);
        iort_map(&t, 0, 0xffff, 0, its, 0);
        iort_close(&t);
        iort_root(&t, 0);
        iort_map(&t, 0, 0xffff, 0, smmu, 0);
        iort_close(&t);
        for ( j = 0; j <= i % 3; j++ )
            t.b[48 + test_random(&seed) % (t.len - 48)] = test_random(&seed);

        /* Xen uses no SMMU of a table that it cannot read. */
        if ( iommu_iort_parse(t.b, t.len, &iort) )
            continue;
        iommu_iort_free(&iort);

        out = rewrite(&t, &len);
        less += word(out + 36) < 2;
        assert_int_equal(iommu_iort_parse(out, len, &iort), 0);
        assert_int_equal(iort.nr_smmus + iort.nr_maps + iort.nr_rmrs, 0);
        iommu_iort_free(&iort);
        free(out);
    }
    assert_in_range(less, rounds / 100, rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_through),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_flipped),
    };

    return cmocka_run_group_tests(tests, test_reset, test_no_leak);
}
