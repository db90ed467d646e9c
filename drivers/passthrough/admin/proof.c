/* SPDX-License-Identifier: GPL-2.0-only */
/* What hardware would do: see proof.h. */
#include <xen/errno.h>
#include <xen/iocap.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/mm.h>
#include <xen/sched.h>

#include <iommu-arch.h>
#include <iommu-groups/pci-topology.h>
#include <iommu-groups/private-table.h>
#include "proof.h"

/* One answer: lines, look-ups in tables or of IDs, and frames looked at. */
#define MAX_LINES  32
#define MAX_LOOKS  8192
#define MAX_FRAMES 16384

struct run {
    uint64_t dfn, mfn, nr;
    unsigned int prot;
};

/* 0: it is being taken down. */
static paddr_t root_of(struct s2_table *table)
{
    paddr_t root;

    spin_lock(&table->lock);
    root = table->dying ? 0 : s2_table_root(table);
    spin_unlock(&table->lock);

    return root;
}

static void add_table(struct iommu_text *t, const struct domain *d,
                      struct s2_table *table, const char *kind)
{
    iommu_text_add(t, "%u %#"PRIx64" %s", d->domain_id,
                   (uint64_t)root_of(table), kind);
}

static void add_tables(struct iommu_text *t, const struct domain *d)
{
    struct s2_space *space = s2_space_of(d);
    /* All is mapped from the beginning: domain.c. */
    bool relaxed = is_hardware_domain(d) && !need_iommu_pt_sync(d);
    struct iommu_private *p = NULL;
    struct s2_table *table;

    if ( !space )
        return;

    list_for_each_entry ( table, &space->tables, link )
    {
        add_table(t, d, table, table->borrowed ? "lent" : "shared");
        iommu_text_add(t, "%s\n", relaxed && !table->borrowed ? " relaxed"
                                                              : "");
    }

    while ( (p = iommu_private_next(space, p)) != NULL )
    {
        add_table(t, d, p->table, "group");
        iommu_text_add(t, " %u\n", p->group);
    }
}

void iommu_proof_tables(struct iommu_text *t)
{
    const struct domain *d;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain ( d )
        add_tables(t, d);
    rcu_read_unlock(&domlist_read_lock);

    add_tables(t, dom_io);
}

/* *@p: the private table that it is, pinned, or NULL. */
static struct s2_table *find_table(struct s2_space *space, paddr_t root,
                                   struct iommu_private **p)
{
    struct s2_table *table;

    *p = NULL;
    list_for_each_entry ( table, &space->tables, link )
        if ( root_of(table) == root )
            return table;

    while ( (*p = iommu_private_next(space, *p)) != NULL )
        if ( root_of((*p)->table) == root )
            return (*p)->table;

    return NULL;
}

/*
 * Table held.  Fills @runs from @dfn on; returns how many there are, and in
 * *@next where to go on: beyond the width if that was all.
 */
static unsigned int gather(struct s2_table *table, uint64_t dfn,
                           struct run runs[MAX_LINES], uint64_t *next)
{
    uint64_t end = 1ULL << (table->pt.cfg.in_bits - PAGE_SHIFT), frames = 0;
    unsigned int nr = 0, looks;

    for ( looks = 0; looks < MAX_LOOKS && frames < MAX_FRAMES && dfn < end;
          looks++ )
    {
        struct run *last = nr ? &runs[nr - 1] : NULL;
        struct pt_leaf leaf = {};
        int rc = s2_table_peek(table, dfn, &leaf);
        uint64_t size = 1ULL << leaf.order;
        uint64_t n = min_t(uint64_t, size - (dfn & (size - 1)), end - dfn);

        if ( rc )
        {
            dfn += n;
            continue;
        }

        /* Each frame that may be RAM is looked at. */
        if ( leaf.mfn < max_page )
        {
            n = min_t(uint64_t, n, MAX_FRAMES - frames);
            frames += n;
        }
        if ( last && last->dfn + last->nr == dfn &&
             last->mfn + last->nr == leaf.mfn && last->prot == leaf.prot )
            last->nr += n;
        else if ( nr == MAX_LINES )
            break;
        else
            runs[nr++] = (struct run){ dfn, leaf.mfn, n, leaf.prot };
        dfn += n;
    }

    *next = dfn < end ? dfn : ~0ULL;

    return nr;
}

/* Whose a frame is: a domain's, or what is said instead of its number. */
struct whose {
    const struct domain *owner;
    const char *word, *why;
};

static struct whose frame_of(struct domain *d, uint64_t dfn, uint64_t mfn)
{
    struct whose w = { .owner = mfn_valid(_mfn(mfn))
                                ? page_get_owner(mfn_to_page(_mfn(mfn)))
                                : dom_io };

    if ( w.owner == d && d != dom_io )
        return w;

    if ( !w.owner )
        w.word = "none";
    else if ( w.owner == dom_xen )
        w.word = "xen";
    else if ( w.owner == dom_io )
    {
        w.word = "mmio";
        /* Xen's own domains have no such list. */
        if ( d->iomem_caps )
            w.why = iomem_access_permitted(d, mfn, mfn)
                    ? "permitted" : arch_iommu_foreign_why(d, dfn, mfn);
        return w;
    }

    w.why = arch_iommu_foreign_why(d, dfn, mfn);

    return w;
}

static bool same(const struct whose *a, const struct whose *b)
{
    return a->owner == b->owner && a->why == b->why;
}

static void add_run(struct iommu_text *t, const struct run *run, uint64_t from,
                    uint64_t nr, const struct whose *w)
{
    iommu_text_add(t, "%"PRIx64" %"PRIx64" %"PRIx64" %s%s%s ", run->dfn + from,
                   nr, run->mfn + from, run->prot & PT_PROT_R ? "r" : "-",
                   run->prot & PT_PROT_W ? "w" : "-",
                   run->prot & PT_PROT_X ? "x" : "-");
    if ( w->word )
        iommu_text_add(t, "%s", w->word);
    else
        iommu_text_add(t, "d%u", w->owner->domain_id);
    iommu_text_add(t, "%s%s\n", w->why ? " " : "", w->why ?: "");
}

/*
 * How many of @nr frames from @mfn on have its answer from frame_of().  A
 * machine may have windows of hundreds of GiB for devices, beyond its RAM:
 * what is said of those is that they are permitted.
 */
static uint64_t alike(const struct domain *d, uint64_t mfn, uint64_t nr)
{
    if ( mfn < max_page )
        return 1;
    if ( !d->iomem_caps )
        return nr;

    while ( nr > 1 &&
            !rangeset_contains_range(d->iomem_caps, mfn, mfn + nr - 1) )
        nr /= 2;

    return nr;
}

/*
 * Cuts @run where its frames are another's.  Returns how many of @lines are
 * left; *@done: frames of @run that are in the text.
 */
static unsigned int add_owners(struct iommu_text *t, struct domain *d,
                               const struct run *run, unsigned int lines,
                               uint64_t *done)
{
    struct whose w, now;
    uint64_t i, from = 0;

    /* Whoever owns a frame cannot go while it is being named. */
    rcu_read_lock(&domlist_read_lock);
    for ( i = 0; i < run->nr && lines;
          i += alike(d, run->mfn + i, run->nr - i) )
    {
        now = frame_of(d, run->dfn + i, run->mfn + i);
        if ( i > from && !same(&w, &now) )
        {
            add_run(t, run, from, i - from, &w);
            from = i;
            lines--;
        }
        w = now;
    }
    if ( lines )
    {
        add_run(t, run, from, run->nr - from, &w);
        from = run->nr;
        lines--;
    }
    rcu_read_unlock(&domlist_read_lock);

    *done = from;

    return lines;
}

static void table_text(struct iommu_text *t, struct domain *d,
                       struct s2_table *table, uint64_t dfn)
{
    struct run runs[MAX_LINES];
    unsigned int nr, i, lines = MAX_LINES;
    struct pt_leaf leaf = {};
    uint64_t next, done;

    s2_table_hold(table);
    if ( table->dying )
    {
        nr = 0;
        next = ~0ULL;
    }
    else if ( table->pt.aliased )
    {
        /* One frame wherever a device looks: pt_alias(). */
        nr = 1;
        runs[0] = (struct run){ .prot = PT_PROT_R, .nr = 1 };
        s2_table_peek(table, 0, &leaf);
        runs[0].mfn = leaf.mfn;
        next = ~0ULL;
    }
    else
        nr = gather(table, dfn, runs, &next);
    s2_table_release(table);

    for ( i = 0; i < nr; i++ )
    {
        lines = add_owners(t, d, &runs[i], lines, &done);
        if ( done < runs[i].nr )
        {
            next = runs[i].dfn + done;
            break;
        }
    }

    if ( next == ~0ULL )
        iommu_text_add(t, "end");
    else
        iommu_text_add(t, "next %"PRIx64, next);
}

int iommu_proof_table(struct iommu_text *t, domid_t domid, paddr_t root,
                      uint64_t dfn)
{
    struct domain *d = domid == DOMID_IO ? dom_io
                       : domid < DOMID_FIRST_RESERVED
                         ? rcu_lock_domain_by_id(domid) : NULL;
    struct s2_space *space = d ? s2_space_of(d) : NULL;
    struct iommu_private *p;
    struct s2_table *table;
    int rc = 0;

    if ( !space )
        rc = -ESRCH;
    else
    {
        table = find_table(space, root, &p);
        if ( table )
            table_text(t, d, table, dfn);
        else
            rc = -ENOENT;
        if ( p )
            iommu_private_unpin(space, p);
    }

    if ( d && d != dom_io )
        rcu_unlock_domain(d);

    return rc;
}

static bool same_entry(const struct iommu_hw_entry *a,
                       const struct iommu_hw_entry *b)
{
    return a->state == b->state &&
           (a->state != HW_PAGING || (a->root == b->root && a->tag == b->tag));
}

/* Returns whether it was a line. */
static bool add_entry(struct iommu_text *t, uint32_t first,
                      const struct iommu_hw_entry *e)
{
    if ( e->state == HW_BLOCKED )
        return false;

    iommu_text_add(t, "%x %x ", first, e->last);
    if ( e->state == HW_PAGING )
        iommu_text_add(t, "paging %#"PRIx64" %u\n", (uint64_t)e->root, e->tag);
    else
        iommu_text_add(t, "%s\n", e->state == HW_IDENTITY ? "identity"
                                                           : "unknown");

    return true;
}

static void unit_text(struct iommu_text *t, struct iommu_unit *unit,
                      uint32_t id)
{
    int (*look)(struct iommu_unit *unit, uint32_t id,
                struct iommu_hw_entry *e) = unit->drv->unit->look;
    struct iommu_hw_entry e, now;
    unsigned int lines = 0, looks = 1;
    uint32_t first = id;
    int rc = look(unit, id, &e);

    while ( !rc && lines < MAX_LINES )
    {
        rc = e.last == ~0U ? -ENOENT
             : looks++ == MAX_LOOKS ? -ERESTART
             : look(unit, e.last + 1, &now);
        if ( !rc && same_entry(&e, &now) )
        {
            e.last = now.last;
            continue;
        }
        lines += add_entry(t, first, &e);
        first = e.last + 1;
        e = now;
    }

    if ( rc == -ENOENT )
        iommu_text_add(t, "end");
    else
        iommu_text_add(t, "next %x", first);
}

int iommu_proof_unit(struct iommu_text *t, unsigned int nr, uint32_t id)
{
    struct iommu_unit *unit;

    for_each_iommu_unit ( unit )
    {
        if ( unit->id != nr )
            continue;
        if ( !unit->drv->unit->look )
            return -EOPNOTSUPP;
        unit_text(t, unit, id);
        return 0;
    }

    return -ENODEV;
}

static void cf_check add_altered(const struct pci_func *was,
                                 const struct pci_func *now, void *arg)
{
    struct iommu_text *t = arg;

    if ( (now->acs_ctrl ^ was->acs_ctrl) & PCI_ACS_WANTED )
        iommu_text_add(t, "%pp acs %#x %#x\n", &was->sbdf, was->acs_ctrl,
                       now->acs_ctrl);
    if ( now->secondary != was->secondary ||
         now->subordinate != was->subordinate )
        iommu_text_add(t, "%pp buses %02x-%02x %02x-%02x\n", &was->sbdf,
                       was->secondary, was->subordinate, now->secondary,
                       now->subordinate);
}

void iommu_proof_ports(struct iommu_text *t, uint32_t sbdf)
{
    if ( iommu_pci_altered(&sbdf, add_altered, t) )
        iommu_text_add(t, "end");
    else
        iommu_text_add(t, "next %x", sbdf);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
