/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Root and context tables, VT-d rev 4.1, §9.1 and §9.3.
 *
 * Hardware may read an entry at any time.  It is 16 bytes and read in one go
 * or two, so an entry changes only while it is not present: the half with the
 * present bit is stored last when it appears, and first when it vanishes.
 */

#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/numa.h>

#include <iommu-arch.h>

#include "vtd.h"

void vtd_clean(const struct vtd_unit *u, const void *p, size_t size)
{
    if ( !ECAP_C(u->ecap) )
        arch_iommu_cache_clean(p, size);
}

static void *table_alloc(const struct vtd_unit *u)
{
    void *p = alloc_xenheap_pages(0, u->node == NUMA_NO_NODE
                                     ? 0 : MEMF_node(u->node));

    if ( p )
    {
        clear_page(p);
        vtd_clean(u, p, PAGE_SIZE);
    }

    return p;
}

int vtd_root_alloc(struct vtd_unit *u)
{
    BUILD_BUG_ON(sizeof(struct vtd_root_entry) * VTD_ENTRIES_PER_TABLE !=
                 PAGE_SIZE);
    BUILD_BUG_ON(sizeof(struct vtd_context_entry) * VTD_ENTRIES_PER_TABLE !=
                 PAGE_SIZE);

    u->root = table_alloc(u);

    return u->root ? 0 : -ENOMEM;
}

void vtd_root_free(struct vtd_unit *u)
{
    unsigned int bus;

    if ( !u->root )
        return;

    for ( bus = 0; bus < VTD_ENTRIES_PER_TABLE; bus++ )
        if ( u->root[bus].lo & ROOT_P )
            free_xenheap_page(maddr_to_virt(u->root[bus].lo & ROOT_CTP));

    free_xenheap_page(u->root);
    u->root = NULL;
}

int vtd_context_table(struct vtd_unit *u, uint8_t bus)
{
    struct vtd_root_entry *re = &u->root[bus];
    unsigned long flags;
    void *table;

    if ( read_atomic(&re->lo) & ROOT_P )
        return 0;

    table = table_alloc(u);
    if ( !table )
        return -ENOMEM;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( !(re->lo & ROOT_P) )
    {
        /* The empty table must be in memory before hardware finds it. */
        smp_wmb();
        write_atomic(&re->lo, virt_to_maddr(table) | ROOT_P);
        vtd_clean(u, re, sizeof(*re));
        table = NULL;
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    free_xenheap_page(table);

    return 0;
}

/* NULL where the bus has no table: nothing is present there. */
static struct vtd_context_entry *entry_of(const struct vtd_unit *u, uint16_t id)
{
    uint64_t lo = read_atomic(&u->root[id >> 8].lo);
    struct vtd_context_entry *table;

    if ( !(lo & ROOT_P) )
        return NULL;

    table = maddr_to_virt(lo & ROOT_CTP);

    return &table[id & 0xff];
}

void vtd_context_set(struct vtd_unit *u, uint16_t id,
                     struct vtd_context_entry ce)
{
    struct vtd_context_entry *entry = entry_of(u, id);

    ASSERT(entry && !(entry->lo & CONTEXT_P) && (ce.lo & CONTEXT_P));

    write_atomic(&entry->hi, ce.hi);
    smp_wmb();
    write_atomic(&entry->lo, ce.lo);
    vtd_clean(u, entry, sizeof(*entry));
}

struct vtd_context_entry vtd_context_get(const struct vtd_unit *u, uint16_t id)
{
    const struct vtd_context_entry *entry = entry_of(u, id);

    return entry ? *entry : (struct vtd_context_entry){};
}

struct vtd_context_entry vtd_context_clear(struct vtd_unit *u, uint16_t id)
{
    struct vtd_context_entry *entry = entry_of(u, id), old = {};

    if ( !entry || !(entry->lo & CONTEXT_P) )
        return old;

    old = *entry;
    write_atomic(&entry->lo, 0);
    smp_wmb();
    write_atomic(&entry->hi, 0);
    vtd_clean(u, entry, sizeof(*entry));

    return old;
}

/*
 * §9.3, FPD: whether faults of requests that find this entry are recorded, also
 * where it is not present.
 */
bool vtd_context_silence(struct vtd_unit *u, uint16_t id)
{
    struct vtd_context_entry *entry = entry_of(u, id);

    if ( !entry || (entry->lo & CONTEXT_P) )
        return false;

    write_atomic(&entry->lo, CONTEXT_FPD);
    vtd_clean(u, entry, sizeof(*entry));

    return true;
}

struct vtd_context_entry vtd_context_table_entry(paddr_t root,
                                                 unsigned int levels,
                                                 uint16_t did, bool ats)
{
    return (struct vtd_context_entry){
        .lo = root | CONTEXT_T(ats ? CONTEXT_T_ATS : CONTEXT_T_TABLE) |
              CONTEXT_P,
        .hi = CONTEXT_DID(did) | CONTEXT_AW(levels),
    };
}

/* §9.3: AW must be the largest the unit supports; SLPTPTR is ignored. */
struct vtd_context_entry vtd_context_pass_entry(unsigned int levels)
{
    return (struct vtd_context_entry){
        .lo = CONTEXT_T(CONTEXT_T_PASS) | CONTEXT_P,
        .hi = CONTEXT_DID(VTD_DID_IDENTITY) | CONTEXT_AW(levels),
    };
}

/* §9.3 and §11.4.6 (RTADDR; legacy mode, so that TTM is 0). */
int cf_check vtd_look(struct iommu_unit *unit, uint32_t id,
                      struct iommu_hw_entry *e)
{
    const struct vtd_unit *u = to_vtd_unit(unit);
    const struct vtd_context_entry *entry;

    if ( id > 0xffff )
        return -ENOENT;

    *e = (struct iommu_hw_entry){ .last = 0xffff };
    if ( !(vtd_readl(u, VTD_GSTS) & GCMD_TE) )
    {
        e->state = HW_IDENTITY;
        return 0;
    }
    if ( vtd_readq(u, VTD_RTADDR) != virt_to_maddr(u->root) )
    {
        e->state = HW_UNKNOWN;
        return 0;
    }

    entry = entry_of(u, id);
    e->last = entry ? id : id | 0xff;
    if ( !entry || !(entry->lo & CONTEXT_P) )
        return 0;

    e->tag = CONTEXT_DID_OF(entry->hi);
    e->root = entry->lo & CONTEXT_SLPTPTR;
    switch ( CONTEXT_T_OF(entry->lo) )
    {
    case CONTEXT_T_TABLE:
    case CONTEXT_T_ATS:
        e->state = HW_PAGING;
        break;

    case CONTEXT_T_PASS:
        e->state = HW_IDENTITY;
        break;

    default:
        e->state = HW_UNKNOWN;
        break;
    }

    return 0;
}
