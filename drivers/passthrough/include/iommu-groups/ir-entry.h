/* SPDX-License-Identifier: GPL-2.0-only */
/* Changing an interrupt remapping entry of 128 bits. */
#ifndef IOMMU_GROUPS_IR_ENTRY_H
#define IOMMU_GROUPS_IR_ENTRY_H

#include <xen/types.h>

#include <asm/atomic.h>
#include <asm/cpufeature.h>
#include <asm/system.h>

/* Bit 0 says whether the entry is there, on VT-d as on AMD-Vi. */
struct iommu_ir_entry {
    uint64_t lo, hi;
} __attribute__((aligned(16)));

#define IR_ENTRY_PRESENT   1ULL

/*
 * Hardware fetches 128 bits at a time.  It finds the old entry, the new one, or
 * one that is not present, but no mixture: one half changes, or both at once,
 * or the entry is not present while they differ.  Nobody else changes @e.
 */
static inline void iommu_ir_entry_store(struct iommu_ir_entry *e,
                                        struct iommu_ir_entry new)
{
    if ( e->hi != new.hi )
    {
        if ( (e->lo & new.lo & IR_ENTRY_PRESENT) && cpu_has_cx16 )
        {
            struct iommu_ir_entry old = *e;

            cmpxchg16b(e, &old, &new);
            return;
        }

        if ( e->lo & IR_ENTRY_PRESENT )
        {
            write_atomic(&e->lo, 0);
            smp_wmb();              /* not present before [127:64] changes */
        }
        write_atomic(&e->hi, new.hi);
        smp_wmb();                  /* [127:64] is there before bit 0 */
    }

    write_atomic(&e->lo, new.lo);
}

#endif /* IOMMU_GROUPS_IR_ENTRY_H */
