/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu attach, detach and assignable: which commands of xl, in which order,
 * and what is undone.  The machine's files are a tree of the test's, for drivers and IDs.
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

static void both_dom0s(void)
{
    group("0000:04:00.0 vtd0 d0 paging 0 device 0400\n"
          "0000:04:00.1 vtd0 d0 paging 0 device 0401\n"
          "0000:03:00.0 vtd0 d0 paging 0 bridge 0300");
}

/*
 * xl writes down what it was asked for, and fails for $XL_FAIL, where $XL_HALF
 * and a device say what it has done all the same; else Xen's view follows.
 */
static const char xl[] =
    "#!/bin/sh\n"
    "echo \"xl $*\"\n"
    "for last; do :; done\n"
    "devices=$FAKE_XEN/hypfs/iommu/groups/4/devices\n"
    "now() { sed -i \"/^$1 /s/ [^ ]* [a-z]* 0 / $2 paging 0 /\" $devices; }\n"
    "driver() { rm -f $FAKE_XEN/../root/sys/bus/pci/devices/$1/driver; }\n"
    "does() { case $1 in pci-assignable-add) now $last quarantine; driver $last ;;\n"
    "    pci-assignable-remove) now $last d0 ;; pci-attach) now $last d6 ;;\n"
    "    pci-detach) now $last quarantine ;; esac; }\n"
    "eval \"case '$*' in $XL_FAIL) $XL_HALF; exit ${XL_SAYS:-1} ;; esac\"\n"
    "does \"$@\"\n";

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
    both_dom0s();
    put(xl, "xl");
    assert_int_equal(run("chmod +x '%s/xl'", work_dir), 0);
    put("", "root/sys/bus/pci/drivers/e1000e/bind");
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
    setenv("XL_HALF", ":", 1);
    unsetenv("XL_SAYS");

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
    /* What dom0 uses is not put away behind its back. */
    XL(1, "0000:04:00.0, in the same group, is dom0's (driver e1000e): give it along by the group's number, 4",
       "attach 04:00.1 mail --hide-rest");
    LACKS("xl ");
    XL(1, "0000:04:00.1, in the same group, is dom0's, without a driver: --hide-rest",
       "attach 04:00.0 mail");
    LACKS("xl ");
    XL(0, "xl pci-assignable-add 0000:04:00.0\n"
       "xl pci-assignable-add 0000:04:00.1\n"
       "xl pci-attach 6 0000:04:00.0\n"
       "attached: 0000:04:00.0 0000:04:00.1 (hidden)\n",
       "attach 04:00.0 mail --hide-rest");
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
    both_dom0s();
    setenv("XL_FAIL", "pci-attach*04:00.1|*remove*04:00.0", 1);
    XL(6, "0000:04:00.0 could not be put back", "attach 4 mail");
    /* What was parked before is left so. */
    group("0000:04:00.0 vtd0 quarantine blocked 0 device 0400\n"
          "0000:04:00.1 vtd0 d0 paging 0 device 0401");
    setenv("XL_FAIL", "pci-attach*04:00.1", 1);
    XL(5, "taking all back", "attach 4 mail");
    LACKS("remove -r 0000:04:00.0");
}

static bool bound(const char *driver, const char *sbdf)
{
    run("cat '%s/root/sys/bus/pci/drivers/%s/bind'", work_dir, driver);

    return !strcmp(text, sbdf);
}

/* The member that fails: its driver has lost it, and xl does not go back. */
static void test_half_assignable(void **state)
{
    setenv("XL_FAIL", "*add*04:00.0", 1);
    XL(5, "0000:04:00.0 cannot be made assignable: putting all back", "attach 4 mail");
    assert_true(bound("e1000e", ""));

    setenv("XL_HALF", "driver $last", 1);
    XL(5, "0000:04:00.0 cannot be made assignable: putting all back", "attach 4 mail");
    LACKS("remove -r");
    LACKS("04:00.1");
    assert_true(bound("e1000e", "0000:04:00.0"));
}

/* It was hidden at boot, and is again. */
static void test_hidden(void **state)
{
    put("", "root/sys/bus/pci/drivers/pciback/new_slot");
    put("", "root/sys/bus/pci/drivers/pciback/bind");
    run("ln -sfn /x/pciback '%s/root/sys/bus/pci/devices/0000:04:00.0/driver'", work_dir);
    setenv("XL_FAIL", "*add*04:00.1", 1);
    XL(5, "putting all back", "attach 4 mail");
    assert_non_null(strstr(text, "xl pci-assignable-remove -r 0000:04:00.0\n"));
    assert_true(bound("pciback", "0000:04:00.0"));
}

/* pciback has it, and Xen did not take it: xl would not give it back. */
static void test_half_quarantined(void **state)
{
    put("", "root/sys/bus/pci/drivers/pciback/unbind");
    put("", "root/sys/bus/pci/drivers/pciback/remove_slot");
    setenv("XL_FAIL", "*add*04:00.0", 1);
    setenv("XL_HALF", "driver $last; ln -s /x/pciback $FAKE_XEN/../root/sys/bus/pci/devices/$last/driver", 1);
    XL(5, "putting all back", "attach 4 mail");
    run("cat '%s/root/sys/bus/pci/drivers/pciback/unbind'", work_dir);
    assert_string_equal(text, "0000:04:00.0");
    run("cat '%s/root/sys/bus/pci/drivers/pciback/remove_slot'", work_dir);
    assert_string_equal(text, "0000:04:00.0");
    assert_true(bound("e1000e", "0000:04:00.0"));
}

static void test_half_no_driver(void **state)
{
    run("rm '%s/root/sys/bus/pci/drivers/e1000e/bind'", work_dir);
    setenv("XL_FAIL", "*add*04:00.0", 1);
    setenv("XL_HALF", "driver $last", 1);
    XL(6, "0000:04:00.0 could not be put back", "attach 4 mail");
}

/* What xl says of a step is not what Xen did. */
static void test_half_attached(void **state)
{
    setenv("XL_FAIL", "pci-attach*04:00.1", 1);
    setenv("XL_HALF", "now $last d6", 1);
    XL(5, "taking all back", "attach 4 mail");
    assert_non_null(strstr(text, "xl pci-detach 6 0000:04:00.1\n"
                                 "xl pci-detach 6 0000:04:00.0\n"
                                 "xl pci-assignable-remove -r 0000:04:00.1\n"
                                 "xl pci-assignable-remove -r 0000:04:00.0\n"));

    /* The domain died: it has nothing to take back. */
    both_dom0s();
    setenv("XL_HALF", "now 0000:04:00.0 quarantine", 1);
    XL(5, "taking all back", "attach 4 mail");
    LACKS("pci-detach");
    assert_non_null(strstr(text, "xl pci-assignable-remove -r 0000:04:00.0\n"));

    /* A detach that did nothing, and says that it did. */
    both_dom0s();
    setenv("XL_FAIL", "pci-attach*04:00.1|pci-detach*", 1);
    setenv("XL_HALF", "case $1 in pci-attach) exit 1 ;; esac", 1);
    setenv("XL_SAYS", "0", 1);
    XL(6, "0000:04:00.0 could not be taken back", "attach 4 mail");
    LACKS("remove -r 0000:04:00.0");
}

static void test_assignable(void **state)
{
    group("0000:04:00.0 vtd0 d0 paging 0 device 0400\n"
          "0000:04:00.1 vtd0 quarantine blocked 0 device 0401");
    XL(0, "xl pci-assignable-add 0000:04:00.0\n"
       "assignable: 0000:04:00.0 0000:04:00.1\n", "assignable 04:00.1");
    LACKS("add 0000:04:00.1");
    group("0000:04:00.0 vtd0 d0 paging 0 device 0400\n"
          "0000:04:00.1 vtd0 d5 paging 0 device 0401");
    XL(1, "belongs to domain 5", "assignable 04:00.0");
    LACKS("xl pci");
    XL(1, "in no group", "assignable 7e:00.0");

    group("0000:04:00.0 vtd0 d0 paging 0 device 0400\n"
          "0000:04:00.1 vtd0 d0 paging 0 device 0401\n"
          "0000:04:00.2 vtd0 quarantine blocked 0 device 0402\n"
          "0000:04:00.3 vtd0 d0 paging 0 device 0403");
    setenv("XL_FAIL", "*add*04:00.3", 1);
    XL(5, "putting all back", "assignable 04:00.1");
    assert_non_null(strstr(text, "xl pci-assignable-remove -r 0000:04:00.1\n"
                                 "xl pci-assignable-remove -r 0000:04:00.0\n"));
    LACKS("remove -r 0000:04:00.2");
    LACKS("remove -r 0000:04:00.3");
    setenv("XL_HALF", "now $last quarantine", 1);
    XL(5, "putting all back", "assignable 04:00.1");
    assert_non_null(strstr(text, "xl pci-assignable-remove -r 0000:04:00.3\n"));

    setenv("XL_FAIL", "*add*04:00.3|*remove*04:00.1", 1);
    XL(6, "0000:04:00.1 could not be put back", "assignable 04:00.1");
}

static void both_the_guests(void)
{
    group("0000:04:00.0 vtd0 d6 paging 0 device 0400\n"
          "0000:04:00.1 vtd0 d6 paging 0 device 0401\n"
          "0000:04:00.2 vtd0 quarantine blocked 0 device 0402");
}

static void test_detach(void **state)
{
    both_the_guests();
    XL(0, "xl pci-detach 6 0000:04:00.0\nxl pci-detach 6 0000:04:00.1\n"
       "detached: 0000:04:00.0 0000:04:00.1\n", "detach 04:00.2 mail");
    both_the_guests();
    setenv("XL_FAIL", "pci-detach*04:00.1", 1);
    XL(5, "0000:04:00.1 cannot be detached: attaching all again", "detach 4 mail");
    assert_non_null(strstr(text, "xl pci-attach 6 0000:04:00.0\n"));
    setenv("XL_SAYS", "0", 1);
    XL(5, "0000:04:00.1 cannot be detached: attaching all again", "detach 4 mail");
    unsetenv("XL_SAYS");
    setenv("XL_FAIL", "pci-detach*04:00.1|pci-attach*", 1);
    XL(6, "0000:04:00.0 could not be put back", "detach 4 mail");
}

static void test_match(void **state)
{
#define OF " 04:00.0 mail --hide-rest --match "
    static const char *const right[] = {
        "8086:10d3", "8086:10d3:a01f", "8086:10d3:a01f@00:1c.0/00.0",
        "8086:10D3@00:1c.0/00.0",
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(right); i++ )
    {
        both_dom0s();
        SAYS(0, "attached: 0000:04:00.0", "attach" OF "%s --root '%s/root'", right[i], work_dir);
    }
    both_dom0s();
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

    /* Two of a kind: the numbers alone do not say which. */
    put("0x8086", "root/sys/bus/pci/devices/0000:09:00.0/vendor");
    put("0x10d3", "root/sys/bus/pci/devices/0000:09:00.0/device");
    put("0xa01e", "root/sys/bus/pci/devices/0000:09:00.0/subsystem_device");
    XL(1, "8086:10d3 is not the only one, 0000:09:00.0 is another: 8086:10d3:a01f@00:1c.0/00.0 says which",
       "attach" OF "8086:10d3");
    LACKS("xl ");
    XL(0, "attached: 0000:04:00.0", "attach" OF "8086:10d3:a01f");
}

#define T(f) cmocka_unit_test_setup(f, up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_whole), T(test_rest), T(test_in_the_way), T(test_undone),
        T(test_half_assignable), T(test_hidden), T(test_half_quarantined),
        T(test_half_no_driver), T(test_half_attached), T(test_assignable),
        T(test_detach), T(test_match),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
