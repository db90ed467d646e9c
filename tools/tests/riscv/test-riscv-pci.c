/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bus numbers and BARs on RISC-V, on a model of configuration space in which a
 * function is found by the bus numbers that its bridges have at the moment.
 */
#include "test.h"

#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/sizes.h>

#include <iommu-groups/pci-setup.h>

#define MAX_FUNCS 64

struct func {
    int parent;               /* bridge above; -1: on the root bus */
    uint8_t devfn;
    uint8_t cfg[256];
    uint64_t size[6];         /* 0: none; of a wide BAR the first of two */
    bool wide[6];
};

static struct func funcs[MAX_FUNCS];
static int nr_funcs;
static uint8_t opened[256];

static uint32_t get(const struct func *f, unsigned int reg, unsigned int size)
{
    uint32_t val = 0;

    memcpy(&val, f->cfg + reg, size);

    return val;
}

static struct func *find(pci_sbdf_t sbdf)
{
    int i;

    for ( i = 0; i < nr_funcs; i++ )
    {
        struct func *f = &funcs[i];
        unsigned int bus = f->parent < 0
            ? 0x10 : get(&funcs[f->parent], PCI_SECONDARY_BUS, 1);

        if ( f->devfn == sbdf.devfn && sbdf.bus == bus && (f->parent < 0 || bus) )
            return f;
    }

    return NULL;
}

static uint32_t conf_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
    const struct func *f = find(sbdf);

    if ( !opened[sbdf.bus] )
        fail_msg("bus %x is not open", sbdf.bus);

    return f && reg < 256 ? get(f, reg, size) : ~0u >> (32 - 8 * size);
}

static void conf_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size,
                       uint32_t val)
{
    struct func *f = find(sbdf);
    unsigned int bar = (reg - PCI_BASE_ADDRESS_0) / 4;

    if ( !f )
        return;

    if ( reg >= PCI_BASE_ADDRESS_0 && bar < 6 && size == 4 &&
         (bar < 2 || !(get(f, PCI_HEADER_TYPE, 1) & 0x7f)) )
    {
        bool high = bar && f->wide[bar - 1];
        uint64_t len = high ? f->size[bar - 1] : f->size[bar];

        /* Address bits below the size are wired to zero; type bits stay. */
        val = high ? val & (uint32_t)(-len >> 32)
                   : (val & (uint32_t)-len & ~0xfu) |
                     (get(f, reg, 4) & 0xf);
        if ( !len )
            val = 0;
    }
    memcpy(f->cfg + reg, &val, size);
}

static const struct host_pci_ops ops = {
    .read = conf_read, .write = conf_write,
};

static int add(int parent, unsigned int dev, unsigned int fn, uint8_t header)
{
    struct func *f = &funcs[nr_funcs];

    memset(f, 0, sizeof(*f));
    f->parent = parent;
    f->devfn = PCI_DEVFN(dev, fn);
    f->cfg[PCI_VENDOR_ID] = 0x36;
    f->cfg[PCI_HEADER_TYPE] = header;
    /* As if somebody had left it running. */
    f->cfg[PCI_COMMAND] = 7;

    return nr_funcs++;
}

static void bar(int func, unsigned int nr, uint64_t size, bool wide)
{
    funcs[func].size[nr] = size;
    funcs[func].wide[nr] = wide;
    funcs[func].cfg[PCI_BASE_ADDRESS_0 + 4 * nr] = wide ? 4 : 0;
}

static uint64_t address(int func, unsigned int nr)
{
    const struct func *f = &funcs[func];
    unsigned int reg = PCI_BASE_ADDRESS_0 + 4 * nr;

    return (get(f, reg, 4) & ~0xfu) |
           (f->wide[nr] ? (uint64_t)get(f, reg + 4, 4) << 32 : 0);
}

static int open_bus(uint16_t seg, uint8_t bus)
{
    opened[bus] = 1;

    return 0;
}

static struct pci_setup run(uint8_t last_bus, uint64_t base, uint64_t size)
{
    struct pci_setup s = { .seg = 1, .bus = 0x10, .last_bus = last_bus,
                           .next = base, .end = base + size,
                           .open_bus = open_bus };

    pci_setup_host(&s);

    return s;
}

static int setup(void **state)
{
    host_reset();
    host_pci_ops_set(&ops);
    nr_funcs = 0;
    memset(opened, 0, sizeof(opened));
    opened[0x10] = 1;

    return 0;
}

static void test_bars(void **state)
{
    int a = add(-1, 1, 0, 0), b = add(-1, 2, 0, 0x80), c = add(-1, 2, 3, 0);

    bar(a, 0, 0x100000, false);
    bar(a, 2, 0x4000, true);
    bar(b, 0, 0x10, false);
    bar(c, 5, 0x200000, false);
    funcs[a].cfg[PCI_BASE_ADDRESS_0 + 4] = 1;       /* I/O: left alone */
    run(0x10, 0x40000000, GB(1));

    assert_int_equal(address(a, 0), 0x40000000);
    assert_int_equal(address(a, 2), 0x40100000);
    /* A page for itself, however small. */
    assert_int_equal(address(b, 0), 0x40104000);
    assert_int_equal(address(c, 5), 0x40200000);
    assert_int_equal(get(&funcs[a], PCI_COMMAND, 2), 0);
    assert_int_equal(get(&funcs[c], PCI_COMMAND, 2), 0);
}

static void test_bar_nonsense(void **state)
{
    int a = add(-1, 1, 0, 0);

    bar(a, 0, 0x80000000, false);                   /* larger than there is */
    bar(a, 2, 1ULL << 40, true);
    bar(a, 5, 0x1000, true);                        /* no register is left */
    bar(a, 1, 0x1000, false);
    run(0x10, 0x40000000, GB(1));

    assert_int_equal(address(a, 0), 0);
    assert_int_equal(address(a, 1), 0x40000000);
    assert_int_equal(address(a, 2), 0);
    assert_int_equal(get(&funcs[a], PCI_BASE_ADDRESS_0 + 20, 4), 4);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 2);
    assert_log("no room for BAR 0");
    assert_log("no room for BAR 2");
}

static void test_bridges(void **state)
{
    int port = add(-1, 1, 0, 1), up = add(port, 0, 0, 1);
    int d1 = add(up, 0, 0, 1), d2 = add(up, 1, 0, 1);
    int e1 = add(d1, 0, 0, 0), e2 = add(d2, 0, 0, 0);
    int last = add(-1, 2, 0, 0);
    struct pci_setup s;

    bar(e1, 0, 0x100000, false);
    bar(e2, 0, 0x1000, false);
    bar(last, 0, 0x1000, false);
    s = run(0xff, 0x40000000, GB(1));

    assert_int_equal(s.bus, 0x14);
    assert_int_equal(get(&funcs[port], PCI_PRIMARY_BUS, 1), 0x10);
    assert_int_equal(get(&funcs[port], PCI_SECONDARY_BUS, 1), 0x11);
    assert_int_equal(get(&funcs[port], PCI_SUBORDINATE_BUS, 1), 0x14);
    assert_int_equal(get(&funcs[d2], PCI_PRIMARY_BUS, 1), 0x12);
    assert_int_equal(get(&funcs[d2], PCI_SECONDARY_BUS, 1), 0x14);
    assert_int_equal(get(&funcs[d2], PCI_SUBORDINATE_BUS, 1), 0x14);

    assert_int_equal(address(e1, 0), 0x40000000);
    assert_int_equal(address(e2, 0), 0x40100000);
    /* Windows hold what is below, and nothing of the next. */
    assert_int_equal(get(&funcs[d1], PCI_MEMORY_BASE, 4), 0x40004000);
    assert_int_equal(get(&funcs[d2], PCI_MEMORY_BASE, 4), 0x40104010);
    assert_int_equal(get(&funcs[port], PCI_MEMORY_BASE, 4), 0x40104000);
    assert_int_equal(address(last, 0), 0x40200000);
    assert_int_equal(get(&funcs[port], PCI_COMMAND, 2),
                     PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    /* Closed, because nothing needs them. */
    assert_int_equal(get(&funcs[port], PCI_PREF_MEMORY_BASE, 4), 0xfff0);
    assert_int_equal(get(&funcs[port], PCI_IO_BASE, 2), 0xf0);
}

static void test_empty_bridge(void **state)
{
    int port = add(-1, 1, 0, 1);

    run(0xff, 0x40000000, GB(1));
    assert_int_equal(get(&funcs[port], PCI_MEMORY_BASE, 4), 0xfff0);
}

/* More bridges than buses, deeper than is looked, as a device may pretend. */
static void test_no_end(void **state)
{
    int i, above = -1;
    struct pci_setup s;

    for ( i = 0; i < 40; i++ )
        above = add(above, 0, 0, 1);
    s = run(0xff, 0x40000000, GB(1));
    assert_int_equal(s.bus, 0x10 + PCI_SETUP_DEPTH);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
    assert_log("no bus left for this bridge");
    /* It forwards nothing. */
    assert_int_equal(get(&funcs[PCI_SETUP_DEPTH], PCI_COMMAND, 2), 0);
    assert_int_equal(get(&funcs[PCI_SETUP_DEPTH], PCI_SECONDARY_BUS, 1), 0);

    setup(state);
    for ( i = 0; i < 30; i++ )
        add(-1, i, 0, 1);
    s = run(0x13, 0x40000000, MB(1));
    assert_int_equal(s.bus, 0x13);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 27);
}

#define PCI_TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PCI_TEST(test_bars),
        PCI_TEST(test_bar_nonsense),
        PCI_TEST(test_bridges),
        PCI_TEST(test_empty_bridge),
        PCI_TEST(test_no_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
