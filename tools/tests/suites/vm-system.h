/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with two units of one x86 driver and the real driver on it; what
 * is the driver's own is behind struct vm_ops.
 *
 *   unit 0, all functions of segment 0 that unit 1 does not have:
 *     00:02.0           on its own
 *     00:03.0, .1       one device of two functions without ACS: one group
 *     00:1e.0           PCIe-to-PCI bridge to bus 05
 *       05:00.0, 05:01.0  behind it: all three share requester IDs
 *   unit 1:
 *     00:05.0           on its own
 *     00:1c.0           root port with ACS, to bus 01
 *       01:00.0         has a device TLB, allowed by firmware
 *
 * and domains: hardware domain 0, guests 1 and 2.
 */
#ifndef TESTS_VM_SYSTEM_H
#define TESTS_VM_SYSTEM_H

#include "test.h"

#include <xen/iommu.h>
#include <xen/mm.h>
#include <xen/sched.h>

#include <iommu-groups/group.h>

#define DEV_A           PCI_SBDF(0, 0, 2, 0)
#define DEV_MULTI0      PCI_SBDF(0, 0, 3, 0)
#define DEV_MULTI1      PCI_SBDF(0, 0, 3, 1)
#define DEV_BRIDGE      PCI_SBDF(0, 0, 0x1e, 0)
#define DEV_BEHIND0     PCI_SBDF(0, 5, 0, 0)
#define DEV_BEHIND1     PCI_SBDF(0, 5, 1, 0)
#define DEV_B           PCI_SBDF(0, 0, 5, 0)
#define DEV_PORT        PCI_SBDF(0, 0, 0x1c, 0)
#define DEV_ATS         PCI_SBDF(0, 1, 0, 0)
#define VM_ATS_POS      0x140           /* DEV_ATS's capability */

/* Refused without a fault of any unit: no bus mastering, no translation. */
#define VM_UR           0x100

/* What an access ended in, in words that all drivers have. */
enum vm_end {
    VM_REACHED, VM_BLOCKED, VM_ABSENT,  /* not mapped, or not so */
    VM_BAD,                             /* tables that make no sense */
};

/* What is counted in models. */
enum vm_count { VM_PAGES, VM_WAITS, VM_NR_COUNTS };

/* Unit numbers are 0 and 1. */
struct vm_ops {
    /* Of unit 1. */
    uint64_t base1;
    /* Firmware's tables are read and the driver is set up, as at boot. */
    int (*bring_up)(void);
    /* Translation is switched on, where that is a step of its own. */
    void (*enable)(void);
    /* What bring_up() made, which is never undone in Xen. */
    void (*driver_down)(void);

    /* 0 and where it went, or the unit's code for why not. */
    unsigned int (*translate)(unsigned int unit, uint16_t bdf, uint64_t addr,
                              bool write, uint64_t *maddr);
    enum vm_end (*end)(unsigned int code);
    unsigned int (*dma)(unsigned int unit, uint16_t bdf, uint64_t addr,
                        size_t len, bool write, void *buf);
    unsigned int (*ats_request)(unsigned int unit, uint16_t bdf, uint64_t addr,
                                unsigned int *prot);
    unsigned int (*ats_dma)(unsigned int unit, uint16_t bdf, uint64_t addr,
                            size_t len, bool write, void *buf);
    void (*ats_dead)(unsigned int unit, uint16_t bdf, bool dead);

    void (*reset)(unsigned int unit);
    void (*die)(unsigned int unit, bool gone);
    void (*revive)(unsigned int unit);
    void (*destroy)(unsigned int unit);
    /* The @nth command goes wrong; 0: none. */
    void (*fail_nth)(unsigned int unit, unsigned int nth, unsigned int how);
    bool (*failed)(unsigned int unit);
    unsigned long (*count)(unsigned int unit, enum vm_count what);
    /* What no driver may do; NULL: nothing. */
    const char *(*violation)(unsigned int unit);
    void (*forgive)(unsigned int unit);
    /* Does it translate, take commands, and send a message for faults? */
    bool (*is_on)(unsigned int unit);
    /* Does it do nothing at all? */
    bool (*is_off)(unsigned int unit);
};

struct vtd_model;
struct amd_model;

struct vm_system {
    const struct vm_ops *ops;
    struct vtd_model *model[2];         /* the one or the other */
    struct amd_model *amd[2];
    unsigned int haw;
    bool own_tables;                /* firmware's are the test's */
    bool outward;                   /* of the test: DEV_PORT leads outside */
    bool boot_failed;               /* the driver has undone everything */
    struct domain *hwdom, *guest, *guest2;
    unsigned long nr_events;
    unsigned int failing, how;   /* suite-fail.c's */
    void *pages[256];               /* vm_page()'s, freed at the end */
    unsigned int nr_pages;
};

extern struct vm_system vm;

/*
 * Hardware as it comes out of reset, but for the models, which the caller makes
 * next; vm_ops from then on.
 */
void vm_reset(const struct vm_ops *ops);
/* The rest: bring-up, functions, domains; ends with translation on. */
void vm_continue(void);
/* Between the two: the driver's bring-up alone, and its value. */
int vm_bring_up(void);
/* A function appears, as by hot-plug; the machine's have been. */
struct fn;
void vm_plug(const struct fn *fn);
/* Ends a guest as Xen does. */
void vm_domain_down(struct domain **d);
/* A device vanishes, as by hot-unplug. */
void vm_unplug(pci_sbdf_t sbdf);
/* Asserts that the models saw nothing forbidden and that nothing leaked. */
void vm_down(void);
/* Undoes vm_bring_up(), and a machine that a failed test left. */
void vm_clean(void);

/* The unit that serves @sbdf, as number and as the core's. */
unsigned int vm_index(pci_sbdf_t sbdf);
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

/* Translation of one access of @sbdf by its model: the unit's code or 0. */
unsigned int vm_dma(pci_sbdf_t sbdf, uint64_t addr, bool write);
/* What it ends in. */
enum vm_end vm_dma_end(pci_sbdf_t sbdf, uint64_t addr, bool write);
/* Where it ends; ~0 if it does not. */
uint64_t vm_dma_to(pci_sbdf_t sbdf, uint64_t addr);
/* Neither reads nor writes reach anything, and not for want of a mapping. */
bool vm_blocked(pci_sbdf_t sbdf);

/* Runs what is pending: tasklets, among them those that drain faults. */
void vm_settle(void);

/* A test on this machine; what it leaves is cleaned up. */
#define VM_TEST(fn) cmocka_unit_test_teardown(fn, vm_teardown)
static inline int vm_teardown(void **state)
{
    vm_clean();

    return 0;
}

#endif /* TESTS_VM_SYSTEM_H */
