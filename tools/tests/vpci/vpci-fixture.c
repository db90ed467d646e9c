/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include <xen/rangeset.h>
#include <xen/xmalloc.h>

#include "vpci-fixture.h"

#define MAX_REGS 64
#define MAX_HW 4

struct reg {
    struct list_head node;
    vpci_read_t *read;
    vpci_write_t *write;
    unsigned int offset, size;
    void *data;
};

static struct domain *guest;
static struct hw *all[MAX_HW];
static unsigned int fail_register;

void registers_fail(unsigned int nth)
{
    fail_register = nth;
}

/* ---- hardware ---- */

static struct hw *find(pci_sbdf_t sbdf)
{
    unsigned int i;

    for ( i = 0; i < MAX_HW; i++ )
        if ( all[i] && all[i]->pdev->sbdf.sbdf == sbdf.sbdf )
            return all[i];

    return NULL;
}

static uint32_t hw_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
    struct hw *hw = find(sbdf);
    uint32_t val = 0;

    if ( !hw )
        return ~0u >> (32 - 8 * size);
    memcpy(&val, hw->cfg + reg, size);

    return val;
}

/* A BAR keeps its low bits and, below its size, zeros. */
static uint32_t bar_takes(const struct hw *hw, unsigned int nr, uint32_t val)
{
    const struct hw_bar *bar = &hw->bars[nr];

    if ( nr && hw->bars[nr - 1].wide )
        return val & (-hw->bars[nr - 1].size >> 32);
    if ( !bar->size )
        return 0;
    if ( bar->io )
        return (val & -bar->size & ~3u) | 1;

    return (val & -bar->size & ~15u) | (bar->wide ? 4 : 0) |
           (bar->prefetch ? 8 : 0);
}

static void hw_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size,
                     uint32_t val)
{
    struct hw *hw = find(sbdf);

    if ( !hw )
        return;
    /* They are read-only: who writes there did not mean to. */
    assert_true(reg >= 4);
    if ( reg >= 0x10 && reg < 0x28 )
    {
        assert_int_equal(size, 4);
        assert_false(hw->cfg[4] & 2);
        val = bar_takes(hw, (reg - 0x10) / 4, val);
    }
    if ( reg != 4 )
        hw->writes++;
    else if ( hw->no_intx_bit )
        val &= ~0x400;
    memcpy(hw->cfg + reg, &val, size);
}

static const struct host_pci_ops hw_ops = { hw_read, hw_write };

void hw_add(struct hw *hw, pci_sbdf_t sbdf, struct domain *d)
{
    static const uint8_t head[16] = {
        0x34, 0x12, 0xe8, 0x11, 7, 0, 0x18, 0, 0x10, 0, 0xff, 0, 8, 0, 0x80, 0,
    };
    unsigned int i;

    memcpy(hw->cfg, head, sizeof(head));
    hw->cfg[0x2c] = 0x55;
    hw->cfg[0x34] = HW_MSI;
    hw->cfg[HW_MSI] = 5;
    hw->cfg[HW_MSI + 1] = HW_MSIX;
    hw->cfg[HW_MSI + 2] = 0x81;
    hw->cfg[HW_MSIX] = 0x11;
    hw->cfg[HW_MSIX + 3] = 0x80;
    hw->cfg[0x3c] = 11;
    hw->cfg[0x3d] = 1;
    for ( i = 0; i < 6; i++ )
    {
        uint64_t addr = hw->bars[i].addr;
        uint32_t low = bar_takes(hw, i, addr), high = addr >> 32;

        if ( i && hw->bars[i - 1].wide )
            continue;
        memcpy(hw->cfg + 0x10 + 4 * i, &low, 4);
        if ( hw->bars[i].wide )
            memcpy(hw->cfg + 0x14 + 4 * i, &high, 4);
    }

    for ( i = 0; all[i]; i++ )
        ;
    host_pci_ops_set(NULL);
    hw->pdev = host_pdev_add(sbdf);
    assert_non_null(hw->pdev);
    all[i] = hw;
    host_pci_ops_set(&hw_ops);
    hw->func.sbdf = sbdf;
    hw->dev.func = &hw->func;
    hw->pdev->iommu = &hw->dev;

    write_lock(&dom_io->pci_lock);
    list_del(&hw->pdev->domain_list);
    write_unlock(&dom_io->pci_lock);
    hw->pdev->domain = d;
    write_lock(&d->pci_lock);
    list_add(&hw->pdev->domain_list, &d->pdev_list);
    write_unlock(&d->pci_lock);
}

void hw_del(struct hw *hw)
{
    unsigned int i;

    fixture_deassign(hw);
    hw->pdev->iommu = NULL;
    host_pdev_del(hw->pdev);
    for ( i = 0; i < MAX_HW; i++ )
        if ( all[i] == hw )
            all[i] = NULL;
}

/* ---- what Xen's own files do ---- */

unsigned int pci_size_mem_bar(pci_sbdf_t sbdf, unsigned int pos,
                              uint64_t *paddr, uint64_t *psize,
                              unsigned int flags)
{
    uint32_t low = pci_conf_read32(sbdf, pos), high = 0;
    bool wide = (low & 6) == 4;
    uint64_t mask;

    assert_false(low & 1);
    if ( wide && (flags & PCI_BAR_LAST) )
    {
        *psize = 0;
        return 1;
    }
    if ( wide )
        high = pci_conf_read32(sbdf, pos + 4);
    pci_conf_write32(sbdf, pos, ~0u);
    if ( wide )
        pci_conf_write32(sbdf, pos + 4, ~0u);
    mask = pci_conf_read32(sbdf, pos) & ~15u;
    if ( wide )
    {
        mask |= (uint64_t)pci_conf_read32(sbdf, pos + 4) << 32;
        pci_conf_write32(sbdf, pos + 4, high);
    }
    else if ( mask )
        mask |= ~0ULL << 32;
    pci_conf_write32(sbdf, pos, low);
    *psize = -mask;
    *paddr = (low & ~15u) | (uint64_t)high << 32;

    return wide ? 2 : 1;
}

bool pci_check_bar(const struct pci_dev *pdev, mfn_t start, mfn_t end)
{
    uint64_t from = mfn_to_maddr(start), to = mfn_to_maddr(end);

    return (from >= HOST_WINDOW_BASE &&
            to < HOST_WINDOW_BASE + HOST_WINDOW_SIZE) ||
           (from >= HOST_LOW_BASE && to < HOST_LOW_BASE + HOST_LOW_SIZE);
}

static void ignore_write(const struct pci_dev *pdev, unsigned int reg,
                         uint32_t val, void *data)
{
}

uint32_t vpci_read_val(const struct pci_dev *pdev, unsigned int reg, void *data)
{
    return (uintptr_t)data;
}

int vpci_add_register(struct vpci *vpci, vpci_read_t *read_handler,
                      vpci_write_t *write_handler, unsigned int offset,
                      unsigned int size, void *data)
{
    struct reg *r, *other;

    if ( fail_register && !--fail_register )
        return -ENOMEM;

    assert_int_equal(offset % size, 0);
    list_for_each_entry ( other, &vpci->handlers, node )
        if ( offset < other->offset + other->size &&
             other->offset < offset + size )
            return -EEXIST;

    r = xzalloc(struct reg);
    *r = (struct reg){ .read = read_handler,
                       .write = write_handler ?: ignore_write,
                       .offset = offset, .size = size, .data = data };
    list_add_tail(&r->node, &vpci->handlers);

    return 0;
}

int fixture_assign(struct hw *hw)
{
    static unsigned int slot;
    struct domain *d = hw->pdev->domain;
    int rc;

    pcidevs_lock();
    write_lock(&d->pci_lock);
    hw->pdev->vpci = xzalloc(struct vpci);
    INIT_LIST_HEAD(&hw->pdev->vpci->handlers);
    hw->pdev->vpci->guest_sbdf = PCI_SBDF(0, 0, slot++ % 32, 0);
    rc = iommu_groups_vpci_init(hw->pdev);
    write_unlock(&d->pci_lock);
    pcidevs_unlock();
    if ( rc )
        fixture_deassign(hw);

    return rc;
}

void fixture_deassign(struct hw *hw)
{
    struct domain *d = hw->pdev->domain;
    struct reg *r, *next;

    if ( !hw->pdev->vpci )
        return;

    write_lock(&d->pci_lock);
    iommu_groups_vpci_exit(hw->pdev);
    list_for_each_entry_safe ( r, next, &hw->pdev->vpci->handlers, node )
    {
        list_del(&r->node);
        xfree(r);
    }
    xfree(hw->pdev->vpci);
    hw->pdev->vpci = NULL;
    write_unlock(&d->pci_lock);
}

static struct reg *reg_at(const struct hw *hw, unsigned int byte)
{
    struct reg *r;

    list_for_each_entry ( r, &hw->pdev->vpci->handlers, node )
        if ( byte >= r->offset && byte < r->offset + r->size )
            return r;

    return NULL;
}

uint64_t guest_read(const struct hw *hw, unsigned int reg, unsigned int size)
{
    uint64_t val = 0;
    unsigned int i;

    read_lock(&guest->pci_lock);
    for ( i = 0; i < size; i++ )
    {
        const struct reg *r = reg_at(hw, reg + i);
        uint64_t byte = 0xff;

        if ( r )
            byte = (r->read(hw->pdev, r->offset, r->data) >>
                    (8 * (reg + i - r->offset))) & 0xff;
        val |= byte << (8 * i);
    }
    read_unlock(&guest->pci_lock);

    return val;
}

void guest_write(struct hw *hw, unsigned int reg, unsigned int size,
                 uint64_t val)
{
    unsigned int i = 0;

    write_lock(&guest->pci_lock);
    while ( i < size )
    {
        const struct reg *r = reg_at(hw, reg + i);
        uint32_t now;

        if ( !r )
        {
            i++;
            continue;
        }
        /* What the access does not cover is written back as it reads. */
        now = r->read(hw->pdev, r->offset, r->data);
        for ( ; i < size && reg + i < r->offset + r->size; i++ )
        {
            unsigned int shift = 8 * (reg + i - r->offset);

            now &= ~(0xffu << shift);
            now |= (uint32_t)((val >> (8 * i)) & 0xff) << shift;
        }
        r->write(hw->pdev, r->offset, now, r->data);
    }
    write_unlock(&guest->pci_lock);
}

struct domain *machine_start(void)
{
    static struct vcpu vcpu, *vcpus[] = { &vcpu };
    unsigned int i;

    guest = host_domain_create(7, XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap |
                                  XEN_DOMCTL_CDF_iommu);
    guest->iomem_caps = rangeset_new(guest, "iomem", 0);
    assert_int_equal(rangeset_add_range(guest->iomem_caps,
                                        PFN_DOWN(HOST_WINDOW_BASE),
                                        PFN_DOWN(HOST_WINDOW_BASE +
                                                 HOST_WINDOW_SIZE) - 1), 0);
    assert_int_equal(rangeset_add_range(guest->iomem_caps,
                                        PFN_DOWN(HOST_LOW_BASE),
                                        PFN_DOWN(HOST_LOW_BASE +
                                                 HOST_LOW_SIZE) - 1), 0);
    host_current_set(guest);
    guest->vcpu = vcpus;
    line_map_set(NULL, 0);
    for ( i = 0; i < HW_LINES; i++ )
        line_give(HW_FIRST_LINE + i, NULL);

    return guest;
}

void machine_stop(void)
{
    unsigned int i;

    registers_fail(0);
    for ( i = 0; i < MAX_HW; i++ )
        if ( all[i] )
            hw_del(all[i]);
    host_pci_ops_set(NULL);
    host_current_set(NULL);
    rangeset_destroy(guest->iomem_caps);
    guest->vcpu = NULL;
    host_domain_destroy(guest);
    guest = NULL;
}
