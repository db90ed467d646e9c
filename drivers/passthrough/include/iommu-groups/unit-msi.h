/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interrupt of an x86 unit itself, which tells of faults: a message that
 * Xen composes and the unit sends.  It is not subject to interrupt remapping.
 */
#ifndef IOMMU_GROUPS_UNIT_MSI_H
#define IOMMU_GROUPS_UNIT_MSI_H

#include <iommu-groups/driver.h>

#include <asm/msi.h>

/* All mandatory. */
struct iommu_unit_msi_ops {
    /* desc->lock or boot; takes unit->lock if it needs it. */
    void (*mask)(struct iommu_unit *unit, bool mask);
    /* desc->lock.  What the unit is to send: @msg, that is @vector there. */
    void (*program)(struct iommu_unit *unit, const struct msi_msg *msg,
                    unsigned int vector);
    /* Interrupt context: faults are drained soon. */
    void (*kick)(void);
};

struct iommu_unit_msi {
    struct msi_desc desc;                 /* desc->lock */
    struct iommu_unit *unit;              /* (c) */
    const struct iommu_unit_msi_ops *ops; /* (c) */
    nodeid_t node;                        /* (c) whose CPUs get it */
    int irq;                              /* (c) <= 0: there is none */
    /*
     * (c) It would come again at once if it was unmasked before the faults are
     * drained: that is left to whoever drains them.
     */
    bool mask_until_drained;
};

/*
 * Boot.  @m has all but desc and irq set, and irq <= 0.  It stays masked until
 * iommu_unit_msi_start(), since no message is programmed yet.  -ENOSPC; what
 * request_irq() returned.
 */
int iommu_unit_msi_setup(struct iommu_unit_msi *m);

/* Masked and given back; does nothing where there is none. */
void iommu_unit_msi_free(struct iommu_unit_msi *m);

/* The message goes to the CPUs of its node that are online. */
void iommu_unit_msi_retarget(struct iommu_unit_msi *m);

/* After bring-up and resume: the message, unmasked.  Without one, masked. */
void iommu_unit_msi_start(struct iommu_unit_msi *m);

/* What it told of was drained: the next one may come. */
void iommu_unit_msi_unmask(struct iommu_unit_msi *m);

#endif /* IOMMU_GROUPS_UNIT_MSI_H */
