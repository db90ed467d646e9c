/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many devices: root ports with ACS, below each of them a function with
 * virtual functions, all behind one unit.
 *
 * many N: forms the groups of about N functions, adds one more, gives one, then
 * 64 to a guest, maps a page, takes the guest away; prints the CPU time of
 * each, and the commands and waits of the flush.  many.py has callgrind count
 * the layer's own instructions in the functions many_*().
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <xen/iommu.h>

#include <iommu-groups/pci.h>

#include "pci-plug.h"

#define VFS      15         /* of a physical function */
#define GIVEN    64
#define PHASE    noinline __attribute__((used))

/* ---- a unit that does at once what it is told ---- */

static struct iommu_unit unit;
static unsigned long flushes;

static int cf_check probe(struct iommu_dev *dev)
{
    dev->unit = &unit;

    return 0;
}

static void cf_check release(struct iommu_dev *dev)
{
}

static int cf_check table_config(const struct iommu_dev *first,
                                 struct pt_config *cfg)
{
    *cfg = (struct pt_config){
        .fmt = &pt_vtd, .levels = 4, .in_bits = 48, .out_bits = 46,
        .leaf_orders = PT_LEAF_4K | PT_LEAF_2M, .coherent = true,
        .node = NUMA_NO_NODE,
    };

    return 0;
}

static struct s2_domain *cf_check domain_alloc(struct iommu_dev *first,
                                               enum s2_type type,
                                               struct s2_table *table)
{
    return s2_domain_alloc(first->unit, type, table);
}

static int cf_check attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    return 0;
}

static void cf_check block(struct iommu_dev *dev)
{
}

static bool cf_check compatible(const struct s2_domain *s2,
                                const struct iommu_dev *dev)
{
    return true;
}

static int cf_check tag_alloc(struct iommu_unit *u, uint32_t *tag)
{
    static uint32_t next;

    *tag = ++next;

    return 0;
}

static void cf_check tag_free(struct iommu_unit *u, uint32_t tag)
{
}

static int cf_check flush(struct iommu_unit *u, uint32_t tag,
                          const struct s2_gather *gather)
{
    flushes++;

    return 0;
}

static const struct iommu_dev_ops dev_ops = {
    .probe = probe, .release = release, .table_config = table_config,
    .domain_alloc = domain_alloc, .domain_free = s2_domain_free,
    .attach = attach, .block = block, .compatible = compatible,
};
static const struct iommu_tlb_ops tlb_ops = {
    .tag_alloc = tag_alloc, .tag_free = tag_free, .flush = flush,
};
static const struct iommu_unit_ops unit_ops;
static struct iommu_driver driver = {
    .name = "many", .dev = &dev_ops, .tlb = &tlb_ops, .unit = &unit_ops,
};

/* ---- the machine ---- */

static struct domain *guest;

static void must(int rc, const char *what)
{
    if ( !rc )
        return;

    fprintf(stderr, "many: %s: %d\n", what, rc);
    exit(2);
}

static struct pci_dev *list_one(const struct fn *fn)
{
    struct pci_dev *pdev;

    space_of(fn);
    pdev = host_pdev_add(SBDF(fn->name));
    must(!pdev, "no memory");
    if ( fn->vf_of )
    {
        pdev->info.is_virtfn = true;
        pdev->info.physfn.bus = SBDF(fn->vf_of).bus;
        pdev->info.physfn.devfn = SBDF(fn->vf_of).devfn;
    }

    return pdev;
}

static struct pci_dev *list_vf(unsigned int bus, unsigned int i)
{
    char name[16], pf[16];

    snprintf(pf, sizeof(pf), "0:%02x:00.0", bus);
    snprintf(name, sizeof(name), "0:%02x:%02x.%x", bus, i / 8, i % 8);

    return list_one(&(struct fn){ name, EP, .vf_of = pf });
}

/* One port, what is below it. */
static void list_port(unsigned int bus)
{
    char port[16], pf[16];
    unsigned int i;

    snprintf(port, sizeof(port), "0:00:%02x.%x", bus / 8, bus % 8);
    list_one(&(struct fn){ port, RP, .multi = true, .sec = bus, .sub = bus,
                           GOOD });
    snprintf(pf, sizeof(pf), "0:%02x:00.0", bus);
    list_one(&(struct fn){ pf, EP, .nr_vfs = VFS, .vf_offset = 1,
                           .vf_stride = 1 });
    for ( i = 1; i <= VFS; i++ )
        list_vf(bus, i);
}

/* ---- what is measured ---- */

static int take_one(struct pci_dev *pdev, void *arg)
{
    must(iommu_groups_pci_add(pdev), "add");

    return 0;
}

PHASE static void many_form(void)
{
    pcidevs_lock();
    iommu_pci_scan(take_one);
    pcidevs_unlock();
}

PHASE static void many_add(struct pci_dev *pdev)
{
    pcidevs_lock();
    must(iommu_groups_pci_add(pdev), "add one");
    pcidevs_unlock();
}

static void give_vf(unsigned int bus, unsigned int i)
{
    struct xen_domctl op = {
        .cmd = XEN_DOMCTL_assign_device,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI,
                             .u.pci.machine_sbdf =
                                 PCI_SBDF(0, bus, i / 8, i % 8).sbdf },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };

    must(iommu_do_pci_domctl(&op, guest, handle), "assign");
}

PHASE static void many_give_one(void)
{
    give_vf(1, 1);
}

PHASE static void many_give_64(void)
{
    unsigned int i;

    for ( i = 0; i < GIVEN; i++ )
        give_vf(2 + i / VFS, 1 + i % VFS);
}

PHASE static void many_map(void)
{
    must(iommu_legacy_map(guest, _dfn(0x1000), _mfn(0x2000), 1,
                          IOMMUF_readable | IOMMUF_writable), "map");
    must(iommu_legacy_unmap(guest, _dfn(0x1000), 1), "unmap");
}

PHASE static void many_destroy(void)
{
    must(pci_release_devices(guest), "release");
}

static double cpu_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return ts.tv_sec * 1e9 + ts.tv_nsec;
}

#define TIME(call) ({ double t_ = cpu_ns(); call; (cpu_ns() - t_) / 1e3; })

int main(int argc, char **argv)
{
    unsigned int n = argc > 1 ? atoi(argv[1]) : 0, ports, bus, nr = 0;
    double form, add, one, all, destroy;
    struct iommu_group *group = NULL;
    struct domain *hwdom;
    struct pci_dev *more;

    ports = n / (VFS + 2);
    if ( ports < 8 || ports > 254 )
    {
        fprintf(stderr, "usage: many 136..4318\n");
        return 2;
    }

    host_reset();
    iommu_hwdom_strict = true;
    iommu_driver_register(&driver);
    iommu_unit_register(&unit, &driver);
    for ( bus = 1; bus <= ports; bus++ )
        list_port(bus);

    form = TIME(many_form());
    hwdom = domain_up(0, XEN_DOMCTL_CDF_iommu);
    guest = domain_up(1, XEN_DOMCTL_CDF_iommu);
    host_current_set(hwdom);

    more = list_vf(ports, VFS + 1);
    add = TIME(many_add(more));
    one = TIME(many_give_one());
    all = TIME(many_give_64());
    flushes = 0;
    many_map();
    while ( (group = iommu_group_next(group)) != NULL )
        nr++;
    destroy = TIME(many_destroy());

    printf("%6u functions %5u groups: form %10.0f us, add one %7.1f, give one %6.1f, give %u %8.1f, destroy %8.1f; %lu flushes for map and unmap, %zu bytes a device\n",
           ports * (VFS + 2), nr, form, add, one, GIVEN, all, destroy, flushes,
           sizeof(struct iommu_dev) + sizeof(struct pci_func) +
           sizeof(struct iommu_group));

    return 0;
}
