/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine of many functions, on the VT-d driver and its model: what many.py
 * counts the instructions of.  Each PHASE() is what Xen calls in one go; what it took is dumped after it.
 *
 *   many N        N functions: of each 16 one is a root port with ACS, one a
 *                 physical function below it and the rest its virtual ones
 *   many N alias  the same, each but the ports with an ID of firmware's beside
 *                 its own; up to the one function more
 */
#include <stdio.h>
#include <stdlib.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS do { } while ( 0 )
#define CALLGRIND_DUMP_STATS_AT(name) do { } while ( 0 )
#endif

#include <xen/iommu.h>

#include <iommu-groups/firmware.h>
#include <iommu-groups/pci-topology.h>

#include "vtd-fixture.h"

#define PER_PORT   16
#define TO_GUEST   64
#define PORTS      256

static uint8_t conf[65536][64 + 16 + 16];
static struct pci_dev *pdevs[65536];
static unsigned int nr_funcs;
static struct domain *hwdom, *taker;

static void must(bool ok, const char *what)
{
    if ( ok )
        return;
    fprintf(stderr, "many: %s\n%s", what, host_log_text());
    exit(2);
}

/* ---- what takes the place of arch/host's, which goes through lists ---- */

struct pci_dev *__wrap_pci_get_pdev(const struct domain *d, pci_sbdf_t sbdf)
{
    struct pci_dev *pdev = sbdf.seg ? NULL : pdevs[sbdf.bdf];

    return pdev && (!d || pdev->domain == d) ? pdev : NULL;
}

/* Up to 0x50 as it is; the ACS capability is the first extended one. */
static const uint8_t *place(pci_sbdf_t sbdf, unsigned int reg)
{
    static const uint8_t zero[16];
    const uint8_t *c = conf[sbdf.bdf];

    if ( reg < 80 )
        return c + reg;

    return reg >= 0x100 && reg < 0x110 ? c + 80 + (reg - 0x100) : zero;
}

static uint32_t conf_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
    uint32_t val = 0;

    if ( !pdevs[sbdf.bdf] )
        return ~0u >> (32 - 8 * size);
    memcpy(&val, place(sbdf, reg & ~15u) + reg % 16, size);

    return val;
}

static void conf_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size,
                       uint32_t val)
{
    if ( reg < 80 || (reg >= 0x100 && reg < 0x110) )
        memcpy((uint8_t *)place(sbdf, reg), &val, size);
}

static const struct host_pci_ops ops = { .read = conf_read,
                                         .write = conf_write };

/* ---- the machine ---- */

/* Nobody has more than 15 functions. */
static int resolve(struct iommu_dev *dev)
{
    uint16_t alias = dev->sbdf.bdf | 0x80;

    return dev->sbdf.bus ? iommu_dev_add_ids(dev, alias, alias) : 0;
}

static const struct iommu_firmware aliases = {
    .name = "aliases",
    .resolve = resolve,
};

static void put16(uint8_t *p, uint16_t val)
{
    memcpy(p, &val, 2);
}

static void fill(uint8_t *c, unsigned int port_bus, bool virtfn)
{
    bool port = port_bus;

    put16(c, virtfn ? 0xffff : 0x8086);
    put16(c + 2, virtfn ? 0xffff : 0x1572);
    put16(c + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    put16(c + PCI_STATUS, PCI_STATUS_CAP_LIST);
    put16(c + PCI_CLASS_DEVICE, port ? 0x0604 : 0x0200);
    c[PCI_HEADER_TYPE] = port ? 0x81 : 0;
    c[PCI_SECONDARY_BUS] = c[PCI_SUBORDINATE_BUS] = port_bus;
    c[PCI_CAPABILITY_LIST] = 0x40;
    c[0x40] = PCI_CAP_ID_EXP;
    put16(c + 0x42, (port ? PCI_EXP_TYPE_ROOT_PORT : 0) << 4 | 2);
    if ( !port )
        return;
    put16(c + 80, PCI_EXT_CAP_ID_ACS);
    put16(c + 82, 1);
    put16(c + 84, 0x5f);
}

static void add_function(unsigned int i)
{
    unsigned int port = i / PER_PORT, fn = i % PER_PORT;
    pci_sbdf_t sbdf = { .sbdf = fn ? (port + 1) << 8 | (fn - 1) : port };
    bool virtfn = fn > 1;
    struct pci_dev *pdev;

    fill(conf[sbdf.bdf], fn ? 0 : port + 1, virtfn);
    pdev = host_pdev_add(sbdf);
    must(pdev, "no memory");
    pdev->info.is_virtfn = virtfn;
    pdev->info.physfn.bus = port + 1;
    pdevs[sbdf.bdf] = pdev;
    nr_funcs++;
}

static int take(struct pci_dev *pdev, void *arg)
{
    must(!iommu_groups_pci_add(pdev), "add");

    return 0;
}

/* Xen's scan knows them all where dom0 has told of them: the worst case. */
static void form(void)
{
    pcidevs_lock();
    iommu_pci_scan(take);
    pcidevs_unlock();
}

static void add_one(unsigned int bdf)
{
    pcidevs_lock();
    take(pdevs[bdf], NULL);
    pcidevs_unlock();
}

static int assign(struct domain *d, unsigned int bdf)
{
    struct xen_domctl op = {
        .cmd = XEN_DOMCTL_assign_device,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI,
                             .u.pci.machine_sbdf = bdf },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };
    int rc;

    do
        rc = iommu_do_domctl(&op, d, handle);
    while ( rc == -ERESTART );

    return rc;
}

/* The VFs that come first. */
static unsigned int vf_nr(unsigned int i)
{
    return (i / (PER_PORT - 2) + 1) << 8 | (i % (PER_PORT - 2) + 1);
}

static void attach_one(void)
{
    must(!assign(taker, vf_nr(0)), "attach");
}

static void attach_more(void)
{
    unsigned int i;

    for ( i = 1; i < TO_GUEST; i++ )
        must(!assign(taker, vf_nr(i)), "attach");
}

static void destroy(void)
{
    must(!pci_release_devices(taker), "release");
    must(!iommu_free_pgtables(taker), "tables");
    iommu_domain_destroy(taker);
}

static void report(void)
{
    static char list[1 << 20], text[4096];
    static const char *const files[] = { "owner", "state", "devices", "why" };
    char *at, *next, path[64];
    unsigned int i, nr = 0;

    must(host_hypfs_read("/iommu/groups", list, sizeof(list)) > 0, "list");
    for ( at = list; at && *at; at = next, nr++ )
    {
        next = strchr(at, '\n');
        if ( next )
            *next++ = 0;
        for ( i = 0; i < ARRAY_SIZE(files); i++ )
        {
            snprintf(path, sizeof(path), "/iommu/groups/%s/%s", at, files[i]);
            must(host_hypfs_read(path, text, sizeof(text)) >= 0, path);
        }
    }
    printf("groups %u\n", nr);
}

#define PHASE(call) do {                        \
        CALLGRIND_ZERO_STATS;                   \
        call;                                   \
        CALLGRIND_DUMP_STATS_AT(#call);         \
    } while ( 0 )

int main(int argc, char **argv)
{
    unsigned int n = argc > 1 ? atoi(argv[1]) : 256, i;
    struct vtd_model_cfg cfg = vtd_model_default;
    struct host_memory before, after;

    vtd_machine_up(&cfg, 1);
    if ( argc > 2 )
        iommu_firmware = &aliases;
    host_mem_fast(true);
    host_pci_ops_set(&ops);
    must(n / PER_PORT < PORTS, "too many");
    for ( i = 0; i < n; i++ )
        add_function(i);
    must(!host_initcalls_run(), "hypfs");
    before = host_memory_now();
    PHASE(form());
    after = host_memory_now();
    printf("bytes %lu\n", after.bytes - before.bytes);
    hwdom = host_domain_create(0, XEN_DOMCTL_CDF_iommu);
    host_hwdom_set(hwdom);
    taker = host_domain_create(2, XEN_DOMCTL_CDF_iommu);
    must(!iommu_domain_init(taker, 0), "domain");
    add_function(n);
    PHASE(add_one(n % PER_PORT ? (n / PER_PORT + 1) << 8 : n / PER_PORT));
    if ( argc > 2 )
        return 0;
    must(!iommu_legacy_map(taker, _dfn(1), _mfn(1), 1, IOMMUF_readable), "map");
    PHASE(attach_one());
    PHASE(attach_more());
    PHASE(report());
    PHASE(destroy());

    return 0;
}
