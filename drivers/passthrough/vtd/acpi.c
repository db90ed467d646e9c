/* SPDX-License-Identifier: GPL-2.0-only */
/* What the driver needs of ACPI: where the DMAR is, and whether MSI works. */

#include <xen/acpi.h>
#include <xen/init.h>
#include <xen/mm.h>

#include "vtd.h"

#ifdef IOMMU_GROUPS_HOST

struct acpi_table_header *__init vtd_acpi_find_dmar(void)
{
    struct acpi_table_header *table;

    return ACPI_SUCCESS(acpi_get_table(ACPI_SIG_DMAR, 0, &table)) ? table
                                                                  : NULL;
}

int __init vtd_acpi_parse_dmar(acpi_table_handler handler)
{
    return acpi_table_parse(ACPI_SIG_DMAR, handler);
}

bool __init vtd_acpi_has_msi(void)
{
    return true;
}

#else

#include <asm/tboot.h>

/* The table itself and not a copy, so that it can be hidden from dom0. */
struct acpi_table_header *__init vtd_acpi_find_dmar(void)
{
    acpi_physical_address addr;
    acpi_native_uint len;

    if ( ACPI_FAILURE(acpi_get_table_phys(ACPI_SIG_DMAR, 0, &addr, &len)) ||
         map_pages_to_xen((unsigned long)__va(addr), maddr_to_mfn(addr),
                          PFN_UP(addr + len) - PFN_DOWN(addr),
                          PAGE_HYPERVISOR) )
        return NULL;

    return __va(addr);
}

/* A measured launch leaves a copy that devices could not write to. */
int __init vtd_acpi_parse_dmar(acpi_table_handler handler)
{
    return tboot_parse_dmar_table(handler);
}

bool __init vtd_acpi_has_msi(void)
{
    return !(acpi_gbl_FADT.boot_flags & ACPI_FADT_NO_MSI);
}

#endif
