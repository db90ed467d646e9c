/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices with many IDs, up to a whole bus and more, on the models of all
 * drivers.  What counts is where the DMA of every single ID ends, before,
 * between and after, not what the hooks return.
 */
#ifndef TESTS_MANY_IDS_H
#define TESTS_MANY_IDS_H

#include "dev-ids.h"
#include "together.h"

struct many_ids {
    const struct iommu_dev_ops *ops;
    unsigned int nr_variants, nr_failures;

    /* A machine of one unit. */
    void (*up)(unsigned int variant);
    void (*down)(void);
    /* @nr IDs from @first on, its own, every @step. */
    struct iommu_dev *(*dev)(uint32_t first, unsigned int nr,
                             unsigned int step);
    void (*del)(struct iommu_dev *dev);
    struct s2_table *(*table)(struct iommu_dev *first);
    void (*table_free)(struct s2_table *table);
    uint64_t (*map)(struct s2_table *table, uint64_t dfn);
    /* 0, and where the access ended, or a fault. */
    unsigned int (*reach)(struct iommu_dev *dev, uint32_t id, uint64_t addr,
                          uint64_t *maddr);
    /* The @nth command goes wrong; 0: none. */
    void (*fail_nth)(unsigned int nth, unsigned int how);
    bool (*failed)(void);
    /* After what a failure provoked. */
    void (*forgive)(void);
};

/* All numbers of IDs around former limits, every variant. */
void many_ids_attach(const struct many_ids *m);
/* Two devices with a part of their IDs in common. */
void many_ids_shared(const struct many_ids *m);
/* Every allocation, and every command in every way, fails once. */
void many_ids_memory(const struct many_ids *m);
void many_ids_commands(const struct many_ids *m);

#endif
