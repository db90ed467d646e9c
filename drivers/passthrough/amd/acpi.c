/* SPDX-License-Identifier: GPL-2.0-only */
/* What the driver needs of the rest of the machine. */

#include <xen/init.h>

#include "amd.h"

#ifdef IOMMU_GROUPS_HOST

/* A test may turn them on. */
bool amd_host_snp, amd_host_no_msi;

bool __init amd_acpi_has_msi(void)
{
    return !amd_host_no_msi;
}

bool __init amd_snp_enabled(void)
{
    return amd_host_snp;
}

#else

#include <xen/acpi.h>

#include <iommu-groups/compat.h>

bool __init amd_acpi_has_msi(void)
{
    return !(acpi_gbl_FADT.boot_flags & ACPI_FADT_NO_MSI);
}

/*
 * AMD64 Architecture Programmer's Manual 2, 15.36:
 * SYSCFG[SecureNestedPagingEn]
 */
#define SYSCFG_SNP_EN (1ULL << 24)

bool __init amd_snp_enabled(void)
{
    uint64_t val;

    return !compat_rdmsr_safe(MSR_K8_SYSCFG, &val) &&
           (val & SYSCFG_SNP_EN);
}

#endif
