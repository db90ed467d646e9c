/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines for tests of the AMD-Vi driver: one or two modelled units, an IVRS,
 * and functions that are handed to the driver's hooks directly.
 *
 * Unit 1, where there is one, has 00:05.0; unit 0 has all other functions.
 * Functions on bus 1 have an ATS capability.
 */
#ifndef TESTS_AMD_FIXTURE_H
#define TESTS_AMD_FIXTURE_H

#include "test.h"

#include <xen/err.h>

#include <iommu-groups/group.h>

#include "models/amd-model.h"
#include "rig.h"
#include "together.h"

#define AM_BASE0        0xfd200000UL
#define AM_BASE1        0xfd300000UL
#define AM_BDF0         0x0002
#define AM_BDF1         0x0003

/*
 * The driver, whose header names registers as the model's does: it is not
 * included here.
 */
extern const struct iommu_dev_ops amd_dev_ops;
extern const struct iommu_unit_ops amd_unit_ops;
void amd_tear_down_all(void);

extern struct amd_model *am_model[2];
extern struct domain *am_guest;
extern const struct rig amd_rig;

/* Combinations of capabilities, @v from 0 on. */
#define AMD_NR_VARIANTS 32
struct amd_model_cfg amd_variant(unsigned int v);

/* A memory block (IVMD) of function 00:dev.0 in the next machine's IVRS. */
struct am_ivmd { uint64_t base, size; unsigned int dev; uint8_t flags; };
extern struct am_ivmd am_ivmd;
/* The next machine's IVRS says that units do not snoop. */
extern bool am_not_coherent;

/* The machine, its IVRS given to ACPI, nothing of the driver called yet. */
void am_machine(const struct amd_model_cfg *cfg, unsigned int nr_units);
/* The driver brought up; asserts that all went well. */
void am_machine_bring_up(void);
/* Both. */
void am_machine_up(const struct amd_model_cfg *cfg, unsigned int nr_units);
/* Everything back; asserts no leak, and no violation the models noticed. */
void am_machine_down(void);

struct iommu_unit *am_unit(unsigned int i);

/* A probed function; @alias: a second requester ID, or 0. */
struct iommu_dev *am_dev(unsigned int bus, unsigned int dev,
                         unsigned int alias);
/* One with @nr IDs, from its own on every @step. */
struct iommu_dev *am_dev_many(unsigned int bus, unsigned int dev,
                              unsigned int nr, unsigned int step);
void am_dev_del(struct iommu_dev *dev);

struct s2_table *am_table(struct iommu_dev *first);
void am_table_free(struct s2_table *table);
struct s2_domain *am_domain(struct iommu_dev *first, struct s2_table *table);

/* Maps dfn to a page of its own; the page's address. */
uint64_t am_map_page(struct s2_table *table, uint64_t dfn);

/* One byte by @dev's own ID: 0, and where it went, or an event. */
unsigned int am_reach(struct iommu_dev *dev, uint64_t addr, uint64_t *maddr);

#endif /* TESTS_AMD_FIXTURE_H */
