/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes with the IVRS: ivrs_ioapic[], ivrs_hpet[], ivmd=, memory blocks and
 * who reaches them.
 */
#include <xen/acpi.h>
#include <xen/iommu.h>

#include "amd/setup.h"
#include "ivrs-test.h"

/* ---- ivrs_ioapic[], ivrs_hpet[] ---- */

static void test_override_syntax(void **state)
{
    static const char *const bad[] = {
        "", "[", "[]", "[]=0:14.0", "[1", "[1]", "[1]0:14.0", "[1]=",
        "[1]=0:14", "[1]=0:14.0 ", "[1]=0:14.0,", "[256]=0:14.0",
        "[x]=0:14.0", "[1]=0:20.0", "[1]=0:14.8", "[1]=10000:0:14.0", "1=0:14.0",
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        if ( host_param_set("ivrs_ioapic[", bad[i]) >= 0 )
            fail_msg("accepted: ivrs_ioapic%s", bad[i]);
        if ( host_param_set("ivrs_hpet[", bad[i]) >= 0 )
            fail_msg("accepted: ivrs_hpet%s", bad[i]);
    }

    /* Nothing of that was remembered. */
    host_log_clear();
    assert_int_equal(amd_options_apply(&amd_ivrs), 0);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 0);
}

static void build_server(void)
{
    struct ivrs_buf t;

    iv_server(&t);
    iv_unit(&t, 0x11, 1, 0x0002, 0xfc000000, 0);
    iv_range(&t, 0x0008, 0xfffe);
    iv_close(&t);
    iv_end(&t);
    iv_expect(&t, &amd_ivrs, 0, 0, NULL);
}

static void assert_special(uint8_t variety, uint8_t handle, uint16_t seg,
                           uint16_t unit, uint16_t want)
{
    uint16_t source = 0;
    const struct amd_ivhd *u;

    u = amd_ivrs_find_special(&amd_ivrs, variety, handle, &source);
    assert_non_null(u);
    assert_int_equal(u->segment, seg);
    assert_int_equal(u->devid, unit);
    assert_int_equal(source, want);
}

static void test_overrides(void **state)
{
    unsigned int i;

    build_server();
    assert_int_equal(host_param_set("ivrs_ioapic[", "[0x80]=0:0.1"), 0);
    assert_int_equal(host_param_set("ivrs_ioapic[", "[133]=40:1f.7"), 0);
    assert_int_equal(host_param_set("ivrs_ioapic[", "[9]=0001:20:01.0"), 0);
    assert_int_equal(host_param_set("ivrs_hpet[", "[1]=0000:00:14.1"), 0);
    assert_int_equal(host_param_set("ivrs_hpet[", "[2]=0:0.2"), 0);
    assert_int_equal(host_param_set("ivrs_hpet[", "[3]=7:0:14.0"), 0);
    /* The last word about a device counts. */
    assert_int_equal(host_param_set("ivrs_hpet[", "[1]=0000:00:14.2"), 0);

    host_log_clear();
    assert_int_equal(amd_options_apply(&amd_ivrs), 0);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 2);
    assert_true(host_log_contains("ivrs_hpet[0x2]=0000:00:00.2 left out"));
    assert_true(host_log_contains("ivrs_hpet[0x3]=0007:00:14.0 left out"));

    assert_special(IVHD_SPECIAL_IOAPIC, 0x80, 0, 0x0002, 0x0001);
    assert_special(IVHD_SPECIAL_IOAPIC, 0x85, 0, 0x4002, 0x40ff);
    assert_special(IVHD_SPECIAL_IOAPIC, 9, 1, 0x0002, 0x2008);
    assert_special(IVHD_SPECIAL_IOAPIC, 0x81, 0, 0x6002, 0x6001);
    assert_special(IVHD_SPECIAL_HPET, 1, 0, 0x0002, 0x00a2);
    assert_special(IVHD_SPECIAL_HPET, 0, 0, 0x0002, 0x00a0);

    host_fail_nth(1);
    assert_int_equal(amd_options_apply(&amd_ivrs), -ENOMEM);
    host_fail_nth(0);
    amd_ivrs_free(&amd_ivrs);

    for ( i = 0; i < 64 && !host_param_set("ivrs_hpet[", "[1]=0:14.0"); i++ )
        ;
    assert_int_equal(i, 64 - 7);
    assert_int_equal(host_param_set("ivrs_hpet[", "[1]=0:14.0"), -E2BIG);
}

/* ---- reserved memory ---- */

struct seen {
    unsigned int nr, nr_ids;
    struct iommu_region region[16];
    uint32_t id[16];
    int answer;
};

static int note(const struct iommu_region *region, void *arg)
{
    struct seen *s = arg;

    assert_in_range(s->nr, 0, 15);
    s->region[s->nr++] = *region;

    return s->answer;
}

static int note_grdm(xen_pfn_t start, xen_ulong_t nr, uint32_t id, void *ctxt)
{
    struct seen *s = ctxt;

    if ( s->nr_ids < 16 )
    {
        s->id[s->nr_ids] = id;
        s->region[s->nr_ids].first = start;
        s->region[s->nr_ids].last = start + nr - 1;
    }
    s->nr_ids++;

    return s->answer;
}

/* Regions of a dev with IDs @first to @last, of which @first is its own. */
static struct seen regions_of(uint16_t seg, uint16_t first, uint16_t last)
{
    struct iommu_ids ids = {};
    struct seen s = {};

    assert_int_equal(iommu_ids_add(&ids, first, last), 0);
    assert_int_equal(amd_ivmd_for_dev(PCI_SBDF(seg, first), &ids, note, &s), 0);
    iommu_ids_free(&ids);

    return s;
}

static void assert_region(const struct iommu_region *r, unsigned long first,
                          unsigned long last, unsigned int prot)
{
    assert_int_equal(r->first, first);
    assert_int_equal(r->last, last);
    assert_int_equal(r->prot, prot);
}

static void init(struct ivrs_buf *t, unsigned int warnings, const char *text)
{
    iv_end(t);
    iv_expect(t, &amd_ivrs, 0, 0, NULL);
    host_log_clear();
    assert_int_equal(amd_ivmd_init(&amd_ivrs), 0);
    if ( host_log_lines(XENLOG_WARNING) != warnings ||
         (text && !host_log_contains(text)) )
        fail_msg("%u lines, \"%s\" expected:\n%s", warnings, text ?: "",
                 host_log_text());
}

/* Blocks go to the devices that they name, with the rights that they say. */
static void test_blocks(void **state)
{
    struct ivrs_buf t;
    struct seen s;

    iv_desktop(&t);
    iv_memory(&t, 0x21, 0x08, 0x0300, 0, 0xccd42000, 0x26000);
    iv_memory(&t, 0x22, 0x03, 0x0100, 0x0107, 0xc0000000, 0x1000);
    iv_memory(&t, 0x21, 0x05, 0x0100, 0, 0xc0002000, 0x1000);
    init(&t, 0, NULL);

    s = regions_of(0, 0x0300, 0x0300);
    assert_int_equal(s.nr, 1);
    assert_region(&s.region[0], 0xccd42, 0xccd67, PT_PROT_R | PT_PROT_W);
    assert_int_equal(regions_of(0, 0x0301, 0x0301).nr, 0);
    assert_int_equal(regions_of(1, 0x0300, 0x0300).nr, 0);

    s = regions_of(0, 0x0100, 0x0100);
    assert_int_equal(s.nr, 2);
    assert_region(&s.region[0], 0xc0000, 0xc0000, PT_PROT_R);
    assert_region(&s.region[1], 0xc0002, 0xc0002, PT_PROT_W);
    assert_int_equal(regions_of(0, 0x0107, 0x0107).nr, 1);
    assert_int_equal(regions_of(0, 0x0108, 0x0108).nr, 0);
    /* Of any of its IDs: an alias has a region as well. */
    assert_int_equal(regions_of(0, 0x0105, 0x0300).nr, 2);

    s = (struct seen){};
    assert_int_equal(amd_get_reserved_device_memory(note_grdm, &s), 0);
    assert_int_equal(s.nr_ids, 1 + 8 + 1);
    assert_int_equal(s.id[0], 0x0300);
    assert_int_equal(s.id[8], 0x0107);
    assert_region(&s.region[0], 0xccd42, 0xccd67, 0);
    s = (struct seen){ .answer = 1 };
    assert_int_equal(amd_get_reserved_device_memory(note_grdm, &s), 0);
    assert_int_equal(s.nr_ids, 3);
    s = (struct seen){ .answer = -EFAULT };
    assert_int_equal(amd_get_reserved_device_memory(note_grdm, &s), -EFAULT);
    assert_int_equal(s.nr_ids, 1);
    amd_ivrs_free(&amd_ivrs);
}

/* Whoever is asked for a region stops at the first answer. */
static void test_stops(void **state)
{
    struct iommu_ids ids = {};
    struct seen s = { .answer = -EPERM };
    struct ivrs_buf t;

    iv_desktop(&t);
    iv_memory(&t, 0x21, 0x07, 0x0100, 0, 0xc0000000, 0x1000);
    iv_memory(&t, 0x21, 0x07, 0x0100, 0, 0xc0002000, 0x1000);
    init(&t, 0, NULL);
    assert_int_equal(iommu_ids_add(&ids, 0x0100, 0x0100), 0);
    assert_int_equal(amd_ivmd_for_dev(PCI_SBDF(0, 0x0100), &ids, note, &s),
                     -EPERM);
    assert_int_equal(s.nr, 1);
    iommu_ids_free(&ids);
    amd_ivrs_free(&amd_ivrs);
}

/* A frame has the same rights for all devices that reach it. */
static void test_join(void **state)
{
    struct ivrs_buf t;
    struct seen s;

    iv_desktop(&t);
    iv_memory(&t, 0x21, 0x03, 0x0100, 0, 0xc0000000, 0x2000);
    iv_memory(&t, 0x21, 0x03, 0x0108, 0, 0xc0003000, 0x1000);
    iv_memory(&t, 0x21, 0x05, 0x0110, 0, 0xc0001000, 0x3000);
    iv_memory(&t, 0x21, 0x03, 0x0118, 0, 0xc0004000, 0x1000);
    /* Two that say the same are fine. */
    iv_memory(&t, 0x21, 0x07, 0x0120, 0, 0xd0000000, 0x1000);
    iv_memory(&t, 0x21, 0x07, 0x0128, 0, 0xd0000000, 0x1000);
    init(&t, 2, "IVMD [0x000000c0001000, 0x000000c0003fff] overlaps that at");

    s = regions_of(0, 0x0100, 0x0100);
    assert_region(&s.region[0], 0xc0000, 0xc0001, PT_PROT_R | PT_PROT_W);
    s = regions_of(0, 0x0108, 0x0108);
    assert_region(&s.region[0], 0xc0003, 0xc0003, PT_PROT_R | PT_PROT_W);
    s = regions_of(0, 0x0110, 0x0110);
    assert_region(&s.region[0], 0xc0001, 0xc0003, PT_PROT_R | PT_PROT_W);
    s = regions_of(0, 0x0118, 0x0118);
    assert_region(&s.region[0], 0xc0004, 0xc0004, PT_PROT_R);
    amd_ivrs_free(&amd_ivrs);
}

/* What one gets from another one goes on to a third. */
static void test_join_chain(void **state)
{
    struct ivrs_buf t;
    struct seen s;

    iv_desktop(&t);
    iv_memory(&t, 0x21, 0x03, 0x0100, 0, 0xc0000000, 0x2000);
    iv_memory(&t, 0x21, 0x03, 0x0108, 0, 0xc0001000, 0x2000);
    iv_memory(&t, 0x21, 0x05, 0x0110, 0, 0xc0002000, 0x1000);
    init(&t, 2, "overlaps that at");
    s = regions_of(0, 0x0100, 0x0100);
    assert_region(&s.region[0], 0xc0000, 0xc0001, PT_PROT_R | PT_PROT_W);
    amd_ivrs_free(&amd_ivrs);
}

/* No table opens registers, interrupts or RAM to a device. */
static void test_forbidden(void **state)
{
    static const struct {
        uint64_t base, bytes;
        const char *why;
    } rows[] = {
        { 0xfd203000, 0x1000, "it has a unit's registers in it" },
        { 0xfd100000, 0x200000, "it has a unit's registers in it" },
        { 0xfee00000, 0x1000, "it has interrupt messages in it" },
        { 0xfed00000, 0x200000, "it has interrupt messages in it" },
        { 0xfeeff000, 0x1000, "it has interrupt messages in it" },
        { 0xfd27f000, 0x1000, "it has a unit's registers in it" },
    };
    struct ivrs_buf t;
    struct seen s;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        iv_desktop(&t);
        iv_memory(&t, 0x21, 0x07, 0x0100, 0, rows[i].base, rows[i].bytes);
        iv_memory(&t, 0x21, 0x07, 0x0100, 0, 0xc0000000, 0x1000);
        init(&t, 1, rows[i].why);
        assert_int_equal(regions_of(0, 0x0100, 0x0100).nr, 1);
        s = (struct seen){};
        assert_int_equal(amd_get_reserved_device_memory(note_grdm, &s), 0);
        assert_int_equal(s.nr_ids, 1);
        assert_int_equal(s.region[0].first, 0xc0000);
        amd_ivrs_free(&amd_ivrs);
    }

    /* Behind the registers: 512 KiB with counters, 16 without. */
    for ( i = 0; i < 2; i++ )
    {
        iv_begin(&t, IV_INFO);
        iv_unit(&t, 0x11, 0, 0x0002, 0xfd200000, i ? 0 : 0x200);
        iv_range(&t, 0x0008, 0xfffe);
        iv_close(&t);
        iv_memory(&t, 0x21, 0x07, 0x0100, 0, i ? 0xfd204000 : 0xfd280000,
                  0x1000);
        init(&t, 0, NULL);
        amd_ivrs_free(&amd_ivrs);
    }
}

/* For devices on several buses: nobody's in particular, so no guest's. */
static void test_wide(void **state)
{
    struct ivrs_buf t;
    struct seen s = {};
    unsigned int i;

    iv_desktop(&t);
    for ( i = 0; i < 5; i++ )
        iv_memory(&t, 0x22, 0x08, 0x0000, 0x0fff, 0x9618e000 + i * 0x3000,
                  0x1000);
    iv_memory(&t, 0x20, 0x07, 0, 0, 0xc0000000, 0x1000);
    iv_memory(&t, 0x22, 0x07, 0x0100, 0x01ff, 0xc1000000, 0x1000);
    init(&t, 6, "is for devices on several buses");

    assert_int_equal(regions_of(0, 0x0100, 0x0100).nr, 1);
    assert_int_equal(regions_of(0, 0x0200, 0x0200).nr, 0);
    assert_int_equal(amd_get_reserved_device_memory(note_grdm, &s), 0);
    assert_int_equal(s.nr_ids, 256);
    amd_ivrs_free(&amd_ivrs);
}

/* ---- ivmd= ---- */

static void test_ivmd_syntax(void **state)
{
    static const char *const bad[] = {
        "", "xyz", "1000-", "1000-fff", "1000=", "1000=zz", "1000=0:3.0 ",
        "1000=1:0:3.0", "1000=0:3.0-", "1000=0:3.0-0:2.0", "1000=0:3.0-1:0:3.0",
        "1000=0:3.0,", "1000 ",
        "1000=0:1.0,0:2.0,0:3.0,0:4.0,0:5.0,0:6.0,0:7.0,0:8.0,0:9.0,0:a.0,0:b.0,"
        "0:c.0,0:d.0,0:e.0,0:f.0,0:10.0,0:11.0,0:12.0,0:13.0,0:14.0,0:15.0",
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
        if ( host_param_set("ivmd", bad[i]) >= 0 )
            fail_msg("accepted: ivmd=%s", bad[i]);
}

/* The example in Xen's documentation, and what stands for all devices. */
static void test_ivmd(void **state)
{
    struct ivrs_buf t;
    struct seen s;

    iv_desktop(&t);
    iv_memory(&t, 0x21, 0x07, 0x0100, 0, 0xc0000000, 0x1000);
    assert_int_equal(host_param_set("ivmd", "d5d45=0:1d.0;0xd5d46-0xd5d48=0:1a.0-0000:0:1a.3;e0000;c0000=0:1d.0"),
                     0);
    init(&t, 0, "AMD-Vi: ivmd [c0000-c0000] overlaps [c0000-c0000]: it is left out");

    s = regions_of(0, 0x00e8, 0x00e8);
    assert_int_equal(s.nr, 2);
    assert_region(&s.region[0], 0xd5d45, 0xd5d45, PT_PROT_R | PT_PROT_W);
    assert_region(&s.region[1], 0xe0000, 0xe0000, PT_PROT_R | PT_PROT_W);
    s = regions_of(0, 0x00d3, 0x00d3);
    assert_int_equal(s.nr, 2);
    assert_region(&s.region[0], 0xd5d46, 0xd5d48, PT_PROT_R | PT_PROT_W);
    assert_int_equal(regions_of(0, 0x00d4, 0x00d4).nr, 1);
    assert_int_equal(regions_of(0, 0xffff, 0xffff).nr, 1);
    assert_int_equal(regions_of(1, 0x00e8, 0x00e8).nr, 0);
    amd_ivrs_free(&amd_ivrs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IVRS_TEST(test_override_syntax),
        IVRS_TEST(test_overrides),
        IVRS_TEST(test_blocks),
        IVRS_TEST(test_stops),
        IVRS_TEST(test_join),
        IVRS_TEST(test_join_chain),
        IVRS_TEST(test_forbidden),
        IVRS_TEST(test_wide),
        IVRS_TEST(test_ivmd_syntax),
        IVRS_TEST(test_ivmd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
