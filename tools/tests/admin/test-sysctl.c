/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XEN_SYSCTL_iommu_groups: what it says, how it goes on, and what it makes of
 * arguments that nobody should give it.  Buffers are as large as they are said
 * to be, so that the sanitizer sees one record too many.
 */
#include <pthread.h>

#include "group-fixture.h"

#include <iommu-groups/pci.h>
#include <iommu-groups/pci-rules.h>
#include <iommu-groups/policy.h>
#include <public/sysctl.h>

#define MANY 64

static struct xen_sysctl_iommu_groups ask(unsigned int what,
                                          unsigned int group,
                                          unsigned int first, unsigned int nr)
{
    return (struct xen_sysctl_iommu_groups){
        .version = XEN_SYSCTL_IOMMU_GROUPS_VERSION,
        .what = what, .group = group, .first = first, .nr = nr,
    };
}

/* All groups, so many a call; their number. */
static unsigned int all_groups(struct xen_iommu_group to[MANY],
                               unsigned int step)
{
    struct xen_sysctl_iommu_groups op =
        ask(XEN_SYSCTL_IOMMU_GROUPS_GROUPS, 0, 0, step);
    unsigned int nr = 0;

    while ( op.first != XEN_SYSCTL_IOMMU_GROUPS_END )
    {
        struct xen_iommu_group *r = calloc(step, sizeof(*r));

        op.nr = step;
        op.u.groups.p = r;
        assert_int_equal(iommu_groups_sysctl(&op), 0);
        assert_in_range(op.nr, op.first == XEN_SYSCTL_IOMMU_GROUPS_END ? 0 : 1,
                        step);
        assert_true(nr + op.nr <= MANY);
        memcpy(to + nr, r, op.nr * sizeof(*r));
        nr += op.nr;
        free(r);
    }

    return nr;
}

static unsigned int all_devices(struct xen_iommu_device to[MANY],
                                unsigned int group, unsigned int step)
{
    struct xen_sysctl_iommu_groups op =
        ask(XEN_SYSCTL_IOMMU_GROUPS_DEVICES, group, 0, step);
    unsigned int nr = 0;

    while ( op.first != XEN_SYSCTL_IOMMU_GROUPS_END )
    {
        struct xen_iommu_device *r = calloc(step, sizeof(*r));

        op.nr = step;
        op.u.devices.p = r;
        assert_int_equal(iommu_groups_sysctl(&op), 0);
        assert_int_equal(op.generation, iommu_groups_generation);
        assert_true(nr + op.nr <= MANY);
        memcpy(to + nr, r, op.nr * sizeof(*r));
        nr += op.nr;
        free(r);
    }

    return nr;
}

static struct xen_iommu_group group_record(pci_sbdf_t sbdf)
{
    struct xen_iommu_group r;
    struct xen_sysctl_iommu_groups op =
        ask(XEN_SYSCTL_IOMMU_GROUPS_GROUPS, 0, group_of(sbdf)->id, 1);

    op.u.groups.p = &r;
    assert_int_equal(iommu_groups_sysctl(&op), 0);
    assert_int_equal(op.nr, 1);
    assert_int_equal(r.id, group_of(sbdf)->id);

    return r;
}

/* The one device of a group, or the one at a place. */
static struct xen_iommu_device device_record(pci_sbdf_t sbdf,
                                             unsigned int place)
{
    struct xen_iommu_device r;
    struct xen_sysctl_iommu_groups op =
        ask(XEN_SYSCTL_IOMMU_GROUPS_DEVICES, group_of(sbdf)->id, place, 1);

    op.u.devices.p = &r;
    assert_int_equal(iommu_groups_sysctl(&op), 0);
    assert_int_equal(op.nr, 1);

    return r;
}

/* Functions that each make a group, or, on bus 5, join the bridge's. */
static void plug_many(unsigned int bus, unsigned int nr)
{
    uint8_t cfg[256] = { 0x34, 0x12, 0x77, 0, [PCI_CLASS_DEVICE + 1] = 0x02 };
    unsigned int i;

    if ( !bus )
    {
        cfg[PCI_STATUS] = PCI_STATUS_CAP_LIST;
        cfg[PCI_CAPABILITY_LIST] = 0x40;
        cfg[0x40] = PCI_CAP_ID_EXP;
        cfg[0x40 + PCI_EXP_FLAGS] = 2 | PCI_EXP_TYPE_RC_END << 4;
    }
    for ( i = 0; i < nr; i++ )
    {
        struct pci_dev *pdev;
        pci_sbdf_t sbdf = PCI_SBDF(0, bus, 4 + i, 0);

        host_pci_add(sbdf, cfg, sizeof(cfg));
        pdev = host_pdev_add(sbdf);
        pcidevs_lock();
        pdev->domain = dom_io;
        assert_int_equal(iommu_groups_pci_add(pdev), 0);
        pcidevs_unlock();
    }
}

static void unplug_many(unsigned int bus, unsigned int nr)
{
    while ( nr-- )
        unplug(PCI_SBDF(0, bus, 4 + nr, 0));
}

static void test_groups(void **state)
{
    struct xen_iommu_group r[MANY], by_one[MANY];
    unsigned int nr = all_groups(r, 5), i;

    assert_int_equal(nr, 5);
    assert_int_equal(all_groups(by_one, 1), nr);
    assert_memory_equal(r, by_one, nr * sizeof(*r));
    for ( i = 0; i < nr; i++ )
    {
        assert_true(!i || r[i].id > r[i - 1].id);
        assert_int_equal(r[i].owner, DOMID_IO);
        assert_int_equal(r[i].domain, XEN_IOMMU_DOMAIN_BLOCKED);
        assert_int_equal(r[i].policy, XEN_IOMMU_POLICY_MACHINE);
        assert_int_equal(r[i].flags, 0);
    }
    assert_int_equal(group_record(F0).nr_devices, 3);
    assert_int_equal(group_record(SINGLE).nr_devices, 1);
}

static void test_group_fields(void **state)
{
    struct iommu_group *group = group_of(F0);

    assert_int_equal(give(F0, machine.guest), 0);
    assert_int_equal(group_record(F0).owner, 1);
    assert_int_equal(group_record(F0).domain, XEN_IOMMU_DOMAIN_PAGING);
    assert_int_equal(group_record(SINGLE).owner, DOMID_IO);

    assert_int_equal(iommu_group_policy_set(group, "warn"), 0);
    assert_int_equal(group_record(F0).policy, XEN_IOMMU_POLICY_WARN);
    assert_int_equal(iommu_group_policy_set(group, "strict"), 0);
    assert_int_equal(group_record(F0).policy, XEN_IOMMU_POLICY_STRICT);

    assert_int_equal(group_record(F0).flags, 0);
    group->private = true;
    assert_int_equal(group_record(F0).flags, XEN_IOMMU_GROUP_PRIVATE);
    group->private = false;
    group->parted = true;
    assert_int_equal(group_record(F0).flags, XEN_IOMMU_GROUP_PARTED);
    group->parted = false;
    iommu_group_lock(group);
    iommu_group_break(group, "test");
    iommu_group_unlock(group);
    assert_int_equal(group_record(F0).flags, XEN_IOMMU_GROUP_BROKEN);
    assert_int_equal(group_record(F0).domain, XEN_IOMMU_DOMAIN_BLOCKED);
}

static void test_devices(void **state)
{
    struct xen_iommu_device r[MANY], by_one[MANY];
    unsigned int i;

    assert_int_equal(give(F0, machine.guest), 0);
    assert_int_equal(all_devices(r, group_of(F0)->id, 8), 3);
    assert_int_equal(all_devices(by_one, group_of(F0)->id, 1), 3);
    assert_memory_equal(r, by_one, 3 * sizeof(*r));
    for ( i = 0; i < 3; i++ )
    {
        assert_int_equal(r[i].sbdf, F0.sbdf + i);
        assert_int_equal(r[i].unit, dev_of(F0)->unit->id);
        assert_int_equal(r[i].why, XEN_IOMMU_WHY_MULTIFUNCTION);
        assert_int_equal(r[i].with, i ? F0.sbdf : F1.sbdf);
        assert_int_equal(r[i].at, XEN_IOMMU_NO_SBDF);
        assert_int_equal(r[i].owner, i ? DOMID_IO : 1);
        assert_int_equal(r[i].domain, i ? XEN_IOMMU_DOMAIN_BLOCKED
                                        : XEN_IOMMU_DOMAIN_PAGING);
        assert_int_equal(r[i].flags, i ? 0 : XEN_IOMMU_DEVICE_TAINTED);
        assert_int_equal(r[i].faults, 0);
        assert_int_equal(r[i].pad, 0);
    }

    r[0] = device_record(SINGLE, 0);
    assert_int_equal(r[0].why, XEN_IOMMU_WHY_NONE);
    assert_int_equal(r[0].with, XEN_IOMMU_NO_SBDF);
    assert_int_equal(device_record(OTHER, 0).unit, dev_of(OTHER)->unit->id);
    assert_int_equal(device_record(SEG1, 0).sbdf, SEG1.sbdf);

    assert_int_equal(all_devices(r, group_of(BRIDGE)->id, 8), 3);
    assert_int_equal(r[0].flags, XEN_IOMMU_DEVICE_BRIDGE);
    assert_int_equal(r[1].why, XEN_IOMMU_WHY_SAME_ID);
}

/* Each flag by itself, and each is that of its own field. */
static void test_device_flags(void **state)
{
    struct iommu_dev *dev = dev_of(SINGLE);
    struct iommu_group *group = dev->group;
    struct domain *owner;

#define FLAG(field, value, flag)                               \
    dev->field = (value);                                      \
    assert_int_equal(device_record(SINGLE, 0).flags, (flag));  \
    dev->field = 0

    FLAG(bridge, true, XEN_IOMMU_DEVICE_BRIDGE);
    FLAG(tainted, true, XEN_IOMMU_DEVICE_TAINTED);
    FLAG(ats, true, XEN_IOMMU_DEVICE_ATS);
    FLAG(nr_stops, 2, XEN_IOMMU_DEVICE_STOPPED);
    FLAG(func->stated, true, XEN_IOMMU_DEVICE_STATED);
    FLAG(func->unsure, true, XEN_IOMMU_DEVICE_NO_PATH);
    FLAG(hwdom_only, true, XEN_IOMMU_DEVICE_DOUBT);
#undef FLAG

    dev->nr_faults = 1ULL << 40;
    assert_true(device_record(SINGLE, 0).faults == 1ULL << 40);
    dev->nr_faults = 0;

    assert_int_equal(iommu_dev_retire(group, dev, &owner), 0);
    if ( owner )
        put_domain(owner);
    assert_int_equal(device_record(SINGLE, 0).flags, XEN_IOMMU_DEVICE_LEAVING);
}

static int name_of(pci_sbdf_t sbdf, unsigned int place, unsigned int room,
                   char **name, unsigned int *size)
{
    struct xen_sysctl_iommu_groups op =
        ask(XEN_SYSCTL_IOMMU_GROUPS_NAME, group_of(sbdf)->id, place, room);
    int rc;

    op.u.name.p = *name = calloc(1, room ?: 1);
    rc = iommu_groups_sysctl(&op);
    *size = op.nr;
    if ( rc )
        free(*name);

    return rc;
}

static void test_name(void **state)
{
    struct iommu_dev *dev = dev_of(SINGLE);
    struct pci_dev *pdev = dev->pdev;
    unsigned int size;
    char *name;

    assert_int_equal(name_of(F0, 2, 13, &name, &size), 0);
    assert_string_equal(name, "0000:00:01.2");
    assert_int_equal(size, 13);
    free(name);
    assert_int_equal(name_of(F0, 2, 12, &name, &size), -ENOBUFS);
    assert_int_equal(size, 13);
    assert_int_equal(name_of(F0, 2, 0, &name, &size), -ENOBUFS);
    assert_int_equal(name_of(F0, 3, 13, &name, &size), -ENOENT);
    assert_int_equal(name_of(F0, ~0U, 13, &name, &size), -ENOENT);
    assert_int_equal(name_of(F0, 0, 4096, &name, &size), 0);
    assert_int_equal(size, 13);
    free(name);
    host_fail_nth(1);
    /* The first allocation after this one is Xen's. */
    assert_int_equal(name_of(F0, 0, 13, &name, &size), -ENOMEM);
    host_fail_nth(0);

    dev->pdev = NULL;
    dev->name = "/soc/edu@1000";
    assert_int_equal(device_record(SINGLE, 0).sbdf, XEN_IOMMU_NO_SBDF);
    assert_int_equal(name_of(SINGLE, 0, 64, &name, &size), 0);
    assert_string_equal(name, "/soc/edu@1000");
    free(name);
    dev->pdev = pdev;
    dev->name = dev->sbdf_name;
}

/* More than a call gives, whatever is asked for. */
static void test_many(void **state)
{
    struct xen_iommu_group g[MANY];
    struct xen_iommu_device d[MANY];
    unsigned int i;

    plug_many(0, 20);
    assert_int_equal(all_groups(g, MANY), 25);
    assert_int_equal(all_groups(g, 7), 25);
    unplug_many(0, 20);
    assert_int_equal(all_groups(g, MANY), 5);

    plug_many(5, 20);
    assert_int_equal(group_record(BRIDGE).nr_devices, 23);
    assert_int_equal(all_devices(d, group_of(BRIDGE)->id, MANY), 23);
    for ( i = 3; i < 23; i++ )
        assert_int_equal(d[i].sbdf, PCI_SBDF(0, 5, 1 + i, 0).sbdf);
    assert_int_equal(all_devices(d, group_of(BRIDGE)->id, 3), 23);
    unplug_many(5, 20);
}

/* Whoever reads a group in pieces is told when they do not fit together. */
static void test_generation(void **state)
{
    struct xen_sysctl_iommu_groups op =
        ask(XEN_SYSCTL_IOMMU_GROUPS_DEVICES, group_of(F0)->id, 0, 0);
    uint32_t before;

    assert_int_equal(iommu_groups_sysctl(&op), 0);
    before = op.generation;
    assert_int_equal(give(F0, machine.guest), 0);
    assert_int_equal(iommu_groups_sysctl(&op), 0);
    assert_int_equal(op.generation, before);

    unplug(F1);
    assert_int_equal(iommu_groups_sysctl(&op), 0);
    assert_int_not_equal(op.generation, before);
    before = op.generation;
    plug(F1);
    assert_int_equal(iommu_groups_sysctl(&op), 0);
    assert_int_not_equal(op.generation, before);
}

/* A group goes while its number is where to go on. */
static void test_gone_meanwhile(void **state)
{
    struct xen_iommu_group r[MANY];
    struct xen_sysctl_iommu_groups op =
        ask(XEN_SYSCTL_IOMMU_GROUPS_GROUPS, 0, 0, 1);
    unsigned int gone = group_of(SINGLE)->id;

    op.first = gone;
    unplug(SINGLE);
    op.u.groups.p = r;
    assert_int_equal(iommu_groups_sysctl(&op), 0);
    assert_int_equal(op.nr, 1);
    assert_true(r[0].id > gone);

    op = ask(XEN_SYSCTL_IOMMU_GROUPS_DEVICES, gone, 0, 1);
    assert_int_equal(iommu_groups_sysctl(&op), -ENOENT);
    plug(SINGLE);
}

/* Arguments that are wrong, and which nothing is written for. */
static void test_refused(void **state)
{
    static const struct {
        struct xen_sysctl_iommu_groups op;
        int rc;
    } bad[] = {
        { { .version = 0 }, -EOPNOTSUPP },
        { { .version = 2 }, -EOPNOTSUPP },
        { { .version = 0xffff }, -EOPNOTSUPP },
        { { .version = 1, .what = 3 }, -EINVAL },
        { { .version = 1, .what = 0xffff }, -EINVAL },
        { { .version = 1, .pad = 1 }, -EINVAL },
        { { .version = 1, .what = 1, .pad = 0x80000000U }, -EINVAL },
        { { .version = 1, .group = 1 }, -EINVAL },
        { { .version = 1, .what = 1, .group = ~0U }, -ENOENT },
        { { .version = 1, .what = 2, .group = ~0U }, -ENOENT },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        struct xen_sysctl_iommu_groups op = bad[i].op;

        op.nr = ~0U;
        assert_int_equal(iommu_groups_sysctl(&op), bad[i].rc);
        assert_int_equal(op.nr, ~0U);
    }

    iommu_enabled = false;
    for ( i = 0; i < 3; i++ )
    {
        struct xen_sysctl_iommu_groups op = ask(i, 0, 0, 1);

        assert_int_equal(iommu_groups_sysctl(&op), -ENODEV);
    }
    iommu_enabled = true;
}

/* Addresses that fault, no room, and numbers beyond all there is. */
static void test_hostile(void **state)
{
    struct xen_iommu_device r;
    struct xen_iommu_group all[MANY];
    unsigned int what, group = group_of(F0)->id, lowest;
    struct xen_sysctl_iommu_groups op;

    assert_true(all_groups(all, 1) > 0);
    lowest = all[0].id;

    for ( what = 0; what < 3; what++ )
    {
        op = ask(what, what ? group : 0, 0, ~0U);
        assert_int_equal(iommu_groups_sysctl(&op), -EFAULT);
    }
    for ( what = 0; what < 2; what++ )
    {
        op = ask(what, what ? group : 0, 0, 0);
        assert_int_equal(iommu_groups_sysctl(&op), 0);
        assert_int_equal(op.nr, 0);
        assert_int_equal(op.first, what ? 0 : lowest);

        op = ask(what, what ? group : 0, ~0U, ~0U);
        assert_int_equal(iommu_groups_sysctl(&op), 0);
        assert_int_equal(op.nr, 0);
        assert_int_equal(op.first, XEN_SYSCTL_IOMMU_GROUPS_END);
    }

    /* One past the last: nothing, and that is the end. */
    op = ask(XEN_SYSCTL_IOMMU_GROUPS_DEVICES, group, 3, 1);
    op.u.devices.p = &r;
    assert_int_equal(iommu_groups_sysctl(&op), 0);
    assert_int_equal(op.nr, 0);
    assert_int_equal(op.first, XEN_SYSCTL_IOMMU_GROUPS_END);
}

/* Another CPU asks, and ends although somebody has the group. */
static void *elsewhere(void *arg)
{
    return (void *)(long)iommu_groups_sysctl(arg);
}

static int asked_elsewhere(struct xen_sysctl_iommu_groups *op)
{
    pthread_t thread;
    void *rc;

    assert_int_equal(pthread_create(&thread, NULL, elsewhere, op), 0);
    pthread_join(thread, &rc);

    return (long)rc;
}

static void test_busy(void **state)
{
    struct xen_iommu_group g[MANY], all[MANY];
    struct xen_iommu_device d[MANY];
    unsigned int nr = all_groups(all, MANY), i;
    struct iommu_group *group = iommu_group_by_id(all[2].id);
    struct xen_sysctl_iommu_groups op;
    char name[16];

    iommu_group_lock(group);

    /* What comes before it is given; it is where to go on. */
    op = ask(XEN_SYSCTL_IOMMU_GROUPS_GROUPS, 0, 0, MANY);
    op.u.groups.p = g;
    assert_int_equal(asked_elsewhere(&op), 0);
    assert_int_equal(op.nr, 2);
    assert_int_equal(op.first, group->id);
    for ( i = 0; i < 2; i++ )
        assert_int_equal(g[i].id, all[i].id);

    op.nr = MANY;
    assert_int_equal(asked_elsewhere(&op), -ERESTART);
    assert_int_equal(op.first, group->id);
    assert_int_equal(op.nr, MANY);

    op = ask(XEN_SYSCTL_IOMMU_GROUPS_DEVICES, group->id, 0, MANY);
    op.u.devices.p = d;
    assert_int_equal(asked_elsewhere(&op), -ERESTART);
    assert_int_equal(op.nr, MANY);

    /* Names do not need it. */
    op = ask(XEN_SYSCTL_IOMMU_GROUPS_NAME, group->id, 0, sizeof(name));
    op.u.name.p = name;
    assert_int_equal(asked_elsewhere(&op), 0);

    iommu_group_unlock(group);
    iommu_group_put(group);
    assert_int_equal(all_groups(all, MANY), nr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_groups), GROUP_TEST(test_group_fields),
        GROUP_TEST(test_devices), GROUP_TEST(test_device_flags),
        GROUP_TEST(test_name), GROUP_TEST(test_many),
        GROUP_TEST(test_generation), GROUP_TEST(test_gone_meanwhile),
        GROUP_TEST(test_refused), GROUP_TEST(test_hostile),
        GROUP_TEST(test_busy),
    };

    return cmocka_run_group_tests_name("sysctl", tests, NULL, NULL);
}
