/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct-mapped regions of domains.  A region belongs to a domain for as long as
 * one of its devices requires it.  Regions may overlap in part: they are kept as
 * pieces, each wholly inside or outside of every region that is in use.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>
#include <iommu-groups/attach.h>
#include <iommu-groups/reserved.h>

struct direct_map {
    struct list_head list;      /* ascending */
    struct iommu_region region;
    unsigned int users;
    bool own;                   /* mapped without us, or not by us: stays */
};

/* -ENOMEM.  No piece begins before @at and ends behind it any more. */
static int split(struct iommu_owner *owner, unsigned long at)
{
    struct direct_map *map, *rest;

    list_for_each_entry ( map, &owner->direct, list )
    {
        if ( map->region.first >= at || map->region.last < at )
            continue;

        rest = xzalloc(struct direct_map);
        if ( !rest )
            return -ENOMEM;

        *rest = *map;
        rest->region.first = at;
        map->region.last = at - 1;
        list_add(&rest->list, &map->list);
        break;
    }

    return 0;
}

/* Has the domain it mapped to itself, without our doing? */
static bool is_own(const struct iommu_owner *owner, unsigned long fn)
{
    unsigned int prot;
    uint64_t mfn;

    return !s2_table_lookup(iommu_owner_fullest(owner), fn, &mfn, &prot,
                            NULL) && mfn == fn &&
           (prot & (PT_PROT_R | PT_PROT_W)) == (PT_PROT_R | PT_PROT_W);
}

/*
 * All groups of a guest whose table is borrowed walk the CPU's, and would reach
 * what is put there for one: its private table has the region, the guest's own
 * does not.
 */
static bool is_private(const struct iommu_owner *owner)
{
    return owner->lent && iommu_is_guest(owner->d);
}

/* -EBUSY: the guest has something else there. */
static int look_for_others(const struct iommu_owner *owner,
                           const struct iommu_region *region, bool relaxed)
{
    unsigned long fn;
    uint64_t mfn;

    for ( fn = region->first; !relaxed && fn <= region->last; fn++ )
        if ( !s2_table_lookup(owner->lent, fn, &mfn, NULL, NULL) && mfn != fn )
            return -EBUSY;

    return 0;
}

static int fill_piece(const struct iommu_owner *owner, struct direct_map *map,
                      bool relaxed)
{
    struct iommu_region *r = &map->region;
    unsigned long fn;

    if ( is_private(owner) )
    {
        map->own = true;
        return look_for_others(owner, r, relaxed);
    }

    map->own = is_own(owner, r->first);
    for ( fn = r->first; fn < r->last; fn++ )
        if ( is_own(owner, fn + 1) != map->own )
            r->last = fn;

    return map->own ? 0 : iommu_arch_direct_map(owner->d, r, relaxed);
}

/* Nobody uses @region yet; as many of its frames as are alike. */
static int add_piece(struct iommu_owner *owner,
                     const struct iommu_region *region, bool relaxed)
{
    struct direct_map *map = xzalloc(struct direct_map), *pos;
    int rc;

    if ( !map )
        return -ENOMEM;

    map->region = *region;
    rc = fill_piece(owner, map, relaxed);
    if ( rc )
    {
        xfree(map);
        return rc;
    }

    list_for_each_entry ( pos, &owner->direct, list )
        if ( pos->region.first > region->first )
            break;
    list_add_tail(&map->list, &pos->list);

    return 0;
}

static void unmap_one(struct iommu_owner *owner,
                      const struct iommu_region *region)
{
    struct direct_map *map, *tmp;

    list_for_each_entry_safe ( map, tmp, &owner->direct, list )
    {
        if ( !iommu_regions_overlap(&map->region, region) || --map->users )
            continue;

        if ( !map->own )
            iommu_arch_direct_unmap(owner->d, map->region.first,
                                    map->region.last);
        list_del(&map->list);
        xfree(map);
    }
}

/*
 * One more user of the piece that @rest begins with, or a piece in the hole.
 * -EADDRINUSE: it is there with fewer rights, against what driver.h asks for.
 */
static int map_next(struct iommu_owner *owner, struct iommu_region *rest,
                    bool relaxed)
{
    struct iommu_region hole = *rest;
    struct direct_map *map;

    list_for_each_entry ( map, &owner->direct, list )
    {
        if ( map->region.first == rest->first )
        {
            if ( !map->own && (rest->prot & ~map->region.prot) )
                return -EADDRINUSE;
            map->users++;
            rest->first = map->region.last + 1;
            return 0;
        }
        if ( map->region.first > hole.first )
            hole.last = min(hole.last, map->region.first - 1);
    }

    return add_piece(owner, &hole, relaxed);
}

static int map_one(struct iommu_owner *owner, const struct iommu_region *region,
                   bool relaxed)
{
    struct iommu_region rest = *region;
    int rc = split(owner, region->first) ?: split(owner, region->last + 1);

    while ( !rc && rest.first <= region->last )
        rc = map_next(owner, &rest, relaxed);

    if ( rc && rest.first > region->first )
    {
        rest = (struct iommu_region){ region->first, rest.first - 1 };
        unmap_one(owner, &rest);
    }

    return rc;
}

/*
 * A parked device reaches nothing, its regions included: dom_io's table, where
 * it has one, leads to the scratch page only and takes no mapping.
 */
static bool has_regions(const struct domain *d, const struct iommu_owner *owner)
{
    return owner && !list_empty(&owner->tables) && d != dom_io;
}

int iommu_reserved_map(struct domain *d, const struct iommu_region *regions,
                       unsigned int nr, bool relaxed)
{
    struct iommu_owner *owner = iommu_owner_of(d);
    unsigned int i;
    int rc = 0;

    if ( !has_regions(d, owner) )
        return 0;

    spin_lock(&owner->direct_lock);

    for ( i = 0; !rc && i < nr; i++ )
        rc = map_one(owner, &regions[i], relaxed);

    if ( rc )
    {
        printk(XENLOG_G_ERR
               "%pd: IOMMU reserved region [%#lx, %#lx] cannot be mapped (%d)\n",
               d, regions[i - 1].first, regions[i - 1].last, rc);
        for ( i--; i; )
            unmap_one(owner, &regions[--i]);
    }

    spin_unlock(&owner->direct_lock);

    return rc;
}

void iommu_reserved_unmap(struct domain *d, const struct iommu_region *regions,
                          unsigned int nr)
{
    struct iommu_owner *owner = iommu_owner_of(d);

    if ( !has_regions(d, owner) )
        return;

    spin_lock(&owner->direct_lock);
    while ( nr )
        unmap_one(owner, &regions[--nr]);
    spin_unlock(&owner->direct_lock);
}

void iommu_reserved_forget(struct iommu_owner *owner)
{
    struct direct_map *map, *tmp;

    list_for_each_entry_safe ( map, tmp, &owner->direct, list )
    {
        list_del(&map->list);
        xfree(map);
    }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
