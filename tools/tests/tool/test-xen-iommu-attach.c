/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu attach and detach: which commands of xl, in which order, and what is
 * undone.  The machine's files are a tree of the test's, for drivers and IDs.
 */
#include "xen-iommu-test.h"

static void put(const char *content, const char *path)
{
    assert_int_equal(run("mkdir -p \"$(dirname '%s/%s')\"", work_dir, path), 0);
    write_file(content, path);
}

static void group(const char *devices)
{
    put(devices, "xen/hypfs/iommu/groups/4/devices");
}

/* xl writes down what it was asked for, and fails for $XL_FAIL. */
static int up(void **state)
{
    char path[3 * PATH_MAX], xen[3 * PATH_MAX];

    run("rm -rf '%s/xen' '%s/root'", work_dir, work_dir);
    put("on", "xen/hypfs/iommu/state");
    put("vtd0", "xen/hypfs/iommu/units/0/name");
    put("levels 4", "xen/hypfs/iommu/domains/0/tables");
    put("", "xen/hypfs/iommu/domains/0/groups");
    put("levels 4", "xen/hypfs/iommu/domains/6/tables");
    put("", "xen/hypfs/iommu/domains/6/groups");
    put("Domain-0", "xen/store/local/domain/0/name");
    put("mail", "xen/store/local/domain/6/name");
    put("plain", "xen/store/local/domain/7/name");
    group("0000:04:00.0 vtd0 d0 paging 0 device 0400\n"
          "0000:04:00.1 vtd0 d0 paging 0 device 0401\n"
          "0000:03:00.0 vtd0 d0 paging 0 bridge 0300");
    put("#!/bin/sh\necho \"xl $*\"\n"
        "eval \"case '$*' in $XL_FAIL) exit 1 ;; esac\"\n", "xl");
    assert_int_equal(run("chmod +x '%s/xl'", work_dir), 0);
    assert_int_equal(run("d='%s/root/sys/bus/pci/devices'; mkdir -p \"$d\" && "
                         "r='%s/root/sys/devices/pci0000:00/0000:00:1c.0/0000:04:00.0' && "
                         "mkdir -p \"$r\" && ln -s \"$r\" \"$d/0000:04:00.0\" && "
                         "ln -s /x/e1000e \"$r/driver\" && echo 0x8086 >\"$r/vendor\" && "
                         "echo 0x10d3 >\"$r/device\" && echo 0xa01f >\"$r/subsystem_device\"",
                         work_dir, work_dir), 0);
    snprintf(xen, sizeof(xen), "%s/xen", work_dir);
    setenv("FAKE_XEN", xen, 1);
    snprintf(path, sizeof(path), "%s:%s", work_dir, getenv("PATH"));
    setenv("PATH", path, 1);
    setenv("XL_FAIL", "nothing", 1);

    return 0;
}

#define XL(code, want, args) \
    SAYS(code, want, args " --root '%s/root'", work_dir)

static void test_whole(void **state)
{
    XL(0, "xl pci-assignable-add 0000:04:00.0\n"
       "xl pci-assignable-add 0000:04:00.1\n"
       "xl pci-attach 6 0000:04:00.0\n"
       "xl pci-attach 6 0000:04:00.1\n"
       "attached: 0000:04:00.0 0000:04:00.1\n", "attach 4 mail");
    LACKS("03:00.0");

    /* Parked ones go along; those of the guest stay. */
    group("0000:04:00.0 vtd0 d6 paging 0 device 0400\n"
          "0000:04:00.1 vtd0 quarantine blocked 0 device 0401");
    XL(0, "xl pci-attach 6 0000:04:00.1\nattached: 0000:04:00.1\n", "attach 04:00.0 6");
    LACKS("add");
    group("0000:04:00.0 vtd0 d6 paging 0 device 0400");
    XL(0, "attached: nothing to do", "attach 4 mail");
}

static void test_rest(void **state)
{
    XL(1, "0000:04:00.1, in the same group, is dom0's, without a driver: --hide-rest",
       "attach 04:00.0 mail");
    LACKS("xl ");
    XL(0, "xl pci-assignable-add 0000:04:00.0\n"
       "xl pci-assignable-add 0000:04:00.1\n"
       "xl pci-attach 6 0000:04:00.0\n"
       "attached: 0000:04:00.0 0000:04:00.1 (hidden)\n",
       "attach 04:00.0 mail --hide-rest");
    /* What dom0 uses is not put away behind its back. */
    XL(1, "0000:04:00.0, in the same group, is dom0's (driver e1000e): give it along by the group's number, 4",
       "attach 04:00.1 mail --hide-rest");
    LACKS("xl ");
}

static void test_in_the_way(void **state)
{
    XL(1, "is a bridge", "attach 03:00.0 mail");
    XL(1, "in no group", "attach 7f:00.0 mail");
    XL(1, "no group '9'", "attach 9 mail");
    XL(1, "no group 'x'", "attach x mail");
    XL(1, "no domain nobody", "attach 4 nobody");
    XL(1, "no domain plain that can have devices", "attach 4 plain");
    XL(1, "dom0 gets devices back", "attach 4 0");
    group("0000:04:00.0 vtd0 d0 paging 0 device 0400\n"
          "0000:04:00.1 vtd0 d5 paging 0 device 0401");
    XL(1, "0000:04:00.1, in the same group, belongs to domain 5", "attach 4 mail");
    LACKS("xl ");
    SAYS(2, "a device", "attach 4");
    SAYS(2, "--match takes", "attach 04:00.0 mail --match 8086");
}

static void test_undone(void **state)
{
    setenv("XL_FAIL", "*add*04:00.1", 1);
    XL(5, "0000:04:00.1 cannot be made assignable: putting all back", "attach 4 mail");
    assert_non_null(strstr(text, "xl pci-assignable-remove -r 0000:04:00.0\n"));
    LACKS("remove -r 0000:04:00.1");
    LACKS("pci-attach");

    setenv("XL_FAIL", "pci-attach*04:00.1", 1);
    XL(5, "0000:04:00.1 cannot be attached: taking all back", "attach 4 mail");
    assert_non_null(strstr(text, "xl pci-detach 6 0000:04:00.0\n"
                                 "xl pci-assignable-remove -r 0000:04:00.1\n"
                                 "xl pci-assignable-remove -r 0000:04:00.0\n"));

    setenv("XL_FAIL", "pci-attach*04:00.1|pci-detach*", 1);
    XL(6, "0000:04:00.0 could not be taken back", "attach 4 mail");
    LACKS("remove -r 0000:04:00.0");
    setenv("XL_FAIL", "pci-attach*04:00.1|*remove*04:00.0", 1);
    XL(6, "0000:04:00.0 could not be put back", "attach 4 mail");
    /* What was parked before is left so. */
    group("0000:04:00.0 vtd0 quarantine blocked 0 device 0400\n"
          "0000:04:00.1 vtd0 d0 paging 0 device 0401");
    setenv("XL_FAIL", "pci-attach*04:00.1", 1);
    XL(5, "taking all back", "attach 4 mail");
    LACKS("remove -r 0000:04:00.0");
}

static void test_detach(void **state)
{
    group("0000:04:00.0 vtd0 d6 paging 0 device 0400\n"
          "0000:04:00.1 vtd0 d6 paging 0 device 0401\n"
          "0000:04:00.2 vtd0 quarantine blocked 0 device 0402");
    XL(0, "xl pci-detach 6 0000:04:00.0\nxl pci-detach 6 0000:04:00.1\n"
       "detached: 0000:04:00.0 0000:04:00.1\n", "detach 04:00.2 mail");
    setenv("XL_FAIL", "pci-detach*04:00.1", 1);
    XL(5, "0000:04:00.1 cannot be detached: attaching all again", "detach 4 mail");
    assert_non_null(strstr(text, "xl pci-attach 6 0000:04:00.0\n"));
    setenv("XL_FAIL", "pci-detach*04:00.1|pci-attach*", 1);
    XL(6, "0000:04:00.0 could not be put back", "detach 4 mail");
}

static void test_match(void **state)
{
#define OF " 04:00.0 mail --hide-rest --match "
    XL(0, "attached", "attach" OF "8086:10d3");
    XL(0, "attached", "attach" OF "8086:10d3:a01f");
    XL(0, "attached", "attach" OF "8086:10d3:a01f@00:1c.0/00.0");
    XL(0, "attached", "attach" OF "8086:10D3@00:1c.0/00.0");
    XL(1, "0000:04:00.0 is 8086:10d3:a01f@00:1c.0/00.0 and not 8086:10d4: the machine has renumbered",
       "attach" OF "8086:10d4");
    LACKS("xl ");
    XL(1, "and not", "attach" OF "8087:10d3");
    XL(1, "and not", "attach" OF "8086:10d3:a01e");
    XL(1, "and not", "attach" OF "8086:10d3@00:1c.1/00.0");
    XL(1, "and not", "attach" OF "8086:10d3@00:1c.0");
    XL(2, "--match takes", "attach" OF "8086:10d3@");
    XL(2, "--match takes", "attach" OF "8086:10d3:xyz");
    XL(1, "about a device", "attach 4 mail --match 8086:10d3");
}

#define T(f) cmocka_unit_test_setup(f, up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_whole), T(test_rest), T(test_in_the_way), T(test_undone),
        T(test_detach), T(test_match),
    };

    return cmocka_run_group_tests(tests, build, clean);
}
