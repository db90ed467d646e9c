/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest with PCI functions in its virtual host bridge: hardware registers
 * that answer as PCI Local Bus 3.0, 6.2 says, the dispatch of a guest's
 * accesses, and the guest's physical memory map.
 */
#ifndef TESTS_VPCI_FIXTURE_H
#define TESTS_VPCI_FIXTURE_H

#include <xen/sched.h>
#include <xen/vpci.h>

#include <asm/p2m.h>

#include <iommu-groups/driver.h>
#include <iommu-groups/pci-rules.h>

#include "test.h"

/* Where the hardware's BARs may be, 64-bit ones too. */
#define HOST_WINDOW_BASE 0x8000000000ULL
#define HOST_WINDOW_SIZE 0x200000000ULL
/* Those of 32 bits. */
#define HOST_LOW_BASE 0x50000000ULL
#define HOST_LOW_SIZE 0x1000000ULL
/* The function's capabilities: MSI and MSI-X, both left on. */
#define HW_MSI  0x40
#define HW_MSIX 0x60

struct hw_bar {
    uint64_t size;      /* 0: none */
    uint64_t addr;
    bool io, wide, prefetch;
};

struct hw {
    struct hw_bar bars[6];
    uint8_t cfg[4096];
    unsigned int writes;            /* but those to COMMAND */
    bool no_intx_bit;               /* of before PCI 2.3 */
    struct pci_dev *pdev;
    struct iommu_dev dev;
    struct pci_func func;           /* on a root bus, unless the test says */
};

/*
 * The host bridge's interrupt-map is QEMU's: INTA of slot 0 is the first line,
 * and lines go round by slot and pin.
 */
#define HW_LINES      4
#define HW_FIRST_LINE 35
/* Who the line is routed to; NULL: nobody. */
void line_give(unsigned int line, struct domain *d);
/* What the bridge's interrupt-map is, of @nr cells; NULL: QEMU's. */
void line_map_set(const uint32_t *cells, unsigned int nr);
/* The controller's #interrupt-cells: 3, until this says otherwise. */
void line_cells_set(unsigned int nr);

/* A function at @sbdf with the bars of @hw, owned by @d, not yet in vPCI. */
void hw_add(struct hw *hw, pci_sbdf_t sbdf, struct domain *d);
void hw_del(struct hw *hw);

/* As drivers/vpci does it: attach, detach. */
int fixture_assign(struct hw *hw);
void fixture_deassign(struct hw *hw);

/* A guest's access, of 1, 2, 4 or 8 bytes, naturally aligned. */
uint64_t guest_read(const struct hw *hw, unsigned int reg, unsigned int size);
void guest_write(struct hw *hw, unsigned int reg, unsigned int size,
                 uint64_t val);

/* The machine of a test: a guest, and what it may be given. */
struct domain *machine_start(void);
void machine_stop(void);

/* ---- the guest's map ---- */

mfn_t map_at(uint64_t gpa, p2m_type_t *t);
/* As the guest itself may: its memory, one page, wherever it likes. */
void map_ram(uint64_t gpa, unsigned long mfn);
/* Pages of devices that are mapped. */
unsigned long map_device_pages(void);
/* The @nth page to be mapped, or range to be unmapped, fails. 0: none. */
void map_fail(unsigned int nth_map, unsigned int nth_unmap);
/* vpci_add_register()'s @nth call fails. 0: none. */
void registers_fail(unsigned int nth);

#endif /* TESTS_VPCI_FIXTURE_H */
