/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_MSI_H
#define HOST_ASM_MSI_H

#include <xen/cpumask.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/types.h>

#define MSI_DATA_VECTOR_MASK     0x000000ff
#define MSI_DATA_VECTOR(v)       ((v) & MSI_DATA_VECTOR_MASK)
#define MSI_DATA_DELIVERY_FIXED  0
#define MSI_DATA_DELIVERY_LOWPRI (1 << 8)
#define MSI_DATA_DELIVERY_MODE_MASK 0x00000700
#define MSI_DATA_LEVEL_ASSERT    (1 << 14)
#define MSI_DATA_LEVEL_DEASSERT  0
#define MSI_DATA_TRIGGER_EDGE    0
#define MSI_DATA_TRIGGER_LEVEL   (1 << 15)
#define MSI_DATA_TRIGGER_MASK    0x00008000

#define MSI_ADDR_BASE_HI   0
#define MSI_ADDR_BASE_LO   0xfee00000U
#define MSI_ADDR_BASE_MASK (~0xfffff)
#define MSI_ADDR_HEADER    MSI_ADDR_BASE_LO
#define MSI_ADDR_DESTMODE_PHYS   0
#define MSI_ADDR_DESTMODE_LOGIC  (1 << 2)
#define MSI_ADDR_DESTMODE_MASK   0x4
#define MSI_ADDR_REDIRECTION_CPU 0
#define MSI_ADDR_REDIRECTION_LOWPRI (1 << 3)
#define MSI_ADDR_REDIRECTION_MASK (1 << 3)
#define MSI_ADDR_DEST_ID_SHIFT   12
#define MSI_ADDR_DEST_ID_MASK    0x00ff000
#define MSI_ADDR_DEST_ID(dest) \
    (((dest) << MSI_ADDR_DEST_ID_SHIFT) & MSI_ADDR_DEST_ID_MASK)

struct msi_msg {
    union {
        uint64_t address;
        struct {
            uint32_t address_lo;
            uint32_t address_hi;
        };
    };
    uint32_t data;
    uint32_t dest32;
};

struct pi_desc;
struct msi_desc {
    struct msi_attrib {
        uint8_t type;
        uint8_t pos;
        bool maskbit : 1;
        bool is_64 : 1;
        bool host_masked : 1;
        bool guest_masked : 1;
        uint16_t entry_nr;
    } msi_attrib;
    bool irte_initialized;
    uint8_t gvec;
    const struct pi_desc *pi_desc;
    struct list_head list;
    union {
        void __iomem *mask_base;
        struct {
            unsigned int nvec;
            unsigned int mpos;
        } msi;
        unsigned int hpet_id;
    };
    struct pci_dev *dev;
    int irq;
    int remap_index;
    struct msi_msg msg;
};

#define MSI_TYPE_UNKNOWN 0
#define MSI_TYPE_HPET    1
#define MSI_TYPE_IOMMU   2

static inline int pdev_msix_assign(struct domain *d, struct pci_dev *pdev)
{
    return 0;
}

/* Vector and destination in the compatibility format (Intel SDM 3, 11.11). */
void msi_compose_msg(unsigned int vector, const cpumask_t *cpu_mask,
                     struct msi_msg *msg);

#endif
