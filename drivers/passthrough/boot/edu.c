/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's "edu" device as a DMA engine, for the boot self-test. */
#include <xen/delay.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-arch.h>
#include "selftest.h"

#define EDU_ID        0x00
#define EDU_DMA_SRC   0x80
#define EDU_DMA_DST   0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_CMD   0x98
#define   EDU_CMD_START     (1u << 0)
#define   EDU_CMD_TO_MEMORY (1u << 1)
#define EDU_BUFFER    0x40000
#define EDU_SIZE      0x100000

static uint64_t __init edu_read(const struct edu *edu, unsigned int reg)
{
    return readq(edu->regs + reg);
}

static void __init edu_write(struct edu *edu, unsigned int reg, uint64_t val)
{
    writeq(val, edu->regs + reg);
}

int __init edu_open(struct edu *edu, pci_sbdf_t sbdf)
{
    uint32_t bar = pci_conf_read32(sbdf, PCI_BASE_ADDRESS_0);
    paddr_t addr = bar & (uint32_t)PCI_BASE_ADDRESS_MEM_MASK;

    if ( (bar & PCI_BASE_ADDRESS_SPACE) != PCI_BASE_ADDRESS_SPACE_MEMORY )
        return -ENODEV;
    if ( (bar & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
         PCI_BASE_ADDRESS_MEM_TYPE_64 )
        addr |= (paddr_t)pci_conf_read32(sbdf, PCI_BASE_ADDRESS_0 + 4) << 32;
    if ( !addr )
        return -ENODEV;

    edu->sbdf = sbdf;
    edu->command = pci_conf_read16(sbdf, PCI_COMMAND);
    edu->regs = arch_iommu_map_regs(addr, EDU_SIZE);
    if ( !edu->regs )
        return -ENOMEM;

    pci_conf_write16(sbdf, PCI_COMMAND,
                     edu->command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);

    /* The low half is the magic number, the high one the version. */
    if ( (readl(edu->regs + EDU_ID) & 0xffff) != 0x00ed )
    {
        edu_close(edu);
        return -ENODEV;
    }

    return 0;
}

void __init edu_close(struct edu *edu)
{
    pci_conf_write16(edu->sbdf, PCI_COMMAND, edu->command);
    arch_iommu_unmap_regs((void *)edu->regs, EDU_SIZE);
    edu->regs = NULL;
}

static int __init edu_run(struct edu *edu, uint64_t src, uint64_t dst,
                          unsigned int len, unsigned int dir)
{
    unsigned int ms;

    edu_write(edu, EDU_DMA_SRC, src);
    edu_write(edu, EDU_DMA_DST, dst);
    edu_write(edu, EDU_DMA_COUNT, len);
    edu_write(edu, EDU_DMA_CMD, EDU_CMD_START | dir);

    for ( ms = 0; ms < 1000; ms++ )
    {
        if ( !(edu_read(edu, EDU_DMA_CMD) & EDU_CMD_START) )
            return 0;
        arch_iommu_delay_us(1000);
    }

    return -ETIMEDOUT;
}

int __init edu_from_memory(struct edu *edu, uint64_t addr, unsigned int len)
{
    return edu_run(edu, addr, EDU_BUFFER, len, 0);
}

int __init edu_to_memory(struct edu *edu, uint64_t addr, unsigned int len)
{
    return edu_run(edu, EDU_BUFFER, addr, len, EDU_CMD_TO_MEMORY);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
