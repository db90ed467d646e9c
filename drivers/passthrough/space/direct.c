/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct-mapped regions of domains.  A region belongs to a domain for as long
 * as one of its devices requires it.  Regions may overlap in part: they are
 * kept as pieces, each wholly inside or outside of every region that is in
 * use.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>
#include <iommu-groups/attach.h>
#include <iommu-groups/direct.h>
#include <iommu-groups/regions.h>

struct direct_map {
    struct list_head list;      /* ascending */
    struct iommu_region region;
    unsigned int users;
    bool own;                   /* mapped without us, or not by us: stays */
};

/* -ENOMEM.  No piece begins before @at and ends behind it any more. */
static int split(struct s2_space *space, unsigned long at)
{
    struct direct_map *map, *rest;

    list_for_each_entry ( map, &space->direct, list )
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
static bool is_own(const struct s2_space *space, unsigned long fn)
{
    struct pt_leaf leaf;

    return !s2_table_lookup(s2_space_fullest(space), fn, &leaf) &&
           leaf.mfn == fn &&
           (leaf.prot & (PT_PROT_R | PT_PROT_W)) == (PT_PROT_R | PT_PROT_W);
}

/*
 * All groups of a guest whose table is borrowed walk the CPU's, and would reach
 * what is put there for one: its private table has the region, the guest's own
 * does not.
 */
static bool is_private(const struct s2_space *space)
{
    return space->lent && iommu_is_guest(space->d);
}

/* -EBUSY: the guest has something else there. */
static int look_for_others(const struct s2_space *space,
                           const struct iommu_region *region, bool relaxed)
{
    struct pt_leaf leaf;
    unsigned long fn;

    for ( fn = region->first; !relaxed && fn <= region->last; fn++ )
        if ( !s2_table_lookup(space->lent, fn, &leaf) && leaf.mfn != fn )
            return -EBUSY;

    return 0;
}

static int fill_piece(const struct s2_space *space, struct direct_map *map,
                      bool relaxed)
{
    struct iommu_region *r = &map->region;
    unsigned long fn;

    if ( is_private(space) )
    {
        map->own = true;
        return look_for_others(space, r, relaxed);
    }

    map->own = is_own(space, r->first);
    for ( fn = r->first; fn < r->last; fn++ )
        if ( is_own(space, fn + 1) != map->own )
            r->last = fn;

    return map->own ? 0 : arch_iommu_direct_map(space->d, r, relaxed);
}

/* Nobody uses @region yet; as many of its frames as are alike. */
static int add_piece(struct s2_space *space,
                     const struct iommu_region *region, bool relaxed)
{
    struct direct_map *map = xzalloc(struct direct_map), *pos;
    int rc;

    if ( !map )
        return -ENOMEM;

    map->region = *region;
    rc = fill_piece(space, map, relaxed);
    if ( rc )
    {
        xfree(map);
        return rc;
    }

    list_for_each_entry ( pos, &space->direct, list )
        if ( pos->region.first > region->first )
            break;
    list_add_tail(&map->list, &pos->list);

    return 0;
}

static void unmap_one(struct s2_space *space,
                      const struct iommu_region *region)
{
    struct direct_map *map, *tmp;

    list_for_each_entry_safe ( map, tmp, &space->direct, list )
    {
        if ( !iommu_regions_overlap(&map->region, region) || --map->users )
            continue;

        if ( !map->own )
            arch_iommu_direct_unmap(space->d, map->region.first,
                                    map->region.last);
        list_del(&map->list);
        xfree(map);
    }
}

/*
 * One more user of the piece that @rest begins with, or a piece in the hole.
 * -EADDRINUSE: it is there with fewer rights, against what driver.h asks for.
 */
static int map_next(struct s2_space *space, struct iommu_region *rest,
                    bool relaxed)
{
    struct iommu_region hole = *rest;
    struct direct_map *map;

    list_for_each_entry ( map, &space->direct, list )
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

    return add_piece(space, &hole, relaxed);
}

static int map_one(struct s2_space *space, const struct iommu_region *region,
                   bool relaxed)
{
    struct iommu_region rest = *region;
    int rc = split(space, region->first) ?: split(space, region->last + 1);

    while ( !rc && rest.first <= region->last )
        rc = map_next(space, &rest, relaxed);

    if ( rc && rest.first > region->first )
    {
        rest = (struct iommu_region){ region->first, rest.first - 1 };
        unmap_one(space, &rest);
    }

    return rc;
}

/*
 * A parked device reaches nothing, its regions included: dom_io's table, where
 * it has one, leads to the scratch page only and takes no mapping.
 */
static bool has_regions(const struct domain *d, const struct s2_space *space)
{
    return space && !list_empty(&space->tables) && d != dom_io;
}

int iommu_direct_map(struct domain *d, const struct iommu_region *regions,
                     unsigned int nr, bool relaxed)
{
    struct s2_space *space = s2_space_of(d);
    unsigned int i;
    int rc = 0;

    if ( !has_regions(d, space) )
        return 0;

    spin_lock(&space->direct_lock);

    for ( i = 0; !rc && i < nr; i++ )
        rc = map_one(space, &regions[i], relaxed);

    if ( rc )
    {
        printk(XENLOG_G_ERR
               "%pd: IOMMU reserved region [%#lx, %#lx] cannot be mapped (%d)\n",
               d, regions[i - 1].first, regions[i - 1].last, rc);
        for ( i--; i; )
            unmap_one(space, &regions[--i]);
    }

    spin_unlock(&space->direct_lock);

    return rc;
}

void iommu_direct_unmap(struct domain *d, const struct iommu_region *regions,
                        unsigned int nr)
{
    struct s2_space *space = s2_space_of(d);

    if ( !has_regions(d, space) )
        return;

    spin_lock(&space->direct_lock);
    while ( nr )
        unmap_one(space, &regions[--nr]);
    spin_unlock(&space->direct_lock);
}

void iommu_direct_forget(struct s2_space *space)
{
    struct direct_map *map, *tmp;

    list_for_each_entry_safe ( map, tmp, &space->direct, list )
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
