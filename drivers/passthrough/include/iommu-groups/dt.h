/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a flattened device tree says about IOMMUs.  It is read once, at boot,
 * with libfdt, into the lists below; look-ups use the lists alone.  No Xen
 * device-tree node is needed, so that the same sources run in the host tests.
 *
 * Specifications: Devicetree Specification 0.4 (nodes, reg, ranges, status);
 * the bindings iommu/iommu.txt, iommu/arm,smmu.txt and .yaml, pci/pci-iommu.txt
 * and reserved-memory/reserved-memory.yaml of the kernel's collection.
 *
 * A part that contradicts itself is marked bad, with one message; what refers
 * to it is answered with -EINVAL, and its DMA stays blocked.  An IOMMU without
 * a driver is not judged, and one that is disabled is none: what is behind them
 * is not translated, and is answered with -ENODEV.
 */
#ifndef IOMMU_GROUPS_DT_H
#define IOMMU_GROUPS_DT_H

#include <iommu-groups/firmware.h>

/*
 * A node with #iommu-cells, or an SMMU of the first binding that names those
 * behind it itself.  All constant after iommu_dt_read().
 */
struct iommu_dt_unit {
    struct list_head list;
    char *path;
    int node;                      /* offset in the tree: boot only */
    /* 0: nothing can refer to it.  One that names its masters has one. */
    uint32_t phandle;
    uint32_t cells;                /* of a specifier, after the phandle */
    uint32_t ignore;               /* bits of an ID: stream-match-mask */
    bool legacy;                   /* by mmu-masters, without specifiers */
    bool served;                   /* enabled, and its binding has a driver */
    bool off;                      /* disabled, itself or a node above */
    bool said;                     /* that it is off, and referred to */
    /* Registers, as the CPU sees them.  size 0: see bridge, or unusable. */
    paddr_t base, size;
    /* Not NULL: it is a PCI function below this host bridge. */
    const struct iommu_dt_bridge *bridge;
    uint16_t bdf;
    bool bad;                      /* nothing may be attached through it */
};

/* Requester IDs @rid to @rid + @len - 1 are @id onwards at unit @unit. */
struct iommu_dt_map {
    uint32_t rid, len, id;
    uint32_t unit;                 /* phandle */
    bool bad;                      /* who translates them is in doubt */
};

/* A PCI host bridge. */
struct iommu_dt_bridge {
    struct list_head list;
    char *path;
    int node;                      /* boot only */
    uint16_t seg;
    uint8_t first_bus, last_bus;
    uint32_t mask;                 /* iommu-map-mask */
    unsigned int nr_maps;
    struct iommu_dt_map *maps;
    bool doubt;                    /* of its map, some entries are lost */
    bool elsewhere;                /* some lead to no driver: that was said */
    bool bad;
};

/*
 * A node with iommus, or a PCI function with reserved memory.  Constant while
 * it is listed, which pcidevs_lock guards: nodes may come and go (overlays).
 */
struct iommu_dt_master {
    struct list_head list;
    char *path;
    int node;                      /* boot only */
    const struct iommu_dt_bridge *bridge;  /* a PCI function below it */
    uint16_t bdf;
    uint32_t unit;                 /* phandle; 0: a PCI function, or unknown */
    uint32_t id;                   /* the first that is listed */
    struct iommu_ids ids;
    struct iommu_region *regions;  /* direct-mapped */
    unsigned int nr_regions;
    bool partial;                  /* some of its IDs are not translated */
    bool late;                     /* by iommu_dt_add_master() */
    bool bad;
    bool no_memory;                /* while it is read */
};

struct iommu_dt {
    const void *fdt;               /* boot only */
    struct list_head units, bridges, masters;
};

/*
 * Boot only.  Reads the tree @fdt of at most @size bytes, which stays where it
 * is for as long as the functions marked with it are called.  -EINVAL: not a
 * device tree, one message was printed; -ENOMEM.  On an error *@dt is empty.
 */
int iommu_dt_read(struct iommu_dt *dt, const void *fdt, size_t size);
void iommu_dt_free(struct iommu_dt *dt);

/*
 * Boot only.  One line for each enabled IOMMU that there is no driver for; how
 * many that are.
 */
unsigned int iommu_dt_unserved(const struct iommu_dt *dt);

/* Boot only.  Does the node's "compatible" list have @name? */
bool iommu_dt_compatible(const struct iommu_dt *dt, int node,
                         const char *name);
/* Boot only.  Is there a property @name, with or without a value? */
bool iommu_dt_flag(const struct iommu_dt *dt, int node, const char *name);

/* What a host bridge with ECAM decodes, as the CPU and PCI see it alike. */
struct iommu_dt_ecam {
    paddr_t base, size;           /* configuration space of first_bus onwards */
    /* Memory for BARs of 32 bits, below 4 GiB; mem_size 0: none. */
    uint64_t mem_base, mem_size;
};

/*
 * Boot only.  -EOPNOTSUPP: it has no ECAM; -EINVAL: the tree contradicts
 * itself.  One message was printed then.
 */
int iommu_dt_ecam(const struct iommu_dt *dt, const struct iommu_dt_bridge *b,
                  struct iommu_dt_ecam *e);

/*
 * Boot only.  Is any of these @size bytes memory?  Writing to registers there
 * would be writing to somebody's memory.  Not in the host tests.
 */
bool iommu_dt_is_ram(paddr_t base, paddr_t size);

/* Boot only.  A property of one cell.  -ENOENT: there is no such. */
int iommu_dt_number(const struct iommu_dt *dt, const char *path,
                    const char *name, uint32_t *val);

/*
 * The unit (a phandle) and the ID there of requester ID @rid on segment @seg.
 * -ENODEV: no host bridge, its map leaves @rid out, or the unit is disabled or
 * has no driver; -EINVAL: the bridge, the unit or the map's entry is bad.
 */
int iommu_dt_map_rid(const struct iommu_dt *dt, uint16_t seg, uint16_t rid,
                     uint32_t *unit, uint32_t *id);

/* NULL: no such node is behind a unit that has a driver. */
const struct iommu_dt_master *iommu_dt_find_master(const struct iommu_dt *dt,
                                                   const char *path);

/*
 * pcidevs_lock held.  A node that was not in the tree which was read, at @path,
 * with @len bytes of iommus.  Units are those of that tree.  0: it is listed,
 * perhaps as bad, with one message; -ENODEV: it is behind no unit that has a
 * driver; -EEXIST; -ENOMEM.
 */
int iommu_dt_add_master(struct iommu_dt *dt, const char *path,
                        const void *iommus, unsigned int len);
/* pcidevs_lock held.  Forgets such a node; no other. */
void iommu_dt_del_master(struct iommu_dt *dt, const char *path);

/* This machine's tree, which iommu_dt_firmware looks into. */
extern struct iommu_dt iommu_dt;

/* assign.c: nodes as devs, where domains can have them */

struct domain;
struct dt_device_node;

/*
 * Who has the node's device, dom_io: nobody.  NULL: it was never added.  The
 * domain may be gone at any time: to compare and to print.  No lock held.
 */
struct domain *iommu_dt_owner(const struct dt_device_node *np);

/*
 * A device that is no PCI function, with the firmware's @name for it, which has
 * to stay, as has @np, NULL for one of ACPI's name space.  Firmware that
 * contradicts itself leaves it blocked, and must not keep the hardware domain
 * from being built: it is not an error here.
 * 0: *@new is in its group, blocked; 1: it is in none, and a line says why;
 * -ENOMEM.
 */
int iommu_node_add(const char *name, struct dt_device_node *np,
                   struct iommu_dev **new);

/* Boot.  Such a device, blocked so far, becomes @d's.  As set_owner. */
int iommu_node_give(struct iommu_dev *dev, struct domain *d);

/* Boot, groups of PCI functions are formed.  Nodes marked xen,passthrough. */
void iommu_dt_add_kept(void);

/*
 * A PCI dev is found by its SBDF, any other by its name, which is the path of
 * its node.  Machines that boot from a device tree set iommu_firmware to it.
 */
extern const struct iommu_firmware iommu_dt_firmware;

#endif /* IOMMU_GROUPS_DT_H */
