/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's PCI device list, its lock, bridges, and names. */
#include <stdlib.h>

#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>

#include "host.h"
#include "internal.h"

static rspinlock_t pcidevs = { .l = { .name = "pcidevs_lock",
                                      .class = LOCK_PCIDEVS } };
static LIST_HEAD(alldevs);

void host_pcidevs_lock(const char *site)
{
    host_lock_acquire(&pcidevs.l, true, site);
}

void host_pcidevs_unlock(const char *site)
{
    host_lock_release(&pcidevs.l, site);
}

bool host_pcidevs_trylock(const char *site)
{
    return host_lock_try(&pcidevs.l, true, site);
}

bool pcidevs_locked(void)
{
    return host_lock_held(&pcidevs.l);
}

bool pcidevs_mine(void)
{
    return host_lock_held(&pcidevs.l);
}

enum pdev_type pdev_type(uint16_t seg, uint8_t bus, uint8_t devfn)
{
    pci_sbdf_t sbdf = PCI_SBDF(seg, bus, devfn);
    unsigned int pos = pci_find_cap_offset(sbdf, PCI_CAP_ID_EXP), type = 0;
    uint16_t class = pci_conf_read16(sbdf, PCI_CLASS_DEVICE);

    if ( pos )
        type = (pci_conf_read16(sbdf, pos + PCI_EXP_FLAGS) &
                PCI_EXP_FLAGS_TYPE) >> 4;

    switch ( class )
    {
    case 0x0604:
        if ( !pos )
            return DEV_TYPE_LEGACY_PCI_BRIDGE;
        if ( type == PCI_EXP_TYPE_PCI_BRIDGE )
            return DEV_TYPE_PCIe2PCI_BRIDGE;
        if ( type == PCI_EXP_TYPE_PCIE_BRIDGE )
            return DEV_TYPE_PCI2PCIe_BRIDGE;
        return DEV_TYPE_PCIe_BRIDGE;

    case 0x0600:
        return DEV_TYPE_PCI_HOST_BRIDGE;

    case 0x0000:
    case 0xffff:
        return DEV_TYPE_PCI_UNKNOWN;
    }

    return pos ? DEV_TYPE_PCIe_ENDPOINT : DEV_TYPE_PCI;
}

/* The bridge whose secondary side is @bus, from configuration space. */
static bool bridge_above(uint16_t seg, unsigned int bus, pci_sbdf_t *found)
{
    struct pci_dev *pdev;

    list_for_each_entry ( pdev, &alldevs, alldevs_list )
    {
        unsigned int sub;

        if ( pdev->seg != seg || pdev->bus == bus ||
             (pdev->type != DEV_TYPE_PCIe2PCI_BRIDGE &&
              pdev->type != DEV_TYPE_LEGACY_PCI_BRIDGE) )
            continue;
        sub = pci_conf_read8(pdev->sbdf, PCI_SUBORDINATE_BUS);
        if ( bus >= pci_conf_read8(pdev->sbdf, PCI_SECONDARY_BUS) &&
             bus <= sub )
        {
            *found = pdev->sbdf;
            return true;
        }
    }

    return false;
}

int find_upstream_bridge(uint16_t seg, uint8_t *bus, uint8_t *devfn,
                         uint8_t *secbus)
{
    unsigned int cnt;
    pci_sbdf_t up;

    if ( !*bus || !bridge_above(seg, *bus, &up) )
        return 0;

    for ( cnt = 0; cnt < 256; cnt++ )
    {
        *secbus = *bus;
        *bus = up.bus;
        *devfn = up.devfn;
        if ( !bridge_above(seg, *bus, &up) )
            return 1;
    }

    return -1;
}

bool pci_known_segment(uint16_t seg)
{
    struct pci_dev *pdev;

    list_for_each_entry ( pdev, &alldevs, alldevs_list )
        if ( pdev->seg == seg )
            return true;

    return false;
}

struct pci_dev *pci_get_pdev(const struct domain *d, pci_sbdf_t sbdf)
{
    struct pci_dev *pdev;

    ASSERT(d || pcidevs_locked());

    list_for_each_entry ( pdev, &alldevs, alldevs_list )
        if ( pdev->sbdf.sbdf == sbdf.sbdf && (!d || pdev->domain == d) )
            return pdev;

    return NULL;
}

struct pci_dev *pci_get_real_pdev(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev = pci_get_pdev(NULL, sbdf);
    unsigned int stride;

    for ( stride = 4; !pdev && stride; stride >>= 1 )
    {
        if ( !(sbdf.devfn & (8 - stride)) )
            continue;
        sbdf.devfn &= ~(8 - stride);
        pdev = pci_get_pdev(NULL, sbdf);
        if ( pdev && stride != pdev->phantom_stride )
            pdev = NULL;
    }

    return pdev;
}

int pci_iterate_devices(int (*handler)(struct pci_dev *pdev, void *arg),
                        void *arg)
{
    struct pci_dev *pdev, *tmp;
    int rc = 0;

    list_for_each_entry_safe ( pdev, tmp, &alldevs, alldevs_list )
    {
        rc = handler(pdev, arg);
        if ( rc )
            break;
    }

    return rc;
}

void pci_check_disable_device(uint16_t seg, uint8_t bus, uint8_t devfn)
{
    pci_sbdf_t sbdf = PCI_SBDF(seg, bus, devfn);
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_real_pdev(sbdf);
    if ( pdev && ++pdev->fault.count >= PT_FAULT_THRESHOLD )
        pci_conf_write16(sbdf, PCI_COMMAND,
                         pci_conf_read16(sbdf, PCI_COMMAND) &
                         ~PCI_COMMAND_MASTER);
    pcidevs_unlock();
}

struct pci_dev *host_pdev_add(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev = xzalloc(struct pci_dev);

    if ( !pdev )
        return NULL;

    *(pci_sbdf_t *)&pdev->sbdf = sbdf;
    pdev->type = pdev_type(sbdf.seg, sbdf.bus, sbdf.devfn);
    pdev->node = NUMA_NO_NODE;
    pdev->domain = dom_io;
    INIT_LIST_HEAD(&pdev->msi_list);
    INIT_LIST_HEAD(&pdev->vf_list);
    INIT_LIST_HEAD(&pdev->ats.list);

    pcidevs_lock();
    list_add_tail(&pdev->alldevs_list, &alldevs);
    list_add_tail(&pdev->domain_list, &dom_io->pdev_list);
    pcidevs_unlock();

    return pdev;
}

void host_pdev_del(struct pci_dev *pdev)
{
    pcidevs_lock();
    list_del(&pdev->alldevs_list);
    list_del(&pdev->domain_list);
    pcidevs_unlock();
    xfree(pdev);
}

const char *parse_pci_seg(const char *s, unsigned int *seg_p,
                          unsigned int *bus_p, unsigned int *dev_p,
                          unsigned int *func_p, bool *def_seg)
{
    unsigned long seg = strtoul(s, (char **)&s, 16), bus, dev, func = 0;

    if ( *s != ':' )
        return NULL;
    bus = strtoul(s + 1, (char **)&s, 16);
    *def_seg = *s != ':';
    if ( *def_seg )
        dev = bus, bus = seg, seg = 0;
    else
        dev = strtoul(s + 1, (char **)&s, 16);
    if ( func_p )
    {
        if ( *s != '.' )
            return NULL;
        func = strtoul(s + 1, (char **)&s, 0);
        *func_p = func;
    }
    if ( seg > 0xffff || bus > 0xff || dev > 0x1f || func > 7 )
        return NULL;
    *seg_p = seg;
    *bus_p = bus;
    *dev_p = dev;

    return s;
}

const char *parse_pci(const char *s, unsigned int *seg_p, unsigned int *bus_p,
                      unsigned int *dev_p, unsigned int *func_p)
{
    bool def_seg;

    return parse_pci_seg(s, seg_p, bus_p, dev_p, func_p, &def_seg);
}

/* Functions that dom0 may only look at. */
static pci_sbdf_t read_only[8];
static unsigned int nr_read_only;

int pci_ro_device(int seg, int bus, int devfn)
{
    if ( nr_read_only == ARRAY_SIZE(read_only) )
        return -ENOMEM;

    read_only[nr_read_only++] = PCI_SBDF(seg, bus, devfn);

    return 0;
}

bool host_pci_is_ro(pci_sbdf_t sbdf)
{
    unsigned int i;

    for ( i = 0; i < nr_read_only; i++ )
        if ( read_only[i].sbdf == sbdf.sbdf )
            return true;

    return false;
}

void host_pci_reset(void)
{
    struct pci_dev *pdev, *tmp;

    nr_read_only = 0;

    list_for_each_entry_safe ( pdev, tmp, &alldevs, alldevs_list )
        host_pdev_del(pdev);
    host_pci_config_reset();
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
