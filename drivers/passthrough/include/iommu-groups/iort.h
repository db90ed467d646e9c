/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ACPI's I/O remapping table: Arm DEN0049, IORT, E.f; section numbers are of
 * that document.  It is read once, at boot, into the lists below, and touches
 * no hardware; look-ups use the lists alone.
 *
 * An entry that is wrong gives one message, which names its offset and who made
 * the table, and costs what depends on it.  Where it is in doubt who translates
 * a requester, that one is answered with -EINVAL, and its DMA stays blocked.
 */
#ifndef IOMMU_GROUPS_IORT_H
#define IOMMU_GROUPS_IORT_H

#include <iommu-groups/firmware.h>
#include <iommu-groups/smmuv2.h>
#include <iommu-groups/smmuv3.h>

/* A wire. */
struct iort_irq {
    uint32_t gsiv;                 /* 0: none */
    bool edge;
};

/*
 * An SMMUv3 node, §3.1.1.2, or one of SMMUv1 or v2, §3.1.1.1.  All constant
 * after iommu_iort_parse().
 */
struct iort_smmu {
    uint32_t offset;               /* in the table: its fw_handle */
    unsigned int version;          /* of the architecture: 1 to 3 */
    paddr_t base;                  /* 0: nobody knows, or another's as well */
    size_t size;                   /* bytes of registers */
    bool bad;                      /* nothing may be attached through it */
    bool coherent;                 /* COHACC override */
    bool page0_only;               /* model: Cavium CN99xx */
    uint32_t gsiv_event, gsiv_gerror, gsiv_pri;  /* 0: none */
    /* SMMUv1 and v2: smmuv2.h. */
    unsigned int quirks;
    struct iort_irq *irqs;
    unsigned int nr_irqs, nr_global;
    char where[24];
};

/*
 * Requesters @first to @last of a root complex (§3.1.1.3) have the stream IDs
 * from @sid on at @smmu.
 */
struct iort_map {
    uint32_t seg;
    uint64_t first, last;
    uint32_t sid;
    uint32_t ref;                  /* the SMMU's offset */
    const struct iort_smmu *smmu;  /* NULL: an SMMU without a driver */
    bool bad;                      /* who translates them is in doubt */
};

/* A device of the ACPI namespace, §3.1.1.4. */
struct iort_named {
    char *name;
    const struct iort_smmu *smmu;  /* NULL: as bad */
    uint32_t sid, nr;              /* stream IDs */
    bool bad;                      /* who translates it is in doubt */
};

/* Reserved memory, §3.1.1.5: frames, inclusive, of stream IDs, inclusive. */
struct iort_rmr {
    unsigned long first, last;
    const struct iort_smmu *smmu;
    uint32_t sid, sid_last;
};

struct iommu_iort {
    unsigned int nr_smmus, nr_maps, nr_named, nr_rmrs;
    struct iort_smmu *smmus;
    struct iort_map *maps;
    struct iort_named *named;
    struct iort_rmr *rmrs;
    /* Mappings are missing: IDs without one are in doubt. */
    bool doubt;
    bool off_by_one;               /* ID counts are one too large */
};

/* Do the two, which overlap, say the same of the IDs that they share? */
static inline bool iort_maps_agree(const struct iort_map *a,
                                   const struct iort_map *b)
{
    return !a->bad && !b->bad && a->ref == b->ref &&
           a->sid - (uint32_t)a->first == b->sid - (uint32_t)b->first;
}

/*
 * Boot only.  @table, of @size bytes, stays where it is.  -EINVAL: nothing of
 * it can be used, one message was printed; -ENOMEM.  On an error *@iort is
 * empty.
 */
int iommu_iort_parse(const void *table, size_t size, struct iommu_iort *iort);
void iommu_iort_free(struct iommu_iort *iort);

/*
 * The unit (its offset) and stream ID of requester ID @rid on segment @seg.
 * -ENODEV: no mapping, or its SMMU has no driver; -EINVAL: the table says
 * different things, or lacks what it should say.
 */
int iommu_iort_map_rid(const struct iommu_iort *iort, uint16_t seg,
                       uint16_t rid, uint32_t *unit, uint32_t *sid);

/*
 * Calls @fn for the frames of each reserved region that streams @first to @last
 * of the unit at @unit need; stops at the first nonzero answer, which it
 * returns.
 */
int iommu_iort_regions(const struct iommu_iort *iort, uint32_t unit,
                       uint32_t first, uint32_t last, iommu_region_fn *fn,
                       void *arg);

/*
 * What the driver is told about a unit: SMMUv3; SMMUv1 and v2, but interrupts.
 */
struct smmuv3_desc iommu_iort_desc(const struct iort_smmu *smmu);
struct smmuv2_desc iommu_iort_desc_v2(const struct iort_smmu *smmu);

/*
 * Boot only.  What the hardware domain gets in place of @table, of @size bytes,
 * which was parsed without an error: no SMMU, reserved memory or counters; the
 * other nodes' IDs lead where they led through the SMMUs.  What cannot be used
 * is left out, and so is a node that gets too long that way, with one message.
 * Returns its length; it is in @buf if that has @room for it.  @buf may be
 * NULL.
 */
size_t iommu_iort_hwdom(const void *table, size_t size, void *buf, size_t room);

/* This machine's table, which iommu_iort_firmware looks into. */
extern struct iommu_iort iommu_iort;

/* Machines that boot from ACPI set iommu_firmware to it. */
extern const struct iommu_firmware iommu_iort_firmware;

#endif /* IOMMU_GROUPS_IORT_H */
