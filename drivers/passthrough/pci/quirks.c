/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hardware that is not what its configuration space says.  What is listed here
 * was published by the vendor or observed by many; each entry names where.
 */
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/pci-rules.h>

struct id_range {
    uint16_t vendor, first, last;
};

static bool matches(const struct pci_func *f, const struct id_range *table,
                    unsigned int nr)
{
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        if ( f->vendor == table[i].vendor && f->device >= table[i].first &&
             f->device <= table[i].last )
            return true;

    return false;
}

#define MATCHES(f, table) matches(f, table, ARRAY_SIZE(table))

/*
 * PCIe-to-PCI bridges without a PCI Express capability (kernel.org bug 44881,
 * comments 43, 46 and 49; bug 73551).
 */
static const struct id_range express_bridges[] = {
    { 0x1b21, 0x1080, 0x1080 },   /* ASMedia ASM1083, ASM1085 */
    { 0x10e3, 0x8113, 0x8113 },   /* Tundra Tsi381 */
    { 0x1283, 0x8892, 0x8893 },   /* ITE 8892, 8893 */
    { 0x8086, 0x244e, 0x244e },   /* Intel 82801 */
};

bool pci_quirk_is_express_bridge(const struct pci_func *f)
{
    return f->header == PCI_HEADER_TYPE_BRIDGE && !f->express &&
           f->parent && f->parent->express &&
           f->parent->port != PCI_EXP_TYPE_PCI_BRIDGE &&
           MATCHES(f, express_bridges);
}

/* DMA of all functions carries function 0's ID: Ricoh; Glenfly Arise. */
static const struct id_range as_function_0[] = {
    { 0x1180, 0xe476, 0xe476 },
    { 0x1180, 0xe832, 0xe832 },
    { 0x6766, 0x3d40, 0x3d41 },
};

/*
 * DMA carries the ID of function 1, which need not exist: SATA controllers
 * with Marvell's 88SE91xx and 92xx (kernel.org bug 42679), JMicron JMB388.
 */
static const struct id_range as_function_1[] = {
    { 0x1b4b, 0x9120, 0x9120 },
    { 0x1b4b, 0x9123, 0x9123 },
    { 0x1b4b, 0x9125, 0x9125 },
    { 0x1b4b, 0x9128, 0x9128 },
    { 0x1b4b, 0x9130, 0x9130 },
    { 0x1b4b, 0x9170, 0x9170 },
    { 0x1b4b, 0x9172, 0x9172 },
    { 0x1b4b, 0x917a, 0x917a },
    { 0x1b4b, 0x9182, 0x9183 },
    { 0x1b4b, 0x91a0, 0x91a0 },
    { 0x1b4b, 0x9215, 0x9215 },
    { 0x1b4b, 0x9220, 0x9220 },
    { 0x1b4b, 0x9230, 0x9230 },
    { 0x1b4b, 0x9235, 0x9235 },
    { 0x1103, 0x0642, 0x0642 },   /* HighPoint RocketRAID 642L */
    { 0x1103, 0x0645, 0x0645 },   /* 644L */
    { 0x197b, 0x2392, 0x2392 },   /* JMB388 */
    { 0x1c28, 0x0122, 0x0122 },   /* Lite-On M6e */
};

/* Intel Xeon Phi x200: DMA engines behind the NTB use these three. */
static const struct id_range phi_ntb[] = {
    { 0x8086, 0x2260, 0x2260 },
    { 0x8086, 0x2264, 0x2264 },
};

/*
 * Non-transparent bridges, and what is built from them, send what comes from
 * the other side with proxy IDs of their own bus, any device and function:
 * PLX PEX 87xx and Intel's Visual Compute Accelerator, which has functions 0 to
 * 4 of each device (statements to the Linux PCI list, 2018 and 2019).
 */
static const struct id_range proxies[] = {
    { 0x10b5, 0x87b0, 0x87b1 },
    { 0x8086, 0x2954, 0x2956 },
    { 0x8086, 0x2958, 0x295a },
};

/*
 * Microsemi's and Microchip's Switchtec: which IDs is in registers behind a BAR
 * (to the Linux PCI list, 2018).  Ports and the management endpoint
 * have the same device IDs and other classes.
 */
static const struct id_range switchtec[] = {
    { 0x11f8, 0x4000, 0x5fff },
    { 0x11f8, 0x8531, 0x8576 },
    { 0x1055, 0x1000, 0x1fff },
};

#define CLASS_OTHER_BRIDGE 0x0680

static bool has_proxies(const struct pci_func *f)
{
    return f->header == PCI_HEADER_TYPE_NORMAL &&
           (MATCHES(f, proxies) ||
            (f->class == CLASS_OTHER_BRIDGE && MATCHES(f, switchtec)));
}

static struct pci_id_range on_bus(const struct pci_func *f, uint8_t devfn)
{
    uint16_t id = (f->sbdf.bus << 8) | devfn;

    return (struct pci_id_range){ id, id };
}

unsigned int pci_quirk_aliases(
    const struct pci_func *f,
    struct pci_id_range aliases[PCI_QUIRK_MAX_ALIASES])
{
    uint8_t devfn = f->sbdf.devfn;

    if ( MATCHES(f, as_function_0) )
    {
        aliases[0] = on_bus(f, devfn & ~7);
        return 1;
    }

    if ( MATCHES(f, as_function_1) )
    {
        aliases[0] = on_bus(f, (devfn & ~7) | 1);
        return 1;
    }

    if ( MATCHES(f, phi_ntb) )
    {
        aliases[0] = on_bus(f, PCI_DEVFN(0x10, 0));
        aliases[1] = on_bus(f, PCI_DEVFN(0x11, 0));
        aliases[2] = on_bus(f, PCI_DEVFN(0x12, 3));
        return 3;
    }

    if ( has_proxies(f) )
    {
        aliases[0].first = f->sbdf.bus << 8;
        aliases[0].last = aliases[0].first | 0xff;
        return 1;
    }

    /* Adaptec 3405, 3805: DMA comes from 01.0 (kernel.org bug 43119). */
    if ( f->vendor == 0x9005 && f->device == 0x0285 &&
         f->sub_vendor == 0x9005 &&
         (f->sub_device == 0x02bb || f->sub_device == 0x02bc) )
    {
        aliases[0] = on_bus(f, PCI_DEVFN(1, 0));
        return 1;
    }

    return 0;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
