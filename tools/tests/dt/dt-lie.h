/* SPDX-License-Identifier: GPL-2.0-only */
/* A good tree, and lies that are told in it one by one. */
#ifndef TESTS_DT_LIE_H
#define TESTS_DT_LIE_H

#include "dt-test.h"

static struct dt_tree tree;
static void *copy;

static inline int setup(void **state)
{
    host_reset();
    dt_build(&tree);

    return 0;
}

static inline int teardown(void **state)
{
    iommu_dt_free(&iommu_dt);
    free(copy);
    copy = NULL;

    return test_no_leak(state);
}

static inline void reread(void)
{
    iommu_dt_free(&iommu_dt);
    free(copy);
    host_log_clear();
    assert_int_equal(dt_read_exact(&iommu_dt, tree.b, fdt_totalsize(tree.b),
                                   &copy), 0);
}

/* One line, which names @path and has @why. */
static inline void expect_line(const char *path, const char *why)
{
    reread();
    if ( host_log_lines(XENLOG_ERR) != 1 )
        fail_msg("%u lines:\n%s", host_log_lines(XENLOG_ERR),
                 host_log_text());
    assert_log(path);
    assert_log(why);
}

static inline int map(unsigned int seg, unsigned int rid)
{
    uint32_t unit, id;

    return iommu_dt_map_rid(&iommu_dt, seg, rid, &unit, &id);
}

static inline bool master_bad(const char *path)
{
    const struct iommu_dt_master *m = iommu_dt_find_master(&iommu_dt, path);

    assert_non_null(m);

    return m->bad;
}

/* The three that stand for what must go on working. */
enum { UART = 1, PCI0 = 2, PCI1 = 4 };

static inline void expect_dead(unsigned int which)
{
    assert_int_equal(master_bad(DT_UART), !!(which & UART));
    assert_int_equal(map(0, 0x10), which & PCI0 ? -EINVAL : 0);
    assert_int_equal(map(5, 0x11), which & PCI1 ? -EINVAL : 0);
}

/* Each starts from the good tree again. */
#define LIE(change, path, why, which) do {      \
    dt_build(&tree);                            \
    change;                                     \
    expect_line(path, why);                     \
    expect_dead(which);                         \
} while ( 0 )

#define DT_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif /* TESTS_DT_LIE_H */
