/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stream IDs: SMRs, which pick them, and S2CRs, which say what they do.
 *
 * An SMR is valid only while its S2CR says what it is to say, or fault; a
 * stream that no SMR picks faults as well (CR0.USFCFG).  No two that are valid
 * pick the same ID.
 */

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include "smmuv2.h"

uint32_t smmu2_smr(const struct smmu2_unit *u, struct smmu2_cube cube)
{
    return (u->exid ? 0 : SMR_VALID) | (uint32_t)cube.mask << 16 | cube.id;
}

static void write_smr(struct smmu2_unit *u, unsigned int n, uint32_t val)
{
    u->slots[n].smr = val;
    if ( !u->indexed )
        writel(val, smmu2_gr0(u, GR0_SMR(n)));
}

static void write_s2cr(struct smmu2_unit *u, unsigned int n, uint32_t val)
{
    u->slots[n].s2cr = val;
    if ( u->off )
        val = u->s2cr_fault;
    if ( u->exid && u->slots[n].used )
        val |= S2CR_EXIDVALID;
    writel(val, smmu2_gr0(u, GR0_S2CR(n)));
}

/* A slot that nothing uses; -1: there is none. */
static int free_slot(const struct smmu2_unit *u)
{
    unsigned int n;

    for ( n = 0; n < u->nr_slots; n++ )
        if ( !u->slots[n].used )
            return n;

    return -1;
}

/*
 * Slot @n is to pick @cube and do @s2cr: all but what makes it valid, which is
 * open()'s.
 */
static void prepare(struct smmu2_unit *u, unsigned int n,
                    struct smmu2_cube cube, uint32_t s2cr)
{
    if ( u->exid )
        write_smr(u, n, smmu2_smr(u, cube));
    else
        write_s2cr(u, n, s2cr);
}

static void open(struct smmu2_unit *u, unsigned int n, struct smmu2_cube cube,
                 uint32_t s2cr)
{
    u->slots[n].used = true;
    if ( u->exid )
        write_s2cr(u, n, s2cr);
    else
        write_smr(u, n, smmu2_smr(u, cube));
}

bool smmu2_slot_claim(struct smmu2_unit *u, struct smmu2_entry *e,
                      uint32_t s2cr)
{
    int n = u->indexed ? e->cube.id : free_slot(u);

    ASSERT(e->slot < 0);

    if ( n < 0 )
        return false;

    e->slot = n;
    prepare(u, n, e->cube, s2cr);
    open(u, n, e->cube, s2cr);

    return true;
}

void smmu2_slot_release(struct smmu2_unit *u, struct smmu2_entry *e)
{
    unsigned int n = e->slot;

    /* With 16-bit IDs this makes it invalid as well. */
    u->slots[n].used = false;
    write_s2cr(u, n, u->s2cr_fault);
    write_smr(u, n, 0);
    e->slot = -1;
}

void smmu2_slot_set(struct smmu2_unit *u, const struct smmu2_entry *e,
                    uint32_t s2cr)
{
    write_s2cr(u, e->slot, s2cr);
}

struct smmu2_entry *smmu2_entry_new(struct smmu2_unit *u,
                                    struct smmu2_cube cube)
{
    struct smmu2_entry *e = xzalloc(struct smmu2_entry);
    unsigned long flags;

    if ( !e )
        return NULL;

    e->cube = cube;
    e->slot = -1;
    spin_lock_irqsave(&u->unit.lock, flags);
    list_add_tail(&e->list, &u->entries);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return e;
}

/* What is worked out when a device comes. */
struct plan {
    uint64_t dev[SMMU2_SET_WORDS];      /* the device's IDs */
    uint64_t rest[SMMU2_SET_WORDS];     /* those without an entry */
    uint64_t part[SMMU2_SET_WORDS];
    uint64_t scratch[2 * SMMU2_SET_WORDS];
    struct smmu2_cube cubes[2 * GR0_MAX_SMRS];
    struct smmu2_entry *more[2 * GR0_MAX_SMRS];
};

/*
 * Unit locked.  @e becomes the first of @nr cubes, of which entries in @more
 * are the others.  Streams that are at work go on, but for those of the others
 * between two stores.  False: that takes more slots than are left.
 */
static bool take_apart(struct smmu2_unit *u, struct smmu2_entry *e,
                       struct smmu2_entry **more,
                       const struct smmu2_cube *cubes, unsigned int nr)
{
    unsigned int i, nr_free = 0;
    uint32_t s2cr;

    for ( i = 0; i < u->nr_slots; i++ )
        nr_free += !u->slots[i].used;
    if ( e->slot >= 0 && nr_free < nr - 1 )
        return false;

    s2cr = e->slot < 0 ? 0 : u->slots[e->slot].s2cr;
    for ( i = 0; i < nr - 1; i++ )
    {
        struct smmu2_entry *m = more[i];

        m->cube = cubes[i + 1];
        m->busy = e->busy;
        if ( e->slot >= 0 )
        {
            m->slot = free_slot(u);
            u->slots[m->slot].used = true;
            prepare(u, m->slot, m->cube, s2cr);
        }
    }

    e->cube = cubes[0];
    if ( e->slot < 0 )
        return true;

    write_smr(u, e->slot, smmu2_smr(u, e->cube));
    for ( i = 0; i < nr - 1; i++ )
        open(u, more[i]->slot, more[i]->cube, s2cr);

    return true;
}

/* @e, only some of whose IDs are @p->dev's.  0, -ENOMEM, -ENOSPC. */
static int part_entry(struct smmu2_unit *u, struct smmu2_entry *e,
                      struct plan *p)
{
    struct smmu2_entry **more = p->more;
    unsigned int in, some, id, nr = 0, i, got = 0;
    unsigned long flags;
    int rc = 0;

    for ( in = 0; in < 2; in++ )
    {
        memset(p->part, 0, sizeof(p->part));
        for_each_smmu2_id ( id, some, &e->cube )
            smmu2_set_put(p->part, id, smmu2_set_has(p->dev, id) == in);
        rc = smmu2_cover(p->part, u->mask_bits, p->scratch, p->cubes + nr,
                         GR0_MAX_SMRS);
        if ( rc < 0 )
            return rc;
        nr += rc;
    }

    for ( ; got < nr - 1; got++ )
    {
        more[got] = xzalloc(struct smmu2_entry);
        if ( !more[got] )
        {
            rc = -ENOMEM;
            goto fail;
        }
        more[got]->slot = -1;
    }

    flags = smmu2_lock(u);
    rc = take_apart(u, e, more, p->cubes, nr) ? 0 : -ENOSPC;
    for ( i = 0; !rc && i < got; i++ )
        list_add_tail(&more[i]->list, &u->entries);
    smmu2_unlock(u, flags);
    if ( !rc )
        return 0;

 fail:
    while ( got )
        xfree(more[--got]);

    return rc;
}

/* Entries that are there already; those of the device's that are not. */
static int fit_entries(struct smmu2_unit *u, struct plan *p)
{
    struct smmu2_entry *e;
    int rc = 0;

    list_for_each_entry ( e, &u->entries, list )
    {
        unsigned int some, id, nr = 0, nr_in = 0;

        for_each_smmu2_id ( id, some, &e->cube )
        {
            nr++;
            nr_in += smmu2_set_has(p->dev, id);
            smmu2_set_put(p->rest, id, false);
        }
        if ( nr_in && nr_in != nr )
            rc = part_entry(u, e, p);
        if ( rc )
            break;
    }

    return rc;
}

static int add_entries(struct smmu2_unit *u, const struct iommu_dev *dev,
                       struct plan *p)
{
    struct iommu_id_iter it;
    int rc, nr, i;

    for_each_iommu_id ( it, &dev->ids )
        smmu2_set_put(p->dev, it.id, true);
    memcpy(p->rest, p->dev, sizeof(p->rest));

    rc = fit_entries(u, p);
    if ( rc )
        return rc;

    nr = smmu2_cover(p->rest, u->mask_bits, p->scratch, p->cubes, u->nr_slots);
    for ( i = 0; i < nr; i++ )
        if ( !smmu2_entry_new(u, p->cubes[i]) )
            return -ENOMEM;

    return min(nr, 0);
}

int smmu2_entries_add(struct smmu2_unit *u, const struct iommu_dev *dev)
{
    struct plan *p = xzalloc(struct plan);
    int rc = p ? add_entries(u, dev, p) : -ENOMEM;

    xfree(p);
    if ( rc == -ENOSPC )
        printk(XENLOG_ERR
               "%s: the %u stream IDs of %s take more stream matching entries than are left of %u\n",
               u->unit.name, dev->ids.nr_ids, dev->name, u->nr_slots);
    if ( rc )
        smmu2_entries_prune(u);

    return rc;
}

void smmu2_entries_prune(struct smmu2_unit *u)
{
    struct smmu2_entry *e, *next;
    const struct smmu2_dev *sd;
    unsigned long flags;

    list_for_each_entry_safe ( e, next, &u->entries, list )
    {
        bool wanted = e->busy;

        flags = smmu2_lock(u);
        list_for_each_entry ( sd, &u->devs, list )
            wanted |= smmu2_entry_is(e, sd->dev);
        if ( !wanted )
            list_del(&e->list);
        smmu2_unlock(u, flags);

        ASSERT(wanted || e->slot < 0);
        if ( !wanted )
            xfree(e);
    }
}
