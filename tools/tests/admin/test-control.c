/* SPDX-License-Identifier: GPL-2.0-only */
/* hypfs: what `xenhypfs tree /iommu' shows, and what may be written. */
#include <pthread.h>

#include "group-fixture.h"
#include "sweep.h"

#include <iommu-groups/fault.h>
#include <iommu-groups/private-table.h>
#include <iommu-groups/table.h>
#include <xsm/xsm.h>

/* The tree has no symbol that would link it. */
#include "admin/hypfs.c"

static char buf[8192];

static const char *text(const char *path)
{
    long rc = host_hypfs_read(path, buf, sizeof(buf));

    if ( rc < 0 )
        fail_msg("%s: %ld", path, rc);

    return buf;
}

static const char *group_file(pci_sbdf_t sbdf, const char *file)
{
    char path[64];

    snprintf(path, sizeof(path), "/iommu/groups/%u/%s", group_of(sbdf)->id,
             file);

    return text(path);
}

static int tree_up(void **state)
{
    static bool done;
    int rc = machine_up(state);

    if ( !rc && !done )
    {
        rc = host_initcalls_run();
        done = true;
    }

    return rc;
}

static void assert_contains(const char *where, const char *what)
{
    if ( !strstr(where, what) )
        fail_msg("no \"%s\" in \"%s\"", what, where);
}

static void test_tree(void **state)
{
    char want[16];

    assert_contains(text("/"), "iommu\n");
    text("/iommu");
    assert_contains(buf, "groups\n");
    assert_contains(buf, "units\n");
    assert_contains(buf, "domains\n");
    assert_contains(text("/iommu/units"), "0\n");
    text("/iommu/groups");
    snprintf(want, sizeof(want), "%u\n", group_of(OTHER)->id);
    assert_contains(buf, want);
    assert_contains(text("/iommu/domains"), "1\n");
    assert_null(strstr(buf, "3\n"));            /* without passthrough= */
}

static void test_group(void **state)
{
    assert_int_equal(give(F0, machine.guest), 0);
    assert_contains(group_file(F0, "devices"), "0000:00:01.0");
    assert_contains(buf, "0000:00:01.2");
    assert_contains(group_file(F0, "owner"), "1");
    group_file(F0, "state");
    group_file(F0, "domain");
    group_file(F0, "table");
    group_file(F0, "faults");
    group_file(F0, "why");
    assert_contains(text("/iommu/units/0/name"), "mocka0");
    assert_string_equal(text("/iommu/units/0/restarts"), "0");
}

/* Each field, as docs/hypfs.md has them. */
static void test_contents(void **state)
{
    char path[64];

    assert_int_equal(give(F0, machine.guest), 0);
    assert_string_equal(group_file(F0, "owner"), "d1");
    assert_string_equal(group_file(F0, "state"), "attached");
    assert_string_equal(group_file(F0, "domain"), "paging");
    assert_contains(group_file(F0, "table"), "levels ");
    assert_string_equal(group_file(SINGLE, "state"), "blocked");
    assert_string_equal(group_file(SINGLE, "owner"), "quarantine");
    assert_string_equal(group_file(SINGLE, "table"), "none");
    assert_string_equal(group_file(SINGLE, "devices"),
                        "0000:00:02.0 mocka0 quarantine blocked 0 device 0010");
    assert_string_equal(group_file(SINGLE, "why"), "");
    assert_contains(group_file(F0, "devices"),
                    "0000:00:01.0 mocka0 d1 paging 0 device,tainted 0008");
    assert_contains(group_file(F0, "why"),
                    "0000:00:01.1 0000:00:01.0: functions of one device");
    assert_contains(group_file(BEHIND0, "devices"), " bridge 00f0");
    assert_contains(group_file(BEHIND0, "devices"), " device 00f0,0500");
    assert_contains(group_file(BEHIND0, "why"), "requester ID");

    assert_int_equal(give(F0, dom_io), 0);
    assert_contains(group_file(F0, "devices"), "device,tainted ");

    snprintf(path, sizeof(path), "%u", group_of(F0)->id);
    assert_int_equal(give(F0, machine.guest), 0);
    assert_contains(text("/iommu/domains/1/groups"), path);
    assert_contains(text("/iommu/domains/1/tables"), "levels ");
    assert_string_equal(text("/iommu/state"), "on");
}

/* Firmware's regions, and who outside of the group has one too. */
static void test_reserved(void **state)
{
    assert_string_equal(group_file(F0, "reserved"), "");
    mock_require(&mock_a, 0x80, 0x8f, F1, F1);
    assert_string_equal(group_file(F0, "reserved"), "0000:00:01.1 0x80-0x8f -");
    mock_require(&mock_a, 0x80, 0x8f, F2, F1);
    assert_string_equal(group_file(F0, "reserved"),
                        "0000:00:01.1 0x80-0x8f -\n0000:00:01.2 0x80-0x8f -");
    mock_require(&mock_a, 0x80, 0x8f, SINGLE, F1);
    assert_string_equal(group_file(F0, "reserved"),
                        "0000:00:01.1 0x80-0x8f 0000:00:02.0");
    assert_string_equal(group_file(SINGLE, "reserved"),
                        "0000:00:02.0 0x80-0x8f 0000:00:01.1");
    mock_require(&mock_a, 0, 0, F1, F1);
}

static void test_translate(void **state)
{
    struct s2_table *table;
    unsigned int changed = 0;

    assert_int_equal(give(F0, machine.guest), 0);
    table = group_of(F0)->s2->table;
    assert_int_equal(s2_table_map(table, 0x10, 0x1234, 1,
                                  PT_PROT_R | PT_PROT_W, &changed), 0);

    assert_string_equal(text("/iommu/translate/00000008@10"),
                        "mfn 0x1234 order 0 rw-");
    assert_string_equal(text("/iommu/translate/00000008@11"), "not mapped");
    assert_string_equal(text("/iommu/translate/00000010@10"), "blocked");
    assert_int_equal(host_hypfs_read("/iommu/translate/0000ffff@10", buf, 99),
                     -ENODEV);
    assert_int_equal(host_hypfs_read("/iommu/translate/00000008", buf, 99),
                     -ENOENT);
    assert_int_equal(host_hypfs_read("/iommu/translate/00000008@", buf, 99),
                     -ENOENT);
    assert_int_equal(host_hypfs_read("/iommu/translate/00000008@1x", buf, 99),
                     -ENOENT);
    assert_int_equal(host_hypfs_read("/iommu/translate/8@10", buf, 99),
                     -ENOENT);
    assert_string_equal(text("/iommu/translate"), "");
}

static void test_write(void **state)
{
    struct iommu_group *group = group_of(F0);
    char path[64];

    assert_string_equal(text("/iommu/policy"), "strict");
    assert_int_equal(host_hypfs_write("/iommu/policy", "warn"), 0);
    assert_string_equal(text("/iommu/policy"), "warn");
    assert_int_equal(host_hypfs_write("/iommu/policy", "whatever"), -EINVAL);
    /* Commas are the command line's. */
    assert_int_equal(host_hypfs_write("/iommu/policy", "strict,warn"), -EINVAL);
    assert_string_equal(text("/iommu/policy"), "warn");
    assert_int_equal(host_hypfs_write("/iommu/policy", "0123456789abcdefg"),
                     -ENOSPC);
    assert_int_equal(host_hypfs_write("/iommu/policy", "strict"), 0);

    assert_int_equal(give(F0, machine.guest), 0);
    iommu_group_lock(group);
    iommu_group_break(group, "of a test");
    iommu_group_unlock(group);
    assert_string_equal(group_file(F0, "state"), "broken: of a test");

    snprintf(path, sizeof(path), "/iommu/groups/%u/state", group->id);
    assert_int_equal(host_hypfs_write(path, "break"), -EINVAL);
    assert_true(group->broken);
    assert_int_equal(host_hypfs_write(path, "mend"), 0);
    assert_string_equal(group_file(F0, "state"), "attached");
    assert_ptr_equal(reaches(F0), machine.guest);
}

/* Each write asks the security module once a device, before anything else. */
static void test_security_module(void **state)
{
    struct iommu_group *group = group_of(F0);
    char tables[64], state_file[64], policy[64];

    snprintf(tables, sizeof(tables), "/iommu/groups/%u/tables", group->id);
    snprintf(state_file, sizeof(state_file), "/iommu/groups/%u/state",
             group->id);
    snprintf(policy, sizeof(policy), "/iommu/groups/%u/policy", group->id);
    group->broken = true;
    group->broken_why = "test";

    host_xsm_rc = -EPERM;
    assert_int_equal(host_hypfs_write("/iommu/policy", "warn"), -EPERM);
    assert_int_equal(host_xsm_policy_asked, 1);
    assert_int_equal(host_xsm_groups_asked, 0);
    assert_int_equal(host_hypfs_write(tables, "private"), -EPERM);
    assert_int_equal(host_hypfs_write(state_file, "mend"), -EPERM);
    assert_int_equal(host_hypfs_write(policy, "warn"), -EPERM);
    assert_int_equal(host_xsm_groups_asked, 3);
    assert_int_equal(host_xsm_sbdf, F0.sbdf);
    assert_string_equal(text("/iommu/policy"), "strict");
    assert_string_equal(text(policy), "machine");
    assert_string_equal(text(tables), "shared");
    assert_true(group->broken);

    /* Three members. */
    host_xsm_rc = 0;
    host_xsm_groups_asked = 0;
    assert_int_equal(host_hypfs_write(tables, "private"), 0);
    assert_int_equal(host_xsm_groups_asked, 3);
    assert_int_equal(host_xsm_sbdf, F2.sbdf);
    assert_int_equal(host_hypfs_write(tables, "shared"), 0);
    assert_int_equal(host_hypfs_write(state_file, "mend"), 0);
    assert_int_equal(host_xsm_groups_asked, 9);
    assert_int_equal(host_xsm_policy_asked, 1);
    assert_null(host_xsm_path);
    assert_int_equal(host_hypfs_write(policy, "loud"), -EINVAL);
    assert_int_equal(host_hypfs_write(policy, "warn"), 0);
    assert_string_equal(text(policy), "warn");
    assert_int_equal(host_hypfs_write(policy, "machine"), 0);
    assert_false(group->broken);
}

/* A node of a device tree goes by its path. */
static void test_security_module_node(void **state)
{
    struct iommu_dev *dev = dev_of(SINGLE);
    struct pci_dev *pdev = dev->pdev;
    const char *name = dev->name;
    char tables[64];

    snprintf(tables, sizeof(tables), "/iommu/groups/%u/tables", dev->group->id);
    dev->pdev = NULL;
    dev->name = "/soc/edu@1000";
    host_xsm_rc = -EPERM;
    assert_int_equal(host_hypfs_write(tables, "private"), -EPERM);
    host_xsm_rc = 0;
    dev->pdev = pdev;
    dev->name = name;
    assert_int_equal(host_xsm_groups_asked, 1);
    assert_string_equal(host_xsm_path, "/soc/edu@1000");
    assert_string_equal(text(tables), "shared");
}

/* A table of its own for one group, in a guest's list of tables as well. */
static void test_private(void **state)
{
    const struct iommu_group *group = group_of(SINGLE);
    struct iommu_dev *dev = dev_of(SINGLE);
    char path[64];

    snprintf(path, sizeof(path), "/iommu/groups/%u/tables", group->id);
    assert_string_equal(text(path), "shared");
    assert_int_equal(host_hypfs_write(path, "secret"), -EINVAL);
    assert_int_equal(host_hypfs_write(path, "private"), 0);
    assert_string_equal(text(path), "private");

    assert_null(strchr(strchr(text("/iommu/domains/1/tables"), '\n') + 1,
                       '\n'));
    assert_int_equal(iommu_private_get(machine.guest, group_of(SINGLE), dev,
                                       NULL, 0), 0);
    assert_int_equal(give(SINGLE, machine.guest), 0);
    text("/iommu/domains/1/tables");
    assert_contains(strchr(strchr(buf, '\n') + 1, '\n'), "groups 1 ");
    assert_contains(group_file(SINGLE, "table"), "groups 1 ");

    assert_int_equal(give(SINGLE, dom_io), 0);
    iommu_private_put(machine.guest, group, dev);
    assert_int_equal(host_hypfs_write(path, "shared"), 0);
    assert_string_equal(text(path), "shared");
}

static void test_log(void **state)
{
    struct iommu_fault f = { .id = 0x10, .addr = 0x5000, .code = 6,
                             .reason = "not mapped", .write = true };

    iommu_fault_report(dev_of(SINGLE)->unit, &f);
    f.id = 0x30;
    f.interrupt = true;
    iommu_fault_report(dev_of(SINGLE)->unit, &f);
    assert_contains(text("/iommu/faults"),
                    " 0 0000:00:02.0 ");
    assert_contains(buf, " quarantine write 0x5000 0x6 not mapped\n");
    assert_contains(buf, " 0 0x30 - none interrupt 0x5000 0x6 not mapped");
    assert_string_equal(group_file(SINGLE, "faults"), "1");
}

static bool stop;

/* Sizes and contents fit whatever happens between two reads. */
static void *reader(void *arg)
{
    static const char *const files[] = { "devices", "why", "owner", "table" };
    unsigned int i, id;
    char own[8192], path[64];

    for ( i = 0; !__atomic_load_n(&stop, __ATOMIC_ACQUIRE); i++ )
    {
        host_hypfs_read("/iommu/groups", own, sizeof(own));
        id = strtoul(own, NULL, 10) + i % 12;
        snprintf(path, sizeof(path), "/iommu/groups/%u/%s", id, files[i % 4]);
        host_hypfs_read(path, own, sizeof(own));
    }

    return NULL;
}

static void test_come_and_go(void **state)
{
    unsigned long i, rounds = test_rounds(200, 5000);
    pthread_t thread;

    __atomic_store_n(&stop, false, __ATOMIC_RELEASE);
    assert_int_equal(pthread_create(&thread, NULL, reader, NULL), 0);
    for ( i = 0; i < rounds; i++ )
    {
        assert_int_equal(give(F0, i & 1 ? machine.guest : dom_io), 0);
        unplug(SINGLE);
        unplug(F2);
        plug(SINGLE);
        plug(F2);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_missing(void **state)
{
    assert_int_equal(host_hypfs_read("/iommu/groups/99999/id", buf, 10),
                     -ENOENT);
    assert_int_equal(host_hypfs_read("/iommu/groups/x/id", buf, 10), -ENOENT);
    assert_int_equal(host_hypfs_read("/iommu/groups/4294967296/id", buf, 10),
                     -ENOENT);
    assert_int_equal(host_hypfs_read("/iommu/units/77/name", buf, 10),
                     -ENOENT);
    assert_int_equal(host_hypfs_read("/iommu/domains/3/tables", buf, 10),
                     -ENOENT);
    assert_int_equal(host_hypfs_read("/iommu/nothing", buf, 10), -ENOENT);
    assert_int_equal(host_hypfs_write("/iommu/units/0/name", "x"), -EACCES);
}

static void read_all(const char *dir, unsigned int depth)
{
    char path[256];
    long rc = host_hypfs_read(dir, buf, sizeof(buf));
    char *list, *name, *save = NULL;

    if ( rc < 0 || depth == 4 )
        return;
    list = strdup(buf);
    for ( name = strtok_r(list, "\n", &save); name;
          name = strtok_r(NULL, "\n", &save) )
    {
        snprintf(path, sizeof(path), "%s/%s", depth ? dir : "", name);
        if ( !strchr(name, ' ') && !strchr(name, ':') )
            read_all(path, depth + 1);
    }
    free(list);
}

static int read_tree(void *arg)
{
    long rc = host_hypfs_read("/iommu/groups", buf, sizeof(buf));

    if ( rc >= 0 )
        rc = host_hypfs_read(arg, buf, sizeof(buf));

    return rc < 0 ? rc : 0;
}

static void check_read(void *arg, int rc, bool reached)
{
    assert_true(!rc || rc == -ENOMEM);
}

static void test_sweep(void **state)
{
    static const struct sweep sweep = {
        .name = "read", .run = read_tree, .check = check_read,
    };
    char path[64];

    assert_int_equal(give(F0, machine.guest), 0);
    read_all("/", 0);
    snprintf(path, sizeof(path), "/iommu/groups/%u/devices", group_of(F0)->id);
    assert_true(sweep_allocations(&sweep, path) >= 3);
}

#define T(name) cmocka_unit_test_setup_teardown(name, tree_up, machine_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_tree), T(test_group), T(test_contents), T(test_reserved),
        T(test_translate),
        T(test_write), T(test_security_module),
        T(test_security_module_node), T(test_private), T(test_log),
        T(test_missing), T(test_sweep),
        T(test_come_and_go),
    };

    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
