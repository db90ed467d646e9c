/* SPDX-License-Identifier: GPL-2.0-only */
/* What the IORT's tests share: a table with one of everything. */
#ifndef TESTS_IORT_TEST_H
#define TESTS_IORT_TEST_H

#include "smmu-fixture.h"

#include <iommu-groups/iort.h>

#include "iort-build.h"

static struct iommu_iort iort;
static struct { uint32_t its, smmu0, smmu1, old, root; } at;

/* One of everything: two SMMUv3, an older one, devices, reserved memory. */
static inline void good(struct iort_buf *t)
{
    iort_begin(t);
    at.its = iort_its(t);
    at.root = iort_root(t, 0);
    at.smmu0 = t->len + 4 * 20;
    iort_map(t, 0x000, 0xff, 0x10000, at.smmu0, 0);
    iort_map(t, 0x200, 0x0, 0x30, at.smmu0 + 68, 1);
    iort_map(t, 0x300, 0xfff, 0, at.its, 0);
    iort_map(t, 0x8000, 0xff, 0, at.smmu0 + 2 * 68, 0);
    iort_close(t);
    assert_int_equal(iort_smmu(t, 0x09050000, 1, 0), at.smmu0);
    at.smmu1 = iort_smmu(t, 0x09150000, 0, 2);
    at.old = iort_smmuv2_open(t, 0x0a000000, 0x80000, 3, 2, 4);
    iort_close(t);
    iort_named(t, "\\_SB.NET0");
    iort_map(t, 0, 1, 0x77, at.smmu0, 0);
    iort_close(t);
    iort_rmr(t, 0x80000000, 0x3000);
    iort_map(t, 0, 0xf, 0x10008, at.smmu0, 0);
    iort_map(t, 0, 0, 0x30, at.smmu1, 1);
    iort_close(t);
}

static inline int count_region(const struct iommu_region *region, void *arg)
{
    assert_int_equal(region->first, 0x80000);
    assert_int_equal(region->last, 0x80002);
    ++*(unsigned int *)arg;

    return 0;
}

static inline int resolve_named(const struct iort_buf *t, struct iommu_dev *dev)
{
    int rc;

    host_log_clear();
    iommu_dev_forget(dev);
    assert_int_equal(iommu_iort_parse(t->b, t->len, &iommu_iort), 0);
    rc = iommu_iort_firmware.resolve(dev);
    iommu_iort_free(&iommu_iort);

    return rc;
}

#endif /* TESTS_IORT_TEST_H */
