/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An IOMMU driver without hardware, for tests of the core.
 *
 * Its "hardware" is a table from requester ID to what the ID's DMA reaches;
 * nothing is there for an ID that was never attached: its DMA is blocked.
 * Every hook checks what driver.h promises it (locks, the first device, no
 * domain in use when it is freed), so that a core that breaks the contract
 * ends in a fatal error. Faults are set in struct mock_faults.
 */
#ifndef TESTS_MOCK_DRIVER_H
#define TESTS_MOCK_DRIVER_H

#include <iommu-groups/group.h>

#define MOCK_MAX_IDS 256
#define MOCK_MAX_SEEN 64
#define MOCK_NR_TAGS 256

/* 0: never. The n-th call from now on fails, once. */
struct mock_faults {
    unsigned int probe, alloc, attach, flush, tag;
    /* flush_tag() finds that its unit does not answer. */
    bool flush_tag;
    /* And all calls of attach() after it as well. */
    bool attach_for_good;
    /* A failing attach() leaves the dev blocked instead of as before. */
    bool attach_half;
    /* compatible() is false for this device. */
    const struct iommu_dev *stranger;
    pci_sbdf_t stranger_sbdf;       /* or for the one that will have it */
    bool by_sbdf;
    /* Firmware requires frames first to last for these two; 0: for none. */
    pci_sbdf_t region_dev[2];
    unsigned long region_first, region_last;
    unsigned int region_prot;       /* 0: to read and to write */
    /* probe() gives every dev of this bus the ID too; 0: none. */
    uint8_t alias_bus;
    uint16_t alias_id;
    /* The same for one function; its bus and devfn. */
    uint16_t alias_dev;
};

/* What the hooks were called with since mock_forget(). */
struct mock_seen {
    unsigned int probes, releases, allocs, frees, attaches, blocks, flushes;
    unsigned int compatibles, domains_now;
    const struct iommu_dev *alloc_first;
    const struct iommu_dev *asked[MOCK_MAX_SEEN];   /* compatible() */
};

struct mock_unit {
    struct iommu_unit unit;
    /* Which functions it serves; pci segment and a range of buses. */
    uint16_t seg;
    uint8_t first_bus, last_bus;
    struct {
        uint32_t id;                /* with the segment above */
        const struct s2_domain *s2; /* NULL: blocked */
    } hw[MOCK_MAX_IDS];
    unsigned int nr_hw;
    unsigned long tags[MOCK_NR_TAGS / BITS_PER_LONG];
};

struct mock_driver {
    struct iommu_driver drv;
    const struct pt_format *fmt;    /* the one format its units walk */
    uint8_t levels;
    bool no_identity;
    struct mock_faults faults;
    struct mock_seen seen;
};

/* Two drivers of different formats; see mock_setup(). */
extern struct mock_driver mock_a, mock_b;
/* a0 serves buses 00-3f of segment 0, b0 40-7f of segment 0, a1 segment 1. */
extern struct mock_unit mock_a0, mock_b0, mock_a1;

/* Registers drivers and units, once for the program. */
void mock_setup(void);
/*
 * From now on @a and @b require frames @first to @last (0: none), as if they
 * had been added like that.
 */
void mock_require(struct mock_driver *drv, unsigned long first,
                  unsigned long last, pci_sbdf_t a, pci_sbdf_t b);
/* No faults, nothing seen, hardware blocked. */
void mock_forget(void);

/* TLB tags in use on all of the driver's units. */
unsigned int mock_tags(const struct mock_driver *drv);

/* What DMA with @id (segment above) reaches at the unit. */
const struct s2_domain *mock_reaches(const struct mock_unit *unit, uint32_t id);
/* The same of a dev's own ID; NULL: blocked. */
const struct s2_domain *mock_dev_reaches(const struct iommu_dev *dev);

#endif /* TESTS_MOCK_DRIVER_H */
