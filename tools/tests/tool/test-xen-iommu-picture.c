/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pictures: what firmware reserves and who shares it, and what a running Xen,
 * played by data/tool/fake-xen.c, has: groups, owners, reasons.
 */
#include "xen-iommu-tables.h"

#define DRAWN(want, options, ...)                                       \
    SAYS(0, want, "groups --dot --lspci '%s/" MACHINE "' " options,     \
         work_dir, ##__VA_ARGS__)

#define HAS(what) assert_non_null(strstr(text, what))
#define SHARED " [dir=none, constraint=false, style=dotted"

static void test_rmrr(void **state)
{
    two_usb();
    DRAWN("\"0000:00:14.0\" [label=", "");
    LACKS("reserved");

    shared_region(0x7b800000, 1);
    DRAWN("\\nreserved 0x7b800-0x7b801\", fillcolor", "--dmar '%s/" DMAR_FILE "'",
          work_dir);
    HAS("\\nfirmware has it reach frames 0x7b800-0x7b801\\nwhich 0000:00:1a.0 reaches too\"");
    HAS("\\nwhich 0000:00:14.0 reaches too\"");
    assert_int_equal(times("reserved 0x"), 2);
    HAS("\"0000:00:14.0\" -> \"0000:00:1a.0\"" SHARED);
    assert_int_equal(times(SHARED), 1);

    SAYS(2, "is shown in pictures", "groups --lspci '%s/" MACHINE "' --dmar '%s/"
         DMAR_FILE "'", work_dir, work_dir);
    SAYS(2, "is shown in pictures", "groups --dot --dmar '%s/" DMAR_FILE "'", work_dir);
    SAYS(3, "No such file", "groups --dot --lspci '%s/" MACHINE "' --dmar /nonexistent",
         work_dir);
}

/* The same as this machine's Linux shows it. */
static void test_rmrr_live(void **state)
{
    struct dmar_buf d;

    dmar_begin(&d, 39, 1);
    dmar_drhd(&d, 0, 0xfed91000, DRHD_ALL, 0);
    dmar_close(&d);
    dmar_rmrr(&d, 0, 0xb8000000, 0xb8000fff);
    dmar_scope(&d, SCOPE_EP, 0, 0, 0x1f, 2);
    dmar_close(&d);
    dmar_rmrr(&d, 0, 0xb9000000, 0xb9000fff);
    dmar_scope(&d, SCOPE_EP, 0, 0, 0x1f, 2);
    dmar_close(&d);
    dmar_end(&d);
    save(d.b, d.len, DMAR_FILE);
    make_root(3, "");
    assert_int_equal(run("cp '%s/" DMAR_FILE "' '%s/root/sys/firmware/acpi/tables/DMAR'",
                         work_dir, work_dir), 0);

    SAYS(0, "reserved 0xb8000-0xb8000 and 1 more\"", "groups --dot --root '%s/root'", work_dir);
    HAS("reach frames 0xb8000-0xb8000,0xb9000-0xb9000\"");
    LACKS("reaches too");
}

static void test_ivmd(void **state)
{
    struct ivrs_buf t;

    RECORD(0, { "00:00.2", CONV, .id = 0x14511022, .class = 0x0806 },
           { "00:08.0", RCIEP, .id = 0x12341022 },
           { "00:09.0", RCIEP, .id = 0x12341022 });
    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, 0x0002, 0xfd300000, 0);
    iv_range(&t, 0x0008, 0x00ff);
    iv_close(&t);
    iv_memory(&t, 0x22, 0x07, 0x0040, 0x0048, 0x7c000000, 0x1000);
    iv_end(&t);
    save(t.b, t.len, "ivrs.bin");

    DRAWN("reserved 0x7c000-0x7c000", "--ivrs '%s/ivrs.bin'", work_dir);
    assert_int_equal(times("reserved 0x7c000-0x7c000"), 2);
    HAS("\"0000:00:08.0\" -> \"0000:00:09.0\"" SHARED);
}

static void test_rmr(void **state)
{
    static struct iort_buf t;
    uint32_t smmu;

    RECORD(0, { "00:01.0", RCIEP, .id = 0x12341022 },
           { "00:02.0", RCIEP, .id = 0x12341022 });
    iort_begin(&t);
    smmu = iort_smmu(&t, 0x09050000, 0, 0);
    iort_root(&t, 0);
    iort_map(&t, 0x08, 15, 0x100, smmu, 0);
    iort_close(&t);
    iort_rmr(&t, 0x80000000, 0x3000);
    iort_map(&t, 0, 0, 0x100, smmu, 1);
    iort_close(&t);
    save(t.b, t.len, "iort.bin");

    DRAWN("reserved 0x80000-0x80002", "--iort '%s/iort.bin'", work_dir);
    assert_int_equal(times("reserved 0x"), 1);
    LACKS(SHARED);
}

/* ---- under Xen ---- */

static void put_xen(const char *content, const char *path)
{
    char full[256];

    snprintf(full, sizeof(full), "xen/%s", path);
    assert_int_equal(run("mkdir -p \"$(dirname '%s/%s')\"", work_dir, full), 0);
    write_file(content, full);
}

/* Recorded machine @nr, and a Xen that made of it what it should. */
static void boot(unsigned int nr)
{
    static char dir[3 * PATH_MAX];

    make_root(nr, "");
    REPORT("before.json", 0, "--root '%s/root'", work_dir);
    assert_int_equal(run("rm -rf '%s/xen' && python3 '%s/tool/fake-xen.py' "
                         "'%s/xen' '%s/before.json' 2>&1", work_dir, data_dir,
                         work_dir, work_dir), 0);
    snprintf(dir, sizeof(dir), "%s/xen", work_dir);
    setenv("FAKE_XEN", dir, 1);
}

/* The same tree and groups as before Xen ran. */
static void test_same_tree(void **state)
{
    boot(3);
    assert_int_equal(run(TOOL "list --dot --root '%s/root' | sed 's/ \\[.*//; /->/!d' >'%s/got'; "
                         TOOL "groups --dot --root '%s/root' 2>/dev/null | "
                         "sed 's/ \\[.*//; /->/!d' | diff - '%s/got'",
                         out_dir, work_dir, work_dir, out_dir, work_dir, work_dir), 0);
    SAYS(0, "subgraph \"cluster_3\" {\n    label=\"group 3\"; tooltip=\"group 3",
         "list --dot --root '%s/root'", work_dir);
    SAYS(0, "</svg>", "list --svg --root '%s/root'", work_dir);
    SAYS(0, "<input id=\"q\"", "list --html --root '%s/root'", work_dir);
    SAYS(2, "either --json or a picture", "list --dot --json");
    unsetenv("FAKE_XEN");
    SAYS(4, "`xen-iommu groups' works without", "list --dot");
}

/* What is in it of a group is what Xen says, not what the rules would. */
static void test_owners(void **state)
{
    boot(3);
    put_xen("d5", "hypfs/iommu/groups/3/owner");
    put_xen("broken: keeps \"faulting\\", "hypfs/iommu/groups/3/state");
    put_xen("0000:00:1f.2 vtd0 d5 paging 0 device 00fa\n"
            "/soc/eth@1 smmu0 quarantine blocked 0 device 0002",
            "hypfs/iommu/groups/3/devices");
    put_xen("0000:00:1f.2 /soc/eth@1: no reason of the rules' 0000:00:02.0",
            "hypfs/iommu/groups/3/why");
    put_xen("0000:00:1f.2 0x80-0x8f,0x90-0x9f /soc/eth@1,0000:02:00.0",
            "hypfs/iommu/groups/3/reserved");
    put_xen("levels 4", "hypfs/iommu/domains/5/tables");
    put_xen("3", "hypfs/iommu/domains/5/groups");
    put_xen("web", "store/local/domain/5/name");
    put_xen("quarantine", "hypfs/iommu/groups/2/owner");

    SAYS(0, "label=\"group 3: d5 (web)\\nbroken: keeps \\\"faulting\\\\\";",
         "list --dot --root '%s/root'", work_dir);
    HAS("\\n0000:00:1f.2 with /soc/eth@1: no reason of the rules' 0000:00:02.0\";\n"
        "    style=\"rounded,filled\"; fillcolor=\"#e3ecfa\"");
    HAS("label=\"group 2: quarantine\"");
    HAS("fillcolor=\"#ececec\"");
    HAS("    \"/soc/eth@1\" [label=\"/soc/eth@1\\nquarantine\"");
    HAS("PCI device\\nd5 (web)\\nreserved 0x80-0x8f and 1 more\"");
    HAS("\\nowner d5 (web)\\nfirmware has it reach frames 0x80-0x8f,0x90-0x9f\\n"
        "which /soc/eth@1,0000:02:00.0 reach too\"");
    HAS("\"0000:00:1f.2\" -> \"0000:02:00.0\"" SHARED);
    /* The port that Xen names, and no other. */
    assert_int_equal(times("color=red"), 1);
    assert_non_null(strstr(strstr(text, "\"0000:00:02.0\" [label="), "color=red"));
    /* In no group of Xen's any more. */
    assert_true(strstr(text, "\"0000:00:1f.0\" [label=") > strrchr(text, '{'));
    SAYS(0, "</svg>", "list --svg --root '%s/root'", work_dir);
}

/* Names are a guest's to choose; and a machine without PCI. */
static void test_names(void **state)
{
    boot(3);
    run("rm -rf '%s/root' '%s/xen/hypfs/iommu/groups'", work_dir, work_dir);
    put_xen("d7", "hypfs/iommu/groups/0/owner");
    put_xen("attached", "hypfs/iommu/groups/0/state");
    put_xen("/soc/eth@1 smmu0 d7 paging 0 device 0002", "hypfs/iommu/groups/0/devices");
    put_xen("levels 4", "hypfs/iommu/domains/7/tables");
    put_xen("0", "hypfs/iommu/domains/7/groups");
    put_xen("<b>&\"]; \\\n\x1b\xff", "store/local/domain/7/name");
    SAYS(0, "label=\"group 0: d7 (<b>&\\\"]; \\\\?\x3f?)\"", "list --dot --root '%s/root'",
         work_dir);
    SAYS(0, "&lt;b&gt;&amp;", "list --html --root '%s/root'", work_dir);
    LACKS("<b>&");
}

static int down(void **state)
{
    unsetenv("FAKE_XEN");

    return 0;
}

#define T(f) cmocka_unit_test_teardown(f, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_rmrr), T(test_rmrr_live), T(test_ivmd), T(test_rmr),
        T(test_same_tree), T(test_owners), T(test_names),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
