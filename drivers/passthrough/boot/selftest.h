/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot self-test: real DMA by a device that is made for it. */
#ifndef IOMMU_GROUPS_SELFTEST_H
#define IOMMU_GROUPS_SELFTEST_H

#include <xen/pci.h>

/*
 * With iommu-selftest on the command line: drives every "edu" device that a
 * unit serves through stage-2 domains of its group, and prints one line a
 * check and a sum.  Boot, once groups exist and before any has an owner.
 */
void iommu_selftest(void);

/* QEMU's educational device: docs/specs/edu.rst of QEMU. */
struct edu {
    pci_sbdf_t sbdf;
    volatile uint8_t *regs;
    uint16_t command;      /* of before edu_open() */
};

#define EDU_VENDOR_ID 0x1234
#define EDU_DEVICE_ID 0x11e8

/* Maps the registers, turns memory decoding and bus mastering on. */
int edu_open(struct edu *edu, pci_sbdf_t sbdf);
void edu_close(struct edu *edu);

/*
 * Copies @len bytes (4096 at most) between the device's buffer and device
 * address @addr.  Returns when the device says that it is done, which it does
 * for refused transfers as well: compare data.  -ETIMEDOUT after a second.
 */
int edu_from_memory(struct edu *edu, uint64_t addr, unsigned int len);
int edu_to_memory(struct edu *edu, uint64_t addr, unsigned int len);

#endif /* IOMMU_GROUPS_SELFTEST_H */
