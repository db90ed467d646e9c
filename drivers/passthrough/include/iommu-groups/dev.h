/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One requester.  Part of driver.h, which has the letters on fields and the
 * hooks that take it.
 */
#ifndef IOMMU_GROUPS_DEV_H
#define IOMMU_GROUPS_DEV_H

#include <xen/list.h>
#include <xen/pci.h>

#include <iommu-groups/fault.h>
#include <iommu-groups/ids.h>
#include <iommu-groups/table.h>

struct domain;
struct dt_device_node;
struct iommu_bus_ops;
struct iommu_group;
struct iommu_unit;
struct pci_func;

/*
 * Frames, inclusive, that firmware wants a dev to reach at their address, to
 * read (PT_PROT_R), to write (PT_PROT_W), or both.  Frames that several devs
 * may reach give them the same rights: that is for whoever reads firmware's
 * table to see to.
 */
struct iommu_region {
    unsigned long first, last;
    unsigned int prot;
};

#define IOMMU_REGION_RW (PT_PROT_R | PT_PROT_W)

/* @region is valid during the call only.  Nonzero: enough. */
typedef int iommu_region_fn(const struct iommu_region *region, void *arg);

/* The TLB in a device: ats.h. */
struct iommu_dev_tlb {
    struct list_head list;         /* (u) unit->dev_tlbs, while on or dead */
    uint32_t tag;                  /* (u) whose flushes include it */
    uint32_t serial;               /* (u) rises along the list */
    uint16_t pos;                  /* (u) capability; 0: not to be used */
    uint8_t depth;                 /* (c) of its queue; 0: 32 */
    bool twice;                    /* (c) invalidate, and once more */
    bool on;                       /* (u) flushes include it */
    bool dead;                     /* (u) it did not answer */
};

/* In a list of devs by their IDs: by-id.h. */
struct iommu_dev_id {
    struct iommu_dev_id *next;     /* (p) */
    struct iommu_dev *dev;         /* (p) */
};

/* How many such lists a dev can be in. */
#define IOMMU_DEV_BLOCKS 2

/*
 * One requester: a PCI function with its aliases and phantom functions, or a
 * device-tree node with its stream IDs.
 */
struct iommu_dev {
    struct list_head all;          /* (p) every dev of the machine */
    struct list_head member;       /* (g) group->devs; empty: it is leaving */
    struct list_head in_group;     /* (p) group->all_devs */
    struct iommu_group *group;     /* (p) until it is removed */
    bool regroup;                  /* (p) the rules may tie it to more groups */
    struct iommu_unit *unit;       /* (c) set by the driver's probe() */
    void *priv;                    /* (c) the driver's own */

    /*
     * Whoever remembers the dev across a lock: no other one gets its address
     * meanwhile.  Of whoever allocated it.
     */
    atomic_t refs;
    const struct iommu_bus_ops *bus; /* (c) handover.h */
    struct pci_dev *pdev;          /* (c) NULL for a device-tree node */
    struct dt_device_node *node;   /* (c) NULL: none, or ACPI's */
    struct pci_func *func;         /* (c) what the rules know of it: likewise */
    pci_sbdf_t sbdf;               /* (c) */
    const char *name;              /* (c) sbdf_name, or a node's path */
    char sbdf_name[16];            /* (c) */

    /*
     * IDs that this dev's DMA carries.  Where firmware.h names the unit, set
     * before probe() and as that unit sees them (stream IDs, device IDs);
     * elsewhere a function's requester IDs.  (c): they change no more once
     * probe() has put the dev where others find it, until it is freed; so they
     * are read under any lock.
     */
    struct iommu_ids ids;             /* (c) iommu_dev_add_ids() */
    uint32_t id;                      /* (c) of these, its own */
    bool odd_ids;                     /* (c) some are not its function's */
    struct iommu_dev_id by_id[IOMMU_DEV_BLOCKS]; /* (p) */
    /* (c) from iommu_dev_add() on: regions.h */
    struct iommu_region *regions;
    unsigned int nr_regions;
    /* iommu_unit.fw_handle of the unit that firmware names; 0: it does not. */
    uint32_t fw_unit;                 /* (c) */

    /* (g) Whom the change that is being made gives it to; else the owner. */
    struct domain *next_owner;
    /* (g) to write, atomic to read: after the last change that held. */
    struct domain *owner;
    /* (p) a node's domain to others, as pdev->domain is a function's. */
    struct domain *published;
    struct s2_domain *attached;    /* (g) never NULL once probed */
    struct s2_domain *before;      /* (g) while the group moves */
    bool parting;                  /* (p) scratch of policy.c */
    bool bridge;                   /* (c) never handed to a guest */
    bool partial;                  /* (c) likewise: no unit has all its DMA */
    bool told;                     /* (c) that no unit serves it: by firmware.h,
                                      or by probe() */
    /* (c) by probe(): it may be another unit's or none's, so no guest's. */
    bool hwdom_only;
    bool outward;                  /* (c) is, or is below, a port to outside */
    bool rdm_relaxed;              /* (p) given away sharing reserved regions */
    bool tainted;                  /* (g) a guest drove it, no reset since */
    bool ats;                      /* (g) device TLB in use */
    struct iommu_dev_tlb dev_tlb;  /* ats.h */
    uint64_t nr_faults;            /* (p) */
    /* fault.c */
    unsigned int nr_stops;         /* (p) how often it was stopped, ... */
    unsigned int stop_round;      /* (p) ... and in which round the last time */
    struct iommu_fault_rate faults;  /* (p) those that count */
    unsigned int lines;            /* (p) printed since it changed hands */
};

/*
 * Adds IDs to @dev, which nobody else can find yet; the first that it ever gets
 * is its own.  As iommu_ids_add().
 */
int iommu_dev_add_ids(struct iommu_dev *dev, uint32_t first, uint32_t last);

static inline bool iommu_dev_has_id(const struct iommu_dev *dev, uint32_t id)
{
    return iommu_ids_has(&dev->ids, id);
}

/* IDs of a dev in a row; a driver may have unit->lock for one run of them. */
struct iommu_id_run {
    uint32_t first, last;           /* inclusive; IOMMU_RUN_MAX at most */
    /* For iommu_dev_next_run(). */
    unsigned int at;
    uint64_t next;
};

#define IOMMU_RUN_MAX 256           /* a power of two, and so aligned */

/*
 * The IDs of @dev after @run, which is empty at first.  Without @all not those
 * that another attached member of its group has as well, on the same unit, and
 * then with the group locked.  False: no more.
 */
bool iommu_dev_next_run(const struct iommu_dev *dev, bool all,
                        struct iommu_id_run *run);

#define for_each_iommu_run(run, dev, all) \
    for ( (run) = (struct iommu_id_run){}; \
          iommu_dev_next_run(dev, all, &(run)); )

/* What block() is to change. */
#define for_each_iommu_own_run(run, dev) for_each_iommu_run(run, dev, false)

/* What iommu_dev_add() found out about @dev, which nobody else can find. */
void iommu_dev_forget(struct iommu_dev *dev);

/* A dev that was never added, or was removed.  NULL: does nothing. */
void iommu_dev_free(struct iommu_dev *dev);

/* Lets go of one reference, and frees the dev with the last one. */
void iommu_dev_put(struct iommu_dev *dev);

#endif /* IOMMU_GROUPS_DEV_H */
