/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration space that a guest sees of a PCI function.
 *
 * The header is emulated whole: identity and class are read-only copies, BARs
 * and COMMAND are the guest's own, capabilities are hidden (there is no
 * virtual ITS that could take a message). Registers without a handler read as
 * ones and ignore writes. So no write of a guest reaches the function's
 * registers, but for bus mastering, where Xen has not taken that, and INTx
 * disable, where the line is the guest's.
 *
 * Memory decoding of the hardware stays on while a guest has the function: the
 * BARs of the hardware are where the hardware domain put them, and a guest that
 * turns decoding off loses its mappings. So no access can reach a BAR that does
 * not answer, which some host bridges report as an SError.
 *
 * Unlike for the hardware domain, BARs are mapped before the guest's write
 * returns: between a deferred mapping's preparation and its execution another
 * vCPU could change what is to be mapped.
 */
#include <xen/lib.h>
#include <xen/pci_regs.h>

#include <iommu-groups/compat.h>
#include <iommu-groups/contain.h>
#include <iommu-groups/pci.h>

#include "vpci-guest.h"

/* PCI Local Bus 3.0, 6.2.2: what a guest may set. */
#define GUEST_COMMAND (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | \
                       PCI_COMMAND_INTX_DISABLE)

bool iommu_groups_has_vpci(const struct domain *d)
{
    return is_pci_passthrough_enabled() && is_iommu_enabled(d) &&
           !is_hardware_domain(d) && !is_system_domain(d);
}

/*
 * There are no ports to give, and a guest sees no I/O BAR. That is no error:
 * libxl would not pass through a device that has one. Whether the guest may
 * have the device is said where it asks for that.
 */
int iommu_groups_vpci_ioports(void)
{
    return is_pci_passthrough_enabled() ? 0 : -ENOSYS;
}

static bool is_memory(const struct vpci_bar *bar)
{
    return bar->type == VPCI_BAR_MEM32 || bar->type == VPCI_BAR_MEM64_LO;
}

static void map_bars(const struct pci_dev *pdev, bool map)
{
    struct vpci_header *header = &pdev->vpci->header;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(header->bars); i++ )
    {
        if ( !is_memory(&header->bars[i]) )
            continue;
        if ( map )
            vpci_bar_map(pdev, &header->bars[i]);
        else
            vpci_bar_unmap(pdev->domain, &header->bars[i]);
    }
}

/* Hardware's COMMAND, from what the guest wrote. */
static void write_command(const struct pci_dev *pdev)
{
    uint16_t cmd = pdev->vpci->header.guest_cmd | PCI_COMMAND_MEMORY;

    if ( !vpci_owns_line(pdev->domain, pdev->vpci->line) )
        cmd |= PCI_COMMAND_INTX_DISABLE;

    iommu_pci_write_command(pdev, cmd);
}

static uint32_t cf_check command_read(const struct pci_dev *pdev,
                                      unsigned int reg, void *data)
{
    return pdev->vpci->header.guest_cmd;
}

static void cf_check command_write(const struct pci_dev *pdev, unsigned int reg,
                                   uint32_t val, void *data)
{
    struct vpci_header *header = &pdev->vpci->header;

    header->guest_cmd = val & GUEST_COMMAND;
    map_bars(pdev, val & PCI_COMMAND_MEMORY);
    write_command(pdev);
}

/* The error bits stay for the hardware domain to see. */
static uint32_t cf_check status_read(const struct pci_dev *pdev,
                                     unsigned int reg, void *data)
{
    return pci_conf_read16(pdev->sbdf, PCI_STATUS) & ~PCI_STATUS_CAP_LIST;
}

/* A BAR's register, and whether it is the upper half of the one before. */
static struct vpci_bar *bar_of(void *data, bool *hi)
{
    struct vpci_bar *bar = data;

    *hi = bar->type == VPCI_BAR_MEM64_HI;

    return *hi ? bar - 1 : bar;
}

static uint32_t cf_check bar_read(const struct pci_dev *pdev, unsigned int reg,
                                  void *data)
{
    bool hi;
    const struct vpci_bar *bar = bar_of(data, &hi);

    if ( hi )
        return bar->guest_addr >> 32;

    return bar->guest_addr |
           (bar->type == VPCI_BAR_MEM64_LO ? PCI_BASE_ADDRESS_MEM_TYPE_64 : 0) |
           (bar->prefetchable ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0);
}

static void cf_check bar_write(const struct pci_dev *pdev, unsigned int reg,
                               uint32_t val, void *data)
{
    bool hi;
    struct vpci_bar *bar = bar_of(data, &hi);
    uint64_t addr = vpci_bar_after_write(bar, hi, val);

    if ( addr == bar->guest_addr )
        return;

    vpci_bar_unmap(pdev->domain, bar);
    bar->guest_addr = addr;
    if ( is_memory(bar) && (pdev->vpci->header.guest_cmd & PCI_COMMAND_MEMORY) )
        vpci_bar_map(pdev, bar);
}

/* A register that reads as @val and ignores writes. */
static int constant(struct pci_dev *pdev, unsigned int reg, uint32_t val)
{
    return vpci_add_register(pdev->vpci, vpci_read_val, NULL, reg, 4,
                             (void *)(uintptr_t)val);
}

static int add_identity(struct pci_dev *pdev)
{
    /*
     * The interrupt line is what firmware noted for itself; header type 0 says
     * one function, as every one has a slot of its own.
     */
    static const struct { uint8_t reg; uint32_t keep; } regs[] = {
        { PCI_VENDOR_ID, ~0U },
        { PCI_CLASS_REVISION, ~0U },
        { PCI_CACHE_LINE_SIZE, 0 },
        { PCI_CARDBUS_CIS, 0 },
        { PCI_SUBSYSTEM_VENDOR_ID, ~0U },
        { PCI_ROM_ADDRESS, 0 },
        { PCI_CAPABILITY_LIST, 0 },
        { PCI_CAPABILITY_LIST + 4, 0 },
        { PCI_INTERRUPT_LINE, 0xffffff00U },
        { 0, 0 },
    };
    unsigned int i;
    int rc = constant(pdev, PCI_CFG_SPACE_SIZE, 0);

    for ( i = 0; !rc && (!i || regs[i].reg); i++ )
        rc = constant(pdev, regs[i].reg,
                      pci_conf_read32(pdev->sbdf, regs[i].reg) & regs[i].keep);

    return rc ?: vpci_add_register(pdev->vpci, command_read, command_write,
                                   PCI_COMMAND, 2, NULL) ?:
                 vpci_add_register(pdev->vpci, status_read, NULL,
                                   PCI_STATUS, 2, NULL);
}

/* A size or place that the guest's view of the BAR could not be built on. */
static bool malformed(const struct pci_dev *pdev, uint64_t addr, uint64_t size)
{
    return (size & (size - 1)) || (addr & (size - 1)) ||
           !pci_check_bar(pdev, _mfn(PFN_DOWN(addr)),
                          _mfn(PFN_DOWN(addr + size - 1)));
}

/*
 * Fills in @bar, which was empty, from the hardware's register @i, unless that
 * is to be hidden. Returns how many registers it takes, or a negative error.
 */
static int size_bar(const struct pci_dev *pdev, unsigned int i,
                    struct vpci_bar *bar)
{
    unsigned int reg = PCI_BASE_ADDRESS_0 + i * 4;
    uint32_t val = pci_conf_read32(pdev->sbdf, reg);
    uint64_t addr, size;
    int nr;

    if ( (val & PCI_BASE_ADDRESS_SPACE) == PCI_BASE_ADDRESS_SPACE_IO )
        return 1;

    nr = pci_size_mem_bar(pdev->sbdf, reg, &addr, &size,
                          i == PCI_HEADER_NORMAL_NR_BARS - 1
                          ? PCI_BAR_LAST : 0);
    if ( nr < 0 || !size )
        return nr;

    if ( size < PAGE_SIZE )
    {
        printk(XENLOG_WARNING
               "%pp: BAR%u is hidden from %pd: it shares a page with what is not the guest's\n",
               &pdev->sbdf, i, pdev->domain);
        return nr;
    }

    if ( malformed(pdev, addr, size) )
    {
        printk(XENLOG_ERR
               "%pp: BAR%u, %#"PRIx64" bytes at %#"PRIx64", is in no window of its host bridge\n",
               &pdev->sbdf, i, size, addr);
        return -ENXIO;
    }

    bar->type = nr == 2 ? VPCI_BAR_MEM64_LO : VPCI_BAR_MEM32;
    bar->addr = addr;
    bar->size = size;
    bar->prefetchable = val & PCI_BASE_ADDRESS_MEM_PREFETCH;

    return nr;
}

static int add_bar(struct pci_dev *pdev, unsigned int i)
{
    struct vpci_bar *bar = &pdev->vpci->header.bars[i];
    unsigned int reg = PCI_BASE_ADDRESS_0 + i * 4;

    if ( bar->type == VPCI_BAR_EMPTY )
        return constant(pdev, reg, 0);

    return vpci_add_register(pdev->vpci, bar_read, bar_write, reg, 4, bar);
}

/* Addresses start at zero, where no window is: the guest has to place them. */
static int add_bars(struct pci_dev *pdev)
{
    struct vpci_bar *bars = pdev->vpci->header.bars;
    unsigned int i, end;
    int rc;

    for ( i = 0; i < PCI_HEADER_NORMAL_NR_BARS; i = end )
    {
        int nr = pdev->ignore_bars ? 1 : size_bar(pdev, i, &bars[i]);

        if ( nr < 0 )
            return nr;

        end = i + nr;
        if ( bars[i].type == VPCI_BAR_MEM64_LO )
            bars[i + 1].type = VPCI_BAR_MEM64_HI;
        for ( ; i < end; i++ )
        {
            rc = add_bar(pdev, i);
            if ( rc )
                return rc;
        }
    }

    return 0;
}

/* The guest cannot see these; what the hardware domain left on goes off. */
static void disable_messages(const struct pci_dev *pdev)
{
    unsigned int pos = pci_find_cap_offset(pdev->sbdf, PCI_CAP_ID_MSI);
    uint16_t ctrl;

    if ( pos )
    {
        ctrl = pci_conf_read16(pdev->sbdf, pos + PCI_MSI_FLAGS);
        pci_conf_write16(pdev->sbdf, pos + PCI_MSI_FLAGS,
                         ctrl & ~PCI_MSI_FLAGS_ENABLE);
    }

    pos = pci_find_cap_offset(pdev->sbdf, PCI_CAP_ID_MSIX);
    if ( pos )
    {
        ctrl = pci_conf_read16(pdev->sbdf, pos + PCI_MSIX_FLAGS);
        pci_conf_write16(pdev->sbdf, pos + PCI_MSIX_FLAGS,
                         ctrl & ~PCI_MSIX_FLAGS_ENABLE);
    }
}

/* A function of before PCI 2.3 has no bit that keeps it from the line. */
static bool intx_is_off(const struct pci_dev *pdev)
{
    return !pci_conf_read8(pdev->sbdf, PCI_INTERRUPT_PIN) ||
           (pci_conf_read16(pdev->sbdf, PCI_COMMAND) &
            PCI_COMMAND_INTX_DISABLE);
}

int iommu_groups_vpci_init(struct pci_dev *pdev)
{
    int rc;

    ASSERT(rw_is_write_locked(&pdev->domain->pci_lock));

    if ( pdev->info.is_virtfn ||
         (pci_conf_read8(pdev->sbdf, PCI_HEADER_TYPE) & 0x7f) !=
         PCI_HEADER_TYPE_NORMAL )
    {
        printk(XENLOG_ERR "%pp: %s cannot be in %pd's virtual host bridge\n",
               &pdev->sbdf, pdev->info.is_virtfn ? "a virtual function"
                                                 : "a bridge", pdev->domain);
        return -EOPNOTSUPP;
    }

    /* BARs are sized while they do not decode. */
    iommu_pci_write_command(pdev, PCI_COMMAND_INTX_DISABLE);
    disable_messages(pdev);

    pdev->vpci->line = vpci_intx_line(pdev);
    if ( !intx_is_off(pdev) &&
         !vpci_owns_line(pdev->domain, pdev->vpci->line) )
    {
        printk(XENLOG_ERR
               "%pp: its interrupt cannot be switched off, and its line is not %pd's\n",
               &pdev->sbdf, pdev->domain);
        return -EOPNOTSUPP;
    }

    rc = add_identity(pdev) ?: add_bars(pdev);
    if ( !rc )
        write_command(pdev);

    return rc;
}

/* The guest lost a line: whoever has it next is not to hear its functions. */
void iommu_groups_vpci_line_lost(struct domain *d)
{
    const struct pci_dev *pdev;

    read_lock(&d->pci_lock);
    for_each_pdev ( d, pdev )
        if ( pdev->vpci )
            write_command(pdev);
    read_unlock(&d->pci_lock);
}

/* A BAR that is none keeps its register: the guest reads what it wrote. */
void iommu_groups_vpci_withdraw(struct domain *d, pci_sbdf_t sbdf)
{
    struct pci_dev *pdev;
    unsigned int i;

    write_lock(&d->pci_lock);
    pdev = pci_get_pdev(d, sbdf);
    if ( pdev && pdev->vpci )
    {
        map_bars(pdev, false);
        for ( i = 0; i < PCI_HEADER_NORMAL_NR_BARS; i++ )
            if ( is_memory(&pdev->vpci->header.bars[i]) )
                pdev->vpci->header.bars[i].type = VPCI_BAR_EMPTY;
    }
    write_unlock(&d->pci_lock);
}

/* pcidevs_lock may be held: withdrawn before, or never mapped. */
void iommu_groups_vpci_exit(struct pci_dev *pdev)
{
    map_bars(pdev, false);
    iommu_pci_write_command(pdev, PCI_COMMAND_INTX_DISABLE);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
