/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests' frames on RISC-V, whose p2m the port has from 4.22 on.  Units walk
 * tables of their own, in which every change of the p2m is made as well; so the
 * p2m itself is for CPUs alone, and its entries need no cleaning for units.
 */
#include <xen/iommu.h>
#include <xen/sched.h>

#include <asm/p2m.h>
#include <asm/setup.h>

static unsigned int flags_of(p2m_type_t t)
{
    switch ( t )
    {
    case p2m_ram_rw:
    case p2m_mmio_direct_io:
    case p2m_map_foreign_rw:
        return IOMMUF_readable | IOMMUF_writable;

    case p2m_map_foreign_ro:
        return IOMMUF_readable;

    default:
        return 0;
    }
}

int riscv_iommu_p2m_changed(struct domain *d, gfn_t gfn, unsigned int order,
                            mfn_t mfn, unsigned int type)
{
    unsigned int flags = mfn_eq(mfn, INVALID_MFN) ? 0 : flags_of(type);

    if ( !is_iommu_enabled(d) )
        return 0;

    if ( !flags )
        return iommu_legacy_unmap(d, _dfn(gfn_x(gfn)), 1UL << order);

    return iommu_legacy_map(d, _dfn(gfn_x(gfn)), mfn, 1UL << order, flags);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
