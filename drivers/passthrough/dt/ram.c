/* SPDX-License-Identifier: GPL-2.0-only */
/* What a device tree calls registers, and the bootloader memory. */
#include <xen/init.h>

#include <iommu-groups/compat.h>
#include <iommu-groups/dt.h>

bool __init iommu_dt_is_ram(paddr_t base, paddr_t size)
{
    const struct membanks *mem = bootinfo_get_mem();
    unsigned int i;

    for ( i = 0; i < mem->nr_banks; i++ )
        if ( base < mem->bank[i].start + mem->bank[i].size &&
             mem->bank[i].start < base + size )
            return true;

    return false;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
