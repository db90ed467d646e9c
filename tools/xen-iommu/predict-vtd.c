/* SPDX-License-Identifier: GPL-2.0-only */
/* Intel VT-d: the DMAR. */
#include <stdio.h>

#include <xen/iommu.h>
#include <xen/pci.h>

#include "vtd/vtd.h"

#include "predict.h"
#include "tool.h"

struct vtd_dmar vtd_dmar;

static bool read_dmar(struct prediction *p, const struct table *t)
{
    unsigned int i;

    if ( vtd_dmar_parse(t->data, t->len, &vtd_dmar) || vtd_rmrr_init() )
        return false;

    p->ir = vtd_dmar.intr_remap;
    p->x2apic_opt_out = vtd_dmar.x2apic_opt_out;
    for ( i = 0; i < vtd_dmar.nr_drhd; i++ )
    {
        const struct vtd_drhd *drhd = &vtd_dmar.drhd[i];
        struct punit *u;
        char name[24];

        snprintf(name, sizeof(name), "vtd%u", i);
        u = predict_unit(p, name, drhd->base, !drhd->lost);
        u->segment = drhd->segment;
        u->ir = vtd_dmar.intr_remap;
    }

    return true;
}

static enum punfit probe(struct prediction *p, struct pfunc *f)
{
    struct vtd_drhd *drhd, *other;
    enum vtd_claim claim;

    drhd = vtd_dmar_find_drhd(&vtd_dmar, vtd_firmware_sbdf(&f->pdev), &claim,
                              &other);
    if ( claim == VTD_CLAIM_TWO )
        return FIT_TWO_UNITS;
    if ( !drhd )
        return FIT_NO_UNIT;
    if ( !p->units[drhd->index].used )
        return FIT_LOST_UNIT;

    f->dev.unit = &p->units[drhd->index].unit;
    f->dev.hwdom_only = claim == VTD_CLAIM_DOUBTFUL;
    f->ats_denied = !vtd_dmar_atsr_allows(&vtd_dmar, f->pdev.sbdf);

    return f->dev.hwdom_only ? FIT_DOUBT : FIT;
}

static int regions(const struct iommu_dev *dev, iommu_region_fn *fn, void *arg)
{
    return vtd_rmrr_for_dev(dev->sbdf, fn, arg);
}

static void forget(void)
{
    vtd_dmar_free(&vtd_dmar);
}

const struct predict_kind predict_vtd = {
    .name = "vtd",
    .table = TABLE_DMAR,
    .read = read_dmar,
    .probe = probe,
    .regions = regions,
    .free = forget,
};
