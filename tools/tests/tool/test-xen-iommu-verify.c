/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu check on this machine, whose files are a tree of the test's, with
 * all that may be missing there; and --verify against a Xen that did otherwise.
 */
#include "xen-iommu-report.h"

#define LIVE(code, want, more)                                          \
    SAYS(code, want, "check --root '%s/root' " more, work_dir)

/* Machine 003: 1f.0, 1f.2 and 1f.3 are one group, 02:00.0 an endpoint. */
#define DEV "sys/bus/pci/devices/0000:00:1f.2"

static void test_facts(void **state)
{
    unsetenv("XEN_IOMMU_PCI_IDS");
    make_root(3, "");
    put_root("flr bus\n", DEV "/reset_method");
    put_root("1\n", DEV "/boot_vga");
    put_root("0x00000000fea00000 0x00000000fea1ffff 0x0000000000040200\n"
             "0x000000000000c000 0x000000000000c01f 0x0000000000040101\n"
             "0x00000000fea20000 0x00000000fea207ff 0x0000000000040200\n"
             "0x0000000000000000 0x0000000000000000 0x0000000000000000\n",
             DEV "/resource");
    assert_int_equal(run("ln -s /x/drivers/ahci '%s/root/" DEV "/driver'",
                         work_dir), 0);
    put_root("C 01  Mass storage controller\n\t06  SATA controller\n"
             "8086  Intel\n\t2922  ICH9 \xc3\xa4 \033[31mAHCI\n",
             "usr/share/misc/pci.ids");
    put_root("Linux\n", "proc/cmdline");

    LIVE(0, "driver ahci; reset: flr bus; MSI 1; BARs 128K 32(I/O) 2K", "");
    assert_non_null(strstr(text, "[8086:2922] Intel ICH9 ?? ?[31mAHCI"));
    assert_non_null(strstr(text, "note: firmware's screen"));
    assert_non_null(strstr(text, "note: a BAR is smaller than a page"));
    REPORT("facts.json", 0, "--root '%s/root'", work_dir);
    SAYS(0, "Group", "groups --root '%s/root'", work_dir);
    assert_non_null(strstr(text, "without ACS between them  Intel ICH9 ?? ?[31mAHCI"));

    assert_int_equal(run("XEN_IOMMU_PCI_IDS=/dev/null " TOOL
                         "check --root '%s/root' 2>&1", out_dir, work_dir), 0);
    assert_non_null(strstr(text, "[8086:2922] PCI device"));
    /* Without names, and where terminals know no UTF-8. */
    run("rm '%s/root/usr/share/misc/pci.ids'", work_dir);
    LIVE(0, "[8086:2922] PCI device", "");
    assert_int_equal(run("LC_ALL=de_DE.ISO-8859-1 " TOOL
                         "check --root '%s/root' 2>&1", out_dir, work_dir), 0);
    assert_non_null(strstr(text, "[8086:2922] PCI device"));
    setenv("XEN_IOMMU_PCI_IDS", "/dev/null", 1);
}

static void test_units(void **state)
{
    make_root(3, "");
    /* CAP and ECAP of the table's unit, as Linux shows them. */
    put_root("fed90000\n", "sys/class/iommu/dmar0/intel-iommu/address");
    put_root("c0000020660462\n", "sys/class/iommu/dmar0/intel-iommu/cap");
    put_root("f00f5e\n", "sys/class/iommu/dmar0/intel-iommu/ecap");
    put_root("processor : 0\nvendor_id : GenuineIntel\nflags : fpu vmx sse\n\n",
             "proc/cpuinfo");
    put_root("6.12.0\n", "proc/sys/kernel/osrelease");
    put_root("", "lib/modules/6.12.0/kernel/drivers/xen/xen-pciback/xen-pciback.ko.xz");
    LIVE(0, "PASS  devices' interrupts are remapped", "");
    assert_non_null(strstr(text, "PASS  units know x2APIC's interrupts"));
    assert_non_null(strstr(text, "INFO  a unit does not see the CPU's caches"));
    assert_non_null(strstr(text, "INFO  a unit has no superpages"));
    assert_non_null(strstr(text, "PASS  devices may use TLBs of their own"));
    assert_non_null(strstr(text, "PASS  the CPU runs HVM and PVH guests"));
    assert_non_null(strstr(text, "PASS  this kernel can be dom0's"));
    assert_non_null(strstr(text, "PASS  Xen reaches all of configuration space"));

    put_root("f00f56\n", "sys/class/iommu/dmar0/intel-iommu/ecap");
    put_root("root=/dev/sda1 pcie_acs_override=downstream\n", "proc/cmdline");
    run("rm -r '%s/root/lib'", work_dir);
    run("mkdir -p '%s/root/lib/modules/6.12.0/kernel'", work_dir);
    LIVE(0, "WARN  not all units remap interrupts", "");
    assert_non_null(strstr(text, "WARN  Linux runs with pcie_acs_override"));
    assert_non_null(strstr(text, "WARN  this kernel has no module xen-pciback"));
}

/* Xen does not see extended space that firmware's memory map leaves out. */
static void test_mmconfig(void **state)
{
    make_root(0, "");
    put_root("0xafffffff\n", "sys/firmware/memmap/2/end");
    LIVE(0, "WARN  Xen cannot reach the extended configuration space", "");
    /* Newer firmware may leave a hole there. */
    put_root("01/02/2020\n", "sys/class/dmi/id/bios_date");
    LIVE(0, "PASS  Xen reaches all of configuration space", "");
    put_root("01/02/2013\n", "sys/class/dmi/id/bios_date");
    LIVE(0, "WARN  Xen cannot reach", "");
}

static void test_linux_groups(void **state)
{
    make_root(3, "");
    assert_int_equal(run("for d in '%s'/root/sys/bus/pci/devices/*; do "
                         "n=$((n+1)); ln -s ../../../kernel/iommu_groups/$n "
                         "\"$d/iommu_group\"; done; "
                         "mkdir -p '%s/root/sys/kernel/iommu_groups/0'",
                         work_dir, work_dir), 0);
    LIVE(0, "0000:00:1f.0 and 0000:00:1f.2: only Linux keeps them apart: "
         "functions of one device without ACS between them", "");
    assert_non_null(strstr(text, "INFO  Linux uses the IOMMU and has 1 groups"));
    REPORT("linux.json", 0, "--root '%s/root'", work_dir);
}

/* Not root: headers alone, no tables. */
static void test_headers(void **state)
{
    make_root(3, "--headers");
    run("rm -r '%s/root/sys/firmware/acpi' '%s/root/sys/firmware/memmap'",
        work_dir, work_dir);
    assert_int_equal(run("for d in '%s'/root/sys/bus/pci/devices/*; do "
                         "ln -s ../x/7 \"$d/iommu_group\"; done", work_dir), 0);
    LIVE(1, "WARN  only root may read all of the devices' configuration", "");
    assert_non_null(strstr(text, "Group 0: as Linux has it"));
    LACKS("NO: ");
    REPORT("user.json", 1, "--root '%s/root'", work_dir);
    assert_int_equal(run("grep -q '\"possible\": null' '%s/user.json'", work_dir),
                     0);
    SAYS(3, "not made by root", "check --verify '%s/user.json'", work_dir);
}

static void test_bad_live(void **state)
{
    make_root(3, "");
    /* A device that leaves, and one that answers no more. */
    run("rm '%s/root/sys/bus/pci/devices/0000:00:1f.3/config'", work_dir);
    LIVE(0, "1 function left while it was looked at", "");
    LACKS("0000:00:1f.3");

    /* Firmware's table: empty, short, something else. */
    put_root("", "sys/firmware/acpi/tables/DMAR");
    LIVE(1, "DMAR is empty", "");
    assert_non_null(strstr(text, "FAIL  firmware describes no IOMMU"));
    put_root("DMAR", "sys/firmware/acpi/tables/DMAR");
    LIVE(1, "DMAR is cut off", "");
    put_root("nonsense that is long enough for a table of ACPI's, or is it",
             "sys/firmware/acpi/tables/DMAR");
    LIVE(1, "DMAR is something else", "");

    run("rm -r '%s/root/sys/bus'", work_dir);
    LIVE(3, "there is no PCI bus here", "");
    SAYS(3, "there is no PCI bus here", "check --root /nonexistent");
    run("mkdir -p '%s/root/sys/bus/pci/devices'", work_dir);
    LIVE(1, "FAIL  firmware describes no IOMMU", "");
}

/* Xen has hidden the table from dom0. */
static void test_under_xen(void **state)
{
    make_root(3, "");
    REPORT("before.json", 0, "--root '%s/root'", work_dir);
    assert_int_equal(run("cd '%s/root/sys/firmware/acpi/tables' && "
                         "sed 's/^DMAR/RMAD/' DMAR >RMAD && rm DMAR", work_dir),
                     0);
    REPORT("under.json", 0, "--root '%s/root'", work_dir);
    SAME("before.json", "under.json");
}

/* ---- --verify ---- */

#define XEN_TREE(nr, report) do {                                       \
    char dir_[3 * PATH_MAX];                                            \
    make_root(nr, "");                                                  \
    REPORT(report, 0, "--root '%s/root'", work_dir);                    \
    assert_int_equal(run("cd '%s' && rm -rf xen && python3 "            \
                         "'%s/tool/fake-xen.py' xen " report, work_dir, \
                         data_dir), 0);                                 \
    snprintf(dir_, sizeof(dir_), "%s/xen", work_dir);                   \
    setenv("FAKE_XEN", dir_, 1);                                        \
} while ( 0 )

#define VERIFY(code, want)                                              \
    SAYS(code, want, "check --root '%s/root' --verify '%s/r.json'",     \
         work_dir, work_dir)

/* Changes a file of the fake Xen's /iommu by a sed script, and back. */
#define BUT(file, script, want) do {                                    \
    assert_int_equal(run("cd '%s/xen/hypfs/iommu' && cp " file " ../kept && " \
                         "sed -i '" script "' " file " && ! cmp -s " file \
                         " ../kept", work_dir), 0);                     \
    VERIFY(1, want);                                                    \
    assert_non_null(strstr(text, "please report it"));                  \
    run("cd '%s/xen/hypfs/iommu' && mv ../kept " file, work_dir);       \
} while ( 0 )

static void test_verified(void **state)
{
    unsigned int nr;

    for ( nr = 0; nr < NR_RECORDED; nr += 3 )
    {
        XEN_TREE(nr, "r.json");
        VERIFY(0, "VERIFIED: ");
        LACKS("note:");
    }
    unsetenv("FAKE_XEN");
}

static void test_wrong(void **state)
{
    XEN_TREE(3, "r.json");
    VERIFY(0, "VERIFIED: ");
    BUT("units/0/base", "s/fed90000/fed91000/",
        "Xen uses the IOMMU at 0xfed91000, which the report does not");
    BUT("units/0/base", "s/fed90000/fed91000/",
        "Xen does not use the IOMMU at 0xfed90000");
    BUT("groups/0/devices", "s/bridge/device/", "0000:00:00.0 is not \"bridge\" to Xen");
    BUT("groups/0/devices", "s/ 0000$/ 0000,0010/",
        "0000:00:00.0 uses the IDs 0000,0010, in the report 0000");
    BUT("groups/0/devices", "s/bridge/&,no-path/", "is \"no-path\" to Xen");
    BUT("groups/0/devices", "1d",
        "0000:00:00.0 is in no group, and in the report it is in one");
    BUT("groups/0/reserved", "1i 0000:00:00.0 0x1-0x2 -",
        "0000:00:00.0: reserved memory \"0x1-0x2 -\", in the report \"\"");
    /* Two groups as one, and one as two. */
    BUT("groups/0/devices", "$r groups/1/devices", "are in one group in Xen, and not in the report");
    assert_int_equal(run("cd '%s/xen/hypfs/iommu/groups' && "
                         "f=$(grep -l 1f.2 */devices) && cp -r ${f%%/*} 99 && "
                         "sed -i /1f.2/d $f && sed -i -n /1f.2/p 99/devices",
                         work_dir), 0);
    VERIFY(1, "0000:00:1f.0 and 0000:00:1f.2 are in one group in the report, and not in Xen");
    unsetenv("FAKE_XEN");
}

/* What changed since is nobody's error. */
static void test_changed(void **state)
{
    XEN_TREE(3, "r.json");
    assert_int_equal(run("cd '%s/xen/hypfs/iommu/groups' && sed -i "
                         "/1f.3/d */devices && rm -r "
                         "'%s/root/sys/bus/pci/devices/0000:00:1f.3'", work_dir,
                         work_dir), 0);
    VERIFY(0, "note: 0000:00:1f.3 is not there any more");
    put_root("0x1234\n", "sys/bus/pci/devices/0000:00:1f.2/device");
    VERIFY(0, "note: 0000:00:1f.2 is another device now");
    assert_int_equal(run("echo '0000:7f:00.0 vtd0 d0 paging 0 device 7f00' "
                         ">>'%s/xen/hypfs/iommu/groups/0/devices'", work_dir), 0);
    VERIFY(0, "note: 0000:7f:00.0 is not in the report");
    unsetenv("FAKE_XEN");
}

static void test_bad_report(void **state)
{
    SAYS(3, "No such file", "check --verify /nonexistent");
    write_file("{\"report\": \"xen-iommu-check/9\"}", "r.json");
    SAYS(3, "not a report", "check --verify '%s/r.json'", work_dir);
    write_file("{\"report\": ", "r.json");
    SAYS(3, "r.json: line 1", "check --verify '%s/r.json'", work_dir);
    make_root(3, "");
    REPORT("r.json", 0, "--root '%s/root'", work_dir);
    SAYS(4, "may ask Xen", "check --verify '%s/r.json'", work_dir);
}

/* ---- files that somebody sent ---- */

static void bad_file(const char *option, const char *content, const char *want)
{
    write_file(content, "bad");
    SAYS(3, want, "check --%s '%s/bad'", option, work_dir);
}

static void test_bad_files(void **state)
{
    static const char *const options[] = { "dmar", "ivrs", "iort", "dtb" };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(options); i++ )
    {
        bad_file(options[i], "", "is empty");
        bad_file(options[i], "nonsense", "is something else");
        SAYS(3, "No such file", "check --%s /nonexistent", options[i]);
        SAYS(3, "Is a directory", "check --%s /", options[i]);
    }
    bad_file("dmar", "DMAR", "is cut off");
    bad_file("acpidump", "nothing\n", "there is no DMAR");
    bad_file("acpidump", "DMAR @ 0x0\n    0000: 44 4D 41 52 FF FF 00 00\n",
             "the DMAR in it is cut off");
    assert_int_equal(run("head -c 100 '%s/dmar/recorded-003.bin' >'%s/bad'",
                         data_dir, work_dir), 0);
    SAYS(3, "is cut off", "check --dmar '%s/bad'", work_dir);
    SAYS(3, "No such file", "check --lspci /nonexistent");
    bad_file("lspci", "nonsense\n", "no PCI function");

    SAYS(2, "options only", "check 00:02.0");
    SAYS(2, "either", "check --lspci a --topology b");
    SAYS(2, "standard input", "check --lspci - --dmar -");
    SAYS(2, "either --json or --markdown", "check --json --markdown");
    SAYS(2, "has no option --enable-acs", "check --enable-acs");
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_facts), T(test_units), T(test_mmconfig), T(test_linux_groups),
        T(test_headers), T(test_bad_live), T(test_under_xen), T(test_verified),
        T(test_wrong), T(test_changed), T(test_bad_report), T(test_bad_files),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
