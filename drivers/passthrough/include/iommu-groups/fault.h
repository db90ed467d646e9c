/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults: records with device, group, owner, address, access and reason. */
#ifndef IOMMU_GROUPS_FAULT_H
#define IOMMU_GROUPS_FAULT_H

#include <xen/types.h>

struct iommu_unit;

struct iommu_fault {
    uint32_t id;           /* requester ID with its segment above, stream ID */
    uint64_t addr;         /* byte address; interrupt faults: IRTE index */
    unsigned int code;     /* the hardware's reason code */
    const char *reason;    /* in words, constant */
    bool write;
    bool exec;
    bool interrupt;        /* an interrupt request, not DMA */
};

/*
 * Records a fault, prints it (rate-limited), and contains a device that keeps
 * faulting.  Tasklet or later context, no lock held.
 */
void iommu_fault_report(struct iommu_unit *unit, const struct iommu_fault *f);

/* A queue or log of the unit overflowed: records were lost. */
void iommu_fault_overflow(struct iommu_unit *unit);

/*
 * Newest record of the requester @id, for self-test and tools.  -ENOENT.
 * Copies under the fault lock; any context.
 */
int iommu_fault_last(uint32_t id, struct iommu_fault *f, uint64_t *seq);

#endif /* IOMMU_GROUPS_FAULT_H */
