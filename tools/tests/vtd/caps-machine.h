/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with the VT-d units of a struct caps_machine, and the real driver
 * on it.  Behind unit i is function 00:(i + 2).0.
 */
#ifndef TESTS_CAPS_MACHINE_H
#define TESTS_CAPS_MACHINE_H

#include "test.h"

#include <iommu-groups/group.h>

#include "vtd/vtd.h"
#include "caps-file.h"
#include "models/vtd-model.h"

struct cm_unit {
    struct vtd_model_cfg cfg;
    struct vtd_model *model;    /* NULL: left out of the machine */
    struct vtd_unit *u;         /* NULL: the driver skipped it */
    pci_sbdf_t sbdf;
};

struct cm {
    const struct caps_machine *m;
    struct cm_unit unit[CAPS_MAX_UNITS];
    unsigned int nr_models;
    unsigned int haw;
    struct domain *hwdom, *guest;
    void *page[64];
    unsigned int nr_pages;
};

extern struct cm cm;

/* Units that are known, in their places.  False: there is none. */
bool cm_prepare(const struct caps_machine *m);
/* The driver finds them; 0 or its error.  Then functions and domains. */
int cm_bring_up(void);
void cm_populate(void);
/* Asserts that models saw nothing forbidden and that nothing leaked. */
void cm_down(void);

/* As iommu_group_set_owner(). */
int cm_give(const struct cm_unit *cu, struct domain *d);
struct iommu_dev *cm_dev(const struct cm_unit *cu);

/* One access by the unit's function: 0 and where it ended, or a reason. */
unsigned int cm_dma(const struct cm_unit *cu, uint64_t addr, uint64_t *maddr);
/* A page of @d's at @dfn; its machine address.  The machine frees it. */
uint64_t cm_page(struct domain *d, uint64_t dfn);
void cm_map(struct domain *d, uint64_t dfn, uint64_t mfn, unsigned long nr);
void cm_unmap(struct domain *d, uint64_t dfn, unsigned long nr);

/* By the specification: can it be used, and how many bits does it translate? */
bool cm_usable(const struct vtd_model_cfg *cfg);
unsigned int cm_width(const struct vtd_model_cfg *cfg);

#define for_each_cm_unit(cu) \
    for ( (cu) = cm.unit; (cu) < cm.unit + cm.m->nr; (cu)++ ) \
        if ( !(cu)->u ) {} else

#endif /* TESTS_CAPS_MACHINE_H */
