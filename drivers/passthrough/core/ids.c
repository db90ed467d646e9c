/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of IDs. */
#include <xen/bitops.h>
#include <xen/errno.h>
#include <xen/kernel.h>
#include <xen/lib.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include <iommu-groups/ids.h>

/* The first range that does not end before @id; ids->nr: there is none. */
static unsigned int find(const struct iommu_ids *ids, uint32_t id)
{
    unsigned int lo = 0, hi = ids->nr;

    while ( lo < hi )
    {
        unsigned int mid = lo + (hi - lo) / 2;

        if ( ids->range[mid].last < id )
            lo = mid + 1;
        else
            hi = mid;
    }

    return lo;
}

/* Room for one more range. */
static int grow(struct iommu_ids *ids)
{
    unsigned int room = ids->room ? ids->room * 2 : 1;
    struct iommu_id_range *range;

    if ( ids->nr < ids->room )
        return 0;

    range = xmalloc_array(struct iommu_id_range, room);
    if ( !range )
        return -ENOMEM;

    if ( ids->nr )
        memcpy(range, ids->range, ids->nr * sizeof(*range));
    xfree(ids->range);
    ids->range = range;
    ids->room = room;

    return 0;
}

int iommu_ids_add(struct iommu_ids *ids, uint32_t first, uint32_t last)
{
    unsigned int at, end, i;
    uint64_t nr_ids;

    if ( first > last )
        return -EINVAL;

    /* [at, end): the ranges that it overlaps or touches. */
    at = find(ids, first ? first - 1 : 0);
    for ( end = at; end < ids->nr; end++ )
        if ( ids->range[end].first > last &&
             ids->range[end].first - 1 != last )
            break;

    nr_ids = ids->nr_ids;
    for ( i = at; i < end; i++ )
        nr_ids -= ids->range[i].last - ids->range[i].first + 1ULL;
    if ( at < end )
    {
        first = min(first, ids->range[at].first);
        last = max(last, ids->range[end - 1].last);
    }
    nr_ids += last - first + 1ULL;
    if ( nr_ids > IOMMU_IDS_MAX )
        return -EINVAL;

    if ( at == end )
    {
        int rc = grow(ids);

        if ( rc )
            return rc;
    }

    memmove(&ids->range[at + 1], &ids->range[end],
            (ids->nr - end) * sizeof(*ids->range));
    ids->range[at].first = first;
    ids->range[at].last = last;
    ids->nr += at + 1 - end;
    ids->nr_ids = nr_ids;

    return 0;
}

int iommu_ids_add_masked(struct iommu_ids *ids, uint32_t id, uint32_t mask)
{
    /*
     * What of the mask is at the low end makes ranges, the rest selects them.
     */
    uint32_t run = mask & ~(mask + 1), rest = mask & ~run, some = 0;
    int rc;

    if ( hweight32(mask) > IOMMU_IDS_BITS )
        return -EINVAL;

    do {
        uint32_t first = (id & ~mask) | some;

        rc = iommu_ids_add(ids, first, first | run);
        some = (some - rest) & rest;
    } while ( !rc && some );

    return rc;
}

int iommu_ids_widen(struct iommu_ids *ids, uint32_t mask)
{
    struct iommu_ids wide = {};
    struct iommu_id_iter it;
    int rc = 0;

    if ( !mask )
        return 0;

    for_each_iommu_id ( it, ids )
        if ( !iommu_ids_has(&wide, it.id) )
            rc = rc ?: iommu_ids_add_masked(&wide, it.id, mask);

    if ( rc )
    {
        iommu_ids_free(&wide);
        return rc;
    }

    iommu_ids_free(ids);
    *ids = wide;

    return 0;
}

void iommu_ids_free(struct iommu_ids *ids)
{
    xfree(ids->range);
    *ids = (struct iommu_ids){};
}

bool iommu_ids_run(const struct iommu_ids *ids, uint32_t id, uint32_t *last)
{
    unsigned int at = find(ids, id);

    if ( at == ids->nr )
        return false;

    if ( ids->range[at].first <= id )
    {
        *last = min(*last, ids->range[at].last);
        return true;
    }

    *last = min(*last, ids->range[at].first - 1);

    return false;
}

bool iommu_ids_overlap(const struct iommu_ids *a, const struct iommu_ids *b)
{
    unsigned int i = 0, j = 0;

    while ( i < a->nr && j < b->nr )
    {
        if ( a->range[i].last < b->range[j].first )
            i++;
        else if ( b->range[j].last < a->range[i].first )
            j++;
        else
            return true;
    }

    return false;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
