/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of requester, stream or device IDs, as ranges: a bridge that stands for
 * a whole bus has 256 of them.  No lock is taken; who may change a set, and
 * until when, is said where the set is.
 */
#ifndef IOMMU_GROUPS_IDS_H
#define IOMMU_GROUPS_IDS_H

#include <xen/types.h>

/* Inclusive. */
struct iommu_id_range {
    uint32_t first, last;
};

struct iommu_ids {
    struct iommu_id_range *range;  /* ascending, with gaps between them */
    unsigned int nr, room;         /* ranges */
    unsigned int nr_ids;           /* IDs in all of them */
};

/* As many as a PCI segment has.  What names more is a mistake of firmware's. */
#define IOMMU_IDS_BITS 16
#define IOMMU_IDS_MAX (1u << IOMMU_IDS_BITS)

/*
 * Adds @first to @last; what is there already, or next to it, becomes one range
 * with them.  -ENOMEM; -EINVAL: @first > @last, or more than IOMMU_IDS_MAX IDs.
 * On an error the set is as before.
 */
int iommu_ids_add(struct iommu_ids *ids, uint32_t first, uint32_t last);

/*
 * Adds each ID that is @id but for the bits in @mask, as stream matching
 * compares them: who shares one with whom is then seen by ID.  As above, but
 * on an error some of them may have been added.
 */
int iommu_ids_add_masked(struct iommu_ids *ids, uint32_t id, uint32_t mask);

/*
 * The set becomes that of all IDs which one of it is but for the bits in @mask.
 * -ENOMEM, -EINVAL: as iommu_ids_add(), and the set is as before.
 */
int iommu_ids_widen(struct iommu_ids *ids, uint32_t mask);

/* The set is empty then. */
void iommu_ids_free(struct iommu_ids *ids);

/*
 * Is @id in the set?  *@last, which is not below @id, is lowered to the end of
 * the run of IDs from @id on that have the same answer.
 */
bool iommu_ids_run(const struct iommu_ids *ids, uint32_t id, uint32_t *last);

/* Have the two an ID in common? */
bool iommu_ids_overlap(const struct iommu_ids *a, const struct iommu_ids *b);

static inline bool iommu_ids_has(const struct iommu_ids *ids, uint32_t id)
{
    uint32_t last = id;

    return iommu_ids_run(ids, id, &last);
}

#define for_each_iommu_id_range(r, ids) \
    for ( (r) = (ids)->range; (r) != (ids)->range + (ids)->nr; (r)++ )

struct iommu_id_iter {
    uint32_t id;
    unsigned int at;               /* range */
    bool begun;
};

static inline bool iommu_ids_next(const struct iommu_ids *ids,
                                  struct iommu_id_iter *it)
{
    if ( it->begun && it->id != ids->range[it->at].last )
    {
        it->id++;
        return true;
    }

    it->at += it->begun;
    it->begun = it->at < ids->nr;
    if ( it->begun )
        it->id = ids->range[it->at].first;

    return it->begun;
}

/* @it is a struct iommu_id_iter; it.id is the ID.  In ascending order. */
#define for_each_iommu_id(it, ids) \
    for ( (it) = (struct iommu_id_iter){}; iommu_ids_next(ids, &(it)); )

#endif /* IOMMU_GROUPS_IDS_H */
