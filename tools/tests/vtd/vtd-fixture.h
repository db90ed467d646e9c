/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines for tests of the VT-d driver: one or two modelled units, a DMAR,
 * and functions that are handed to the driver's hooks directly.
 *
 * Unit 1, where there is one, has 00:05.0; unit 0 has all other functions.
 * Functions on bus 1 have an ATS capability; the DMAR allows it for all.
 */
#ifndef TESTS_VTD_FIXTURE_H
#define TESTS_VTD_FIXTURE_H

#include "test.h"

#include <xen/err.h>

#include <iommu-groups/group.h>

#include "vtd/vtd.h"
#include "dmar-build.h"
#include "models/vtd-host.h"
#include "models/vtd-model.h"
#include "rig.h"
#include "together.h"

#define BASE0   0xfed90000UL
#define BASE1   0xfed91000UL

extern struct vtd_model *model[2];
extern const struct rig vtd_rig;
extern struct domain *guest;

/* Combinations of capabilities, @v from 0 on; the last half has no queue. */
#define VTD_NR_VARIANTS 32
struct vtd_model_cfg vtd_variant(unsigned int v);

/* A reserved region of function 00:dev.0 in the next machine's DMAR. */
struct vtd_test_rmrr { uint64_t base, limit; unsigned int dev; };
extern struct vtd_test_rmrr vtd_test_rmrr;

/* The machine, its DMAR given to ACPI, nothing of the driver called yet. */
void vtd_machine(const struct vtd_model_cfg *cfg, unsigned int nr_units);
/* acpi_dmar_init(), vtd_setup(), translation on; asserts that all went well. */
void vtd_machine_up(const struct vtd_model_cfg *cfg, unsigned int nr_units);
/* Everything back; asserts no leak, and no violation the models noticed. */
void vtd_machine_down(void);

struct vtd_unit *unit_nr(unsigned int i);

/* A probed function; @alias: a second requester ID, or 0. */
struct iommu_dev *dev_add(unsigned int bus, unsigned int dev, unsigned int alias);
/* One with @nr IDs, from its own on every @step. */
struct iommu_dev *dev_add_many(unsigned int bus, unsigned int dev,
                               unsigned int nr, unsigned int step);
/* A virtual function of 00:pf.0, which may be on another bus. */
struct iommu_dev *vf_add(unsigned int bus, unsigned int dev, unsigned int pf);
void dev_del(struct iommu_dev *dev);

struct s2_table *table_new(struct iommu_dev *first);
void table_free(struct s2_table *table);
struct s2_domain *domain_new(struct iommu_dev *first, struct s2_table *table);

int attach(struct s2_domain *s2, struct iommu_dev *dev);
void block(struct iommu_dev *dev);
void domain_free_s2(struct s2_domain *s2);

/* Maps dfn to a page of its own; the page's address. */
uint64_t map_page(struct s2_table *table, uint64_t dfn);
void free_pages_mapped(void);

/* One byte by @dev's own ID: 0, and where it went, or a fault reason. */
unsigned int reach(struct iommu_dev *dev, uint64_t addr, uint64_t *maddr);

#endif /* TESTS_VTD_FIXTURE_H */
