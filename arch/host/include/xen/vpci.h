/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_VPCI_H
#define HOST_XEN_VPCI_H

#include <xen/pci.h>
#include <xen/rwlock.h>

struct domain;

#define has_vpci(d) ((void)(d), false)

static inline int vpci_assign_device(struct pci_dev *pdev)
{
    return 0;
}

static inline void vpci_deassign_device(struct pci_dev *pdev)
{
}

typedef uint32_t vpci_read_t(const struct pci_dev *pdev, unsigned int reg,
                             void *data);
typedef void vpci_write_t(const struct pci_dev *pdev, unsigned int reg,
                          uint32_t val, void *data);

#define INVALID_GUEST_SBDF ((pci_sbdf_t){ .sbdf = ~0U })

struct vpci {
    struct list_head handlers;
    struct vpci_header {
        struct vpci_bar {
            uint64_t addr;
            uint64_t guest_addr;
            uint64_t size;
            enum {
                VPCI_BAR_EMPTY,
                VPCI_BAR_IO,
                VPCI_BAR_MEM32,
                VPCI_BAR_MEM64_LO,
                VPCI_BAR_MEM64_HI,
                VPCI_BAR_ROM,
            } type;
            bool prefetchable : 1;
            bool enabled      : 1;
        } bars[PCI_HEADER_NORMAL_NR_BARS + 1];
        uint16_t guest_cmd;
    } header;
    pci_sbdf_t guest_sbdf;
    unsigned int line;
    unsigned int said;
};

/* The dispatcher is a test's (tools/tests/vpci/vpci-fixture.c). */
int __must_check vpci_add_register(struct vpci *vpci, vpci_read_t *read_handler,
                                   vpci_write_t *write_handler,
                                   unsigned int offset, unsigned int size,
                                   void *data);
uint32_t vpci_read_val(const struct pci_dev *pdev, unsigned int reg,
                       void *data);

/* Added to Xen's by xen-patches/. */
bool iommu_groups_has_vpci(const struct domain *d);
int __must_check iommu_groups_vpci_init(struct pci_dev *pdev);
void iommu_groups_vpci_exit(struct pci_dev *pdev);
void iommu_groups_vpci_line_lost(struct domain *d);
uint32_t iommu_groups_vpci_sbdf(uint32_t guest_bdf);
int iommu_groups_vpci_ioports(void);

#endif
