/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Xen will make of a machine: which unit translates each function, the
 * groups, the memory that firmware reserves.  The hypervisor's own sources
 * decide; here they are given what they ask for.
 */
#ifndef XEN_IOMMU_PREDICT_H
#define XEN_IOMMU_PREDICT_H

#include <iommu-groups/driver.h>

#include "record.h"
#include "tables.h"

struct punit {
    struct iommu_unit unit;      /* name, base, fw_handle */
    const char *driver;          /* "vtd", "amd", "smmuv3", "smmuv2" */
    bool used;
    uint16_t segment;
    bool ir;                     /* firmware says that it can remap interrupts */
    uint64_t cap, ecap, efr;     /* VT-d's registers, AMD's features; 0: ? */
};

/* Why no guest gets a function whatever the rest of its group is. */
enum punfit {
    FIT,
    FIT_NO_UNIT,                 /* none translates it */
    FIT_LOST_UNIT,               /* one that Xen does not use does */
    FIT_TWO_UNITS,               /* two do, says firmware */
    FIT_CONTRADICTS,             /* firmware contradicts itself about it */
    FIT_DOUBT,                   /* firmware leaves open which one does */
    FIT_IS_UNIT,                 /* it is itself an IOMMU */
};

struct pfunc {
    struct record *r;
    struct pci_dev pdev;
    struct iommu_dev dev;        /* unit NULL: in no group of Xen's */
    enum punfit unfit;
    bool ats_denied;             /* firmware says that it may not use ATS */
    unsigned int group;          /* ~0u: none */
    struct pfunc *next;          /* of the group */
};

struct prediction {
    const char *kind;            /* "vtd", "amd", "smmu"; NULL: no IOMMU */
    const char *table;           /* that says so; NULL: there is none */
    bool refused;                /* there is a table, which Xen does not use */
    bool ir, x2apic_opt_out;     /* what the DMAR says of the machine */
    unsigned int nr_foreign;     /* units without a driver: Renesas' IPMMU */
    struct punit *units;
    unsigned int nr_units, nr_groups;
    struct pfunc *funcs;         /* of m->sorted, in that order */
    unsigned int nr;
    struct pfunc **groups;       /* their first functions */
};

/*
 * @m has records and an index; links them (record.h), ACS switched on as Xen
 * does.  Complaints are what Xen would say.  False: the recording leaves too
 * much open.
 *
 * @assumed: no table is known, and one IOMMU that translates everything is
 * taken for it.  Not @complete: configuration space is not known, and groups are
 * those that Linux has.
 */
bool predict(struct prediction *p, struct machine *m, const struct tables *t,
             bool complete, bool assumed);
/* The same of reserved memory alone, where @m is linked and has its groups. */
void predict_regions(struct prediction *p, struct machine *m,
                     const struct tables *t);
void predict_free(struct prediction *p);

/* The next of another group that shares reserved memory with @f. */
const struct pfunc *predict_next_sharer(const struct prediction *p,
                                        const struct pfunc *f,
                                        const struct pfunc *prev);

/* A kind of units; each row is in predict-KIND.c. */
struct predict_kind {
    const char *name;
    enum table_kind table;

    /* Before functions are linked.  False: Xen would use none of it. */
    bool (*read)(struct prediction *p, const struct table *t);
    /* The alias that the rules need to know of, into r->func. */
    void (*alias)(struct pfunc *f);
    /* Sets dev.unit, dev.ids, dev.hwdom_only; the answer is why not. */
    enum punfit (*probe)(struct prediction *p, struct pfunc *f);
    int (*regions)(const struct iommu_dev *dev, iommu_region_fn *fn, void *arg);
    void (*free)(void);
};
extern const struct predict_kind predict_vtd, predict_amd, predict_iort,
                                 predict_dt;

/* A unit of @p more. */
struct punit *predict_unit(struct prediction *p, const char *name, paddr_t base,
                           bool used);

#endif /* XEN_IOMMU_PREDICT_H */
