/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vendors have stated of the isolation that their hardware has, or lacks,
 * beside what its configuration space says.  Each row names its source; "list"
 * is linux-pci@vger.kernel.org, by subject and year of the vendor's patch.
 */
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/pci-rules.h>

#define INTEL    0x8086
#define BROADCOM 0x14e4
#define CAVIUM   0x177d
#define AMPERE   0x1def
#define NXP      0x1957
#define QUALCOMM 0x17cb
#define ZHAOXIN  0x1d17
#define WANGXUN  0x8088
#define LOONGSON 0x0014
#define PERICOM  0x12d8
#define IDT      0x111d

struct statement {
    uint16_t vendor, first, last;
    uint8_t step;              /* between device IDs; 0 is 1 */
    uint8_t kind;              /* enum pci_stated */
};

static const struct statement statements[] = {
    /* Solarflare, list, "ACS quirk for Solarflare SFC9120 & SFC9140", 2014 */
    { 0x1924, 0x0903, 0x0903, 0, PCI_STATED_FUNCTION },   /* SFC9020 */
    { 0x1924, 0x0923, 0x0923, 0, PCI_STATED_FUNCTION },   /* SFC9120 */
    { 0x1924, 0x0a03, 0x0a03, 0, PCI_STATED_FUNCTION },   /* SFC9220 */

    /*
     * Intel, list, "Add ACS quirk for Intel 10G NICs", 2013, and "Extend ACS
     * quirk to more Intel NICs", 2014, verified by Intel's network division.
     * Quad-port 82571 are left out: they have a switch without ACS.
     */
    { INTEL, 0x105e, 0x1060, 0, PCI_STATED_FUNCTION },    /* 82571 */
    { INTEL, 0x10d9, 0x10d9, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x10a7, 0x10a9, 2, PCI_STATED_FUNCTION },    /* 82575 */
    { INTEL, 0x10d6, 0x10d6, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x10c9, 0x10c9, 0, PCI_STATED_FUNCTION },    /* 82576 */
    { INTEL, 0x10e6, 0x10e8, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x150a, 0x150d, 3, PCI_STATED_FUNCTION },
    { INTEL, 0x1518, 0x1518, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x1526, 0x1526, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x1509, 0x1509, 0, PCI_STATED_FUNCTION },    /* 82580 */
    { INTEL, 0x150e, 0x1511, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x1516, 0x1516, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x1527, 0x1527, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x1521, 0x1524, 0, PCI_STATED_FUNCTION },    /* I350 */
    { INTEL, 0x10c6, 0x10c6, 0, PCI_STATED_FUNCTION },    /* 82598 */
    { INTEL, 0x10db, 0x10dd, 2, PCI_STATED_FUNCTION },
    { INTEL, 0x10e1, 0x10e1, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x10f1, 0x10f1, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x10f7, 0x10fc, 0, PCI_STATED_FUNCTION },    /* 82599 */
    { INTEL, 0x1507, 0x1507, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x1514, 0x1514, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x151c, 0x151c, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x1529, 0x152a, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x154d, 0x154f, 2, PCI_STATED_FUNCTION },
    { INTEL, 0x1551, 0x1551, 0, PCI_STATED_FUNCTION },
    { INTEL, 0x1558, 0x1558, 0, PCI_STATED_FUNCTION },
    /* Intel, list, "Add ACS quirk for Intel I219": function 6 of the PCH */
    { INTEL, 0x15b7, 0x15b8, 0, PCI_STATED_FUNCTION },

    /* Broadcom, list, "Add ACS quirk for Broadcom BCM57414 NIC", 2022 */
    { BROADCOM, 0x16d7, 0x16d7, 0, PCI_STATED_FUNCTION },
    /* Broadcom, list, "Add ACS quirk for Broadcom BCM5750x NICs", 2022 */
    { BROADCOM, 0x1750, 0x1752, 0, PCI_STATED_FUNCTION },
    /* Broadcom, list, "Add ACS quirk for Broadcom BCM5760X NIC", 2024 */
    { BROADCOM, 0x1760, 0x1763, 0, PCI_STATED_FUNCTION },
    /* Emulex, list, "Add ACS quirk for Emulex NICs", 2014 */
    { 0x19a2, 0x0710, 0x0710, 0, PCI_STATED_FUNCTION },   /* BE3-R */
    { 0x10df, 0x0720, 0x0720, 0, PCI_STATED_FUNCTION },   /* Skyhawk-R */
    /* Cavium, list, "Add ACS quirk for Cavium multi-function devices", 2021 */
    { CAVIUM, 0xa026, 0xa026, 0, PCI_STATED_FUNCTION },
    { CAVIUM, 0xa059, 0xa060, 7, PCI_STATED_FUNCTION },
    /* Zhaoxin, list, "Add ACS quirk for Zhaoxin multi-function devices", 2020 */
    { ZHAOXIN, 0x3038, 0x3038, 0, PCI_STATED_FUNCTION },
    { ZHAOXIN, 0x3104, 0x3104, 0, PCI_STATED_FUNCTION },
    { ZHAOXIN, 0x9083, 0x9083, 0, PCI_STATED_FUNCTION },
    /* Wangxun, list, "Add ACS quirk for Wangxun NICs", 2023 */
    { WANGXUN, 0x0100, 0x010f, 0, PCI_STATED_FUNCTION },  /* SF400, SF200 */
    { WANGXUN, 0x1001, 0x1001, 0, PCI_STATED_FUNCTION },  /* RP1000 */
    { WANGXUN, 0x2001, 0x2001, 0, PCI_STATED_FUNCTION },  /* RP2000 */
    /* Wangxun, list, "Add ACS quirk for Wangxun FF5xxx NICs", 2024 */
    { WANGXUN, 0x5010, 0x5010, 0, PCI_STATED_FUNCTION },
    { WANGXUN, 0x5025, 0x5025, 0, PCI_STATED_FUNCTION },
    { WANGXUN, 0x5040, 0x5040, 0, PCI_STATED_FUNCTION },
    { WANGXUN, 0x5110, 0x5110, 0, PCI_STATED_FUNCTION },
    { WANGXUN, 0x5125, 0x5125, 0, PCI_STATED_FUNCTION },
    { WANGXUN, 0x5140, 0x5140, 0, PCI_STATED_FUNCTION },

    /*
     * AMD, list, 11 July and 5 October 2012, and kernel.org bug 81841, comment
     * 15: no peer-to-peer between the functions of the southbridge in systems
     * with an AMD IOMMU.
     */
    { 0x1002, 0x4383, 0x4385, 0, PCI_STATED_SOUTHBRIDGE },
    { 0x1002, 0x4399, 0x4399, 0, PCI_STATED_SOUTHBRIDGE },
    { 0x1002, 0x439c, 0x439d, 0, PCI_STATED_SOUTHBRIDGE },
    { 0x1022, 0x7809, 0x7809, 0, PCI_STATED_SOUTHBRIDGE },
    { 0x1022, 0x780f, 0x780f, 0, PCI_STATED_SOUTHBRIDGE },

    /* Cavium, list, "Add ACS quirk for Cavium devices", 2016: ThunderX */
    { CAVIUM, 0xa000, 0xa7ff, 0, PCI_STATED_PORT },
    /* Marvell, list, "ACS quirk for ThunderX2 and ThunderX3", 2019 */
    { CAVIUM, 0xaf84, 0xaf84, 0, PCI_STATED_PORT },
    { CAVIUM, 0xb884, 0xb884, 0, PCI_STATED_PORT },
    /* APM, list, "Add ACS quirk for APM X-Gene devices", 2017 */
    { 0x10e8, 0xe004, 0xe004, 0, PCI_STATED_PORT },
    /* Ampere, list, "Add ACS quirk for Ampere root ports", 2018: eMAG */
    { AMPERE, 0xe005, 0xe00c, 0, PCI_STATED_PORT },
    /* Qualcomm, list, "Add ACS quirk for Qualcomm QDF2400 and QDF2432", 2017 */
    { QUALCOMM, 0x0400, 0x0401, 0, PCI_STATED_PORT },
    /* Qualcomm, list, "Add ACS quirk for Qualcomm SA8775P", 2024 */
    { QUALCOMM, 0x0115, 0x0115, 0, PCI_STATED_PORT },
    /* Qualcomm, list, "Add ACS quirk for Qualcomm Hamoa & Glymur", 2026 */
    { QUALCOMM, 0x0111, 0x0111, 0, PCI_STATED_PORT },
    { QUALCOMM, 0x0120, 0x0120, 0, PCI_STATED_PORT },
    /* HXT, list, "Add HXT vendor ID and ACS quirk", 2018: SD4800 */
    { 0x1dbf, 0x0401, 0x0401, 0, PCI_STATED_PORT },
    /* Broadcom, list, "Add ACS quirk for iProc PAXB", 2020 */
    { BROADCOM, 0xd714, 0xd714, 0, PCI_STATED_PORT },
    /* Loongson, list, "Add ACS quirk for Loongson PCIe" */
    { LOONGSON, 0x3c09, 0x3c29, 16, PCI_STATED_PORT },
    { LOONGSON, 0x7a09, 0x7a69, 16, PCI_STATED_PORT },
    /* Amazon, list, "Add ACS quirk for Amazon Annapurna Labs root ports" */
    { 0x1c36, 0x0031, 0x0031, 0, PCI_STATED_PORT },
    /* NXP, list, "Add ACS quirk for NXP LX2XX0 and LX2XX2 platforms", 2021 */
    { NXP, 0x8d80, 0x8d83, 0, PCI_STATED_PORT },
    { NXP, 0x8d88, 0x8d8b, 0, PCI_STATED_PORT },
    { NXP, 0x8d90, 0x8d93, 0, PCI_STATED_PORT },
    { NXP, 0x8d98, 0x8d9b, 0, PCI_STATED_PORT },
    { NXP, 0x8da0, 0x8da1, 0, PCI_STATED_PORT },
    { NXP, 0x8da8, 0x8da9, 0, PCI_STATED_PORT },
    { NXP, 0x8db0, 0x8db1, 0, PCI_STATED_PORT },
    { NXP, 0x8db8, 0x8db9, 0, PCI_STATED_PORT },
    /* Zhaoxin, list, "Add ACS quirk for Zhaoxin Root/Downstream Ports", 2020 */
    { ZHAOXIN, 0x0710, 0x071e, 0, PCI_STATED_SWITCH_PORT },
    { ZHAOXIN, 0x0721, 0x0721, 0, PCI_STATED_SWITCH_PORT },
    { ZHAOXIN, 0x0723, 0x0752, 0, PCI_STATED_SWITCH_PORT },

    /* Intel, bugzilla.redhat.com 1037684, 2014; the datasheets' chapters on
     * chipset configuration (UPDCR, BSPR) and PCI Express ports (MPC). */
    { INTEL, 0x3b42, 0x3b51, 0, PCI_STATED_PCH },         /* 5 series */
    { INTEL, 0x1c10, 0x1c1f, 0, PCI_STATED_PCH },         /* 6 series */
    { INTEL, 0x1e10, 0x1e1f, 0, PCI_STATED_PCH },         /* 7 series */
    { INTEL, 0x8c10, 0x8c1f, 0, PCI_STATED_PCH },         /* 8 series */
    { INTEL, 0x9c10, 0x9c1b, 0, PCI_STATED_PCH },         /* 8 series, LP */
    { INTEL, 0x9c90, 0x9c9b, 0, PCI_STATED_PCH },         /* Broadwell's */
    { INTEL, 0x8c90, 0x8c9e, 2, PCI_STATED_PCH },         /* 9 series */
    { INTEL, 0x1d10, 0x1d1e, 2, PCI_STATED_PCH },         /* X79, C600 */
    { INTEL, 0x8d10, 0x8d1e, 0, PCI_STATED_PCH },         /* X99, C610 */

    /* Intel, 100 Series PCH datasheet, vol. 2, 12.1.46 and 12.1.47;
     * specification update, erratum 23 */
    { INTEL, 0xa110, 0xa11f, 0, PCI_STATED_WIDE_ACS },
    { INTEL, 0xa167, 0xa16a, 0, PCI_STATED_WIDE_ACS },
    /* 200 Series specification update 335194-001, erratum 22 */
    { INTEL, 0xa290, 0xa29f, 0, PCI_STATED_WIDE_ACS },
    { INTEL, 0xa2e7, 0xa2ee, 0, PCI_STATED_WIDE_ACS },
    /* 7th and 8th generation U/Y I/O, 334660-002, erratum 22 */
    { INTEL, 0x9d10, 0x9d1b, 0, PCI_STATED_WIDE_ACS },

    /* IDT, errata of the 89H32H8G3-YC, item 36 */
    { IDT, 0x8090, 0x8090, 0, PCI_STATED_NO_SV },
    { IDT, 0x80b5, 0x80b5, 0, PCI_STATED_NO_SV },

    /* Pericom, errata of the PI7C9X2G404, 304 and 303, E5; list, "Add ACS
     * quirk for Pericom PI7C9X2G switches" and followers, 2022 to 2025 */
    { PERICOM, 0x2303, 0x2304, 0, PCI_STATED_STORE_FORWARD },
    { PERICOM, 0x2404, 0x2404, 0, PCI_STATED_STORE_FORWARD },
    { PERICOM, 0x2608, 0x2608, 0, PCI_STATED_STORE_FORWARD },
    { PERICOM, 0xb404, 0xb404, 0, PCI_STATED_STORE_FORWARD },
};

/* Is @f what a statement of this kind is about? */
static bool applies(const struct pci_func *f, enum pci_stated kind)
{
    bool root = f->express && f->port == PCI_EXP_TYPE_ROOT_PORT;
    bool down = f->express && f->port == PCI_EXP_TYPE_DOWNSTREAM;

    switch ( kind )
    {
    case PCI_STATED_FUNCTION:
        return !root && !down && f->header == PCI_HEADER_TYPE_NORMAL;

    /* On the root bus, one function of several. */
    case PCI_STATED_SOUTHBRIDGE:
        return !f->express;

    case PCI_STATED_PORT:
    case PCI_STATED_PCH:
    case PCI_STATED_WIDE_ACS:
        return root;

    case PCI_STATED_SWITCH_PORT:
        return root || down;

    case PCI_STATED_NO_SV:
    case PCI_STATED_STORE_FORWARD:
        return down;

    default:
        return false;
    }
}

enum pci_stated pci_stated(const struct pci_func *f)
{
    unsigned int i;

    if ( f->silent )
        return PCI_STATED_NOTHING;

    for ( i = 0; i < ARRAY_SIZE(statements); i++ )
    {
        const struct statement *s = &statements[i];

        if ( f->vendor == s->vendor && f->device >= s->first &&
             f->device <= s->last &&
             !((f->device - s->first) % (s->step ?: 1)) &&
             applies(f, s->kind) )
            return s->kind;
    }

    /*
     * Intel's root complex integrated endpoints reach each other with
     * translated addresses only (Intel VT-d specification 4.1, 3.16).
     */
    if ( f->vendor == INTEL && f->express && f->port == PCI_EXP_TYPE_RC_END )
        return PCI_STATED_FUNCTION;

    return PCI_STATED_NOTHING;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
