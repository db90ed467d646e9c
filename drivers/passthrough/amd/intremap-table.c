/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping tables of a unit, and the device table entries that lead
 * to them.
 *
 * A table is made for a device and its IDs, is shared by devices that have an
 * ID in common, and is never given back to the heap while the unit is on: that
 * an ID does not lead to it any more, the unit is told without a wait.  Once
 * nothing leads to it, the next device that needs one gets it.  So there is
 * never more than one for each device that was there at the same time.
 *
 * References are to AMD's specification 48882, rev 3.08.
 */

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/xmalloc.h>

#include <asm/atomic.h>

#include "intremap-table.h"

#define PASS_BITS  (DTE_INIT_PASS | DTE_EINT_PASS | DTE_NMI_PASS | \
                    DTE_LINT0_PASS | DTE_LINT1_PASS)

/* §5.2.2: what firmware says of an ID, as its device table entry has it. */
static uint64_t pass_bits(uint8_t dte)
{
    return (dte & IVHD_DTE_INIT_PASS ? DTE_INIT_PASS : 0) |
           (dte & IVHD_DTE_EXTINT_PASS ? DTE_EINT_PASS : 0) |
           (dte & IVHD_DTE_NMI_PASS ? DTE_NMI_PASS : 0) |
           (dte & IVHD_DTE_LINT0_PASS ? DTE_LINT0_PASS : 0) |
           (dte & IVHD_DTE_LINT1_PASS ? DTE_LINT1_PASS : 0);
}

static unsigned int table_order(const struct amd_ir_unit *u)
{
    return get_order_from_bytes(AMD_IR_ENTRIES * amd_irte_size(u));
}

/* Bits [191:128] of the device table entry. */
static uint64_t *dte_word(const struct amd_ir_unit *u, uint16_t id)
{
    return &u->devtab[id * 4 + 2];
}

static uint64_t word_of(const struct amd_ir_unit *u, uint16_t id, uint64_t pass)
{
    const struct amd_ir_table *t = amd_ir_table_of(u->ir, id);

    return amd_irte_dte(t ? virt_to_maddr(t->entries) : 0, pass);
}

/* One store: hardware finds the table of before or of now. */
static void relink(struct amd_ir_unit *u, uint16_t id)
{
    uint64_t *word = dte_word(u, id);

    write_atomic(word, word_of(u, id, *word & PASS_BITS));
    amd_ir_clean(u, word, sizeof(*word));
}

void amd_ir_fill(struct amd_ir_unit *u, bool on)
{
    uint32_t id = 0;

    while ( id <= UINT16_MAX )
    {
        struct amd_found found;
        uint16_t last = UINT16_MAX;
        uint64_t pass = 0;

        amd_ivrs_find(u->ivrs, u->ivhd->segment, id, &last, &found);
        if ( found.ivhd == u->ivhd )
            pass = pass_bits(found.dte);

        for ( ; id <= last; id++ )
        {
            uint64_t *word = dte_word(u, id);

            write_atomic(word, on ? word_of(u, id, pass) : 0);
            amd_ir_clean(u, word, sizeof(*word));
        }
    }
}

static void forget_ids(struct amd_ir_table *t)
{
    struct amd_ir_ids *ids;

    while ( (ids = t->ids) != NULL )
    {
        t->ids = ids->next;
        iommu_ids_free(&ids->ids);
        xfree(ids);
    }
}

static void free_table(const struct amd_ir_unit *u, struct amd_ir_table *t)
{
    forget_ids(t);
    free_xenheap_pages(t->entries, table_order(u));
    xfree(t);
}

/* One that nothing leads to.  An entry that the unit may have is not reused. */
static struct amd_ir_table *find_spare(const struct amd_ir *ir)
{
    struct amd_ir_table *t;

    list_for_each_entry ( t, &ir->tables, list )
        if ( !t->users && bitmap_empty(t->used, AMD_IR_ENTRIES) )
            return t;

    return NULL;
}

static struct amd_ir_table *get_table(struct amd_ir_unit *u)
{
    struct amd_ir_table *t = find_spare(u->ir);
    unsigned int memflags = u->node == NUMA_NO_NODE ? 0 : MEMF_node(u->node);

    if ( t )
    {
        forget_ids(t);
        return t;
    }

    t = xzalloc(struct amd_ir_table);
    if ( !t )
        return NULL;

    /* Aligned to far more than the 128 bytes that hardware asks for. */
    t->entries = alloc_xenheap_pages(table_order(u), memflags);
    if ( !t->entries )
    {
        xfree(t);
        return NULL;
    }
    memset(t->entries, 0, PAGE_SIZE << table_order(u));
    amd_ir_clean(u, t->entries, PAGE_SIZE << table_order(u));
    list_add_tail(&t->list, &u->ir->tables);

    return t;
}

/* 0, -ENOMEM */
static int make_buses(struct amd_ir *ir, const struct iommu_ids *ids)
{
    const struct iommu_id_range *r;
    unsigned int bus;

    for_each_iommu_id_range ( r, ids )
        for ( bus = r->first >> 8; bus <= r->last >> 8; bus++ )
        {
            if ( ir->bus[bus] )
                continue;
            write_atomic(&ir->bus[bus], xzalloc(struct amd_ir_bus));
            if ( !ir->bus[bus] )
                return -ENOMEM;
        }

    return 0;
}

/* What a device of @ids shares with others: 0, and NULL if nothing; -EBUSY. */
static int find_shared(const struct amd_ir_unit *u, const struct iommu_ids *ids,
                       struct amd_ir_table **table)
{
    struct iommu_id_iter it;

    *table = NULL;
    for_each_iommu_id ( it, ids )
    {
        struct amd_ir_table *t = amd_ir_table_of(u->ir, it.id);

        if ( t && *table && t != *table )
        {
            printk(XENLOG_ERR
                   "IOMMU: %s: requester %04x shares IDs with devices that have different interrupt tables\n",
                   u->unit->name, it.id);
            return -EBUSY;
        }
        *table = t ?: *table;
    }

    return 0;
}

/*
 * Commands go to all IDs that lead to a table.  Others read the list meanwhile:
 * it only grows.
 */
static int add_ids(struct amd_ir_table *t, const struct iommu_ids *ids)
{
    const struct iommu_id_range *r;
    struct amd_ir_ids *new;
    int rc = 0;

    for ( new = t->ids; new; new = new->next )
        if ( new->ids.nr_ids == ids->nr_ids &&
             !memcmp(new->ids.range, ids->range, ids->nr * sizeof(*r)) )
            return 0;

    new = xzalloc(struct amd_ir_ids);
    if ( !new )
        return -ENOMEM;

    for_each_iommu_id_range ( r, ids )
        rc = rc ?: iommu_ids_add(&new->ids, r->first, r->last);
    if ( rc )
    {
        iommu_ids_free(&new->ids);
        xfree(new);
        return rc;
    }

    new->next = t->ids;
    smp_wmb();                      /* complete before others find it */
    write_atomic(&t->ids, new);

    return 0;
}

static int add_device(struct amd_ir_unit *u, const struct iommu_ids *ids)
{
    struct amd_ir *ir = u->ir;
    struct amd_ir_table *t;
    struct iommu_id_iter it;
    unsigned long flags;
    int rc;

    rc = make_buses(ir, ids) ?: find_shared(u, ids, &t);
    if ( rc )
        return rc;

    t = t ?: get_table(u);
    rc = t ? add_ids(t, ids) : -ENOMEM;
    if ( rc )
        return rc;

    spin_lock_irqsave(&ir->lock, flags);
    for_each_iommu_id ( it, ids )
    {
        struct amd_ir_id *id = &ir->bus[it.id >> 8]->id[it.id & 0xff];

        if ( id->devices++ )
            continue;
        t->users++;
        write_atomic(&id->table, t);
        if ( ir->on )
            relink(u, it.id);
    }
    spin_unlock_irqrestore(&ir->lock, flags);

    return 0;
}

int amd_ir_add(struct amd_ir_unit *u, const struct iommu_ids *ids)
{
    int rc;

    if ( !u->ir )
        return 0;

    spin_lock(&u->ir->tables_lock);
    rc = add_device(u, ids);
    spin_unlock(&u->ir->tables_lock);

    return rc;
}

static void forget_id(struct amd_ir_unit *u, uint16_t id)
{
    const struct amd_ir_cmd cmd[] = { amd_cmd_devtab(id), amd_cmd_intr(id) };

    amd_ir_unit_post(u, cmd, ARRAY_SIZE(cmd));
}

void amd_ir_remove(struct amd_ir_unit *u, const struct iommu_ids *ids)
{
    struct amd_ir *ir = u->ir;
    struct iommu_id_iter it;
    unsigned long flags;

    if ( !ir )
        return;

    spin_lock(&ir->tables_lock);
    for_each_iommu_id ( it, ids )
    {
        struct amd_ir_bus *bus = ir->bus[it.id >> 8];
        struct amd_ir_id *id = bus ? &bus->id[it.id & 0xff] : NULL;
        bool last;

        /* A device from before remapping was on. */
        if ( !id || !id->devices )
            continue;

        spin_lock_irqsave(&ir->lock, flags);
        last = !--id->devices;
        if ( last )
        {
            id->table->users--;
            write_atomic(&id->table, NULL);
            if ( ir->on )
                relink(u, it.id);
        }
        spin_unlock_irqrestore(&ir->lock, flags);

        if ( last && ir->on )
            forget_id(u, it.id);
    }
    spin_unlock(&ir->tables_lock);
}

int amd_ir_alloc(struct amd_ir_unit *u)
{
    const struct amd_ivhd *ivhd = u->ivhd;
    struct amd_ir *ir = xzalloc(struct amd_ir);
    unsigned int i;
    int rc = 0;

    if ( !ir )
        return -ENOMEM;

    spin_lock_init(&ir->tables_lock);
    spin_lock_init(&ir->lock);
    lock_class_set(&ir->lock, LOCK_UNIT);
    INIT_LIST_HEAD(&ir->tables);
    u->ir = ir;

    for ( i = 0; !rc && i < ivhd->nr_specials; i++ )
    {
        struct iommu_id_range r = { .first = ivhd->special[i].source,
                                    .last = ivhd->special[i].source };

        /* Boot: interrupts may be off, and there is nobody else. */
        rc = add_device(u, &(struct iommu_ids){ .range = &r, .nr = 1,
                                                .nr_ids = 1 });
    }
    if ( rc )
        amd_ir_free(u);

    return rc;
}

void amd_ir_free(struct amd_ir_unit *u)
{
    struct amd_ir *ir = u->ir;
    struct amd_ir_table *t, *next;
    unsigned int bus;

    if ( !ir )
        return;

    ASSERT(!ir->on);
    u->ir = NULL;
    list_for_each_entry_safe ( t, next, &ir->tables, list )
        free_table(u, t);
    for ( bus = 0; bus < ARRAY_SIZE(ir->bus); bus++ )
        xfree(ir->bus[bus]);
    xfree(ir);
}
