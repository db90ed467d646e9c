/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines that boot from ACPI: the IOMMUs that the IORT has, and what of them
 * the hardware domain is told and kept from.
 */
#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iocap.h>
#include <xen/lib.h>
#include <xen/pfn.h>
#include <xen/sched.h>

#include <asm/acpi.h>
#include <asm/gic.h>
#include <asm/irq.h>
#include <asm/p2m.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/iort.h>

#include "arm.h"

/* The IORT, if a unit that it names is used. */
static const struct acpi_table_header *__initdata used_iort;

/* DEN0049, §3.1.1.2: a GSIV; Linux and firmware take it to be an edge. */
static int __init take_irq(const struct smmuv3_desc *desc, unsigned int gsiv)
{
    if ( !gsiv )
        return 0;

    if ( gsiv < NR_LOCAL_IRQS || gsiv >= gic_number_lines() ||
         irq_set_spi_type(gsiv, IRQ_TYPE_EDGE_RISING) )
    {
        printk(XENLOG_WARNING "IOMMU: %s: interrupt %u is not used\n",
               desc->where, gsiv);
        return 0;
    }

    return gsiv;
}

static int __init add_smmuv3(const struct iort_smmu *smmu)
{
    struct smmuv3_desc desc = iommu_iort_desc(smmu);

    /* Nobody knows where it is, or it is up already: a line said so. */
    if ( !desc.base )
        return -EINVAL;

    if ( iommu_dt_is_ram(desc.base, desc.size) )
    {
        printk(XENLOG_ERR "IOMMU: %s: its registers are RAM\n", desc.where);
        return -EINVAL;
    }

    desc.irq_evtq = take_irq(&desc, smmu->gsiv_event);
    desc.irq_gerror = take_irq(&desc, smmu->gsiv_gerror);
    desc.irq_priq = take_irq(&desc, smmu->gsiv_pri);

    return smmuv3_add(&desc);
}

int __init arm_acpi_discover(void)
{
    struct acpi_table_header *table;
    unsigned int i, nr = 0;

    if ( ACPI_FAILURE(acpi_get_table(ACPI_SIG_IORT, 0, &table)) )
    {
        printk(XENLOG_INFO "IOMMU: firmware has no IORT\n");
        return -ENODEV;
    }

    /* The table stays mapped: names in it are used. */
    if ( iommu_iort_parse(table, table->length, &iommu_iort) )
        return -ENODEV;

    for ( i = 0; i < iommu_iort.nr_smmus; i++ )
        nr += !add_smmuv3(&iommu_iort.smmus[i]);
    if ( !nr )
        return -ENODEV;

    used_iort = table;

    return 0;
}

size_t __init iommu_hwdom_iort_size(void)
{
    return used_iort ? iommu_iort_hwdom(used_iort, used_iort->length, NULL, 0)
                     : 0;
}

void __init iommu_hwdom_iort_add(struct domain *d, struct membank tbl_add[])
{
    size_t at = acpi_get_table_offset(tbl_add, TBL_IORT);

    if ( !used_iort )
        return;

    tbl_add[TBL_IORT].start = d->arch.efi_acpi_gpa + at;
    tbl_add[TBL_IORT].size = iommu_iort_hwdom(used_iort, used_iort->length,
                                              d->arch.efi_acpi_table + at,
                                              d->arch.efi_acpi_len - at);
}

int __init iommu_hwdom_deny(struct domain *d)
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && used_iort && i < iommu_iort.nr_smmus; i++ )
    {
        struct smmuv3_desc desc = iommu_iort_desc(&iommu_iort.smmus[i]);

        if ( !desc.base )
            continue;
        rc = iomem_deny_access(d, PFN_DOWN(desc.base),
                               PFN_DOWN(desc.base + desc.size - 1));
    }

    return rc;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
