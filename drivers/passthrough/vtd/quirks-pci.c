/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chipset functions that turn what a guest's device does wrong (a translation
 * fault, an unsupported request) into an error of the whole platform, XSA-59.
 * Their error reporting is masked when they are found.
 */

#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pci.h>
#include <xen/pci_ids.h>
#include <xen/pci_regs.h>
#include <xen/pfn.h>
#include <xen/vmap.h>

#include <asm/io.h>

#include "vtd.h"

/* PCIe base specification 6.0, §7.8.4: advanced error reporting */
#define CAP_AER             0x01
#define CAP_VENDOR          0x0b
#define AER_UNCOR_MASK      0x08
#define  UNCOR_UNSUPPORTED  (1u << 20)
#define AER_COR_MASK        0x14
#define  COR_ADVISORY       (1u << 13)
#define VENDOR_HEADER       0x04

/* VTUNCERRMSK of the system management function: VT-d faults */
#define VT_ERR_MASK         0x1ac
#define  VT_ERR_MASKED      (1u << 31)

/* XPUNCERRMSK of root ports: completions with unsupported request */
#define XP_ERR_MASK         0x20c
#define  XP_ERR_UR          (1u << 4)

/* DMIBAR of client host bridges, and the error mask behind it */
#define DMIBAR_LOW          0x68
#define DMIBAR_HIGH         0x6c
#define  DMIBAR_ADDR        0x7ffffff000ULL     /* [38:12] */
#define DMI_UNCOR_MASK      0x1c8

enum quirk { NONE, VT_ERRORS, PORT_ERRORS, DMI_ERRORS };

static const struct {
    uint16_t first, last;       /* device IDs */
    enum quirk quirk;
} functions[] = {
    /* Tylersburg, Jasper Forest, Sandy Bridge EP */
    { 0x342e, 0x342e, VT_ERRORS },
    { 0x3728, 0x3728, VT_ERRORS },
    { 0x3c28, 0x3c28, VT_ERRORS },
    { 0x3400, 0x3411, PORT_ERRORS },
    { 0x3420, 0x3421, PORT_ERRORS },
    { 0x3700, 0x370f, PORT_ERRORS },
    { 0x3720, 0x3724, PORT_ERRORS },
    { 0x3c00, 0x3c0b, PORT_ERRORS },
    /* Nehalem to Skylake clients */
    { 0x0040, 0x0040, DMI_ERRORS }, { 0x0044, 0x0044, DMI_ERRORS },
    { 0x0048, 0x0048, DMI_ERRORS },
    { 0x0100, 0x0100, DMI_ERRORS }, { 0x0104, 0x0104, DMI_ERRORS },
    { 0x0108, 0x0108, DMI_ERRORS },
    { 0x0150, 0x0150, DMI_ERRORS }, { 0x0154, 0x0154, DMI_ERRORS },
    { 0x0158, 0x0158, DMI_ERRORS },
    { 0x0a00, 0x0a00, DMI_ERRORS }, { 0x0a04, 0x0a04, DMI_ERRORS },
    { 0x0a08, 0x0a08, DMI_ERRORS }, { 0x0a0f, 0x0a0f, DMI_ERRORS },
    { 0x0c00, 0x0c00, DMI_ERRORS }, { 0x0c04, 0x0c04, DMI_ERRORS },
    { 0x0c08, 0x0c08, DMI_ERRORS }, { 0x0c0f, 0x0c0f, DMI_ERRORS },
    { 0x0d00, 0x0d00, DMI_ERRORS }, { 0x0d04, 0x0d04, DMI_ERRORS },
    { 0x0d08, 0x0d08, DMI_ERRORS }, { 0x0d0f, 0x0d0f, DMI_ERRORS },
    { 0x1600, 0x1600, DMI_ERRORS }, { 0x1604, 0x1604, DMI_ERRORS },
    { 0x1608, 0x1608, DMI_ERRORS }, { 0x160f, 0x1610, DMI_ERRORS },
    { 0x1614, 0x1614, DMI_ERRORS }, { 0x1618, 0x1618, DMI_ERRORS },
    { 0x1900, 0x1900, DMI_ERRORS }, { 0x1904, 0x1904, DMI_ERRORS },
    { 0x1908, 0x1908, DMI_ERRORS }, { 0x190c, 0x190c, DMI_ERRORS },
    { 0x190f, 0x1910, DMI_ERRORS }, { 0x1918, 0x1918, DMI_ERRORS },
    { 0x191f, 0x191f, DMI_ERRORS },
};

static enum quirk quirk_of(pci_sbdf_t sbdf)
{
    uint32_t id = pci_conf_read32(sbdf, PCI_VENDOR_ID);
    unsigned int i;

    if ( (id & 0xffff) != PCI_VENDOR_ID_INTEL )
        return NONE;

    id >>= 16;
    for ( i = 0; i < ARRAY_SIZE(functions); i++ )
        if ( id >= functions[i].first && id <= functions[i].last )
            return functions[i].quirk;

    return NONE;
}

/*
 * Some root ports hide the registers in a vendor-specific capability, whose
 * layout is that of AER from the vendor header on.  0: neither is there.
 */
static unsigned int find_aer(const struct pci_dev *pdev, bool *firmware)
{
    unsigned int pos = iommu_pci_ext_cap(pdev->sbdf, 0, CAP_AER);

    if ( pos )
    {
        *firmware = pcie_aer_get_firmware_first(pdev);
        return pos;
    }

    *firmware = false;
    for ( pos = iommu_pci_ext_cap(pdev->sbdf, 0, CAP_VENDOR); pos;
          pos = iommu_pci_ext_cap(pdev->sbdf, pos, CAP_VENDOR) )
        /* ID [15:0] 4, revision [19:16] 1 */
        if ( (pci_conf_read32(pdev->sbdf, pos + VENDOR_HEADER) & 0xfffff) ==
             0x10004 )
            return pos + VENDOR_HEADER;

    return 0;
}

static void mask_port(const struct pci_dev *pdev)
{
    pci_sbdf_t sbdf = pdev->sbdf;
    bool firmware;
    unsigned int pos = find_aer(pdev, &firmware);
    uint32_t uncor, cor;

    if ( !pos )
    {
        printk(XENLOG_WARNING "VT-d: %pp has no error reporting to mask\n",
               &sbdf);
        return;
    }

    uncor = pci_conf_read32(sbdf, pos + AER_UNCOR_MASK);
    cor = pci_conf_read32(sbdf, pos + AER_COR_MASK);

    if ( !(uncor & UNCOR_UNSUPPORTED) || !(cor & COR_ADVISORY) )
    {
        /* Firmware that handles errors first owns these registers. */
        if ( firmware )
            printk(XENLOG_WARNING
                   "VT-d: %pp reports unsupported requests to firmware\n",
                   &sbdf);
        else
        {
            pci_conf_write32(sbdf, pos + AER_UNCOR_MASK,
                             uncor | UNCOR_UNSUPPORTED);
            pci_conf_write32(sbdf, pos + AER_COR_MASK, cor | COR_ADVISORY);
        }
    }

    pci_conf_write32(sbdf, XP_ERR_MASK,
                     pci_conf_read32(sbdf, XP_ERR_MASK) | XP_ERR_UR);
}

static void mask_dmi(const struct pci_dev *pdev)
{
    uint64_t bar = pci_conf_read32(pdev->sbdf, DMIBAR_LOW) |
                   ((uint64_t)pci_conf_read32(pdev->sbdf, DMIBAR_HIGH) << 32);
    paddr_t pa = bar & DMIBAR_ADDR;
    void __iomem *regs;

    /* QEMU has functions with these IDs, but nothing there. */
    if ( !(bar & 1) || !pa ||
         !page_is_ram_type(paddr_to_pfn(pa), RAM_TYPE_RESERVED) )
        return;

    regs = ioremap(pa, PAGE_SIZE);
    if ( !regs )
    {
        printk(XENLOG_WARNING "VT-d: no mapping for the DMI registers of %pp\n",
               &pdev->sbdf);
        return;
    }

    writel(readl(regs + DMI_UNCOR_MASK) | UNCOR_UNSUPPORTED,
           regs + DMI_UNCOR_MASK);
    iounmap(regs);
}

void vtd_quirks_pci(const struct pci_dev *pdev)
{
    pci_sbdf_t sbdf = pdev->sbdf;

    switch ( quirk_of(sbdf) )
    {
    case NONE:
        break;

    case VT_ERRORS:
        pci_conf_write32(sbdf, VT_ERR_MASK,
                         pci_conf_read32(sbdf, VT_ERR_MASK) | VT_ERR_MASKED);
        break;

    case PORT_ERRORS:
        mask_port(pdev);
        break;

    case DMI_ERRORS:
        mask_dmi(pdev);
        break;

    default:
        break;
    }
}
