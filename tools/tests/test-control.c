/* SPDX-License-Identifier: GPL-2.0-only */
/* hypfs: what `xenhypfs tree /iommu' shows, and what may be written. */
#include "group-fixture.h"
#include "sweep.h"

/* The tree has no symbol that would link it. */
#include "../../drivers/passthrough/control.c"

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
        T(test_tree), T(test_group), T(test_missing), T(test_sweep),
    };

    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
