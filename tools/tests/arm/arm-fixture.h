/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with a device tree or ACPI tables, two modelled SMMUs, and Xen on
 * Arm as far as arch/arm looks at it: the p2m, which the SMMUs walk, nodes,
 * host bridges, the interrupt controller.
 *
 *   /soc/smmu@0, /soc/smmu@1   the units
 *   /soc/uart     0x20 at unit 0
 *   /soc/disp     0x33 at unit 1, requires ARM_REGION
 *   /soc/nic      0x40 at unit 1
 *   /soc/kept     0x50 at unit 0, marked xen,passthrough
 *   /soc/bare     behind nothing
 *   /pcie         requester IDs of bus 0 are 0x1000 onwards at unit 0
 *     00:01.0     a function
 */
#ifndef TESTS_ARM_FIXTURE_H
#define TESTS_ARM_FIXTURE_H

#include "dt-test.h"
#include "smmu-fixture.h"

#include <xen/device_tree.h>
#include <xen/iommu.h>
#include <xen/sched.h>

#include <asm/p2m.h>
#include <asm/pci.h>

#include <iommu-groups/setup.h>

#include "../../../arch/arm/arm.h"

#define ARM_UART "/soc/uart"
#define ARM_DISP "/soc/disp"
#define ARM_NIC  "/soc/nic"
#define ARM_KEPT "/soc/kept"
#define ARM_BARE "/soc/bare"
#define ARM_FUNC PCI_SBDF(0, 0, 1, 0)

/* The region, in frames, and where dom0's and guests' RAM begins. */
#define ARM_REGION_FIRST 0x80000UL
#define ARM_REGION_LAST  0x8000fUL

extern struct dt_tree arm_tree;
extern struct domain *arm_dom0, *arm_guest, *arm_guest2, *arm_plain;

/* Units and arm_tree, which may then be changed. */
void arm_machine(void);
/* iommu_setup(), as Xen does it; its value. */
int arm_boot(void);
/* dom0 with its nodes and PCI devices; guests. */
void arm_domains(void);
/* All three. */
void arm_up(void);
/* Everything back; asserts that the models saw nothing forbidden, no leak. */
void arm_down(void);
/* For a test that failed, or a machine that did not come up. */
int arm_teardown(void **state);

#define ARM_TEST(fn) cmocka_unit_test_teardown(fn, arm_teardown)

/* A domain with a p2m; @options as for host_domain_create(). */
struct domain *arm_domain_up(domid_t id, unsigned int options);
/* As Xen ends one. */
void arm_domain_down(struct domain *d);

/* ---- nodes ---- */

/* Nodes of @fdt, which has to stay. */
void arm_nodes_add(const void *fdt);
void arm_nodes_free(void);
struct dt_device_node *arm_node(const char *path);
struct iommu_dev *arm_dev(const char *path);
/* Domctls; with the path as a toolstack gives it. */
int arm_domctl(unsigned int cmd, struct domain *d, const char *path);

/* ---- the p2m ---- */

void arm_p2m_init(struct domain *d);
void arm_p2m_free(struct domain *d);
/* What Xen does to it: under its lock, with the layer's hooks. */
int arm_p2m_set(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned long nr,
                p2m_type_t t);
int arm_p2m_clear(struct domain *d, uint64_t gfn, unsigned long nr);
/* ~0: nothing is there. */
uint64_t arm_p2m_get(struct domain *d, uint64_t gfn, p2m_type_t *t);
unsigned int arm_p2m_entries(const struct domain *d);
/* The nth change from now on fails, -ENOMEM; 0: none. */
void arm_p2m_fail(unsigned int nth);

/* ---- what else a boot asks for ---- */

extern struct arm_stubs {
    /* Values to return: dt_pci_init(), pci_add_segment(), scan_pci_devices(),
     * irq_set_spi_type(). */
    int pci_init, add_segment, scan, spi_type;
    unsigned int nr_bridges;        /* pci_add_host_bridge() */
    unsigned int segments;
    unsigned int spis;              /* irq_set_spi_type() calls */
    /* Between break and make of an entry, p2m write-locked. */
    void (*at_break)(struct domain *d, uint64_t gfn);
    /* Units of another kind, which the test has made, go. */
    void (*more_units_down)(void);
} arm_stubs;

/* What acpi-pci.c keeps for the machine's life. */
void arm_acpi_forget(void);

/* A page for an ITS doorbell. */
void arm_its_add(paddr_t addr);

/* ---- DMA ---- */

/* Event, or 0 and *@maddr. */
unsigned int arm_reach(struct iommu_dev *dev, uint64_t dfn, bool write,
                       uint64_t *maddr);
/* The frame that is reached for writing, ~0 for none. */
uint64_t arm_frame(struct iommu_dev *dev, uint64_t dfn);

#endif /* TESTS_ARM_FIXTURE_H */
