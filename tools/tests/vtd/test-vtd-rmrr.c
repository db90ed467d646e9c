/* SPDX-License-Identifier: GPL-2.0-only */
/* Reserved regions: of the DMAR, of the rmrr option, of Xen itself. */
#include "vtd-fixture.h"

#define MAX_SEEN 8

struct seen {
    unsigned int nr;
    unsigned long first[MAX_SEEN], last[MAX_SEEN];
    uint32_t id[MAX_SEEN];
    int answer;
};

static int note(const struct iommu_region *region, void *arg)
{
    struct seen *s = arg;

    assert_true(s->nr < MAX_SEEN);
    assert_int_equal(region->prot, IOMMU_REGION_RW);
    s->first[s->nr] = region->first;
    s->last[s->nr++] = region->last;

    return s->answer;
}

static int note_grdm(xen_pfn_t start, xen_ulong_t nr, uint32_t id, void *arg)
{
    const struct iommu_region region = { start, start + nr - 1,
                                         IOMMU_REGION_RW };
    struct seen *s = arg;

    assert_true(s->nr < MAX_SEEN);
    s->id[s->nr] = id;

    return note(&region, arg);
}

/* The memory map of these tests: one frame of RAM. */
#define RAM_FRAME 0xf0000UL

bool iommu_unity_region_ok(const char *prefix, mfn_t start, mfn_t end)
{
    if ( mfn_x(start) > RAM_FRAME || mfn_x(end) < RAM_FRAME )
        return true;

    printk(XENLOG_WARNING "%s left out\n", prefix);

    return false;
}

/* Nothing that a table says opens RAM, the units or interrupts to a device. */
static void test_forbidden(void **state)
{
    static const struct {
        paddr_t base, limit;
        const char *why;
    } bad[] = {
        { 0xfee00000, 0xfee00fff, "it has interrupt messages in it" },
        { 0xfedf0000, 0xfeefffff, "it has interrupt messages in it" },
        { BASE0, BASE0 + 0xfff, "it has a unit's registers in it" },
        { BASE0 - 0x1000, BASE0 + 0xffff, "it has a unit's registers in it" },
        { RAM_FRAME << 12, (RAM_FRAME << 12) + 0xfff, "RMRR left out" },
        { 0xe0000000, 0xf1000000 - 1, "RMRR left out" },
    };
    struct iommu_dev *dev;
    struct seen s;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        vtd_test_rmrr = (struct vtd_test_rmrr){ bad[i].base, bad[i].limit, 3 };
        vtd_machine(&vtd_model_default, 1);
        host_log_clear();
        assert_int_equal(acpi_dmar_init(), 0);
        assert_log("DMAR: offset 0x");
        assert_log(bad[i].why);
        assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
        assert_int_equal(vtd_setup(), 0);
        dev = dev_add(0, 3, 0);
        s = (struct seen){};
        assert_int_equal(vtd_driver.dev->direct_regions(dev, note, &s), 0);
        assert_int_equal(s.nr, 0);
        assert_int_equal(vtd_get_reserved_device_memory(note_grdm, &s), 0);
        assert_int_equal(s.nr, 0);
        dev_del(dev);
        vtd_machine_down();
    }

    /* Its neighbours are no problem. */
    vtd_test_rmrr = (struct vtd_test_rmrr){ BASE0 + 0x1000, 0xfedfffff, 3 };
    vtd_machine(&vtd_model_default, 1);
    host_log_clear();
    assert_int_equal(acpi_dmar_init(), 0);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 0);
    vtd_machine_down();
    vtd_test_rmrr.limit = 0;
}

/* A limit with one byte of a page of RAM was meant as the end of what is before. */
static void test_limit(void **state)
{
    void *page = alloc_xenheap_pages(2, 0);
    paddr_t ram = virt_to_maddr(page);
    const struct {
        paddr_t base, limit;
        unsigned long last;
    } rows[] = {
        { ram, ram + 2 * PAGE_SIZE, PFN_DOWN(ram) + 1 },
        { ram, ram + 2 * PAGE_SIZE + 1, PFN_DOWN(ram) + 2 },
        { ram, ram + 3 * PAGE_SIZE - 1, PFN_DOWN(ram) + 2 },
        { 0xe0000, 0xf0000, 0xf0 },
    };
    unsigned int i;

    /* It is RAM by its address. */
    free_xenheap_pages(page, 2);

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        struct iommu_dev *dev;
        struct seen s = {};

        vtd_test_rmrr = (struct vtd_test_rmrr){ rows[i].base, rows[i].limit, 3 };
        vtd_machine_up(&vtd_model_default, 1);
        dev = dev_add(0, 3, 0);
        assert_int_equal(vtd_driver.dev->direct_regions(dev, note, &s), 0);
        assert_int_equal(s.nr, 1);
        assert_int_equal(s.first[0], PFN_DOWN(rows[i].base));
        assert_int_equal(s.last[0], rows[i].last);
        dev_del(dev);
        vtd_machine_down();
    }

    vtd_test_rmrr.limit = 0;
}

static void test_option_syntax(void **state)
{
    static const char *const bad[] = {
        "", "xyz", "1000-", "1000-1010=0:0.0", "1000=", "1000=zz",
        "1000=0:3.0 ",
    };
    unsigned int i;

    host_reset();
    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
        if ( host_param_set("rmrr", bad[i]) >= 0 )
            fail_msg("accepted: %s", bad[i]);
}

static void test_regions(void **state)
{
    void *page = alloc_xenheap_pages(2, 0);
    unsigned long mfn = virt_to_maddr(page) >> PAGE_SHIFT;
    struct iommu_dev *dev, *other;
    struct seen s = {};
    char option[128];

    vtd_test_rmrr = (struct vtd_test_rmrr){ 0xe0000, 0xeffff, 3 };
    vtd_machine(&vtd_model_default, 1);
    /* Two regions; one that overlaps the DMAR's; one of no memory. */
    snprintf(option, sizeof(option),
             "%lx-%lx=0:3.0,0:4.0;%lx=0:4.0;e8=0:3.0;fffffff=0:3.0",
             mfn, mfn + 1, mfn + 2);
    assert_int_equal(host_param_set("rmrr", option), 0);
    assert_int_equal(acpi_dmar_init(), 0);
    assert_log("overlaps");
    assert_log("is not all memory");
    assert_int_equal(vtd_setup(), 0);

    dev = dev_add(0, 3, 0);
    other = dev_add(0, 4, 0);

    assert_int_equal(vtd_driver.dev->direct_regions(dev, note, &s), 0);
    assert_int_equal(s.nr, 2);
    assert_int_equal(s.first[0], 0xe0);
    assert_int_equal(s.last[0], 0xef);
    assert_int_equal(s.first[1], mfn);
    assert_int_equal(s.last[1], mfn + 1);

    s = (struct seen){};
    assert_int_equal(vtd_driver.dev->direct_regions(other, note, &s), 0);
    assert_int_equal(s.nr, 2);
    assert_int_equal(s.first[0], mfn);
    assert_int_equal(s.first[1], mfn + 2);

    /* The first nonzero answer ends it. */
    s = (struct seen){ .answer = -EPERM };
    assert_int_equal(vtd_driver.dev->direct_regions(other, note, &s), -EPERM);
    assert_int_equal(s.nr, 1);

    s = (struct seen){};
    assert_int_equal(vtd_get_reserved_device_memory(note_grdm, &s), 0);
    assert_int_equal(s.nr, 4);
    assert_int_equal(s.id[0], PCI_SBDF(0, 0, 3, 0).sbdf);
    assert_int_equal(s.id[2], PCI_SBDF(0, 0, 4, 0).sbdf);

    /* One device of a region was enough for the caller. */
    s = (struct seen){ .answer = 1 };
    assert_int_equal(vtd_get_reserved_device_memory(note_grdm, &s), 0);
    assert_int_equal(s.nr, 3);

    dev_del(dev);
    dev_del(other);
    free_xenheap_pages(page, 2);
    vtd_machine_down();
    vtd_test_rmrr.limit = 0;
}

/* Regions that have one frame in common with another, at either end, or none. */
static void test_meet(void **state)
{
    static const char *const all[] = {
        "[df-e0]", "[ef-f0]", "[e7-e7]", "[de-df]", "[f0-f0]",
    };
    unsigned int i;

    vtd_test_rmrr = (struct vtd_test_rmrr){ 0xe0000, 0xeffff, 3 };
    vtd_machine(&vtd_model_default, 1);
    assert_int_equal(host_param_set("rmrr", "df-e0=0:3.0;ef-f0=0:3.0;e7=0:3.0;"
                                    "de-df=0:3.0;f0=0:3.0"), 0);
    assert_int_equal(acpi_dmar_init(), 0);
    for ( i = 0; i < ARRAY_SIZE(all); i++ )
    {
        char line[64];

        snprintf(line, sizeof(line), "rmrr %s overlaps [e0-ef]", all[i]);
        if ( host_log_contains(line) != (i < 3) )
            fail_msg("%s\n%s", line, host_log_text());
    }
    vtd_test_rmrr.limit = 0;
    assert_int_equal(vtd_setup(), 0);
    vtd_machine_down();
}

static unsigned int to(unsigned int dev, uint64_t addr)
{
    uint64_t ma;

    return vtd_model_translate(model[0], PCI_BDF(0, dev, 0), addr, true, &ma);
}

/*
 * Firmware left translation on: what it has its devices do with their regions
 * goes on until they are attached, and nothing else.
 */
static void test_busy(void **state)
{
    unsigned int how;

    for ( how = 0; how < 2; how++ )
    {
        void *root = alloc_xenheap_page();
        struct iommu_dev *dev = NULL;
        struct s2_domain *s2 = NULL;
        struct s2_table *t = NULL;
        uint64_t ma;

        vtd_test_rmrr = (struct vtd_test_rmrr){ 0xe0000, 0xeffff, 3 };
        vtd_machine(&vtd_model_default, 1);
        clear_page(root);
        vtd_model_write(model[0], VTD_RTADDR, virt_to_maddr(root), 8);
        vtd_model_write(model[0], VTD_GCMD, GCMD_SRTP, 4);
        vtd_model_write(model[0], VTD_GCMD, GCMD_TE, 4);
        assert_int_equal(acpi_dmar_init(), 0);
        assert_int_equal(vtd_setup(), 0);
        free_xenheap_page(root);

        assert_int_equal(to(3, 0xe0000), 0);
        assert_int_equal(to(3, 0xef000), 0);
        assert_int_not_equal(to(3, 0xf0000), 0);
        assert_int_not_equal(to(3, 0xdf000), 0);
        assert_int_not_equal(to(5, 0xe0000), 0);

        if ( how )
        {
            dev = dev_add(0, 3, 0);
            assert_int_equal(to(3, 0xe0000), 0);
            t = table_new(dev);
            map_page(t, 1);
            s2 = domain_new(dev, t);
            assert_int_equal(attach(s2, dev), 0);
            assert_int_not_equal(to(3, 0xe0000), 0);
        }
        vtd_enable_translation_all();
        assert_int_not_equal(to(3, 0xe0000), 0);
        if ( how )
        {
            assert_int_equal(reach(dev, 0x1000, &ma), 0);
            block(dev);
            domain_free_s2(s2);
            dev_del(dev);
            table_free(t);
        }
        vtd_machine_down();
    }

    /* Nothing to keep up where nothing was translated. */
    vtd_machine(&vtd_model_default, 1);
    assert_int_equal(acpi_dmar_init(), 0);
    assert_int_equal(vtd_setup(), 0);
    assert_null(unit_nr(0)->busy);
    vtd_machine_down();
    vtd_test_rmrr.limit = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_option_syntax),
        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_busy),
        cmocka_unit_test(test_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
