/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver for SMMUv1, SMMUv2 and MMU-500 as the
 * architecture's glue sees it.
 */
#ifndef IOMMU_GROUPS_SMMUV2_H
#define IOMMU_GROUPS_SMMUV2_H

#include <xen/types.h>

/* What is not as the architecture has it; bits. */
enum smmuv2_quirk {
    /* Arm MMU-500: its prefetcher (errata 826419 and 841119), ACR.CACHE_LOCK */
    SMMUV2_MMU500 = 1u << 0,
    /* Cavium CN88xx, erratum 27704: units share a TLB, and so VMIDs */
    SMMUV2_CAVIUM = 1u << 1,
    /* Marvell AP806, erratum 582743: accesses of 64 bits become two of 32 */
    SMMUV2_AP806 = 1u << 2,
    /* Qualcomm: streams stay at work, and firmware changes what S2CR gets */
    SMMUV2_QCOM = 1u << 3,
    /* Calxeda: registers that are banked are found at their secure aliases */
    SMMUV2_SECURE_ALIAS = 1u << 4,
};

/*
 * One SMMUv1 or v2 as firmware describes it.  smmuv2_add() takes a copy; @where
 * has to stay, @irqs has not.
 */
struct smmuv2_desc {
    paddr_t base;
    size_t size;          /* of what firmware says are its registers */
    void *regs;           /* mapped by the caller, or NULL: the driver maps */
    uint32_t phandle;     /* what struct iommu_dev names the unit by */
    unsigned int version; /* of the architecture: 1 or 2 */
    unsigned int quirks;  /* SMMUV2_* */
    bool coherent;        /* "dma-coherent", IORT's coherent walk */
    /* Wires: @nr_global of them, then those of context banks, by index. */
    const int *irqs;
    unsigned int nr_irqs, nr_global;
    const char *where;    /* a node's path, "IORT node 3" */
};

/*
 * Boot only, once for each unit: brings it up with all DMA blocked, but that of
 * streams which firmware may have left at work (firmware.h), and registers
 * driver and unit with the core.  On an error the unit is as it was, one
 * message was printed, and it translates nothing.
 * 0; -ENOMEM; -EOPNOTSUPP: it lacks what stage 2 needs; -EIO: it does not
 * answer; -EEXIST: that base or phandle was added before; -EINVAL: its
 * registers are not where they can be.
 */
int smmuv2_add(const struct smmuv2_desc *desc);

#endif /* IOMMU_GROUPS_SMMUV2_H */
