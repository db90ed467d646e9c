/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines for tests of the RISC-V IOMMU driver: one or two modelled units, and
 * functions that are handed to the driver's hooks directly.
 *
 * Unit 1, where there is one, has 00:05.0; unit 0 has all other functions.
 * A unit sees the requester ID plus rv_did_offset as device ID.
 */
#ifndef TESTS_RISCV_FIXTURE_H
#define TESTS_RISCV_FIXTURE_H

#include "test.h"

#include <xen/err.h>

#include <iommu-groups/group.h>

#include "riscv/rviommu.h"
#include "models/riscv-model.h"
#include "together.h"

#define RV_BASE0        0x3010000UL
#define RV_BASE1        0x3011000UL
#define RV_PHANDLE      0x10

/* Causes, §3.2. */
enum {
    CAUSE_READ = 21, CAUSE_WRITE = 23, CAUSE_OFF = 256, CAUSE_NO_CONTEXT = 258,
    CAUSE_MISCONFIGURED = 259, CAUSE_DISALLOWED = 260,
};

extern struct rvm *rvm[2];
extern struct domain *rv_guest;
extern uint32_t rv_did_offset;
/* The next machine's units have wires that reach the driver. */
extern bool rv_wired;

/* Combinations of capabilities, @v from 0 on. */
#define RV_NR_VARIANTS 72
struct rvm_cfg rv_variant(unsigned int v);

/* The models, nothing of the driver called yet.  @cfg1 NULL: one unit. */
void rv_machine(const struct rvm_cfg *cfg0, const struct rvm_cfg *cfg1);
struct riscv_iommu_desc rv_desc(unsigned int unit);
/* riscv_iommu_add() of all units; asserts that all went well. */
void rv_machine_up(const struct rvm_cfg *cfg0, const struct rvm_cfg *cfg1);
/* Everything back, in whatever state; rv_machine_down() asserts, too. */
void rv_machine_clean(void);
/* Asserts no leak, and no violation that the models noticed. */
void rv_machine_down(void);

/* What riscv_iommu_add() made, which is never undone in Xen. */
void rv_units_down(void);

struct rv_unit *rv_unit_nr(unsigned int i);

/* A probed function; @alias: a second requester ID, or 0. */
struct iommu_dev *rv_dev_add(unsigned int bus, unsigned int dev,
                             unsigned int alias);
/* One with @nr IDs, from its own on every @step. */
struct iommu_dev *rv_dev_many(unsigned int bus, unsigned int dev,
                              unsigned int nr, unsigned int step);
/* The same, and the driver's probe() says @expected (not 0: NULL). */
struct iommu_dev *rv_dev_try(unsigned int bus, unsigned int dev,
                             unsigned int alias, int expected);
void rv_dev_del(struct iommu_dev *dev);

struct s2_table *rv_table_new(struct iommu_dev *first);
void rv_table_free(struct s2_table *table);
struct s2_domain *rv_domain_new(struct iommu_dev *first, struct s2_table *table);
static inline int rv_attach_dev(struct s2_domain *s2, struct iommu_dev *dev)
{
    return together_move(dev, s2);
}

static inline void rv_block_dev(struct iommu_dev *dev)
{
    together_move(dev, NULL);
}

static inline void rv_domain_del(struct s2_domain *s2)
{
    s2_domain_free(s2);
}

/* Maps dfn to a page of its own; the page's address. */
uint64_t rv_map_page(struct s2_table *table, uint64_t dfn);

/* A write by @dev's own ID: 0, and where it went, or a cause. */
unsigned int rv_reach(struct iommu_dev *dev, uint64_t addr, uint64_t *maddr);
/* The same of its ID number @i. */
unsigned int rv_reach_id(struct iommu_dev *dev, unsigned int i, uint64_t addr,
                         uint64_t *maddr);

#define RV_TEST(fn) cmocka_unit_test_teardown(fn, rv_teardown)
static inline int rv_teardown(void **state)
{
    rv_machine_clean();

    return 0;
}

#endif /* TESTS_RISCV_FIXTURE_H */
