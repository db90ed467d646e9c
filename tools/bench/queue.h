/* SPDX-License-Identifier: GPL-2.0-only */
/* One unit of each driver on its model, for queue.c. */
#ifndef BENCH_QUEUE_H
#define BENCH_QUEUE_H

#include <xen/iommu.h>

#include <iommu-groups/group.h>

#define RING_ENTRIES 256

struct queue_machine {
    const char *name;
    /* The register that tells hardware of commands: its offset, and what an
     * entry adds to it. */
    unsigned int tail, step;
    bool wraps;                 /* the bit above the index turns */

    void (*up)(void);
    void (*down)(void);
    struct iommu_dev *(*dev)(unsigned int nr);
    void (*dev_del)(struct iommu_dev *dev);
    struct s2_table *(*table)(struct iommu_dev *dev);
    void (*table_free)(struct s2_table *table);
    struct s2_domain *(*domain)(struct iommu_dev *dev, struct s2_table *table);
};

extern const struct queue_machine queue_machines[];
extern const unsigned int nr_queue_machines;

#endif /* BENCH_QUEUE_H */
