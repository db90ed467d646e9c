/* SPDX-License-Identifier: GPL-2.0-only */
/* Arm SMMUv3: the IORT, or a device tree. */
#include <errno.h>
#include <stdio.h>

#include <xen/pci.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/iort.h>

#include "iort/node.h"

#include "predict.h"
#include "tool.h"

#define SMMUV3 "arm,smmu-v3"
#define IORT_TYPE 0
#define IORT_LENGTH 1

/* Units of SMMUv1 and v2, which have no driver; the parser has seen the rest. */
static unsigned int count_foreign(const struct table *t)
{
    struct iort_reader r = { .table = t->data, .size = t->len };
    uint32_t off = iort_le32(&r, 40), i, nr = iort_le32(&r, 36);
    unsigned int found = 0;

    for ( i = 0; i < nr && iort_inside(off, 1, IORT_NODE_SIZE, t->len); i++ )
    {
        unsigned int len = t->data[off + IORT_LENGTH] |
                           t->data[off + IORT_LENGTH + 1] << 8;

        found += t->data[off + IORT_TYPE] == IORT_SMMUV1V2;
        if ( len < IORT_NODE_SIZE )
            break;
        off += len;
    }

    return found;
}

static bool read_iort(struct prediction *p, const struct table *t)
{
    unsigned int i, nr = 0;

    if ( iommu_iort_parse(t->data, t->len, &iommu_iort) )
        return false;

    p->nr_foreign = count_foreign(t);
    for ( i = 0; i < iommu_iort.nr_smmus; i++ )
    {
        const struct iort_smmu *smmu = &iommu_iort.smmus[i];
        struct smmuv3_desc desc = iommu_iort_desc(smmu);
        struct punit *u;
        char name[24];

        snprintf(name, sizeof(name), "smmu%u", i);
        u = predict_unit(p, name, desc.base, desc.base);
        u->unit.fw_handle = desc.phandle;
        nr += u->used;
    }

    return nr;
}

static bool read_tree(struct prediction *p, const struct table *t)
{
    const struct iommu_dt_unit *u;
    unsigned int nr = 0;

    if ( iommu_dt_read(&iommu_dt, t->data, t->len) )
        return false;

    p->nr_foreign = iommu_dt_unserved(&iommu_dt);
    list_for_each_entry ( u, &iommu_dt.units, list )
    {
        struct punit *unit;
        char name[24];

        if ( !u->served || !iommu_dt_compatible(&iommu_dt, u->node, SMMUV3) )
            continue;
        snprintf(name, sizeof(name), "smmu%u", nr++);
        unit = predict_unit(p, name, u->base, u->size);
        unit->unit.fw_handle = u->bad ? 0 : u->phandle;
    }

    return nr;
}

static enum punfit resolve(struct prediction *p, struct pfunc *f,
                           const struct iommu_firmware *firmware)
{
    unsigned int i;
    int rc = firmware->resolve(&f->dev);

    if ( rc )
        return rc == -ENODEV ? FIT_NO_UNIT : FIT_CONTRADICTS;

    for ( i = 0; i < p->nr_units; i++ )
        if ( p->units[i].used && p->units[i].unit.fw_handle == f->dev.fw_unit )
        {
            f->dev.unit = &p->units[i].unit;
            return f->dev.partial ? FIT_CONTRADICTS : FIT;
        }

    return FIT_LOST_UNIT;
}

static enum punfit probe_iort(struct prediction *p, struct pfunc *f)
{
    return resolve(p, f, &iommu_iort_firmware);
}

static enum punfit probe_tree(struct prediction *p, struct pfunc *f)
{
    return resolve(p, f, &iommu_dt_firmware);
}

static int iort_regions(const struct iommu_dev *dev, iommu_region_fn *fn,
                        void *arg)
{
    return iommu_iort_firmware.direct_regions(dev, fn, arg);
}

static int tree_regions(const struct iommu_dev *dev, iommu_region_fn *fn,
                        void *arg)
{
    return iommu_dt_firmware.direct_regions(dev, fn, arg);
}

static void forget_iort(void)
{
    iommu_iort_free(&iommu_iort);
}

static void forget_tree(void)
{
    iommu_dt_free(&iommu_dt);
}

const struct predict_kind predict_iort = {
    .name = "smmuv3",
    .table = TABLE_IORT,
    .read = read_iort,
    .probe = probe_iort,
    .regions = iort_regions,
    .free = forget_iort,
};

const struct predict_kind predict_dt = {
    .name = "smmuv3",
    .table = TABLE_DTB,
    .read = read_tree,
    .probe = probe_tree,
    .regions = tree_regions,
    .free = forget_tree,
};
