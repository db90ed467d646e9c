/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu check: recorded machines from files, and as Linux shows them. */
#include "xen-iommu-tables.h"

/* What Xen forms there, that other tests hold against Xen's own sources. */
static void test_recorded(void **state)
{
    unsigned int nr;

    for ( nr = 0; nr < NR_RECORDED; nr++ )
    {
        REPORT("files.json", 0, "--topology '%s/topology/%03u/topology.json' %s",
               data_dir, nr, table_of(nr, false));
        run(TOOL "groups --json --enable-acs --topology "
            "'%s/topology/%03u/topology.json' 2>/dev/null >'%s/want.json'",
            out_dir, data_dir, nr, work_dir);
        SAME("files.json", "want.json");

        make_root(nr, "");
        REPORT("live.json", 0, "--root '%s/root'", work_dir);
        SAME("live.json", "files.json");
    }
}

/* Functions that the table leaves out are in no group (bypass_iommu). */
static void test_left_out(void **state)
{
    REPORT("out.json", 0, "--topology '%s/topology/017/topology.json' %s",
           data_dir, table_of(17, false));
    SAYS(0, "NO: firmware's DMAR names no IOMMU for it",
         "check --topology '%s/topology/017/topology.json' %s", data_dir,
         table_of(17, false));
    assert_non_null(strstr(text, "In no group:\n  0000:40:00.0"));
    assert_non_null(strstr(text, "devices can be given"));
}

/* ---- what is said of a machine ---- */

#define CHECK(code, want, more)                                         \
    SAYS(code, want, "check --lspci '%s/" MACHINE "' --dmar '%s/" DMAR_FILE \
         "' " more, work_dir, work_dir)

static void test_regions(void **state)
{
    two_usb();
    shared_region(0x7b800000, 1);
    CHECK(0, "PASS  Intel VT-d: 1 of 1 unit can be used", "");
    assert_non_null(strstr(text, "shares memory that firmware reserves with "
                                 "0000:00:1a.0: one guest has them all"));
    assert_non_null(strstr(text, "PASS  3 of 3 devices can be given"));
    LACKS("FAIL");
    CHECK(0, "\"regions\": [\n    \"0x7b800-0x7b801\"\n   ]", "--json");

    shared_region(0x7b800000, 0);
    CHECK(0, "WARN  firmware says that interrupts are not remapped", "");
    shared_region(0x7b800000, 3);
    CHECK(0, "WARN  firmware asks not to use x2APIC", "");
}

/* A unit at address 0: firmware has VT-d off, and Xen finds none. */
static void test_refused(void **state)
{
    struct dmar_buf d;

    two_usb();
    dmar_begin(&d, 39, 1);
    dmar_drhd(&d, 0, 0, DRHD_ALL, 0);
    dmar_close(&d);
    dmar_end(&d);
    save(d.b, d.len, DMAR_FILE);
    CHECK(1, "FAIL  Xen cannot use the IOMMU that firmware's DMAR describes", "");
    assert_non_null(strstr(text, "FAIL  0 of 3 devices"));
    assert_non_null(strstr(text, "NO: there is no IOMMU that Xen can use"));
    assert_non_null(strstr(text, "firmware has VT-d off or is broken"));
}

/* Two units that both name a device; a unit that is lost with its device. */
static void test_doubtful(void **state)
{
    struct dmar_buf d;

    two_usb();
    dmar_begin(&d, 39, 1);
    dmar_drhd(&d, 0, 0xfed90000, 0, 0);
    dmar_scope(&d, SCOPE_EP, 0, 0, 0x14, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0xfed91000, 0, 0);
    dmar_scope(&d, SCOPE_EP, 0, 0, 0x14, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0, 0, 0);
    dmar_scope(&d, SCOPE_EP, 0, 0, 0x1a, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, 0xfed92000, DRHD_ALL, 0);
    dmar_close(&d);
    dmar_end(&d);
    save(d.b, d.len, DMAR_FILE);
    CHECK(0, "WARN  Intel VT-d: 3 of 4 units can be used", "");
    assert_non_null(strstr(text, "NO: firmware's DMAR says that two IOMMUs translate it"));
    assert_non_null(strstr(text, "NO: it is behind an IOMMU that Xen cannot use"));
    assert_non_null(strstr(text, "WARN  1 of 3 devices can be given"));
}

static void test_no_table(void **state)
{
    two_usb();
    SAYS(0, "WARN  no table of firmware's was given",
         "check --lspci '%s/" MACHINE "'", work_dir);
    /* A table alone says what is wrong with it. */
    shared_region(0x7b800000, 1);
    SAYS(0, "1 of 1 unit", "check --dmar '%s/" DMAR_FILE "'", work_dir);
    LACKS("devices can be given");
}

static void test_ivrs(void **state)
{
    struct ivrs_buf t;

    RECORD(0, { "00:00.2", CONV, .id = 0x14511022, .class = 0x0806 },
           { "00:08.0", RCIEP, .id = 0x12341022 },
           { "00:09.0", RCIEP, .id = 0x12341022 },
           { "00:14.4", RCIEP, .id = 0x12341022 });
    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_range(&t, 0x0008, 0x004f);
    iv_alias(&t, 0x42, 0x0040, 0x00a4);
    iv_alias(&t, 0x42, 0x0048, 0x00a4);
    iv_close(&t);
    iv_end(&t);
    save(t.b, t.len, "ivrs.bin");

    SAYS(0, "PASS  AMD-Vi: 1 of 1 unit", "check --lspci '%s/" MACHINE
         "' --ivrs '%s/ivrs.bin'", work_dir, work_dir);
    assert_non_null(strstr(text, "0000:00:09.0 is with 0000:00:08.0: their DMA "
                                 "carries the same requester ID"));
    assert_non_null(strstr(text, "firmware's IVRS names no IOMMU for it"));
    REPORT("amd.json", 0, "--lspci '%s/" MACHINE "' --ivrs '%s/ivrs.bin'",
           work_dir, work_dir);
    assert_int_equal(run("grep -q '\"ids\": \"0040,00a4\"' '%s/amd.json'",
                         work_dir), 0);
}

/* Two functions that the SMMU sees as one stream are one group. */
static void test_iort(void **state)
{
    static struct iort_buf t;
    uint32_t smmu;

    RECORD(0, { "00:01.0", RCIEP, .id = 0x12341022 },
           { "00:02.0", RCIEP, .id = 0x12341022 },
           { "00:03.0", RCIEP, .id = 0x12341022 },
           { "00:04.0", RCIEP, .id = 0x12341022 });
    iort_begin(&t);
    smmu = iort_smmu(&t, 0x09050000, 0, 0);
    iort_root(&t, 0);
    iort_map(&t, 0x08, 7, 0x100, smmu, 0);
    iort_map(&t, 0x10, 7, 0x100, smmu, 0);
    iort_map(&t, 0x18, 7, 0x200, smmu, 0);
    iort_close(&t);
    save(t.b, t.len, "iort.bin");

    REPORT("arm.json", 0, "--lspci '%s/" MACHINE "' --iort '%s/iort.bin'",
           work_dir, work_dir);
    write_file("{\"groups\": [[\"0000:00:01.0\", \"0000:00:02.0\"], "
               "[\"0000:00:03.0\"]]}", "want.json");
    SAME("arm.json", "want.json");
    SAYS(0, "WARN  3 of 4 devices", "check --lspci '%s/" MACHINE
         "' --iort '%s/iort.bin'", work_dir, work_dir);
}

/* An MMU-500 beside an SMMUv3: each is its driver's. */
static void test_iort_smmuv2(void **state)
{
    static struct iort_buf t;
    uint32_t smmu, old;

    RECORD(0, { "00:01.0", RCIEP, .id = 0x12341022 },
           { "00:02.0", RCIEP, .id = 0x12341022 });
    iort_begin(&t);
    old = iort_smmuv2_open(&t, 0x0a000000, 0x80000, 3, 0, 0);
    iort_close(&t);
    smmu = iort_smmu(&t, 0x09050000, 0, 0);
    iort_root(&t, 0);
    iort_map(&t, 0x08, 7, 0x100, smmu, 0);
    iort_map(&t, 0x10, 7, 0x200, old, 0);
    iort_close(&t);
    save(t.b, t.len, "iort.bin");

    REPORT("arm.json", 0, "--lspci '%s/" MACHINE "' --iort '%s/iort.bin'",
           work_dir, work_dir);
    assert_int_equal(run("grep -q '\"driver\": \"smmuv2\"' '%s/arm.json'",
                         work_dir), 0);
    assert_int_equal(run("grep -q '\"name\": \"smmuv2-0\"' '%s/arm.json'",
                         work_dir), 0);
    assert_int_equal(run("grep -q '\"driver\": \"smmuv3\"' '%s/arm.json'",
                         work_dir), 0);
    SAYS(0, "PASS  Arm SMMU: 2 of 2 units can be used", "check --lspci '%s/"
         MACHINE "' --iort '%s/iort.bin'", work_dir, work_dir);
}

/* ---- bug reports ---- */

static void test_markdown(void **state)
{
    struct fn fns[] = { { "00:1c.0", RP, .sec = 1, .sub = 1,
                          .id = 0x9d108086 },
                        { "01:00.0", EP, .id = 0x10d38086 } };
    char path[3 * PATH_MAX];

    record(fns, 2, 0);
    shared_region(0x7b800000, 1);
    /* A serial number behind the last of its extended capabilities. */
    snprintf(path, sizeof(path), "%s/" MACHINE, work_dir);
    assert_int_equal(run("sed -i '/01:00.0/,$s/^100: .. .. .. .. .. .. .. .. .. .. .. ../"
                         "100: 03 00 01 00 de ad be ff fe ef be ad/' '%s'", path), 0);
    assert_int_equal(run("grep -q 'de ad be ff fe ef' '%s'", path), 0);

    assert_int_equal(run(TOOL "check --markdown --lspci '%s' --dmar '%s/" DMAR_FILE
                         "' >'%s/report.md'", out_dir, path, work_dir, work_dir), 0);
    assert_int_equal(run("cat '%s/report.md'", work_dir), 0);
    LACKS("de ad be");
    assert_non_null(strstr(text, "100: 03 00 01 00 00 00 00 00 00 00 00 00"));
    assert_non_null(strstr(text, "| `0000:01:00.0` | `8086:10d3` |"));

    /* Others can repeat it. */
    REPORT("one.json", 0, "--lspci '%s' --dmar '%s/" DMAR_FILE "'", path, work_dir);
    REPORT("two.json", 0, "--lspci '%s/report.md' --acpidump '%s/report.md'",
           work_dir, work_dir);
    SAME("one.json", "two.json");
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_recorded), T(test_left_out), T(test_regions), T(test_refused),
        T(test_doubtful), T(test_no_table), T(test_ivrs), T(test_iort),
        T(test_iort_smmuv2),
        T(test_markdown),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
