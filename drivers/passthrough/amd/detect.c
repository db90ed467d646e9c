/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the IVRS, and what the administrator says of it. */

#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>

#include <iommu-groups/pci-topology.h>

#include "setup.h"

struct amd_ivrs __read_mostly amd_ivrs;

static int __init cf_check parse(struct acpi_table_header *table)
{
    return amd_ivrs_parse(table, table->length, &amd_ivrs);
}

static bool cf_check alias_of(const struct pci_dev *pdev, uint16_t *alias)
{
    struct amd_found found;

    amd_ivrs_find_pdev(&amd_ivrs, pdev, &found);
    *alias = found.alias;

    return found.claim != AMD_CLAIM_NONE && found.alias != pdev->sbdf.bdf;
}

/* "force": every unit of the table has to be usable, and all of it readable. */
static int __init check_force(void)
{
    bool lost = amd_ivrs.units_missing;
    unsigned int i;

    for ( i = 0; i < amd_ivrs.nr_ivhd; i++ )
        lost |= amd_ivrs.ivhd[i].lost;

    if ( !lost || !force_iommu )
        return 0;

    printk(XENLOG_ERR "AMD-Vi: not used: iommu=force wants all units\n");

    return -EOPNOTSUPP;
}

void amd_ivrs_forget(void)
{
    iommu_pci_alias = NULL;
    amd_ivrs_free(&amd_ivrs);
}

int __init amd_ivrs_detect(void)
{
    int rc = acpi_table_parse(ACPI_SIG_IVRS, parse);
    const char *why;

    if ( rc )
        return rc;

    rc = check_force() ?: amd_options_apply(&amd_ivrs) ?:
         amd_ivmd_init(&amd_ivrs);
    if ( rc )
    {
        amd_ivrs_forget();
        return rc;
    }

    why = iommu_intremap ? amd_chipset_no_intremap() : NULL;
    if ( why )
    {
        printk(XENLOG_WARNING "AMD-Vi: interrupts are not remapped: %s\n", why);
        iommu_intremap = iommu_intremap_off;
    }

    iommu_pci_alias = alias_of;

    return 0;
}
