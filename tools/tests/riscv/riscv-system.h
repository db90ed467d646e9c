/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with two RISC-V IOMMUs and two other drivers' units:
 *
 *   RISC-V unit 0, segment 0, buses 80 to bf; device ID = requester ID:
 *     80:02.0           on its own
 *     80:03.0, .1       one device of two functions without ACS: one group
 *     80:1e.0           PCIe-to-PCI bridge to bus 85
 *       85:00.0, 85:01.0  behind it: all three share an ID
 *   RISC-V unit 1, segment 2; device ID = 0x10000 + requester ID:
 *     00:05.0           on its own
 *   unit mocka0, segment 0, VT-d's format:
 *     00:02.0           on its own
 *   unit mockb1, segment 0, Sv39x4:
 *     40:00.0           on its own
 *
 * and domains: hardware domain 0, guests 1 and 2.
 */
#ifndef TESTS_RISCV_SYSTEM_H
#define TESTS_RISCV_SYSTEM_H

#include "test.h"

#include <xen/iommu.h>
#include <xen/mm.h>
#include <xen/sched.h>

#include <iommu-groups/group.h>

#include "models/mock-driver.h"
#include "models/riscv-model.h"

#define RVS_A           PCI_SBDF(0, 0x80, 2, 0)
#define RVS_MULTI0      PCI_SBDF(0, 0x80, 3, 0)
#define RVS_MULTI1      PCI_SBDF(0, 0x80, 3, 1)
#define RVS_BEHIND0     PCI_SBDF(0, 0x85, 0, 0)
#define RVS_BEHIND1     PCI_SBDF(0, 0x85, 1, 0)
#define RVS_B           PCI_SBDF(2, 0, 5, 0)
#define RVS_MOCK_A      PCI_SBDF(0, 0, 2, 0)
#define RVS_MOCK_B      PCI_SBDF(0, 0x40, 0, 0)

/* No cause: the function sends nothing, its bus mastering is off. */
#define RVS_SILENT      ~0u

struct rvs {
    struct rvm *model[2];
    void *regs[2];
    struct domain *hwdom, *guest, *guest2;
    void *pages[256];
    unsigned int nr_pages;
    unsigned int failing, how;      /* test-riscv-fail.c's */
};

extern struct rvs rvs;

/* Everything up; the units have these capabilities. */
void rvs_up(const struct rvm_cfg *cfg0, const struct rvm_cfg *cfg1);
/* Undoes it, in whatever state it is. */
void rvs_clean(void);
/* The same; asserts that the models saw nothing forbidden and no leak. */
void rvs_down(void);

struct iommu_dev *rvs_dev(pci_sbdf_t sbdf);
/* iommu_group_set_owner() by name. */
int rvs_give(pci_sbdf_t sbdf, struct domain *d);
int rvs_map(struct domain *d, unsigned long dfn, unsigned long mfn,
            unsigned long nr, unsigned int flags);
int rvs_unmap(struct domain *d, unsigned long dfn, unsigned long nr);
/* A page, mapped at @dfn for reading and writing; the machine frees it. */
void *rvs_page(struct domain *d, unsigned long dfn);
void rvs_domain_down(struct domain **d);
void rvs_unplug(pci_sbdf_t sbdf);

/* A DMA of a function behind a RISC-V unit: 0 or a cause. */
unsigned int rvs_dma(pci_sbdf_t sbdf, uint64_t addr, bool write);
/* Where it ends; ~0 if it does not. */
uint64_t rvs_dma_to(pci_sbdf_t sbdf, uint64_t addr);
/* Runs what is pending. */
void rvs_settle(void);

#define RVS_TEST(fn) cmocka_unit_test_teardown(fn, rvs_teardown)
static inline int rvs_teardown(void **state)
{
    rvs_clean();

    return 0;
}

#endif /* TESTS_RISCV_SYSTEM_H */
