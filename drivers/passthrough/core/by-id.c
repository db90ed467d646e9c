/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devs by their IDs, so that who shares one with a dev is found without going
 * through all of them.  IDs are filed by the block of eight that they are in;
 * most devs are in one block, or in two where one ID is an alias.  The few that
 * are in more are compared with all.  pcidevs_lock guards all of it.
 */
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>

#include <iommu-groups/by-id.h>
#include <iommu-groups/group.h>

#define BLOCK_SHIFT 3
#define HASH_BITS   10

/* Of whatever unit and segment. */
static struct iommu_dev_id *by_block[1U << HASH_BITS];
/* Devs that are in more blocks than they have places for, by their first. */
static struct iommu_dev_id *wide;

/* Blocks of one bus are next to each other, and few of a bus are in use. */
static struct iommu_dev_id **list_of(uint32_t block)
{
    return &by_block[(block * 0x9e3779b1U) >> (32 - HASH_BITS)];
}

/* Its blocks, and how many; 0: too many. */
static unsigned int blocks_of(const struct iommu_dev *dev,
                              uint32_t block[IOMMU_DEV_BLOCKS])
{
    unsigned int i, nr = 0;

    for ( i = 0; i < dev->ids.nr; i++ )
    {
        uint32_t first = dev->ids.range[i].first >> BLOCK_SHIFT;
        uint32_t last = dev->ids.range[i].last >> BLOCK_SHIFT;

        /* Ranges ascend. */
        if ( nr && block[nr - 1] == first )
            first++;
        if ( first > last )
            continue;
        if ( last - first >= IOMMU_DEV_BLOCKS - nr )
            return 0;
        while ( first <= last )
            block[nr++] = first++;
    }

    return nr;
}

/* The heads of the lists that it is on, and how many. */
static unsigned int heads_of(const struct iommu_dev *dev,
                             struct iommu_dev_id **head[IOMMU_DEV_BLOCKS])
{
    uint32_t block[IOMMU_DEV_BLOCKS];
    unsigned int i, nr = blocks_of(dev, block);

    for ( i = 0; i < nr; i++ )
        head[i] = list_of(block[i]);
    if ( nr )
        return nr;

    head[0] = &wide;

    return 1;
}

void iommu_by_id_add(struct iommu_dev *dev)
{
    struct iommu_dev_id **head[IOMMU_DEV_BLOCKS];
    unsigned int i, nr = heads_of(dev, head);

    ASSERT(pcidevs_locked());

    for ( i = 0; i < nr; i++ )
    {
        dev->by_id[i].dev = dev;
        dev->by_id[i].next = *head[i];
        *head[i] = &dev->by_id[i];
    }
}

void iommu_by_id_remove(struct iommu_dev *dev)
{
    struct iommu_dev_id **head[IOMMU_DEV_BLOCKS];
    unsigned int i, nr = heads_of(dev, head);

    ASSERT(pcidevs_locked());

    for ( i = 0; i < nr; i++ )
    {
        struct iommu_dev_id **at = head[i];

        while ( *at != &dev->by_id[i] )
            at = &(*at)->next;
        *at = dev->by_id[i].next;
    }
}

struct iommu_dev *iommu_by_id_next(const struct iommu_dev *dev,
                                   struct iommu_by_id_iter *it)
{
    struct iommu_dev_id **head[IOMMU_DEV_BLOCKS];
    unsigned int nr = heads_of(dev, head);

    ASSERT(pcidevs_locked());

    /* One that is in many blocks may share an ID with anybody. */
    if ( head[0] == &wide )
    {
        it->pos = it->pos ? it->pos->next : iommu_devs.next;

        return it->pos == &iommu_devs
               ? NULL : list_entry(it->pos, struct iommu_dev, all);
    }

    /* Its own lists, and then the wide ones. */
    it->at = it->at ? it->at->next : NULL;
    while ( !it->at && it->list <= nr )
    {
        it->at = it->list == nr ? wide : *head[it->list];
        it->list++;
    }

    return it->at ? it->at->dev : NULL;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
