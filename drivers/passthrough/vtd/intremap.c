/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping of one unit: its table and the entries in it.
 *
 * An entry belongs to one user, who serialises changes to it; the lock guards
 * only which entries are in use.  So no lock is held while the unit is waited
 * for.
 *
 * References are to the VT-d architecture specification, rev 4.1.
 */

#include <xen/bitmap.h>
#include <xen/bitops.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/xmalloc.h>

#include <asm/atomic.h>
#include <asm/cpufeature.h>
#include <asm/system.h>

#include <iommu-arch.h>

#include <iommu-groups/contain.h>

#include "intremap.h"
#include "irte.h"

/* Most entries of one source: the pins of an IO-APIC. */
#define IR_MAX_BLOCK            256u

#define IR_TABLE_ORDER          8

struct vtd_ir {
    spinlock_t lock;
    unsigned long *used;        /* (lock) bit per entry */
    struct iommu_ir_entry *table;     /* (c) */
    bool eime;                  /* (c) while entries are in use */
    bool on;                    /* IRES, as far as we know */
    bool resume;                /* on at suspend */
};

bool vtd_ir_usable(const struct vtd_unit *u, bool eim)
{
    return vtd_dmar.intr_remap && vtd_wants_queue(u) && ECAP_IR(u->ecap) &&
           (!eim || ECAP_EIM(u->ecap));
}

/* Before the core knows the unit there is nothing that it could block. */
static void ir_fail(struct vtd_unit *u, const char *what)
{
    if ( u->up )
        iommu_unit_fail(&u->unit, what);
    else
        printk(XENLOG_ERR "VT-d: unit at %#"PRIpaddr": failed %s\n",
               u->unit.base, what);
}

static int ir_alloc_table(struct vtd_unit *u)
{
    struct vtd_ir *ir = xzalloc(struct vtd_ir);
    unsigned int memflags = u->node == NUMA_NO_NODE ? 0 : MEMF_node(u->node);

    if ( !ir )
        return -ENOMEM;

    BUILD_BUG_ON(VTD_IR_ENTRIES * sizeof(*ir->table) !=
                 PAGE_SIZE << IR_TABLE_ORDER);

    spin_lock_init(&ir->lock);
    lock_class_set(&ir->lock, LOCK_UNIT);
    ir->used = xzalloc_array(unsigned long, BITS_TO_LONGS(VTD_IR_ENTRIES));
    ir->table = alloc_xenheap_pages(IR_TABLE_ORDER, memflags);
    if ( !ir->used || !ir->table )
    {
        free_xenheap_pages(ir->table, IR_TABLE_ORDER);
        xfree(ir->used);
        xfree(ir);
        return -ENOMEM;
    }

    memset(ir->table, 0, VTD_IR_ENTRIES * sizeof(*ir->table));
    vtd_clean(u, ir->table, VTD_IR_ENTRIES * sizeof(*ir->table));
    u->ir = ir;

    return 0;
}

void vtd_ir_free(struct vtd_unit *u)
{
    struct vtd_ir *ir = u->ir;

    if ( !ir )
        return;

    ASSERT(!ir->on);
    u->ir = NULL;
    free_xenheap_pages(ir->table, IR_TABLE_ORDER);
    xfree(ir->used);
    xfree(ir);
}

/* §5.1.1, §11.4.4 SIRTP: where the table is and which destinations it has. */
static int ir_set_table(struct vtd_unit *u, bool eim)
{
    uint64_t irta = virt_to_maddr(u->ir->table) | IRTA_S(VTD_IR_ENTRIES) |
                    (eim ? IRTA_EIME : 0);
    struct vtd_desc iec = vtd_desc_iec_global();
    unsigned long flags;
    bool ok;

    spin_lock_irqsave(&u->unit.lock, flags);
    vtd_writeq(u, VTD_IRTA, irta);
    ok = vtd_gcmd_pulse(u, GCMD_SIRTP);
    u->ir->eime = vtd_readq(u, VTD_IRTA) & IRTA_EIME;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( !ok )
    {
        ir_fail(u, "taking an interrupt remapping table");
        return -EIO;
    }

    if ( u->ir->eime != eim )
    {
        printk(XENLOG_ERR "IOMMU: %s: extended interrupt mode is stuck %s\n",
               u->unit.name, eim ? "off" : "on");
        return -EIO;
    }

    /* The cache may hold entries of another table, or from before suspend. */
    return vtd_invalidate(u, &iec, 1);
}

int vtd_ir_enable(struct vtd_unit *u, bool eim)
{
    unsigned long flags;
    bool ok;
    int rc;

    if ( u->ir && u->ir->on )
        return u->ir->eime == eim ? 0 : -EINVAL;

    if ( !vtd_ir_usable(u, eim) )
        return -EOPNOTSUPP;

    if ( u->ir && u->ir->eime != eim &&
         !bitmap_empty(u->ir->used, VTD_IR_ENTRIES) )
        return -EINVAL;

    rc = vtd_qi_enable(u);
    if ( !rc && !u->ir )
        rc = ir_alloc_table(u);
    if ( !rc )
        rc = ir_set_table(u, eim);
    if ( rc )
        return rc;

    /* Interrupts that do not name an entry are refused: §5.1.4, CFI. */
    spin_lock_irqsave(&u->unit.lock, flags);
    ok = vtd_gcmd_clear(u, GCMD_CFI) && vtd_gcmd_set(u, GCMD_IRE);
    u->ir->on = ok;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( !ok )
    {
        ir_fail(u, "enabling interrupt remapping");
        /* It may be late only. */
        vtd_gcmd_clear(u, GCMD_IRE);
        return -EIO;
    }

    return 0;
}

void vtd_ir_disable(struct vtd_unit *u)
{
    struct vtd_ir *ir = u->ir;

    if ( !ir || !ir->on )
        return;

    ir->on = false;
    if ( !vtd_gcmd_clear(u, GCMD_IRE) )
    {
        ir_fail(u, "disabling interrupt remapping");
        return;
    }

    /* EIME acts without IRE as well, on CPUs that may leave x2APIC mode now. */
    if ( ir->eime )
    {
        vtd_writeq(u, VTD_IRTA,
                   virt_to_maddr(ir->table) | IRTA_S(VTD_IR_ENTRIES));
        vtd_gcmd_pulse(u, GCMD_SIRTP);
    }
}

void vtd_ir_suspend(struct vtd_unit *u)
{
    if ( !u->ir )
        return;

    u->ir->resume = u->ir->on;
    vtd_ir_disable(u);
}

int vtd_ir_resume(struct vtd_unit *u)
{
    if ( !u->ir || !u->ir->resume )
        return 0;

    return vtd_ir_enable(u, u->ir->eime);
}

/*
 * The unit forgets @nr entries from @index on.  Others of the same aligned
 * block may go with them, they are fetched again.
 */
static int irte_invalidate(struct vtd_unit *u, unsigned int index,
                           unsigned int nr)
{
    unsigned int im = fls(nr - 1);
    struct vtd_desc iec = im <= ECAP_MHMV(u->ecap) ? vtd_desc_iec(index, im)
                                                   : vtd_desc_iec_global();

    return vtd_invalidate(u, &iec, 1);
}

/* One table serves all sources. */
static int cf_check ir_alloc(struct iommu_unit *unit,
                             const struct iommu_ir_source *src,
                             unsigned int nr)
{
    struct vtd_ir *ir = to_vtd_unit(unit)->ir;
    unsigned int align, i = 0;
    unsigned long flags;

    if ( !ir || !ir->on )
        return -ENODEV;

    if ( !nr || nr > IR_MAX_BLOCK )
        return -EINVAL;

    align = 1u << fls(nr - 1);

    spin_lock_irqsave(&ir->lock, flags);
    for ( ; ; i += align )
    {
        i = find_next_zero_bit(ir->used, VTD_IR_ENTRIES, i);
        i = ROUNDUP(i, align);
        if ( i >= VTD_IR_ENTRIES ||
             find_next_bit(ir->used, VTD_IR_ENTRIES, i) >= i + nr )
            break;
    }
    if ( i < VTD_IR_ENTRIES )
        bitmap_set(ir->used, i, nr);
    spin_unlock_irqrestore(&ir->lock, flags);

    if ( i >= VTD_IR_ENTRIES )
    {
        /* A guest that asks for messages again and again may cause it. */
        if ( iommu_lines_left(&unit->errors) )
            printk(XENLOG_ERR
                   "IOMMU: %s: no %u adjacent interrupt remapping entries left\n",
                   unit->name, nr);
        return -ENOSPC;
    }

    return i;
}

/* All of @nr entries from @index on are in use. */
static bool ir_owned(struct vtd_ir *ir, unsigned int index, unsigned int nr)
{
    unsigned long flags;
    bool owned;

    if ( !ir || !nr || nr > IR_MAX_BLOCK || index > VTD_IR_ENTRIES - nr )
        return false;

    spin_lock_irqsave(&ir->lock, flags);
    owned = find_next_zero_bit(ir->used, index + nr, index) >= index + nr;
    spin_unlock_irqrestore(&ir->lock, flags);

    return owned;
}

static void cf_check ir_free(struct iommu_unit *unit, unsigned int index,
                             unsigned int nr)
{
    struct vtd_unit *u = to_vtd_unit(unit);
    struct vtd_ir *ir = u->ir;
    unsigned long flags;
    unsigned int i;

    if ( !ir_owned(ir, index, nr) )
    {
        ASSERT_UNREACHABLE();
        return;
    }

    for ( i = index; i < index + nr; i++ )
        iommu_ir_entry_store(&ir->table[i], (struct iommu_ir_entry){});
    vtd_clean(u, &ir->table[index], nr * sizeof(*ir->table));

    /* While it is off nothing is cached: turning it on invalidates all. */
    if ( ir->on && irte_invalidate(u, index, nr) )
        return;

    spin_lock_irqsave(&ir->lock, flags);
    bitmap_clear(ir->used, index, nr);
    spin_unlock_irqrestore(&ir->lock, flags);
}

static int cf_check ir_update(struct iommu_unit *unit, unsigned int index,
                              const struct iommu_ir_source *src,
                              const struct iommu_ir_irq *irq)
{
    struct vtd_unit *u = to_vtd_unit(unit);
    struct vtd_ir *ir = u->ir;
    struct iommu_ir_entry new, *e;

    if ( !ir_owned(ir, index, 1) )
        return -EINVAL;

    if ( irq->dest > vtd_irte_max_dest(ir->eime) )
        return -ERANGE;

    new.lo = vtd_irte_lo(irq, ir->eime);
    new.hi = vtd_irte_hi(src);
    e = &ir->table[index];

    if ( unit->failed || !ir->on )
        return -EIO;

    /* Masking and unmasking an IO-APIC pin ends here. */
    if ( e->lo == new.lo && e->hi == new.hi )
        return 0;

    iommu_ir_entry_store(e, new);
    vtd_clean(u, e, sizeof(*e));

    return irte_invalidate(u, index, 1);
}

static int cf_check ir_read(struct iommu_unit *unit, unsigned int index,
                            struct iommu_ir_irq *irq)
{
    struct vtd_ir *ir = to_vtd_unit(unit)->ir;
    uint64_t lo;

    if ( !ir_owned(ir, index, 1) )
        return -EINVAL;

    lo = read_atomic(&ir->table[index].lo);
    if ( !(lo & IRTE_P) )
        return -ENOENT;

    *irq = vtd_irte_irq(lo, ir->eime);

    return 0;
}

static void cf_check ir_msi(unsigned int index, unsigned int sub,
                            struct iommu_ir_msi *msg)
{
    msg->address = vtd_irte_msi_address(index);
    msg->data = sub;
}

static uint64_t cf_check ir_rte(unsigned int index, uint64_t rte)
{
    return vtd_irte_rte(index, rte);
}

static bool cf_check ir_is_remapped(uint64_t rte)
{
    return rte & RTE_FORMAT;
}

const struct iommu_ir_ops vtd_ir_ops = {
    .alloc       = ir_alloc,
    .free        = ir_free,
    .update      = ir_update,
    .read        = ir_read,
    .msi         = ir_msi,
    .rte         = ir_rte,
    .is_remapped = ir_is_remapped,
};
