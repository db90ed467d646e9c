/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines for tests of the SMMUv2 driver: one or two modelled units, and
 * requesters that are handed to the driver's hooks directly.
 */
#ifndef TESTS_SMMUV2_FIXTURE_H
#define TESTS_SMMUV2_FIXTURE_H

#include "test.h"

#include <xen/err.h>

#include <iommu-groups/firmware.h>
#include <iommu-groups/group.h>
#include <iommu-groups/smmuv2.h>

#include "models/smmuv2-model.h"
#include "rig.h"
#include "together.h"

/* The driver, whose header names registers as the model's does. */
extern const struct iommu_dev_ops smmu2_dev_ops;
extern const struct iommu_tlb_ops smmu2_tlb_ops;
extern const struct iommu_unit_ops smmu2_unit_ops;

extern struct smmuv2_model *v2_model[2];
extern struct domain *v2_guest;
extern const struct rig v2_rig;
/* The first of its variants; past V2_NR_VARIANTS they are real units' shapes. */
extern unsigned int v2_rig_first;
/* How often the units' interrupts came. */
extern unsigned int v2_irqs;

/* What the next machine's second unit is like; NULL: as the first. */
extern const struct smmuv2_model_cfg *v2_second;
/* Of the next machine: one interrupt for all of its units. */
extern bool v2_one_irq;
/* Firmware says that units are Cavium's, which share a TLB. */
extern bool v2_cavium;

/* Combinations of what units may be like, @v from 0 on. */
#define V2_NR_VARIANTS 24
struct smmuv2_model_cfg v2_variant(unsigned int v);

/* The machine; nothing of the driver called yet. */
void v2_machine(const struct smmuv2_model_cfg *cfg, unsigned int nr_units);
/* The same in a host that is reset already, and without a guest. */
void v2_machine_in(const struct smmuv2_model_cfg *cfg, unsigned int nr_units);
/* Models, interrupts, pages go. */
void v2_machine_off(void);
/* What firmware says of unit @i.  smmuv2_add()'s argument. */
struct smmuv2_desc v2_desc(unsigned int i);
/* smmuv2_add() of each; asserts that all went well. */
void v2_bring_up(unsigned int nr_units);
/* All of that. */
void v2_up(const struct smmuv2_model_cfg *cfg, unsigned int nr_units);
/* Everything back; asserts no leak, and no violation the models noticed. */
void v2_down(void);
/* The driver forgets its units; models stay. */
void v2_forget(void);

struct iommu_unit *v2_unit(unsigned int i);

/* A requester behind unit @unit, not probed yet; @alias: a second ID, or 0. */
struct iommu_dev *v2_dev_new(unsigned int unit, const char *name, uint32_t sid,
                             uint32_t alias);
int v2_probe(struct iommu_dev *dev);
/* Both. */
struct iommu_dev *v2_dev(unsigned int unit, uint32_t sid, uint32_t alias);
void v2_dev_del(struct iommu_dev *dev);

struct s2_table *v2_table(struct iommu_dev *first);
void v2_table_free(struct s2_table *table);
struct s2_domain *v2_domain(struct iommu_dev *first, struct s2_table *table);

/* Maps dfn to a page of its own; the page's address.  Freed by v2_down(). */
uint64_t v2_map(struct s2_table *table, uint64_t dfn);
/* Unmaps and flushes. */
int v2_unmap(struct s2_table *table, uint64_t dfn, unsigned long nr);

/* One access by stream @sid at unit 0: 0, and where it went, or a fault. */
unsigned int v2_reach(uint32_t sid, uint64_t addr, uint64_t *maddr);

/* A table with a page at dfn 5, for one device. */
struct v2_world {
    struct iommu_dev *dev;
    struct s2_table *table;
    struct s2_domain *s2;
    uint64_t page;
};
struct v2_world v2_world(struct iommu_dev *dev);
void v2_world_free(struct v2_world *w);
/* Does stream @sid of unit 0 reach @w's page?  No cache notices. */
bool v2_sees(const struct v2_world *w, uint32_t sid);

/* Runs what is pending. */
void v2_settle(void);

/* A test on its own machine; what a failed one leaves is cleaned up. */
#define V2_TEST(fn) cmocka_unit_test_teardown(fn, v2_teardown)
int v2_teardown(void **state);

#endif /* TESTS_SMMUV2_FIXTURE_H */
