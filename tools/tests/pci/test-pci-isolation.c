/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vendors state beside configuration space: which functions and ports are
 * apart by it, and the registers of chipsets and switches that it depends on.
 */
#include "pci-build.h"

#define ROOT(b, ...)  { .name = "00:" b, .kind = RP, __VA_ARGS__ }

static struct world w;

/* Two functions of one device without ACS, below a good port. */
static bool functions_apart(uint32_t id)
{
    const struct fn fns[] = {
        ROOT("1c.0", .sec = 1, GOOD),
        { "01:00.0", EP, .id = id, .multi = true },
        { "01:00.1", EP, .id = id, .multi = true },
    };
    bool apart;

    world_build(&w, fns, ARRAY_SIZE(fns));
    pci_group_mark(&w.funcs, world_func(&w, "01:00.0"));
    apart = !world_func(&w, "01:00.1")->marked;
    assert_int_equal(world_func(&w, "01:00.0")->stated, apart);

    return apart;
}

/* Two ports of @kind in one device without ACS, each with a device below. */
static bool ports_apart(unsigned int kind, uint32_t id)
{
    const struct fn fns[] = {
        ROOT("1c.0", .sec = 1, .sub = 9, GOOD),
        { "01:00.0", UP, .sec = 2, .sub = 9 },
        { "02:00.0", kind, .id = id, .sec = 3, .multi = true },
        { "02:00.1", kind, .id = id, .sec = 4, .multi = true },
        { "03:00.0", EP }, { "04:00.0", EP },
    };
    bool root = kind == RP;

    world_build(&w, fns + 2 * root, ARRAY_SIZE(fns) - 2 * root);
    pci_group_mark(&w.funcs, world_func(&w, "03:00.0"));
    assert_int_equal(world_func(&w, "02:00.0")->marked,
                     !world_func(&w, "02:00.0")->holds);

    return !world_func(&w, "04:00.0")->marked;
}

/* What does not answer, or is no endpoint of that kind, is not vouched for. */
static void test_not_stated(void **state)
{
    struct pci_func f = { .vendor = 0x8086, .device = 0x10c9 };

    assert_int_equal(pci_stated(&f), PCI_STATED_FUNCTION);
    f.silent = true;
    assert_int_equal(pci_stated(&f), PCI_STATED_NOTHING);

    f = (struct pci_func){ .vendor = 0x8086, .device = 0x0001,
                           .port = PCI_EXP_TYPE_RC_END };
    assert_int_equal(pci_stated(&f), PCI_STATED_NOTHING);
    f.express = true;
    assert_int_equal(pci_stated(&f), PCI_STATED_FUNCTION);
    f.vendor = 0x1234;
    assert_int_equal(pci_stated(&f), PCI_STATED_NOTHING);
}

static void test_functions(void **state)
{
    static const uint32_t apart[] = {
        0x09031924, 0x0a031924,                           /* Solarflare */
        0x105e8086, 0x10608086, 0x10a78086, 0x10a98086,   /* Intel */
        0x10c98086, 0x150a8086, 0x150d8086, 0x15218086, 0x15248086,
        0x10db8086, 0x10dd8086, 0x154d8086, 0x154f8086,
        0x15b78086, 0x15b88086,                           /* I219 */
        0x16d714e4, 0x175014e4, 0x175214e4, 0x176314e4,   /* Broadcom */
        0x071019a2, 0x072010df,                           /* Emulex */
        0xa026177d, 0xa059177d, 0xa060177d,               /* Cavium */
        0x30381d17, 0x31041d17, 0x90831d17,               /* Zhaoxin */
        0x01008088, 0x010f8088, 0x10018088, 0x51408088,   /* Wangxun */
    };
    static const uint32_t not[] = {
        0x10a88086, 0x150b8086, 0x10dc8086, 0x154e8086, 0x15b98086,
        0x15258086, 0x16d814e4, 0x175314e4, 0x176414e4, 0x071119a2,
        0xa05a177d, 0xa000177d, 0x01108088, 0x50118088, 0x10c91924,
        0x0710197b, 0xe0041def, 0x9d108086,
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(apart); i++ )
        if ( !functions_apart(apart[i]) )
            fail_msg("%08x", apart[i]);
    for ( i = 0; i < ARRAY_SIZE(not); i++ )
        if ( functions_apart(not[i]) )
            fail_msg("%08x", not[i]);

    /* Inside of the chipset, without a PCI Express capability. */
    CHECK_GROUPS("00:1f.0 00:1f.3 | 00:1f.6",
                 { "00:1f.0", CONV, .multi = true },
                 { "00:1f.3", CONV, .multi = true },
                 { "00:1f.6", CONV, .id = 0x15b88086 });
}

static void test_ports(void **state)
{
    static const uint32_t apart[] = {
        0xa000177d, 0xa7ff177d, 0xaf84177d, 0xb884177d,   /* Cavium */
        0xe00410e8, 0xe0051def, 0xe00c1def,               /* X-Gene, Ampere */
        0x040017cb, 0x040117cb, 0x011517cb, 0x012017cb,   /* Qualcomm */
        0x04011dbf, 0xd71414e4, 0x00311c36,               /* HXT, iProc, AL */
        0x3c090014, 0x3c290014, 0x7a090014, 0x7a690014,   /* Loongson */
        0x8d801957, 0x8d931957, 0x8d9b1957, 0x8db91957,   /* NXP */
        0x07101d17, 0x071e1d17, 0x07211d17, 0x07521d17,   /* Zhaoxin */
    };
    static const uint32_t not[] = {
        0xa800177d, 0x9fff177d, 0xe00510e8, 0xe0041def, 0xe00d1def,
        0x040217cb, 0x3c0a0014, 0x7a0a0014, 0x7a790014, 0x8d841957,
        0x8da21957, 0x071f1d17, 0x07531d17, 0x16d714e4, 0x15218086,
        0xa1108086, 0x1e108086,
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(apart); i++ )
        if ( !ports_apart(RP, apart[i]) )
            fail_msg("%08x", apart[i]);
    for ( i = 0; i < ARRAY_SIZE(not); i++ )
        if ( ports_apart(RP, not[i]) )
            fail_msg("%08x", not[i]);

    /* Root ports, unless the statement says switches too. */
    assert_false(ports_apart(DOWN, 0xa000177d));
    assert_false(ports_apart(DOWN, 0xe0041def));
    assert_true(ports_apart(DOWN, 0x07101d17));
}

/* Makes an AMD IOMMU of a function. */
static void make_amd_iommu(const char *name, uint8_t type)
{
    struct space *s = (struct space *)world_func(&w, name);
    struct pci_cfg cfg = CFG_OF(s);

    s->cfg[0x40] = 0x0f;
    s->cfg[0x42] = type;
    pci_func_read(&s->func, &cfg);
    pci_funcs_link(&w.funcs);
}

/* Only in a system with an AMD IOMMU, on the root bus. */
static void test_southbridge(void **state)
{
#define SB                                                              \
    { "00:14.0", CONV, .id = 0x43851002, .multi = true },               \
    { "00:14.2", CONV, .id = 0x43831002 },                              \
    { "00:14.4", CONV, .id = 0x43841002, .sec = 9 },                    \
    { "00:14.5", CONV, .id = 0x43991002 },                              \
    { "00:14.6", CONV, .id = 0x43861002 }
    const struct fn fns[] = { SB, { "00:00.2", CONV, .id = 0x59901002 } };
    const struct fn elsewhere[] = {
        { "00:00.2", CONV, .id = 0x59901002 },
        { "00:05.0", CONV, .sec = 1 },
        { "01:00.0", CONV, .id = 0x43831002, .multi = true },
    };

    CHECK_GROUPS("00:14.0 00:14.2 00:14.4 00:14.5 00:14.6", SB);

    world_build(&w, fns, ARRAY_SIZE(fns));
    make_amd_iommu("00:00.2", 2);
    assert_false(world_func(&w, "00:14.0")->holds);
    make_amd_iommu("00:00.2", 3);
    assert_string_equal(partition(&w, fns, ARRAY_SIZE(fns)),
                        "00:14.0 | 00:14.2 | 00:14.4 | 00:14.5 | 00:14.6 |"
                        " 00:00.2");

    /* The same functions anywhere else. */
    world_build(&w, elsewhere, ARRAY_SIZE(elsewhere));
    make_amd_iommu("00:00.2", 3);
    assert_false(world_func(&w, "01:00.0")->holds);
}

/* ---- registers beside the ports ---- */

#define RCBA 0xfed1c000U

static struct {
    uint32_t bspr, updcr;
    uint32_t stuck;            /* bits of UPDCR that do not clear */
    unsigned int stores;
    bool gone;                 /* no registers behind the base address */
} chipset;

static struct space *space_at(pci_sbdf_t sbdf)
{
    return (struct space *)pci_func_find(&w.funcs, sbdf);
}

static uint32_t any_read(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                         unsigned int bytes)
{
    return space_at(sbdf) ? space_read(space_at(sbdf), sbdf, reg, bytes)
                          : ~0u >> (32 - 8 * bytes);
}

/* Only these, each at its width. */
static void any_write(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                      unsigned int bytes, uint32_t val)
{
    struct space *s = space_at(sbdf);

    assert_non_null(s);
    assert_true((reg == 0xd8 && bytes == 4) || (reg == 0x74 && bytes == 2));
    chipset.stores++;
    if ( s->sticky )
        return;
    memcpy(s->cfg + reg, &val, bytes);
}

static bool mem_read(void *ctx, paddr_t addr, uint32_t *val)
{
    assert_true(addr == RCBA + 0x1014 || addr == RCBA + 0x1104);
    *val = addr == RCBA + 0x1014 ? chipset.updcr : chipset.bspr;

    return !chipset.gone;
}

static void mem_write(void *ctx, paddr_t addr, uint32_t val)
{
    assert_int_equal(addr, RCBA + 0x1014);
    chipset.stores++;
    chipset.updcr = val | chipset.stuck;
}

static const struct pci_cfg machine_cfg = {
    .read = any_read, .write = any_write,
    .read_mem = mem_read, .write_mem = mem_write,
};
static const struct pci_cfg recording = { .read = any_read };

/* A laptop of the Ivy Bridge years, or one with other ports. */
static const struct fn *laptop(uint16_t first, uint16_t step)
{
    static struct fn fns[] = {
        ROOT("1c.0", .sec = 2, .multi = true),
        ROOT("1c.1", .sec = 3, .multi = true),
        ROOT("1c.2", .sec = 4, .multi = true),
        { "03:00.0", EP }, { "04:00.0", EP },
        { "00:1f.0", CONV, .id = 0x1e578086, .multi = true },
    };
    unsigned int i;

    for ( i = 0; i < 3; i++ )
        fns[i].id = (first + i * step) << 16 | 0x8086;
    memset(&chipset, 0, sizeof(chipset));
    chipset.updcr = 0x8000003f;
    world_build(&w, fns, ARRAY_SIZE(fns));
    put32(((struct space *)world_func(&w, "00:1f.0"))->cfg + 0xf0, RCBA | 1);

    return fns;
}

#define LAPTOP_APART \
    "00:1c.0 | 00:1c.1 | 00:1c.2 | 03:00.0 | 04:00.0 | 00:1f.0"
#define LAPTOP_ONE "00:1c.0 00:1c.1 00:1c.2 03:00.0 04:00.0 | 00:1f.0"

static enum pci_chipset isolate(const struct pci_cfg *cfg)
{
    enum pci_chipset rc, first = PCI_CHIPSET_NONE;
    struct pci_func *f;

    list_for_each_entry ( f, &w.funcs, list )
    {
        rc = pci_chipset_isolate(f, cfg);
        if ( first == PCI_CHIPSET_NONE )
            first = rc;
    }
    pci_funcs_link(&w.funcs);

    return first;
}

static uint32_t reg32(const char *name, unsigned int reg)
{
    return space_read(world_func(&w, name), (pci_sbdf_t){}, reg, 4);
}

static void test_pch(void **state)
{
    const struct fn *fns = laptop(0x1e10, 2);

    /* As firmware left it: one group of all. */
    assert_string_equal(partition(&w, fns, 6), LAPTOP_ONE);

    assert_int_equal(isolate(&machine_cfg), PCI_CHIPSET_SET);
    assert_int_equal(chipset.updcr, 0x80000000);
    assert_int_equal(reg32("00:1c.0", 0xd8), 1u << 26);
    assert_int_equal(reg32("00:1c.2", 0xd8), 1u << 26);
    assert_int_equal(chipset.stores, 4);
    assert_string_equal(partition(&w, fns, 6), LAPTOP_APART);
    assert_true(world_func(&w, "00:1c.1")->stated);

    assert_int_equal(isolate(&machine_cfg), PCI_CHIPSET_WAS_SET);
    assert_int_equal(chipset.stores, 4);

    /* A strap that forbids peer cycles is as good, if it forbids both. */
    fns = laptop(0x1e10, 2);
    chipset.bspr = 0x300;
    isolate(&machine_cfg);
    assert_int_equal(chipset.updcr, 0x8000003f);
    assert_string_equal(partition(&w, fns, 6), LAPTOP_APART);
    fns = laptop(0x1e10, 2);
    chipset.bspr = 0x100;
    isolate(&machine_cfg);
    assert_int_equal(chipset.updcr, 0x80000000);
}

/* What does not take, or does not answer, does not count. */
static void test_pch_cannot(void **state)
{
    const struct fn *fns = laptop(0x1e10, 2);
    struct space *s;

#define CANNOT()                                                        \
    assert_int_equal(isolate(&machine_cfg), PCI_CHIPSET_CANNOT);        \
    assert_string_equal(partition(&w, fns, 6), LAPTOP_ONE)
    chipset.stuck = 0x4;
    CANNOT();

    fns = laptop(0x1e10, 2);
    chipset.gone = true;
    CANNOT();

    fns = laptop(0x1e10, 2);
    chipset.updcr = ~0u;
    CANNOT();
    chipset.bspr = ~0u;
    CANNOT();

    /* Base address: switched off, zero, no bridge. */
    fns = laptop(0x1e10, 2);
    s = (struct space *)world_func(&w, "00:1f.0");
    put32(s->cfg + 0xf0, RCBA);
    CANNOT();
    put32(s->cfg + 0xf0, 1);
    CANNOT();
    put32(s->cfg + 0xf0, ~0u);
    CANNOT();
    assert_int_equal(chipset.stores, 0);

    /* One port that does not take it: alone in the group with what is below. */
    fns = laptop(0x1e10, 2);
    ((struct space *)world_func(&w, "00:1c.1"))->sticky = 1;
    isolate(&machine_cfg);
    assert_string_equal(partition(&w, fns, 6),
                        "00:1c.0 | 00:1c.1 03:00.0 | 00:1c.2 | 04:00.0 |"
                        " 00:1f.0");

    /* No way to registers at all. */
    fns = laptop(0x1e10, 2);
    assert_int_equal(isolate(&(struct pci_cfg){ .read = any_read,
                                                .write = any_write }),
                     PCI_CHIPSET_CANNOT);
}

static void test_pch_generations(void **state)
{
    static const uint16_t known[][2] = {
        { 0x3b42, 1 }, { 0x3b4f, 1 }, { 0x1c10, 2 }, { 0x1c1d, 1 },
        { 0x1e1d, 1 }, { 0x8c10, 1 }, { 0x8c1d, 1 }, { 0x9c10, 2 },
        { 0x9c19, 1 }, { 0x9c90, 1 }, { 0x9c99, 1 }, { 0x8c90, 2 },
        { 0x8c9a, 2 }, { 0x1d10, 2 }, { 0x1d1a, 2 }, { 0x8d10, 2 },
        { 0x8d1c, 1 },
    };
    static const uint16_t not[] = { 0x3b3f, 0x3b52, 0x1c20, 0x1e20, 0x9c1c,
                                    0x9c9c, 0x8d1f, 0xa110, 0x2940 };
    const struct fn *fns;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(known); i++ )
    {
        fns = laptop(known[i][0], known[i][1]);
        assert_int_equal(isolate(&machine_cfg), PCI_CHIPSET_SET);
        assert_string_equal(partition(&w, fns, 6), LAPTOP_APART);
    }
    for ( i = 0; i < ARRAY_SIZE(not); i++ )
    {
        fns = laptop(not[i], 0);
        assert_int_equal(isolate(&machine_cfg), PCI_CHIPSET_NONE);
        assert_string_equal(partition(&w, fns, 6), LAPTOP_ONE);
    }
}

/* A recording shows what would be, unless it says that it cannot be. */
static void test_recording(void **state)
{
    const struct fn *fns = laptop(0x1e10, 2);
    struct space *s = (struct space *)world_func(&w, "00:1f.0");

    assert_int_equal(isolate(&recording), PCI_CHIPSET_WAS_SET);
    assert_string_equal(partition(&w, fns, 6), LAPTOP_APART);

    put32(s->cfg + 0xf0, RCBA);
    assert_int_equal(isolate(&recording), PCI_CHIPSET_CANNOT);
    put32(s->cfg + 0xf0, 0);
    assert_int_equal(isolate(&recording), PCI_CHIPSET_WAS_SET);
    list_del(&s->func.list);
    assert_int_equal(isolate(&recording), PCI_CHIPSET_WAS_SET);
}

/* Pericom: ACS of the ports counts once the switch stores and forwards. */
static void test_store_forward(void **state)
{
    static const struct fn fns[] = {
        ROOT("1c.0", .sec = 1, .sub = 4, GOOD),
        { "01:00.0", UP, .id = 0x240412d8, .sec = 2, .sub = 4 },
        { "02:01.0", DOWN, .id = 0x240412d8, .sec = 3, GOOD },
        { "02:02.0", DOWN, .id = 0x240412d8, .sec = 4, GOOD },
        { "03:00.0", EP }, { "04:00.0", EP },
    };
    struct space *up;

    memset(&chipset, 0, sizeof(chipset));
    world_build(&w, fns, ARRAY_SIZE(fns));
    up = (struct space *)world_func(&w, "01:00.0");
    put16(up->cfg + 0x74, 0x1230);
    assert_string_equal(partition(&w, fns, 6),
                        "00:1c.0 | 01:00.0 | 02:01.0 02:02.0 03:00.0 04:00.0");

    assert_int_equal(isolate(&machine_cfg), PCI_CHIPSET_SET);
    assert_int_equal(reg32("01:00.0", 0x74), 0x1231);
    assert_int_equal(chipset.stores, 1);
    assert_string_equal(partition(&w, fns, 6),
                        "00:1c.0 | 01:00.0 | 02:01.0 | 02:02.0 | 03:00.0 |"
                        " 04:00.0");
    assert_false(world_func(&w, "02:01.0")->stated);

    put16(up->cfg + 0x74, 0);
    up->sticky = 1;
    assert_int_equal(isolate(&machine_cfg), PCI_CHIPSET_CANNOT);
    assert_false(world_func(&w, "02:01.0")->holds);

    /* It does not make up for ACS. */
    up->sticky = 0;
    world_func(&w, "02:01.0")->acs_ctrl = 0;
    assert_int_equal(isolate(&machine_cfg), PCI_CHIPSET_SET);
    assert_false(world_func(&w, "02:01.0")->holds);
}

/* IDT: source validation breaks what is below, and stays off. */
static void test_no_source_validation(void **state)
{
    static const struct fn fns[] = {
        ROOT("1c.0", .sec = 1, .sub = 4, GOOD),
        { "01:00.0", UP, .id = 0x80b5111d, .sec = 2, .sub = 4 },
        { "02:01.0", DOWN, .id = 0x80b5111d, .sec = 3, .acs = true,
          .acs_cap = ACS_PORT },
        { "02:02.0", DOWN, .id = 0x80b6111d, .sec = 4, .acs = true,
          .acs_cap = ACS_PORT },
    };
    struct pci_func *f;
    struct pci_cfg cfg;
    unsigned int i;

    world_build(&w, fns, ARRAY_SIZE(fns));
    for ( i = 2; i < 4; i++ )
    {
        f = world_func(&w, fns[i].name);
        cfg = CFG_OF((struct space *)f);
        pci_func_enable_acs(f, &cfg);
        assert_int_equal(f->acs_ctrl, i == 2 ? ACS_ALL & ~PCI_ACS_SV : ACS_ALL);
    }
    pci_funcs_link(&w.funcs);
    assert_false(world_func(&w, "02:01.0")->holds);
    assert_true(world_func(&w, "02:02.0")->holds);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_not_stated), T(test_functions), T(test_ports), T(test_southbridge), T(test_pch),
        T(test_pch_cannot), T(test_pch_generations), T(test_recording),
        T(test_store_forward), T(test_no_source_validation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
