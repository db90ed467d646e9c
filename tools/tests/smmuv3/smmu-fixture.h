/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines for tests of the SMMUv3 driver: one or two modelled units, and
 * requesters that are handed to the driver's hooks directly.
 */
#ifndef TESTS_SMMU_FIXTURE_H
#define TESTS_SMMU_FIXTURE_H

#include "test.h"

#include <xen/err.h>

#include <iommu-groups/group.h>

#include "smmuv3/smmuv3.h"
#include "models/smmu-model.h"
#include "together.h"

/* Events, §7.3. */
enum {
    EV_BAD_STREAMID = 0x02, EV_BAD_STE = 0x04, EV_TRANSL_FORBIDDEN = 0x07,
    EV_TRANSLATION = 0x10, EV_ADDR_SIZE = 0x11, EV_PERMISSION = 0x13,
};

extern struct smmu_model *sm_model[2];
extern struct domain *sm_guest;
/* How often the units' interrupts came, by enum smmu_model_irq. */
extern unsigned int sm_irqs[2];

/* What the next machine's second unit is like; NULL: as the first. */
extern const struct smmu_model_cfg *sm_second;

/* Combinations of capabilities, @v from 0 on. */
#define SM_NR_VARIANTS 64
struct smmu_model_cfg sm_variant(unsigned int v);

/* The machine; nothing of the driver called yet. */
void sm_machine(const struct smmu_model_cfg *cfg, unsigned int nr_units);
/* What firmware says of unit @i.  smmuv3_add()'s argument. */
struct smmuv3_desc sm_desc(unsigned int i);
/* Both, and smmuv3_add(); asserts that all went well. */
void sm_up(const struct smmu_model_cfg *cfg, unsigned int nr_units);
/* Everything back; asserts no leak, and no violation the models noticed. */
void sm_down(void);

struct smmu_unit *sm_unit(unsigned int i);

/* A probed requester behind unit @unit; @alias: a second stream ID, or 0. */
struct iommu_dev *sm_dev(unsigned int unit, uint32_t sid, uint32_t alias);
/* One with @nr stream IDs, from @first on every @step. */
struct iommu_dev *sm_dev_many(unsigned int unit, uint32_t first,
                              unsigned int nr, unsigned int step);
void sm_dev_del(struct iommu_dev *dev);

struct s2_table *sm_table(void);
void sm_table_free(struct s2_table *table);
struct s2_domain *sm_domain(struct iommu_dev *first, struct s2_table *table);
void sm_domain_free(struct s2_domain *s2);
int sm_attach(struct s2_domain *s2, struct iommu_dev *dev);
void sm_block(struct iommu_dev *dev);

/* Maps dfn to a page of its own; the page's address.  Freed by sm_down(). */
uint64_t sm_map(struct s2_table *table, uint64_t dfn);
/* Unmaps and flushes. */
int sm_unmap(struct s2_table *table, uint64_t dfn, unsigned long nr);

/* One access by @dev's own ID: 0, and where it went, or an event. */
unsigned int sm_reach(struct iommu_dev *dev, uint64_t addr, bool write,
                      uint64_t *maddr);

/* Runs what is pending. */
void sm_settle(void);

/* A test on its own machine; what a failed one leaves is cleaned up. */
#define SM_TEST(fn) cmocka_unit_test_teardown(fn, sm_teardown)
int sm_teardown(void **state);

#endif /* TESTS_SMMU_FIXTURE_H */
