/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When those who wait for a command queue read the registers that tell of
 * errors.  Such a read waits for hardware with the unit locked, so that nobody
 * queues anything meanwhile: it is done once a batch takes longer than batches
 * do, and by one of those who wait.
 */
#ifndef IOMMU_GROUPS_QUEUE_LOOK_H
#define IOMMU_GROUPS_QUEUE_LOOK_H

#include <iommu-groups/driver.h>

#define IOMMU_LOOK_AFTER MICROSECS(10)

/*
 * For who waits since @since.  Before that it reads nothing that others write
 * as they queue, but for what tells it that its batch is done.
 */
static inline bool iommu_waits_long(s_time_t since, s_time_t now)
{
    return now - since > IOMMU_LOOK_AFTER;
}

/* Nobody has looked of late. */
static inline bool iommu_look_due(const struct iommu_unit *unit, s_time_t now)
{
    return now > read_atomic(&unit->next_look);
}

/* Unit locked: they are about to be read. */
static inline void iommu_look_begin(struct iommu_unit *unit)
{
    write_atomic(&unit->next_look, iommu_now() + IOMMU_LOOK_AFTER);
}

#endif /* IOMMU_GROUPS_QUEUE_LOOK_H */
