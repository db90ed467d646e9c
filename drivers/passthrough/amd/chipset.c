/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chipsets that do not do what the specification says, or that firmware leaves
 * without settings which translation depends on.  Errata are AMD's; registers
 * are those of its BIOS and kernel developer's guides.
 */

#include <xen/err.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/xmalloc.h>

#include <asm/processor.h>

#include "setup.h"

#define ID_SP5100_SMBUS     0x43851002
#define ID_RD890_IOMMU      0x5a231002

/* SP5100, 00:14.0: IDE in combined mode sends with another function's ID. */
#define SP5100_SATA_CFG     0xad
#define SP5100_COMBINED     0x08

/* A unit's indirect registers: L2 ... */
#define L2_INDEX            0xf0
#define L2_DATA             0xf4
#define L2_WRITE            (1U << 8)
/* ... and those of each of its L1s. */
#define L1_INDEX            0xf8
#define L1_DATA             0xfc
#define L1_WRITE            (1U << 31)
#define L1_OF(nr, reg)      (((nr) << 16) | (reg))

#define RD890_NR_L1         6
#define RD890_NR_L1_REGS    0x12
#define RD890_NR_L2_REGS    0x83

/* The northbridge's, in function 0 of device 0. */
#define NB_INDEX            0x60
#define NB_DATA             0x64
#define NB_WRITE            (1U << 7)
#define NB_IOC_FEATURES     0x75
#define NB_IOC_ENABLE       0x1U

/* Capability block: 48882, §3.4. */
#define CAP_BASE_LOW        4
#define CAP_BASE_HIGH       8
#define CAP_BASE_ENABLE     0x1U

struct amd_chipset_state {
    uint32_t base_low, base_high;
    uint32_t l1[RD890_NR_L1][RD890_NR_L1_REGS];
    uint32_t l2[RD890_NR_L2_REGS];
};

const char *__init amd_chipset_no_intremap(void)
{
    unsigned int bus;

    for ( bus = 0; bus < 256; bus++ )
    {
        pci_sbdf_t smbus = PCI_SBDF(0, bus, 0x14, 0);

        if ( pci_conf_read32(smbus, PCI_VENDOR_ID) == ID_SP5100_SMBUS &&
             (pci_conf_read8(smbus, SP5100_SATA_CFG) & SP5100_COMBINED) )
            return "SP5100 erratum 28, with SATA in combined mode, which firmware's set-up can change";
    }

    return NULL;
}

static uint32_t read_l2(pci_sbdf_t unit, unsigned int reg)
{
    pci_conf_write32(unit, L2_INDEX, reg);

    return pci_conf_read32(unit, L2_DATA);
}

static void write_l2(pci_sbdf_t unit, unsigned int reg, uint32_t val)
{
    pci_conf_write32(unit, L2_INDEX, reg | L2_WRITE);
    pci_conf_write32(unit, L2_DATA, val);
    pci_conf_write32(unit, L2_INDEX, reg);
}

static uint32_t read_l1(pci_sbdf_t unit, unsigned int nr, unsigned int reg)
{
    pci_conf_write32(unit, L1_INDEX, L1_OF(nr, reg));

    return pci_conf_read32(unit, L1_DATA);
}

static void write_l1(pci_sbdf_t unit, unsigned int nr, unsigned int reg,
                     uint32_t val)
{
    pci_conf_write32(unit, L1_INDEX, L1_OF(nr, reg) | L1_WRITE);
    pci_conf_write32(unit, L1_DATA, val);
}

static bool family_15h(unsigned int first, unsigned int last)
{
    return boot_cpu_data.x86_vendor == X86_VENDOR_AMD &&
           boot_cpu_data.x86 == 0x15 && boot_cpu_data.x86_model >= first &&
           boot_cpu_data.x86_model <= last;
}

static void set_l2(pci_sbdf_t unit, unsigned int reg, uint32_t bit,
                   const char *what)
{
    uint32_t val = read_l2(unit, reg);

    if ( val & bit )
        return;

    write_l2(unit, reg, val | bit);
    printk(XENLOG_INFO "AMD-Vi: %pp: firmware left out %s\n", &unit, what);
}

void amd_chipset_prepare(pci_sbdf_t unit)
{
    /* L2_DEBUG_3[AtsIgnoreIWDis]: ATS asks to read and write at once. */
    if ( family_15h(0x30, 0x3f) )
        set_l2(unit, 0x47, 0x1, "the ATS write check's setting");

    if ( family_15h(0x10, 0x1f) )
        set_l2(unit, 0x90, 0x4, "the setting for erratum 746");
}

struct amd_chipset_state *__init amd_chipset_save(pci_sbdf_t unit, uint16_t cap)
{
    struct amd_chipset_state *state;
    unsigned int i, j;

    if ( pci_conf_read32(unit, PCI_VENDOR_ID) != ID_RD890_IOMMU )
        return NULL;

    state = xmalloc(struct amd_chipset_state);
    if ( !state )
        return ERR_PTR(-ENOMEM);

    state->base_low = pci_conf_read32(unit, cap + CAP_BASE_LOW);
    state->base_high = pci_conf_read32(unit, cap + CAP_BASE_HIGH);
    for ( i = 0; i < RD890_NR_L1; i++ )
        for ( j = 0; j < RD890_NR_L1_REGS; j++ )
            state->l1[i][j] = read_l1(unit, i, j);
    for ( i = 0; i < RD890_NR_L2_REGS; i++ )
        state->l2[i] = read_l2(unit, i);

    return state;
}

void amd_chipset_restore(pci_sbdf_t unit, uint16_t cap,
                       const struct amd_chipset_state *state)
{
    pci_sbdf_t nb = PCI_SBDF(unit.seg, unit.bus, 0, 0);
    unsigned int i, j;
    uint32_t val;

    if ( !state )
        return;

    pci_conf_write32(nb, NB_INDEX, NB_IOC_FEATURES | NB_WRITE);
    val = pci_conf_read32(nb, NB_DATA);
    if ( !(val & NB_IOC_ENABLE) )
        pci_conf_write32(nb, NB_DATA, val | NB_IOC_ENABLE);
    pci_conf_write32(nb, NB_INDEX, NB_IOC_FEATURES);

    /* The enable bit locks the block, so it is last. */
    pci_conf_write32(unit, cap + CAP_BASE_LOW,
                     state->base_low & ~CAP_BASE_ENABLE);
    pci_conf_write32(unit, cap + CAP_BASE_HIGH, state->base_high);
    for ( i = 0; i < RD890_NR_L1; i++ )
        for ( j = 0; j < RD890_NR_L1_REGS; j++ )
            write_l1(unit, i, j, state->l1[i][j]);
    for ( i = 0; i < RD890_NR_L2_REGS; i++ )
        write_l2(unit, i, state->l2[i]);
    pci_conf_write32(unit, cap + CAP_BASE_LOW,
                     state->base_low | CAP_BASE_ENABLE);
}
