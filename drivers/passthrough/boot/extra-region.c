/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct-mapped regions that Xen registers for devices it uses itself, before
 * IOMMUs are set up: buffers of a debug port, say.
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/pci.h>

#include <iommu-groups/setup.h>

/* In frames. */
struct extra_region {
    unsigned long start;
    unsigned long nr;
    pci_sbdf_t sbdf;
    const char *name;
};

static struct extra_region __initdata extra[20];
static unsigned int __initdata nr_extra;

int __init iommu_add_extra_reserved_device_memory(unsigned long start,
                                                  unsigned long nr,
                                                  pci_sbdf_t sbdf,
                                                  const char *name)
{
    if ( nr_extra >= ARRAY_SIZE(extra) )
        return -ENOMEM;

    extra[nr_extra++] = (struct extra_region){ start, nr, sbdf, name };

    return 0;
}

int __init iommu_get_extra_reserved_device_memory(iommu_grdm_t *func,
                                                  void *ctxt)
{
    unsigned int i;

    for ( i = 0; i < nr_extra; i++ )
    {
        int rc;

        /* Without the memory the device fails, but only that one. */
        if ( !arch_iommu_reserve_ram(extra[i].start, extra[i].nr,
                                     extra[i].name) )
            continue;

        rc = func(extra[i].start, extra[i].nr, extra[i].sbdf.sbdf, ctxt);
        if ( rc < 0 )
            return rc;
    }

    return 0;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
