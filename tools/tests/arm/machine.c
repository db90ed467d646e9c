/* SPDX-License-Identifier: GPL-2.0-only */
#include "arm-fixture.h"

#include <stdio.h>

#include <asm/acpi.h>
#include <asm/gic.h>
#include <asm/gic_v3_its.h>
#include <asm/vgic.h>

#include <xen/irq.h>
#include <xen/pci_regs.h>
#include <xen/rangeset.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/iort.h>

struct dt_tree arm_tree;
struct domain *arm_dom0, *arm_guest, *arm_guest2, *arm_plain;
struct arm_stubs arm_stubs;
LIST_HEAD(host_its_list);
static LIST_HEAD(bridges);
static bool up;

/* Here, so that the options do not bring other drivers in. */
enum iommu_intremap iommu_intremap = iommu_intremap_off;
bool iommu_igfx, iommu_qinval, iommu_snoop;

static void unit_node(unsigned int i)
{
    char path[32];

    snprintf(path, sizeof(path), "/soc/smmu@%u", i);
    dt_string(&arm_tree, path, "compatible", "arm,smmu-v3");
    dt_set(&arm_tree, path, "reg", 0, sm_desc(i).base, 0, 0x20000);
    dt_set(&arm_tree, path, "#iommu-cells", 1);
    dt_set(&arm_tree, path, "phandle", sm_desc(i).phandle);
    dt_bytes(&arm_tree, path, "interrupt-names", "eventq\0gerror", 14);
    dt_bytes(&arm_tree, path, "dma-coherent", NULL, 0);
}

static void tree(void)
{
    struct dt_tree *t = &arm_tree;

    dt_empty(t);
    dt_set(t, "/", "#address-cells", 2);
    dt_set(t, "/", "#size-cells", 2);
    dt_set(t, "/soc", "#address-cells", 2);
    dt_set(t, "/soc", "#size-cells", 2);
    dt_bytes(t, "/soc", "ranges", NULL, 0);
    unit_node(0);
    unit_node(1);
    dt_set(t, ARM_UART, "iommus", 0x8000, 0x20);
    dt_set(t, ARM_NIC, "iommus", 0x8001, 0x40);
    dt_set(t, ARM_KEPT, "iommus", 0x8000, 0x50);
    dt_bytes(t, ARM_KEPT, "xen,passthrough", NULL, 0);
    dt_string(t, ARM_BARE, "compatible", "bare");

    dt_set(t, "/reserved-memory", "#address-cells", 2);
    dt_set(t, "/reserved-memory", "#size-cells", 2);
    dt_bytes(t, "/reserved-memory", "ranges", NULL, 0);
    dt_set(t, "/reserved-memory/fb", "reg", 0, 0x80000000, 0, 0x10000);
    dt_set(t, "/reserved-memory/fb", "phandle", 10);
    dt_set(t, "/reserved-memory/fb", "iommu-addresses",
           11, 0, 0x80000000, 0, 0x10000);
    dt_set(t, ARM_DISP, "iommus", 0x8001, 0x33);
    dt_set(t, ARM_DISP, "phandle", 11);
    dt_set(t, ARM_DISP, "memory-region", 10);

    dt_string(t, "/pcie", "compatible", "pci-host-ecam-generic");
    dt_string(t, "/pcie", "device_type", "pci");
    dt_set(t, "/pcie", "#address-cells", 3);
    dt_set(t, "/pcie", "#size-cells", 2);
    dt_set(t, "/pcie", "bus-range", 0, 0xff);
    dt_set(t, "/pcie", "linux,pci-domain", 0);
    dt_set(t, "/pcie", "iommu-map", 0, 0x8000, 0x1000, 0x100);
}

static int function_add(void)
{
    uint8_t cfg[256] = { [PCI_VENDOR_ID] = 0x34, [PCI_VENDOR_ID + 1] = 0x12,
                         [PCI_CLASS_DEVICE + 1] = 2 };

    host_pci_add(ARM_FUNC, cfg, sizeof(cfg));
    if ( host_pdev_add(ARM_FUNC) )
        return 0;
    host_pci_remove(ARM_FUNC);

    return -ENOMEM;
}

void arm_machine(void)
{
    struct smmu_model_cfg cfg = smmu_model_default;

    cfg.oas = 5;
    cfg.coherent = true;
    cfg.page0_only = cfg.msi = false;
    sm_machine(&cfg, 2);
    acpi_disabled = true;
    system_state = SYS_STATE_boot;
    p2m_ipa_bits = 40;
    arm_stubs = (struct arm_stubs){};
    host_ram = (struct membanks){ 1, { { 0x40000000, 0x10000000 } } };
    iommu_hwdom_strict = true;
    dom_io->options = 0;
    arm_dom0 = arm_guest = arm_guest2 = arm_plain = NULL;
    tree();
    up = true;
}

int arm_boot(void)
{
    if ( !device_tree_flattened )
    {
        device_tree_flattened = arm_tree.b;
        arm_nodes_add(arm_tree.b);
    }

    return iommu_setup();
}

struct domain *arm_domain_up(domid_t id, unsigned int options)
{
    struct domain *d = host_domain_create(id, options | XEN_DOMCTL_CDF_hvm);

    assert_non_null(d);
    arm_p2m_init(d);
    if ( !id )
    {
        d->direct_mapped = true;
        d->iomem_caps = rangeset_new(NULL, "iomem", 0);
        assert_int_equal(rangeset_add_range(d->iomem_caps, 0, 0xfffff), 0);
        host_hwdom_set(d);
        host_current_set(d);
    }
    assert_int_equal(iommu_domain_init(d, 0), 0);

    return d;
}

static void dev_del(struct iommu_dev *dev)
{
    struct domain *owner;
    struct iommu_group *group;

    pcidevs_lock();
    group = iommu_group_get(dev);
    pcidevs_unlock();
    assert_int_equal(iommu_dev_retire(group, dev, &owner), 0);
    if ( owner )
        put_domain(owner);
    iommu_group_put(group);
    pcidevs_lock();
    iommu_dev_remove(dev);
    pcidevs_unlock();
}

/* Devices of ACPI's name space are dom0's for ever, and so is dom0. */
static void named_down(const struct domain *d)
{
    struct iommu_dev *dev, *tmp;

    list_for_each_entry_safe ( dev, tmp, &iommu_devs, all )
        if ( dev->next_owner == d && !dev->pdev && dev->name[0] != '/' )
        {
            dev_del(dev);
            iommu_dev_free(dev);
        }
}

/* A function that no unit serves is in a list of dom0's as well. */
static void unserved_down(void)
{
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, ARM_FUNC);
    if ( pdev && !pdev->iommu )
    {
        iommu_groups_pci_remove(pdev);
        host_pdev_del(pdev);
        host_pci_remove(ARM_FUNC);
    }
    pcidevs_unlock();
}

void arm_domain_down(struct domain *d)
{
    d->is_dying = DOMDYING_dying;
    named_down(d);
    assert_int_equal(pci_release_devices(d), 0);
    assert_int_equal(iommu_release_dt_devices(d), 0);
    assert_int_equal(iommu_free_pgtables(d), 0);
    iommu_domain_destroy(d);
    arm_p2m_free(d);
    if ( d->iomem_caps )
        rangeset_destroy(d->iomem_caps);
    host_domain_destroy(d);
}

/* domain_build.c: what is not kept for guests. */
static void give_nodes(struct domain *d)
{
    static const char *const paths[] = {
        ARM_UART, ARM_DISP, ARM_NIC, ARM_BARE,
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(paths); i++ )
    {
        struct dt_device_node *np = dt_find_node_by_path(paths[i]);
        int rc = np ? iommu_add_dt_device(np) : 1;

        assert_true(rc >= 0);
        if ( !rc )
            assert_int_equal(iommu_assign_dt_device(d, np), 0);
    }
}

void arm_domains(void)
{
    arm_dom0 = arm_domain_up(0, XEN_DOMCTL_CDF_iommu);
    iommu_hwdom_init(arm_dom0);
    give_nodes(arm_dom0);
    arm_guest = arm_domain_up(5, XEN_DOMCTL_CDF_iommu);
    arm_guest2 = arm_domain_up(6, XEN_DOMCTL_CDF_iommu);
    arm_plain = arm_domain_up(7, 0);
    system_state = SYS_STATE_active;
    host_log_clear();
}

void arm_up(void)
{
    arm_machine();
    assert_int_equal(arm_boot(), 0);
    arm_domains();
}

static void domains_down(void)
{
    struct domain **d[] = { &arm_plain, &arm_guest2, &arm_guest, &arm_dom0 };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(d); i++ )
        if ( *d[i] )
        {
            arm_domain_down(*d[i]);
            *d[i] = NULL;
        }
}

static void devices_down(void)
{
    struct pci_dev *pdev;
    struct iommu_dev *dev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, ARM_FUNC);
    pcidevs_unlock();
    if ( pdev )
    {
        iommu_groups_pci_retire(ARM_FUNC);
        pcidevs_lock();
        iommu_groups_pci_remove(pdev);
        host_pdev_del(pdev);
        pcidevs_unlock();
        host_pci_remove(ARM_FUNC);
    }

    while ( (dev = list_first_entry_or_null(&iommu_devs, struct iommu_dev,
                                            all)) != NULL )
    {
        dev_del(dev);
        iommu_dev_free(dev);
    }
}

static void bridges_down(void)
{
    struct pci_host_bridge *b, *tmp;
    struct host_its *its, *next;

    list_for_each_entry_safe ( b, tmp, &bridges, node )
    {
        list_del(&b->node);
        iounmap(b->cfg->win);
        xfree(b->cfg);
        xfree(b);
    }
    list_for_each_entry_safe ( its, next, &host_its_list, entry )
    {
        list_del(&its->entry);
        free(its);
    }
}

static void all_down(void)
{
    unserved_down();
    domains_down();
    devices_down();
    if ( arm_stubs.more_units_down )
        arm_stubs.more_units_down();
    arm_stubs.more_units_down = NULL;
    bridges_down();
    arm_acpi_forget();
    iommu_dt_free(&iommu_dt);
    iommu_iort_free(&iommu_iort);
    arm_nodes_free();
    device_tree_flattened = NULL;
    dom_io->options = 0;
    host_ram = (struct membanks){};
    system_state = SYS_STATE_active;
    up = false;
}

void arm_down(void)
{
    all_down();
    sm_down();
}

int arm_teardown(void **state)
{
    arm_p2m_fail(0);
    host_fail_nth(0);
    if ( up )
        all_down();

    return sm_teardown(state);
}

unsigned int arm_reach(struct iommu_dev *dev, uint64_t dfn, bool write,
                       uint64_t *maddr)
{
    return sm_reach(dev, dfn << PAGE_SHIFT, write, maddr);
}

uint64_t arm_frame(struct iommu_dev *dev, uint64_t dfn)
{
    uint64_t maddr;

    return arm_reach(dev, dfn, true, &maddr) ? ~0ULL : maddr >> PAGE_SHIFT;
}

/* ---- Xen ---- */

const struct pci_ecam_ops pci_generic_ecam_ops;

struct pci_host_bridge *pci_alloc_host_bridge(void)
{
    return xzalloc(struct pci_host_bridge);
}

void pci_add_host_bridge(struct pci_host_bridge *bridge)
{
    list_add_tail(&bridge->node, &bridges);
    arm_stubs.nr_bridges++;
}

struct pci_host_bridge *pci_find_host_bridge(uint16_t segment, uint8_t bus)
{
    struct pci_host_bridge *b;

    list_for_each_entry ( b, &bridges, node )
        if ( b->segment == segment && b->cfg->busn_start <= bus &&
             b->cfg->busn_end >= bus )
            return b;

    return NULL;
}

int pci_host_iterate_bridges_and_count(
    struct domain *d,
    int (*cb)(struct domain *d, struct pci_host_bridge *bridge))
{
    struct pci_host_bridge *b, one = {};
    int n = 0, rc;

    /* Of a device tree there is the one. */
    if ( acpi_disabled && (rc = cb(d, &one)) < 0 )
        return rc;

    list_for_each_entry ( b, &bridges, node )
    {
        rc = cb(d, b);
        if ( rc < 0 )
            return rc;
        n += rc;
    }

    return n;
}

void pci_segments_init(void)
{
}

int pci_add_segment(uint16_t seg)
{
    arm_stubs.segments++;

    return arm_stubs.add_segment;
}

int dt_pci_init(void)
{
    return arm_stubs.pci_init;
}

int scan_pci_devices(void)
{
    return arm_stubs.scan ?: function_add();
}

void arm_its_add(paddr_t addr)
{
    struct host_its *its = calloc(1, sizeof(*its));

    its->addr = addr;
    list_add_tail(&its->entry, &host_its_list);
}

unsigned int gic_number_lines(void)
{
    return HOST_NR_IRQS;
}

int irq_set_spi_type(unsigned int spi, unsigned int type)
{
    arm_stubs.spis++;

    return arm_stubs.spi_type;
}

paddr_t acpi_get_table_offset(struct membank tbl_add[], EFI_MEM_RES index)
{
    return index * 0x100;
}

const struct dt_device_node *
pci_find_host_bridge_node(const struct pci_dev *pdev)
{
    return NULL;
}
