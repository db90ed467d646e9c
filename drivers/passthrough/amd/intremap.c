/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping of one unit: on and off, and the entries of its tables.
 *
 * An entry belongs to one user, who serialises changes to it; the lock guards
 * only which entries are in use.  So no lock is held while the unit is waited
 * for.  An index names the requester whose table it is in as well.
 *
 * Remapping needs the unit as a whole, and so early, for x2APIC, that nothing
 * is known of devices.  A device table entry could let their DMA pass
 * meanwhile (V=0); here it is blocked from the first moment (V=1, TV=0), since
 * what firmware left running has no business in Xen's memory, and the time
 * until dom0 has its devices is short.
 *
 * References are to AMD's specification 48882, rev 3.08.
 */

#include <xen/bitops.h>
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>

#include <asm/atomic.h>
#include <asm/system.h>

#include <iommu-groups/contain.h>

#include "intremap-table.h"

/* Most entries of one source: the pins of an IO-APIC. */
#define IR_MAX_BLOCK            256u

/* Commands that are sent at once. */
#define IR_BATCH                16u

#define IR_INDEX(id, slot)      ((unsigned int)(id) * AMD_IR_ENTRIES + (slot))
#define IR_ID(index)            ((index) / AMD_IR_ENTRIES)
#define IR_SLOT(index)          ((index) % AMD_IR_ENTRIES)

bool amd_ir_usable(const struct amd_ir_unit *u, bool eim)
{
    return !eim || (AMD_EFR_GA_SUP(u->efr) && AMD_EFR_XT_SUP(u->efr));
}

void amd_ir_choose(struct amd_ir_unit *u, bool eim)
{
    u->ga = iommu_intremap && AMD_EFR_GA_SUP(u->efr);
    u->xt = u->ga && eim && AMD_EFR_XT_SUP(u->efr);
}

int amd_ir_enable(struct amd_ir_unit *u, bool eim)
{
    bool running = amd_ir_unit_is_on(u);
    int rc = 0;

    if ( u->ir && u->ir->on )
        return u->xt == eim ? 0 : -EINVAL;

    if ( !amd_ir_usable(u, eim) )
        return -EOPNOTSUPP;

    if ( (running || (u->ir && u->ir->resume)) && u->xt != eim )
        return -EINVAL;

    if ( u->ir && u->ir->resume )
    {
        rc = amd_ir_unit_start(u);
        if ( !rc )
            amd_ir_resume(u);
        return rc;
    }

    if ( !running )
        amd_ir_choose(u, eim);
    if ( !u->ir )
        rc = amd_ir_alloc(u);
    if ( rc )
        return rc;

    u->ir->on = true;
    amd_ir_fill(u, true);
    rc = running ? amd_ir_unit_flush_all(u) : amd_ir_unit_start(u);
    if ( rc )
        amd_ir_disable(u);

    return rc;
}

void amd_ir_disable(struct amd_ir_unit *u)
{
    if ( !u->ir || !u->ir->on )
        return;

    u->ir->on = false;
    amd_ir_fill(u, false);
    if ( amd_ir_unit_is_on(u) )
        amd_ir_unit_flush_all(u);
}

void amd_ir_suspend(struct amd_ir_unit *u)
{
    if ( !u->ir )
        return;

    u->ir->resume = u->ir->on;
    u->ir->on = false;
}

void amd_ir_resume(struct amd_ir_unit *u)
{
    if ( u->ir && u->ir->resume )
        u->ir->on = true;
}

/* The unit forgets the entries of all IDs that lead to @t. */
static int invalidate(struct amd_ir_unit *u, const struct amd_ir_table *t)
{
    const struct amd_ir_ids *ids = read_atomic(&t->ids);
    struct amd_ir_cmd cmd[IR_BATCH];
    unsigned int nr = 0;
    struct iommu_id_iter it;

    for ( ; ids; ids = ids->next )
        for_each_iommu_id ( it, &ids->ids )
        {
            cmd[nr++] = amd_cmd_intr(it.id);
            if ( nr < IR_BATCH )
                continue;
            if ( amd_ir_unit_run(u, cmd, nr) )
                return -EIO;
            nr = 0;
        }

    return nr ? amd_ir_unit_run(u, cmd, nr) : 0;
}

/* An entry as values of the larger format; all 0: not there. */
static struct iommu_ir_entry load(const struct amd_ir_unit *u,
                                  const struct amd_ir_table *t,
                                  unsigned int slot)
{
    if ( u->ga )
        return ((const struct iommu_ir_entry *)t->entries)[slot];

    return (struct iommu_ir_entry){
        .lo = read_atomic((uint32_t *)t->entries + slot),
    };
}

static void store(struct amd_ir_unit *u, struct amd_ir_table *t,
                  unsigned int slot, struct iommu_ir_entry new)
{
    void *at = t->entries + slot * amd_irte_size(u);

    if ( u->ga )
        iommu_ir_entry_store(at, new);
    else
        write_atomic((uint32_t *)at, (uint32_t)new.lo);
    amd_ir_clean(u, at, amd_irte_size(u));
}

static struct iommu_ir_entry encode(const struct amd_ir_unit *u,
                                    const struct iommu_ir_irq *irq)
{
    if ( !amd_mode_remapped(irq->mode) )
        return (struct iommu_ir_entry){};

    return u->ga ? amd_irte128(irq)
                 : (struct iommu_ir_entry){ .lo = amd_irte32(irq) };
}

/* Of @nr free entries, aligned to @align; AMD_IR_ENTRIES if there are none. */
static unsigned int find_free(const struct amd_ir_table *t, unsigned int nr,
                              unsigned int align)
{
    unsigned int slot = 0;

    for ( ; ; slot += align )
    {
        slot = find_next_zero_bit(t->used, AMD_IR_ENTRIES, slot);
        slot = ROUNDUP(slot, align);
        if ( slot >= AMD_IR_ENTRIES )
            return AMD_IR_ENTRIES;
        if ( find_next_bit(t->used, AMD_IR_ENTRIES, slot) >= slot + nr )
            return slot;
    }
}

static int cf_check ir_alloc(struct iommu_unit *unit,
                             const struct iommu_ir_source *src,
                             unsigned int nr)
{
    struct amd_ir *ir = amd_ir_unit_of(unit)->ir;
    /* As a PCIe-to-PCI bridge sends: all others have its table. */
    uint16_t id = src->bus_range ? src->sid & 0xff00 : src->sid;
    struct amd_ir_table *t;
    unsigned long flags;
    unsigned int slot;

    if ( !ir || !ir->on )
        return -ENODEV;

    if ( !nr || nr > IR_MAX_BLOCK )
        return -EINVAL;

    spin_lock_irqsave(&ir->lock, flags);
    t = amd_ir_table_of(ir, id);
    slot = t ? find_free(t, nr, 1u << fls(nr - 1)) : 0;
    if ( t && slot < AMD_IR_ENTRIES )
        bitmap_set(t->used, slot, nr);
    spin_unlock_irqrestore(&ir->lock, flags);

    if ( !t )
        return -ENODEV;

    if ( slot >= AMD_IR_ENTRIES )
    {
        /* A guest that asks for messages again and again may cause it. */
        if ( iommu_lines_left(&unit->errors) )
            printk(XENLOG_ERR
                   "IOMMU: %s: no %u adjacent interrupt remapping entries left for requester %04x\n",
                   unit->name, nr, id);
        return -ENOSPC;
    }

    return IR_INDEX(id, slot);
}

/* The table of @nr entries from @index on, if all are in use; else NULL. */
static struct amd_ir_table *owned(struct amd_ir *ir, unsigned int index,
                                  unsigned int nr)
{
    unsigned int slot = IR_SLOT(index);
    struct amd_ir_table *t;
    unsigned long flags;

    if ( !ir || !nr || nr > IR_MAX_BLOCK || slot > AMD_IR_ENTRIES - nr ||
         IR_ID(index) > UINT16_MAX )
        return NULL;

    spin_lock_irqsave(&ir->lock, flags);
    t = amd_ir_table_of(ir, IR_ID(index));
    if ( t && find_next_zero_bit(t->used, slot + nr, slot) < slot + nr )
        t = NULL;
    spin_unlock_irqrestore(&ir->lock, flags);

    return t;
}

static void cf_check ir_free(struct iommu_unit *unit, unsigned int index,
                             unsigned int nr)
{
    struct amd_ir_unit *u = amd_ir_unit_of(unit);
    struct amd_ir *ir = u->ir;
    struct amd_ir_table *t = owned(ir, index, nr);
    unsigned int i, slot = IR_SLOT(index);
    unsigned long flags;

    if ( !t )
    {
        ASSERT_UNREACHABLE();
        return;
    }

    for ( i = slot; i < slot + nr; i++ )
        store(u, t, i, (struct iommu_ir_entry){});

    /* While it is off nothing is cached: turning it on invalidates all. */
    if ( ir->on && invalidate(u, t) )
        return;

    spin_lock_irqsave(&ir->lock, flags);
    bitmap_clear(t->used, slot, nr);
    spin_unlock_irqrestore(&ir->lock, flags);
}

/* Who may use the entry is decided by the device table alone. */
static int cf_check ir_update(struct iommu_unit *unit, unsigned int index,
                              const struct iommu_ir_source *src,
                              const struct iommu_ir_irq *irq)
{
    struct amd_ir_unit *u = amd_ir_unit_of(unit);
    struct amd_ir *ir = u->ir;
    struct amd_ir_table *t = owned(ir, index, 1);
    struct iommu_ir_entry new, old;

    if ( !t )
        return -EINVAL;

    if ( irq->dest > amd_irte_max_dest(u->xt) )
        return -ERANGE;

    if ( unit->failed || !ir->on )
        return -EIO;

    new = encode(u, irq);
    old = load(u, t, IR_SLOT(index));

    /* Masking and unmasking an IO-APIC pin ends here. */
    if ( old.lo == new.lo && old.hi == new.hi )
        return 0;

    store(u, t, IR_SLOT(index), new);

    return invalidate(u, t);
}

static int cf_check ir_read(struct iommu_unit *unit, unsigned int index,
                            struct iommu_ir_irq *irq)
{
    const struct amd_ir_unit *u = amd_ir_unit_of(unit);
    const struct amd_ir_table *t = owned(u->ir, index, 1);
    struct iommu_ir_entry e;

    if ( !t )
        return -EINVAL;

    e = load(u, t, IR_SLOT(index));
    if ( !(e.lo & IRTE_EN) )
        return -ENOENT;

    *irq = u->ga ? amd_irte128_irq(e) : amd_irte32_irq(e.lo);

    return 0;
}

/* A message of a block has its number in the low bits of the data. */
static void cf_check ir_msi(unsigned int index, unsigned int sub,
                            struct iommu_ir_msi *msg)
{
    msg->address = AMD_MSI_ADDRESS;
    msg->data = IR_SLOT(index) + sub;
}

static uint64_t cf_check ir_rte(unsigned int index, uint64_t rte)
{
    /* NMI, INIT, ExtINT, SMI: not remapped, the device table says who may. */
    return amd_mode_remapped(MASK_EXTR(rte, RTE_MODE))
           ? amd_irte_rte(IR_SLOT(index), rte) : rte;
}

static bool cf_check ir_is_remapped(uint64_t rte)
{
    return amd_irte_is_rte(rte);
}

const struct iommu_ir_ops amd_ir_ops = {
    .alloc       = ir_alloc,
    .free        = ir_free,
    .update      = ir_update,
    .read        = ir_read,
    .msi         = ir_msi,
    .rte         = ir_rte,
    .is_remapped = ir_is_remapped,
};
