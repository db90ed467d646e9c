/* SPDX-License-Identifier: GPL-2.0-only */
/* AMD-Vi: the IVRS. */
#include <stdio.h>

#include <xen/pci.h>

#include "amd/setup.h"

#include "predict.h"
#include "tool.h"

struct amd_ivrs amd_ivrs;

static bool read_ivrs(struct prediction *p, const struct table *t)
{
    unsigned int i;

    if ( amd_ivrs_parse(t->data, t->len, &amd_ivrs) ||
         amd_ivmd_init(&amd_ivrs) )
        return false;

    for ( i = 0; i < amd_ivrs.nr_ivhd; i++ )
    {
        const struct amd_ivhd *ivhd = &amd_ivrs.ivhd[i];
        struct punit *u;
        char name[24];

        snprintf(name, sizeof(name), "amd%u", i);
        u = predict_unit(p, name, ivhd->base, !ivhd->lost);
        u->segment = ivhd->segment;
        u->ir = ivhd->nr_specials;
        u->efr = ivhd->has_efr ? ivhd->efr : 0;
        p->ir |= u->ir;
    }

    return true;
}

static void alias(struct pfunc *f)
{
    struct amd_found found;

    amd_ivrs_find_pdev(&amd_ivrs, &f->pdev, &found);
    f->r->func.has_alias = found.claim != AMD_CLAIM_NONE &&
                           found.alias != f->pdev.sbdf.bdf;
    f->r->func.alias = found.alias;
}

static enum punfit probe(struct prediction *p, struct pfunc *f)
{
    struct amd_found found;

    amd_ivrs_find_pdev(&amd_ivrs, &f->pdev, &found);
    if ( found.claim == AMD_CLAIM_TWO )
        return FIT_TWO_UNITS;
    if ( !found.ivhd )
        return FIT_NO_UNIT;
    if ( !p->units[found.ivhd->index].used )
        return FIT_LOST_UNIT;

    iommu_dev_add_ids(&f->dev, found.alias, found.alias);
    f->dev.unit = &p->units[found.ivhd->index].unit;
    f->dev.hwdom_only = found.claim == AMD_CLAIM_DOUBTFUL;
    f->ats_denied = found.no_ats;

    return f->dev.hwdom_only ? FIT_DOUBT : FIT;
}

static int regions(const struct iommu_dev *dev, iommu_region_fn *fn, void *arg)
{
    return amd_ivmd_for_dev(dev->sbdf, &dev->ids, fn, arg);
}

static void forget(void)
{
    amd_ivrs_free(&amd_ivrs);
}

const struct predict_kind predict_amd = {
    .name = "amd",
    .table = TABLE_IVRS,
    .read = read_ivrs,
    .alias = alias,
    .probe = probe,
    .regions = regions,
    .free = forget,
};
