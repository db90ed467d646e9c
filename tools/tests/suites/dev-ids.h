/* SPDX-License-Identifier: GPL-2.0-only */
/* IDs of devs that tests make themselves, without firmware. */
#ifndef TESTS_DEV_IDS_H
#define TESTS_DEV_IDS_H

#include "test.h"

#include <iommu-groups/driver.h>

static inline void dev_ids(struct iommu_dev *dev, uint32_t first, uint32_t last)
{
    assert_int_equal(iommu_dev_add_ids(dev, first, last), 0);
}

static inline void dev_id(struct iommu_dev *dev, uint32_t id)
{
    dev_ids(dev, id, id);
}

/* @nr IDs from @first on, its own, every @step. */
static inline void dev_id_series(struct iommu_dev *dev, uint32_t first,
                                 unsigned int nr, unsigned int step)
{
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        dev_id(dev, first + i * step);
}

/* 0: its own; others in ascending order. */
static inline uint32_t dev_id_nr(const struct iommu_dev *dev, unsigned int nr)
{
    struct iommu_id_iter it;

    if ( !nr )
        return dev->id;
    for_each_iommu_id ( it, &dev->ids )
        if ( it.id != dev->id && !--nr )
            return it.id;
    fail_msg("%s has not so many IDs", dev->name);

    return 0;
}

#endif
