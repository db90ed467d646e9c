/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes with the IVRS: ivrs_ioapic[], ivrs_hpet[], ivmd=, memory blocks and
 * who reaches them, chipsets' quirks.
 */
#include <asm/processor.h>
#include <xen/acpi.h>
#include <xen/err.h>
#include <xen/iommu.h>
#include <xen/pfn.h>

#include <iommu-groups/pci-groups.h>

#include "../../drivers/passthrough/amd/setup.h"
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

static void begin(struct ivrs_buf *t)
{
    iv_begin(t, IV_INFO);
    iv_desktop_unit(t, 0x11, 0xfd200000, 0x0003, 0x00a5, 0x21);
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

    begin(&t);
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

    begin(&t);
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

    begin(&t);
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
    };
    struct ivrs_buf t;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        begin(&t);
        iv_memory(&t, 0x21, 0x07, 0x0100, 0, rows[i].base, rows[i].bytes);
        iv_memory(&t, 0x21, 0x07, 0x0100, 0, 0xc0000000, 0x1000);
        init(&t, 1, rows[i].why);
        assert_int_equal(regions_of(0, 0x0100, 0x0100).nr, 1);
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

    begin(&t);
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

    begin(&t);
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

/* ---- chipsets ---- */

#define UNIT PCI_SBDF(0, 0, 0, 2)

static struct {
    uint8_t smbus_bus;              /* where an SP5100 is */
    uint8_t sata_cfg;
    uint32_t unit_id;
    uint32_t l2_index, l1_index, nb_index;
    uint32_t l2[0x100], l1[8][0x40], nb;
    uint32_t base_low, base_high;
    unsigned int writes;
} hw;

static uint32_t hw_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
    if ( sbdf.devfn == PCI_DEVFN(0x14, 0) && sbdf.bus == hw.smbus_bus )
        return reg == 0 ? 0x43851002 : reg == 0xad ? hw.sata_cfg : 0;
    if ( sbdf.sbdf == 0 && reg == 0x64 )
        return hw.nb;
    if ( sbdf.sbdf != UNIT.sbdf )
        return ~0u;

    switch ( reg )
    {
    case 0x00: return hw.unit_id;
    case 0x44: return hw.base_low;
    case 0x48: return hw.base_high;
    case 0xf4: return hw.l2[hw.l2_index & 0xff];
    case 0xfc: return hw.l1[(hw.l1_index >> 16) & 7][hw.l1_index & 0x3f];
    }

    return 0;
}

static void hw_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size,
                     uint32_t val)
{
    hw.writes++;
    assert_int_equal(size, 4);

    if ( sbdf.sbdf == 0 )
    {
        if ( reg == 0x60 )
            hw.nb_index = val;
        else
        {
            assert_int_equal(reg, 0x64);
            assert_int_equal(hw.nb_index, 0x75 | 0x80);
            hw.nb = val;
        }
        return;
    }

    assert_int_equal(sbdf.sbdf, UNIT.sbdf);
    switch ( reg )
    {
    /* Bit 0 locks both until the next reset. */
    case 0x44:
        if ( !(hw.base_low & 1) )
            hw.base_low = val;
        break;
    case 0x48:
        if ( !(hw.base_low & 1) )
            hw.base_high = val;
        break;
    case 0xf0: hw.l2_index = val; break;
    case 0xf4:
        assert_true(hw.l2_index & 0x100);
        hw.l2[hw.l2_index & 0xff] = val;
        break;
    case 0xf8: hw.l1_index = val; break;
    case 0xfc:
        assert_true(hw.l1_index & 0x80000000);
        hw.l1[(hw.l1_index >> 16) & 7][hw.l1_index & 0x3f] = val;
        break;
    default:
        fail_msg("write to %#x", reg);
    }
}

static void hw_begin(void)
{
    static const struct host_pci_ops ops = { hw_read, hw_write };

    memset(&hw, 0, sizeof(hw));
    hw.smbus_bus = 0xff;
    hw.unit_id = 0x14191022;
    host_pci_ops_set(&ops);
}

static void test_sp5100(void **state)
{
    hw_begin();
    hw.smbus_bus = 3;
    hw.sata_cfg = 0xf7;
    assert_null(amd_chipset_no_intremap());
    hw.sata_cfg = 0x08;
    assert_non_null(amd_chipset_no_intremap());
    assert_int_equal(hw.writes, 0);
}

static void test_prepare(void **state)
{
    static const struct {
        unsigned int vendor, family, model;
        uint8_t reg, val;
    } rows[] = {
        { X86_VENDOR_AMD, 0x15, 0x0f, 0, 0 },
        { X86_VENDOR_AMD, 0x15, 0x10, 0x90, 4 },
        { X86_VENDOR_AMD, 0x15, 0x1f, 0x90, 4 },
        { X86_VENDOR_AMD, 0x15, 0x20, 0, 0 },
        { X86_VENDOR_AMD, 0x15, 0x2f, 0, 0 },
        { X86_VENDOR_AMD, 0x15, 0x30, 0x47, 1 },
        { X86_VENDOR_AMD, 0x15, 0x3f, 0x47, 1 },
        { X86_VENDOR_AMD, 0x15, 0x40, 0, 0 },
        { X86_VENDOR_AMD, 0x17, 0x10, 0, 0 },
        { X86_VENDOR_INTEL, 0x15, 0x10, 0, 0 },
    };
    unsigned int i, r;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        hw_begin();
        hw.l2[0x47] = 0x100;
        hw.l2[0x90] = 0x200;
        boot_cpu_data.x86_vendor = rows[i].vendor;
        boot_cpu_data.x86 = rows[i].family;
        boot_cpu_data.x86_model = rows[i].model;

        host_log_clear();
        amd_chipset_prepare(UNIT);
        for ( r = 0; r < 0x100; r++ )
            assert_int_equal(hw.l2[r], (r == 0x47 ? 0x100 : 0) |
                                       (r == 0x90 ? 0x200 : 0) |
                                       (r == rows[i].reg ? rows[i].val : 0));
        assert_int_equal(host_log_lines(XENLOG_INFO), rows[i].reg ? 1 : 0);
        assert_false(hw.l2_index & 0x100);

        /* Once set, or set by firmware: left alone, and not said again. */
        host_log_clear();
        amd_chipset_prepare(UNIT);
        assert_int_equal(host_log_lines(XENLOG_INFO), 0);
    }
    memset(&boot_cpu_data, 0, sizeof(boot_cpu_data));
}

/* What firmware set, a suspend that forgets all of it, and what comes back. */
static void test_rd890(void **state)
{
    struct amd_chipset_state *saved;
    unsigned int i, j;

    hw_begin();
    assert_null(amd_chipset_save(UNIT, 0x40));
    amd_chipset_restore(UNIT, 0x40, NULL);
    assert_int_equal(hw.writes, 0);

    hw.unit_id = 0x5a231002;
    host_fail_nth(1);
    assert_int_equal(PTR_ERR(amd_chipset_save(UNIT, 0x40)), -ENOMEM);
    host_fail_nth(0);

    hw.base_low = 0xfeb20001;
    hw.base_high = 0x12;
    for ( i = 0; i < 6; i++ )
        for ( j = 0; j < 0x12; j++ )
            hw.l1[i][j] = 0x1000 * i + j + 1;
    for ( i = 0; i < 0x83; i++ )
        hw.l2[i] = 0x7000 + i;
    saved = amd_chipset_save(UNIT, 0x40);
    assert_false(IS_ERR_OR_NULL(saved));

    memset(&hw, 0, sizeof(hw));
    hw.unit_id = 0x5a231002;
    hw.nb = 0xf0;
    amd_chipset_restore(UNIT, 0x40, saved);
    assert_int_equal(hw.nb, 0xf1);
    assert_false(hw.nb_index & 0x80);
    assert_int_equal(hw.base_low, 0xfeb20001);
    assert_int_equal(hw.base_high, 0x12);
    for ( i = 0; i < 8; i++ )
        for ( j = 0; j < 0x40; j++ )
            assert_int_equal(hw.l1[i][j],
                             i < 6 && j < 0x12 ? 0x1000 * i + j + 1 : 0);
    for ( i = 0; i < 0x100; i++ )
        assert_int_equal(hw.l2[i], i < 0x83 ? 0x7000 + i : 0);
    xfree(saved);
}

/* ---- all of it, at boot ---- */

static void boot(const struct ivrs_buf *t, int rc, unsigned int errors)
{
    host_log_clear();
    host_acpi_set(t->b);
    assert_int_equal(amd_ivrs_detect(), rc);
    assert_int_equal(host_log_lines(XENLOG_ERR), errors);
    if ( rc )
    {
        assert_null(iommu_pci_alias);
        assert_int_equal(amd_ivrs.nr_ivhd, 0);
    }
    host_acpi_clear();
}

static void boot_over(void)
{
    amd_ivrs_free(&amd_ivrs);
    iommu_pci_alias = NULL;
    iommu_intremap = iommu_intremap_full;
}

static void test_no_table(void **state)
{
    host_log_clear();
    assert_int_equal(amd_ivrs_detect(), -ENODEV);
    assert_string_equal(host_log_text(), "");
    assert_null(iommu_pci_alias);
}

static void test_broken_table(void **state)
{
    struct ivrs_buf t;

    iv_begin(&t, IV_INFO);
    iv_desktop_unit(&t, 0x11, 0, 0x0003, 0x00a5, 0x21);
    iv_end(&t);
    boot(&t, -EINVAL, 1);
}

/* -1: firmware says of no other ID. */
static int alias_of(pci_sbdf_t sbdf)
{
    struct pci_dev pdev = { .sbdf = sbdf };
    uint16_t alias;

    return iommu_pci_alias(&pdev, &alias) ? alias : -1;
}

static void test_boot(void **state)
{
    struct ivrs_buf t;

    begin(&t);
    iv_memory(&t, 0x21, 0x07, 0x0100, 0, 0xc0000000, 0x1000);
    iv_end(&t);
    hw_begin();
    boot(&t, 0, 0);
    assert_int_equal(regions_of(0, 0x0100, 0x0100).nr, 1);
    assert_int_equal(iommu_intremap, iommu_intremap_full);

    assert_int_equal(alias_of(PCI_SBDF(0, 0xff08)), 0x00a5);
    assert_int_equal(alias_of(PCI_SBDF(0, 0x0100)), -1);
    assert_int_equal(alias_of(PCI_SBDF(0, 0x00a5)), -1);
    assert_int_equal(alias_of(PCI_SBDF(1, 0xff08)), -1);
    boot_over();
}

static void test_boot_sp5100(void **state)
{
    struct ivrs_buf t;

    begin(&t);
    iv_end(&t);
    hw_begin();
    hw.smbus_bus = 0;
    hw.sata_cfg = 0x08;
    boot(&t, 0, 0);
    assert_int_equal(iommu_intremap, iommu_intremap_off);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
    assert_true(host_log_contains("erratum 28"));
    boot_over();

    /* It is off anyway: nothing to say. */
    iommu_intremap = iommu_intremap_off;
    boot(&t, 0, 0);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 0);
    boot_over();
}

/* iommu=force: all of the table or nothing. */
static void test_force(void **state)
{
    struct ivrs_buf t;
    unsigned int i;

    for ( i = 0; i < 3; i++ )
    {
        begin(&t);
        if ( i == 1 )
            iv_unit(&t, 0x11, 0, 0x4002, 0, 0);
        if ( i == 1 )
            iv_close(&t);
        if ( i == 2 )
            iv_put(&t, 0xffff, 8);
        iv_end(&t);

        force_iommu = true;
        boot(&t, i ? -EOPNOTSUPP : 0, i ? 1 : 0);
        boot_over();
        force_iommu = false;
        boot(&t, 0, 0);
        boot_over();
    }
}

/* An allocation fails, whichever: nothing is left. */
static void test_boot_memory(void **state)
{
    unsigned long nth;
    struct ivrs_buf t;
    int rc = -ENOMEM;

    begin(&t);
    iv_memory(&t, 0x21, 0x07, 0x0100, 0, 0xc0000000, 0x1000);
    iv_end(&t);
    hw_begin();
    host_acpi_set(t.b);
    for ( nth = 1; rc; nth++ )
    {
        host_fail_nth(nth);
        rc = amd_ivrs_detect();
        host_fail_nth(0);
        assert_true(!rc || rc == -ENOMEM);
        if ( rc )
            assert_int_equal(amd_ivrs.nr_ivhd, 0);
    }
    assert_in_range(nth, 6, 20);
    host_acpi_clear();
    boot_over();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* Options stay: what is without them comes first. */
        IVRS_TEST(test_no_table),
        IVRS_TEST(test_broken_table),
        IVRS_TEST(test_boot),
        IVRS_TEST(test_boot_sp5100),
        IVRS_TEST(test_force),
        IVRS_TEST(test_boot_memory),
        IVRS_TEST(test_override_syntax),
        IVRS_TEST(test_overrides),
        IVRS_TEST(test_blocks),
        IVRS_TEST(test_stops),
        IVRS_TEST(test_join),
        IVRS_TEST(test_forbidden),
        IVRS_TEST(test_wide),
        IVRS_TEST(test_ivmd_syntax),
        IVRS_TEST(test_ivmd),
        IVRS_TEST(test_sp5100),
        IVRS_TEST(test_prepare),
        IVRS_TEST(test_rd890),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
