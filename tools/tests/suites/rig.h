/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One driver on its models, its hooks called directly: what suites that are the
 * same for several drivers need of a fixture.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include "test.h"

#include <iommu-groups/driver.h>

#include "together.h"

/* The device has no translation that it could use. */
#define RIG_UR          0x100

struct rig {
    const struct iommu_dev_ops *dev;
    const struct iommu_unit_ops *unit;
    bool identity;              /* there is such a domain */
    bool no_ats;                /* units have nothing to do with device TLBs */

    /* A machine of one unit, of a kind below nr_variants. */
    unsigned int nr_variants;
    void (*up)(unsigned int variant);
    void (*down)(void);

    /* A probed function, @alias: a second ID, or 0; those on bus 1 have ATS. */
    struct iommu_dev *(*dev_add)(unsigned int bus, unsigned int dev,
                                 unsigned int alias);
    void (*dev_del)(struct iommu_dev *dev);
    struct s2_table *(*table_new)(struct iommu_dev *first);
    void (*table_free)(struct s2_table *table);
    struct s2_domain *(*domain_new)(struct iommu_dev *first,
                                    struct s2_table *table);
    /* Maps dfn to a page of its own; the page's address. */
    uint64_t (*map_page)(struct s2_table *table, uint64_t dfn);

    /* A write by @id: 0, and where it ended, or a fault. */
    unsigned int (*translate)(uint16_t id, uint64_t addr, uint64_t *maddr);
    unsigned int (*ats_request)(uint16_t id, uint64_t addr, unsigned int *prot);
    unsigned int (*ats_dma)(uint16_t id, uint64_t addr, void *byte, bool write);
    void (*ats_dead)(uint16_t id, bool dead);
    /* A command goes wrong such that the driver recovers; 0: none. */
    void (*spoil_nth)(unsigned int nth);
    bool (*failed)(void);
    /* No command is carried out; has one been queued since?  On again. */
    void (*hold)(void);
    bool (*held)(void);
    void (*let_go)(void);
    /* As by a resume from S3. */
    void (*reset)(void);
    void (*forgive)(void);
    bool (*is_on)(void);
    bool (*is_off)(void);
};

/* suite-driver.c: attach, flush, block */
void suite_driver_attach(const struct rig *rig);
/* Two functions that share an ID: blocking one leaves the other's alone. */
void suite_driver_shared_alias(const struct rig *rig);
/* Device TLBs: translations are taken back; a dead device is cut off. */
void suite_driver_ats(const struct rig *rig);
/* A device TLB dies at any moment while another one is found dead. */
void suite_driver_dies_meanwhile(const struct rig *rig);
/* What a device's TLB learnt in one domain is not used in the next. */
void suite_driver_ats_move(const struct rig *rig);
/* Suspend, resume, crash. */
void suite_driver_power(const struct rig *rig);
/* Three functions in one domain; the TLB of each knows page 1 of its table. */
struct s2_domain *suite_tlbs_up(const struct rig *rig, struct iommu_dev *dev[3],
                                struct s2_table **table);
/* The end of that machine, when its devices are blocked. */
void suite_tlbs_down(const struct rig *rig, struct iommu_dev *dev[3],
                     struct s2_domain *s2, struct s2_table *table);

/*
 * suite-discarded.c: a unit is started anew while another CPU's batch is in its
 * queue: that one is repeated, with all that was in it.
 */
void suite_discarded(const struct rig *rig);

/*
 * suite-threads.c: one unit, several CPUs: flushes, attaches and detaches at the
 * same time, with errors in the queue if @errors.  After each flush its own
 * range must be gone, device TLBs included.
 */
void suite_threads(const struct rig *rig, bool errors);

#endif /* TESTS_RIG_H */
