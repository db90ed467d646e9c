/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts from configuration space, requester IDs, and switching ACS on. */
#include "pci-build.h"

static struct world w;

#define WORLD(...) do {                                                 \
    const struct fn fns_[] = { __VA_ARGS__ };                           \
    world_build(&w, fns_, ARRAY_SIZE(fns_));                            \
} while ( 0 )

static void add_id(char *text, unsigned int id)
{
    static const char hex[] = "0123456789abcdef";
    const char one[] = { hex[id >> 12], hex[(id >> 8) & 15],
                         hex[(id >> 4) & 15], hex[id & 15], '\0' };

    strcat(text, one);
}

/* "0100 0200-0207": all IDs of a function, its own first. */
static void check_ids(const char *name, const char *want)
{
    const struct pci_func *f = world_func(&w, name);
    char text[128] = "";
    unsigned int i;

    for ( i = 0; i < f->nr_ids; i++ )
    {
        if ( i )
            strcat(text, " ");
        add_id(text, f->ids[i].first);
        if ( f->ids[i].first == f->ids[i].last )
            continue;
        strcat(text, "-");
        add_id(text, f->ids[i].last);
    }

    assert_string_equal(text, want);
}

/* PCI Express to PCI/PCI-X Bridge 1.0, 2.3. */
static void test_ids_behind_bridges(void **state)
{
    WORLD({ "00:1c.0", RP, .sec = 1, .sub = 3, GOOD },
          { "01:00.0", TOPCI, .sec = 2, .sub = 3 },
          { "02:01.0", CONV },
          { "02:02.0", CONV, .sec = 3 },
          { "03:04.0", CONV });
    check_ids("00:1c.0", "00e0");
    check_ids("01:00.0", "0100");
    check_ids("02:01.0", "0208 0200 0100");
    /* The topmost bridge is the one that the root sees. */
    check_ids("03:04.0", "0320 0200 0100");

    /* A legacy bridge, and one from PCI to PCI Express, use their own. */
    WORLD({ "00:1e.0", CONV, .sec = 1 }, { "01:01.0", CONV },
          { "00:05.0", TOPCIE, .sec = 2, .sub = 3 },
          { "02:00.0", DOWN, .sec = 3, GOOD }, { "03:00.0", EP });
    check_ids("01:01.0", "0108 00f0");
    check_ids("03:00.0", "0300 0028");
}

/* Bridges that lack the capability that they should have. */
static void test_ids_disguised(void **state)
{
    WORLD({ "00:1c.0", RP, .sec = 1, .sub = 2, GOOD },
          { "01:00.0", CONV, .id = 0x10801b21, .sec = 2 },
          { "02:01.0", CONV },
          { "00:1e.0", CONV, .id = 0x244e8086, .sec = 3 },
          { "03:01.0", CONV },
          { "00:1d.0", RP, .sec = 4, .sub = 6, GOOD },
          { "04:00.0", TOPCI, .sec = 5, .sub = 6 },
          { "05:00.0", CONV, .id = 0x244e8086, .sec = 6 },
          { "06:01.0", CONV },
          { "00:1f.0", RP, .sec = 7, .sub = 8, GOOD },
          { "07:00.0", CONV, .id = 0x244e8086, .sec = 8 },
          { "08:01.0", CONV });
    check_ids("02:01.0", "0208 0200 0100");
    check_ids("08:01.0", "0808 0800 0700");
    /* On the root bus it is what it says, and behind another it does not
     * matter. */
    check_ids("03:01.0", "0308 00f0");
    check_ids("06:01.0", "0608 0500 0400");
}

static void test_ids_phantom(void **state)
{
    WORLD({ "01:00.0", EP, .phantom = 1 }, { "02:00.1", EP, .phantom = 2 },
          { "03:00.0", EP, .phantom = 3 }, { "04:00.5", EP, .phantom = 1 },
          { "05:00.0", EP, .phantom = 1, .vf_of = "01:00.0" });
    check_ids("01:00.0", "0100 0104");
    check_ids("02:00.1", "0201 0203 0205 0207");
    check_ids("03:00.0", "0300 0301 0302 0303 0304 0305 0306 0307");
    /* Its number leaves no bit free. */
    check_ids("04:00.5", "0405");
    check_ids("05:00.0", "0500");
}

/* Non-transparent bridges: all of their bus. */
static void test_ids_proxies(void **state)
{
    WORLD({ "01:00.0", EP, .id = 0x87b010b5, .class = 0x0680 },
          { "02:00.1", EP, .id = 0x87b110b5, .class = 0x0680 },
          { "03:00.0", EP, .id = 0x29548086 },
          { "04:00.1", EP, .id = 0x853111f8, .class = 0x0680 },
          { "05:00.1", EP, .id = 0x400011f8, .class = 0x0680 },
          { "06:00.1", EP, .id = 0x10011055, .class = 0x0680 },
          /* Its management endpoint, a port, and one that is not listed. */
          { "07:00.0", EP, .id = 0x853111f8, .class = 0x0580 },
          { "08:00.0", UP, .id = 0x853111f8, .sec = 9, .class = 0x0604 },
          { "0a:00.0", EP, .id = 0x87b210b5, .class = 0x0680 },
          { "0b:00.0", EP, .id = 0x29578086 });
    check_ids("01:00.0", "0100 0100-01ff");
    check_ids("02:00.1", "0201 0200-02ff");
    check_ids("03:00.0", "0300 0300-03ff");
    check_ids("04:00.1", "0401 0400-04ff");
    check_ids("05:00.1", "0501 0500-05ff");
    check_ids("06:00.1", "0601 0600-06ff");
    check_ids("07:00.0", "0700");
    check_ids("08:00.0", "0800");
    check_ids("0a:00.0", "0a00");
    check_ids("0b:00.0", "0b00");
    assert_int_equal(world_func(&w, "02:00.1")->msi,
                     PCI_MSI_KNOWN | PCI_MSI_BUSES | 0x0202);
}

/* A number says nothing without the vendor that gave it. */
static void test_ids_of_others(void **state)
{
    WORLD({ "01:00.0", EP, .id = 0x92301234 },
          { "02:00.4", EP, .id = 0xe8321234 },
          { "03:0e.0", EP, .id = 0x02851234, .sub_id = 0x02bb9005 },
          { "04:0e.0", EP, .id = 0x02859005, .sub_id = 0x02bb1234 },
          { "05:00.0", EP, .id = 0x22601234 },
          { "06:00.0", EP, .id = 0x87b01234, .class = 0x0680 });
    check_ids("01:00.0", "0100");
    check_ids("02:00.4", "0204");
    check_ids("03:0e.0", "0370");
    check_ids("04:0e.0", "0470");
    check_ids("05:00.0", "0500");
    check_ids("06:00.0", "0600");
}

/* Whom an interrupt message is taken from: as few as its IDs allow. */
static void test_msi(void **state)
{
#define MSI(name, want) \
    assert_int_equal(world_func(&w, name)->msi, PCI_MSI_KNOWN | (want))
#define ANY_FN(mask, id) ((mask) << 16 | (id))
    WORLD({ "01:00.0", EP },
          { "02:00.3", EP, .phantom = 1 }, { "03:00.1", EP, .phantom = 2 },
          { "04:00.0", EP, .phantom = 3 },
          /* As function 1, as function 0, as another device of the bus. */
          { "05:00.0", EP, .id = 0x92301b4b },
          { "06:00.1", EP, .id = 0x92301b4b },
          { "07:00.4", EP, .id = 0xe8321180 },
          { "08:0e.0", EP, .id = 0x02859005, .sub_id = 0x02bb9005 },
          { "09:00.0", EP, .id = 0x22608086 });
    MSI("01:00.0", 0x100);
    MSI("02:00.3", ANY_FN(4, 0x203));
    MSI("03:00.1", ANY_FN(6, 0x301));
    MSI("04:00.0", ANY_FN(7, 0x400));
    MSI("05:00.0", ANY_FN(7, 0x500));
    MSI("06:00.1", 0x601);
    MSI("07:00.4", ANY_FN(4, 0x704));
    MSI("08:0e.0", PCI_MSI_BUSES | 0x0808);
    MSI("09:00.0", PCI_MSI_BUSES | 0x0909);

    WORLD({ "00:1c.0", RP, .sec = 1, .sub = 3, GOOD },
          { "01:00.0", TOPCI, .sec = 2, .sub = 3 },
          { "02:01.0", CONV }, { "02:02.0", CONV, .sec = 3 },
          { "03:04.0", CONV },
          { "00:1d.0", RP, .sec = 4, .sub = 5, GOOD },
          { "04:00.0", CONV, .id = 0x10801b21, .sec = 5 },
          { "05:01.0", CONV },
          { "00:1e.0", CONV, .sec = 6 }, { "06:01.0", CONV });
    MSI("02:01.0", PCI_MSI_BUSES | 0x0202);
    MSI("03:04.0", PCI_MSI_BUSES | 0x0203);
    MSI("01:00.0", 0x100);
    MSI("05:01.0", PCI_MSI_BUSES | 0x0505);
    MSI("06:01.0", 0x00f0);
}

static void test_id_count(void **state)
{
    /* As many as there can be: all phantoms, and a bridge's two. */
    WORLD({ "00:1c.0", RP, .sec = 1, .sub = 2, GOOD },
          { "01:00.0", TOPCI, .sec = 2 },
          { "02:00.0", EP, .phantom = 3, .id = 0x92301b4b });
    check_ids("02:00.0",
              "0200 0201 0202 0203 0204 0205 0206 0207 0100");
}

static struct pci_func *acs_func(uint16_t cap, uint16_t ctrl, uint32_t id)
{
    WORLD({ "00:1c.0", RP, .sec = 1, .id = id, .acs = true, .acs_cap = cap,
            .acs_ctrl = ctrl });

    return world_func(&w, "00:1c.0");
}

static uint16_t acs_reg(const struct pci_func *f, unsigned int reg)
{
    uint16_t val;

    memcpy(&val, ((const struct space *)f)->cfg + 0x100 + reg, 2);

    return val;
}

static void test_enable_acs(void **state)
{
    struct pci_func *f = acs_func(ACS_PORT, 0x40, 0);
    struct pci_cfg cfg = CFG_OF((struct space *)f);

    /* What is wanted and there; the rest stays as it was. */
    pci_func_enable_acs(f, &cfg);
    assert_int_equal(acs_reg(f, 6), 0x5d);
    assert_int_equal(f->acs_ctrl, 0x5d);

    f = acs_func(0x05, 0, 0);
    pci_func_enable_acs(f, &cfg);
    assert_int_equal(acs_reg(f, 6), 0x05);

    /* Hardware that does not take it is not believed to. */
    f = acs_func(ACS_PORT, 0, 0);
    ((struct space *)f)->sticky = PCI_ACS_RR;
    pci_func_enable_acs(f, &cfg);
    assert_int_equal(f->acs_ctrl, 0x19);
    pci_funcs_link(&w.funcs);
    assert_false(f->holds);

    /* A recording can only be asked what would be. */
    f = acs_func(ACS_PORT, 0, 0);
    cfg.write = NULL;
    pci_func_enable_acs(f, &cfg);
    assert_int_equal(acs_reg(f, 6), 0);
    assert_int_equal(f->acs_ctrl, 0x1d);
}

/* Intel 100 Series PCH, vol. 2, 12.1.46: four bytes a register. */
static void test_wide_acs(void **state)
{
    struct pci_func *f = acs_func(ACS_PORT, 0, 0xa1108086);
    struct pci_cfg cfg = CFG_OF((struct space *)f);

    pci_func_enable_acs(f, &cfg);
    assert_int_equal(acs_reg(f, 6), 0);
    assert_int_equal(acs_reg(f, 8), 0x1d);
    pci_funcs_link(&w.funcs);
    assert_true(f->holds);
}

/* What has no such capability has none of its bits. */
static void test_no_acs(void **state)
{
    struct pci_func *f;
    struct pci_cfg cfg;

    WORLD({ "00:1c.0", RP, .sec = 1 });
    f = world_func(&w, "00:1c.0");
    cfg = CFG_OF((struct space *)f);
    put32(((struct space *)f)->cfg + 4, 0x00100507);
    pci_func_read(f, &cfg);
    assert_int_equal(f->acs_pos, 0);
    assert_int_equal(f->acs_cap, 0);
    assert_int_equal(f->acs_ctrl, 0);
}

/* Lists that lead nowhere, or round and round, end. */
static void test_bad_lists(void **state)
{
    struct pci_func *f = acs_func(ACS_PORT, ACS_ALL, 0);
    struct space *s = (struct space *)f;
    struct pci_cfg cfg = CFG_OF(s);

    put32(s->cfg + 0x100, 0x0001000b | 0x140u << 20);
    put32(s->cfg + 0x140, 0x00010003 | 0x100u << 20);
    pci_func_read(f, &cfg);
    assert_int_equal(f->acs_pos, 0);

    put32(s->cfg + 0x140, 0x00010003 | 0xffcu << 20);
    put32(s->cfg + 0xffc, 0x0001000d);
    s->cfg[0x41] = 0x40;
    pci_func_read(f, &cfg);
    assert_false(f->express);

    s->cfg[0x41] = 0xff;
    s->cfg[0xfc] = 0xff;
    pci_func_read(f, &cfg);
    assert_false(f->express);

    /* No list at all, whatever the pointer says. */
    s->cfg[0x41] = 0x50;
    put16(s->cfg + 6, 0);
    pci_func_read(f, &cfg);
    assert_false(f->express);

    memset(s->cfg, 0xff, sizeof(s->cfg));
    pci_func_read(f, &cfg);
    pci_funcs_link(&w.funcs);
    assert_false(f->holds);
}

/* Bus numbers that contradict themselves lead to no endless walk. */
static void test_bad_buses(void **state)
{
    WORLD({ "00:01.0", RP, .sec = 1, .sub = 255, GOOD },
          { "01:00.0", TOPCI, .sec = 1, .sub = 1 },
          { "02:00.0", CONV, .sec = 1, .sub = 2 },
          { "02:01.0", CONV });
    assert_ptr_equal(world_func(&w, "02:00.0")->parent,
                     world_func(&w, "00:01.0"));
    assert_ptr_equal(world_func(&w, "01:00.0")->parent,
                     world_func(&w, "00:01.0"));

    /* A recording that goes in circles is open. */
    WORLD({ "01:00.0", RP, .sec = 2, GOOD }, { "02:00.0", RP, .sec = 3, GOOD });
    w.space[0].func.parent_given = w.space[1].func.parent_given = true;
    w.space[0].func.parent = &w.space[1].func;
    w.space[1].func.parent = &w.space[0].func;
    pci_funcs_link(&w.funcs);
    assert_non_null(w.space[0].func.open_at);
    assert_true(w.space[0].func.unsure);
    pci_group_mark(&w.funcs, &w.space[0].func);
    assert_true(w.space[1].func.marked);
}

static void test_vfs(void **state)
{
    const struct pci_func *f;

    WORLD({ "01:00.0", EP, .nr_vfs = 4, .vf_offset = 0x80, .vf_stride = 2 });
    f = world_func(&w, "01:00.0");
    assert_int_equal(f->nr_vfs, 4);
    assert_int_equal(f->vf_offset, 0x80);
    assert_int_equal(f->vf_stride, 2);
}

/* Reasons name what is to blame. */
static void test_why(void **state)
{
    const struct pci_func *at;

    WORLD({ "00:1c.0", RP, .sec = 1, .sub = 4 },
          { "01:00.0", UP, .sec = 2, .sub = 4 },
          { "02:00.0", DOWN, .sec = 3, GOOD }, { "03:00.0", EP },
          { "00:03.0", CONV, .multi = true }, { "00:03.1", CONV });
#define WHY(a, b) \
    pci_inseparable(world_func(&w, a), world_func(&w, b), &at)
    assert_int_equal(WHY("02:00.0", "03:00.0"), PCI_OPEN_PATH);
    assert_ptr_equal(at, world_func(&w, "00:1c.0"));
    assert_int_equal(WHY("00:03.1", "00:03.0"), PCI_MULTIFUNCTION);
    assert_null(at);
    assert_int_equal(WHY("00:03.1", "00:1c.0"), PCI_APART);

    WORLD({ "01:00.0", UP, .sec = 2, .sub = 4 },
          { "02:00.0", DOWN, .sec = 3, GOOD }, { "02:01.0", DOWN, .sec = 4 },
          { "05:00.0", TOPCI, .sec = 6 }, { "06:01.0", CONV },
          { "06:02.0", CONV });
    assert_int_equal(WHY("02:00.0", "02:01.0"), PCI_OPEN_SWITCH);
    assert_ptr_equal(at, world_func(&w, "02:01.0"));
    assert_int_equal(WHY("06:01.0", "06:02.0"), PCI_SAME_ID);
#undef WHY
}

static unsigned int nr_reads;

static uint32_t counted_read(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                             unsigned int bytes)
{
    nr_reads++;

    return space_read(ctx, sbdf, reg, bytes);
}

/* Whether it is as it was read, with @bytes of @val in register @reg. */
static bool as_read_with(struct space *s, unsigned int reg, uint32_t val,
                         unsigned int bytes)
{
    const struct pci_cfg cfg = { .read = counted_read, .ctx = s };
    uint8_t kept[4];
    bool same;

    memcpy(kept, s->cfg + reg, bytes);
    memcpy(s->cfg + reg, &val, bytes);
    same = pci_func_as_read(&s->func, &cfg);
    memcpy(s->cfg + reg, kept, bytes);

    return same;
}

/* What is looked at under pcidevs_lock each time a device is given away. */
static void test_as_read(void **state)
{
    static const struct {
        unsigned int reg, bytes;
        uint32_t val;
    } changes[] = {
        { PCI_VENDOR_ID, 2, 0x1af4 }, { PCI_DEVICE_ID, 2, 0x1042 },
        { PCI_VENDOR_ID, 4, ~0u }, { PCI_CLASS_DEVICE, 2, 0x0106 },
        { PCI_HEADER_TYPE, 1, 0x81 }, { PCI_HEADER_TYPE, 1, 0 },
        { PCI_SECONDARY_BUS, 1, 2 }, { PCI_SUBORDINATE_BUS, 1, 7 },
        { 0x106, 2, 0 }, { 0x106, 2, ACS_ALL & ~PCI_ACS_RR },
    };
    unsigned int i, all;
    struct space *s;

    WORLD({ "00:1c.0", RP, .id = 0x000c1b36, .sec = 1, .sub = 3, GOOD },
          { "01:00.0", EP });
    s = &w.space[0];

    nr_reads = 0;
    pci_func_read(&s->func, &(struct pci_cfg){ .read = counted_read,
                                               .ctx = s });
    all = nr_reads;

    nr_reads = 0;
    assert_true(as_read_with(s, PCI_COMMAND, 0x406, 2));
    assert_true(nr_reads <= 5 && 3 * nr_reads < all);

    for ( i = 0; i < ARRAY_SIZE(changes); i++ )
        if ( as_read_with(s, changes[i].reg, changes[i].val,
                          changes[i].bytes) )
            fail_msg("register %#x is %#x, and nobody sees it",
                     changes[i].reg, changes[i].val);

    /* What was silent is always read anew, and what may have VFs by now. */
    s->func.silent = true;
    assert_false(as_read_with(s, PCI_COMMAND, 0x406, 2));
    assert_false(as_read_with(&w.space[1], PCI_COMMAND, 0x406, 2));
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_ids_behind_bridges), T(test_ids_disguised),
        T(test_ids_phantom), T(test_ids_proxies), T(test_ids_of_others),
        T(test_id_count), T(test_msi), T(test_enable_acs),
        T(test_wide_acs), T(test_no_acs), T(test_bad_lists), T(test_bad_buses), T(test_vfs),
        T(test_why), T(test_as_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
