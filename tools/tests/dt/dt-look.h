/* SPDX-License-Identifier: GPL-2.0-only */
/* A tree that is read, and devs that are looked up in it. */
#ifndef TESTS_DT_LOOK_H
#define TESTS_DT_LOOK_H

#include "dev-ids.h"
#include "dt-test.h"

static struct dt_tree tree;
static void *copy;

static inline int setup(void **state)
{
    host_reset();

    return 0;
}

static inline int teardown(void **state)
{
    iommu_dt_free(&iommu_dt);
    free(copy);
    copy = NULL;

    return test_no_leak(state);
}

static inline void read_good(void)
{
    assert_int_equal(dt_read_exact(&iommu_dt, tree.b, fdt_totalsize(tree.b),
                                   &copy), 0);
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
}

static struct pci_dev pdev;

/* @dev had been through here, or was all zeroes. */
static inline void renew(struct iommu_dev *dev, const char *name)
{
    iommu_dev_forget(dev);
    *dev = (struct iommu_dev){ .name = name };
}

static inline int resolve(struct iommu_dev *dev, unsigned int seg, unsigned int nr,
                   uint32_t a, uint32_t b)
{
    renew(dev, "dev");
    dev->pdev = &pdev;
    dev->sbdf.sbdf = seg << 16 | a;
    dev_id(dev, a);
    if ( nr > 1 )
        dev_id(dev, b);

    return iommu_dt_firmware.resolve(dev);
}

#define DT_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif /* TESTS_DT_LOOK_H */
