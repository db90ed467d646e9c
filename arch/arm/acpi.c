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
#include <xen/xmalloc.h>

#include <asm/acpi.h>
#include <asm/gic.h>
#include <asm/irq.h>
#include <asm/p2m.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/iort.h>

#include "arm.h"

/* The IORT, if a unit that it names is used. */
static const struct acpi_table_header *__initdata used_iort;

static int __init take_irq(const struct iort_smmu *smmu, unsigned int gsiv,
                           bool edge)
{
    if ( !gsiv )
        return 0;

    if ( gsiv < NR_LOCAL_IRQS || gsiv >= gic_number_lines() ||
         irq_set_spi_type(gsiv, edge ? IRQ_TYPE_EDGE_RISING
                                     : IRQ_TYPE_LEVEL_HIGH) )
    {
        printk(XENLOG_WARNING "IOMMU: %s: interrupt %u is not used\n",
               smmu->where, gsiv);
        return 0;
    }

    return gsiv;
}

/* DEN0049, §3.1.1.2: GSIVs; Linux and firmware take them to be edges. */
static int __init add_smmuv3(const struct iort_smmu *smmu)
{
    struct smmuv3_desc desc = iommu_iort_desc(smmu);

    desc.irq_evtq = take_irq(smmu, smmu->gsiv_event, true);
    desc.irq_gerror = take_irq(smmu, smmu->gsiv_gerror, true);
    desc.irq_priq = take_irq(smmu, smmu->gsiv_pri, true);

    return smmuv3_add(&desc);
}

#ifdef CONFIG_ARM_SMMU
static int __init add_smmuv2(const struct iort_smmu *smmu)
{
    struct smmuv2_desc desc = iommu_iort_desc_v2(smmu);
    int *irqs = xzalloc_array(int, smmu->nr_irqs + 1);
    unsigned int i;
    int rc;

    if ( !irqs )
        return -ENOMEM;

    for ( i = 0; i < smmu->nr_irqs; i++ )
        irqs[i] = take_irq(smmu, smmu->irqs[i].gsiv, smmu->irqs[i].edge);
    desc.irqs = irqs;
    rc = smmuv2_add(&desc);
    xfree(irqs);

    return rc;
}
#else
static int __init add_smmuv2(const struct iort_smmu *smmu)
{
    return -EOPNOTSUPP;
}
#endif

static int __init add_smmu(const struct iort_smmu *smmu)
{
    /* Nobody knows where it is, or it is up already: a line said so. */
    if ( !smmu->base )
        return -EINVAL;

    if ( iommu_dt_is_ram(smmu->base, smmu->size) )
    {
        printk(XENLOG_ERR "IOMMU: %s: its registers are RAM\n", smmu->where);
        return -EINVAL;
    }

    return smmu->version == 3 ? add_smmuv3(smmu) : add_smmuv2(smmu);
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
        nr += !add_smmu(&iommu_iort.smmus[i]);
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
        const struct iort_smmu *smmu = &iommu_iort.smmus[i];

        if ( !smmu->base )
            continue;
        rc = iomem_deny_access(d, PFN_DOWN(smmu->base),
                               PFN_DOWN(smmu->base + smmu->size - 1));
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
