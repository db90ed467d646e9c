/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with two VT-d units and the real driver on it.
 *
 *   unit 0, all functions of segment 0 that unit 1 does not have:
 *     00:02.0           on its own
 *     00:03.0, .1       one device of two functions without ACS: one group
 *     00:1e.0           PCIe-to-PCI bridge to bus 05
 *       05:00.0, 05:01.0  behind it: all three share requester IDs
 *   unit 1:
 *     00:05.0           on its own
 *     00:1c.0           root port with ACS, to bus 01
 *       01:00.0         has a device TLB, allowed by an ATSR
 *
 * and domains: hardware domain 0, guests 1 and 2.
 */
#ifndef TESTS_VTD_SYSTEM_H
#define TESTS_VTD_SYSTEM_H

#include "test.h"

#include <xen/iommu.h>
#include <xen/mm.h>
#include <xen/sched.h>

#include <iommu-groups/group.h>

#include "models/vtd-model.h"

#define DEV_A           PCI_SBDF(0, 0, 2, 0)
#define DEV_MULTI0      PCI_SBDF(0, 0, 3, 0)
#define DEV_MULTI1      PCI_SBDF(0, 0, 3, 1)
#define DEV_BRIDGE      PCI_SBDF(0, 0, 0x1e, 0)
#define DEV_BEHIND0     PCI_SBDF(0, 5, 0, 0)
#define DEV_BEHIND1     PCI_SBDF(0, 5, 1, 0)
#define DEV_B           PCI_SBDF(0, 0, 5, 0)
#define DEV_PORT        PCI_SBDF(0, 0, 0x1c, 0)
#define DEV_ATS         PCI_SBDF(0, 1, 0, 0)

/* Fault reasons, §7.1.3. */
enum {
    FAULT_ROOT = 1, FAULT_CONTEXT = 2, FAULT_ADDRESS = 4, FAULT_WRITE = 5,
    FAULT_READ = 6, FAULT_ATS = 0xd,
};

struct vtd_system {
    struct vtd_model *model[2];
    unsigned int haw;
    bool boot_failed;               /* the driver has undone everything */
    struct domain *hwdom, *guest, *guest2;
    unsigned long nr_events;
    unsigned int failing, how;   /* test-vtd-fail.c's */
    void *pages[256];               /* vm_page()'s, freed at the end */
    unsigned int nr_pages;
};

extern struct vtd_system vm;

/* Builds another DMAR than the usual one; NULL: that.  Of the test to reset. */
struct dmar_buf;
typedef void vm_dmar_fn(struct dmar_buf *d, unsigned int haw);
extern vm_dmar_fn *vm_dmar;

#define VM_BASE0        0xfed90000UL
#define VM_BASE1        0xfed91000UL

/* Both units with these capabilities; ends with translation on. */
void vm_up(const struct vtd_model_cfg *cfg);
/* The same in two steps: hardware as it comes out of reset, and the rest. */
int vm_prepare(const struct vtd_model_cfg *cfg);
int vm_prepare_two(const struct vtd_model_cfg *unit0,
                   const struct vtd_model_cfg *unit1);
void vm_continue(void);
/* Between the two: vtd_setup()'s value. */
int vm_bring_up(void);
/* Only as far as vtd_setup(), whose value is returned; no devices. */
int vm_try(const struct vtd_model_cfg *cfg);
/* Ends a guest as Xen does. */
void vm_domain_down(struct domain **d);
/* A device vanishes, as by hot-unplug. */
void vm_unplug(pci_sbdf_t sbdf);
/* Asserts that the models saw nothing forbidden and that nothing leaked. */
void vm_down(void);
/* Undoes vm_try(), and a machine that a failed test left. */
void vm_clean(void);

/* The unit that serves @sbdf, as model and as the core's. */
struct vtd_model *vm_model(pci_sbdf_t sbdf);
struct iommu_unit *vm_unit(pci_sbdf_t sbdf);
struct iommu_dev *vm_dev(pci_sbdf_t sbdf);

/* iommu_group_set_owner() by name. */
int vm_give(pci_sbdf_t sbdf, struct domain *d);

/* A page of @d's memory, mapped at @dfn for reading and writing; the machine
 * frees it. */
void *vm_page(struct domain *d, unsigned long dfn);
/* Maps, unmaps and flushes as Xen does.  0 or an error. */
int vm_map(struct domain *d, unsigned long dfn, unsigned long mfn,
           unsigned long nr, unsigned int flags);
int vm_unmap(struct domain *d, unsigned long dfn, unsigned long nr);

/* Translation of one access of @sbdf by its model: fault reason or 0. */
unsigned int vm_dma(pci_sbdf_t sbdf, uint64_t addr, bool write);
/* Where it ends; ~0 if it does not. */
uint64_t vm_dma_to(pci_sbdf_t sbdf, uint64_t addr);

/* Runs what is pending: tasklets, among them those that drain faults. */
void vm_settle(void);

/* A test on this machine; what it leaves is cleaned up. */
#define VM_TEST(fn) cmocka_unit_test_teardown(fn, vm_teardown)
static inline int vm_teardown(void **state)
{
    vm_clean();

    return 0;
}

#endif /* TESTS_VTD_SYSTEM_H */
