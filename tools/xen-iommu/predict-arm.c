/* SPDX-License-Identifier: GPL-2.0-only */
/* Arm SMMUs: the IORT, or a device tree. */
#include <errno.h>
#include <stdio.h>

#include <xen/pci.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/iort.h>

#include "predict.h"
#include "tool.h"

#define SMMUV3 "arm,smmu-v3"

/* As arch/arm/discover.c has them. */
static const char *const smmuv2[] = {
    "arm,smmu-v1", "arm,smmu-v2", "arm,mmu-400", "arm,mmu-401", "arm,mmu-500",
    "cavium,smmu-v2", "qcom,smmu-v2", "qcom,smmu-500", "marvell,ap806-smmu-500",
};

/* Units' names are their driver's, with a number. */
static struct punit *add_unit(struct prediction *p, bool v2, paddr_t base,
                              bool used)
{
    static const char *const drivers[] = { "smmuv3", "smmuv2" };
    const char *driver = drivers[v2];
    struct punit *u;
    unsigned int i, nr = 0;
    char name[24];

    for ( i = 0; i < p->nr_units; i++ )
        nr += p->units[i].driver == driver;
    snprintf(name, sizeof(name), v2 ? "smmuv2-%u" : "smmu%u", nr);
    u = predict_unit(p, name, base, used);
    u->driver = driver;

    return u;
}

static bool read_iort(struct prediction *p, const struct table *t)
{
    unsigned int i, nr = 0;

    if ( iommu_iort_parse(t->data, t->len, &iommu_iort) )
        return false;

    for ( i = 0; i < iommu_iort.nr_smmus; i++ )
    {
        const struct iort_smmu *smmu = &iommu_iort.smmus[i];
        struct smmuv3_desc desc = iommu_iort_desc(smmu);
        struct punit *u = add_unit(p, smmu->version < 3, desc.base, desc.base);

        u->unit.fw_handle = desc.phandle;
        nr += u->used;
    }

    return nr;
}

static bool is_smmuv2(int node)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(smmuv2); i++ )
        if ( iommu_dt_compatible(&iommu_dt, node, smmuv2[i]) )
            return true;

    return false;
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
        bool v3 = iommu_dt_compatible(&iommu_dt, u->node, SMMUV3);
        struct punit *unit;

        if ( !u->served || (!v3 && !is_smmuv2(u->node)) )
            continue;
        unit = add_unit(p, !v3, u->base, u->size);
        unit->unit.fw_handle = u->bad ? 0 : u->phandle;
        nr++;
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
    .name = "smmu",
    .table = TABLE_IORT,
    .read = read_iort,
    .probe = probe_iort,
    .regions = iort_regions,
    .free = forget_iort,
};

const struct predict_kind predict_dt = {
    .name = "smmu",
    .table = TABLE_DTB,
    .read = read_tree,
    .probe = probe_tree,
    .regions = tree_regions,
    .free = forget_tree,
};
