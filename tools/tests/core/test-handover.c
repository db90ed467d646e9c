/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device changes hands: what its bus is asked for, when, and under which
 * locks.  The order is what keeps a guest from the device's registers once the
 * device is another's.
 */
#include "group-fixture.h"

#include <public/domctl.h>
#include <xsm/xsm.h>

#include <iommu-groups/attach.h>
#include <iommu-groups/handover.h>

static const struct iommu_bus_ops *bus;
static struct domain *withdrawn[8];
static unsigned int nr_withdrawn, nr_published;

/* DMA has moved, Xen's lists have not. */
static void withdraw(struct domain *d, const struct iommu_dev *dev)
{
    assert_false(pcidevs_locked());
    assert_ptr_equal(dev->pdev->domain, d);
    assert_ptr_not_equal(dev->owner, d);
    assert_ptr_not_equal(reaches(dev->sbdf), d);
    assert_in_range(nr_withdrawn, 0, ARRAY_SIZE(withdrawn) - 1);
    withdrawn[nr_withdrawn++] = d;
}

static int publish(struct iommu_dev *dev)
{
    assert_true(pcidevs_locked());
    nr_published++;

    return bus->publish(dev);
}

static struct iommu_bus_ops watching = {
    .publish = publish,
    .withdraw = withdraw,
};

static struct iommu_ref ref_of(pci_sbdf_t sbdf)
{
    struct iommu_ref ref;

    pcidevs_lock();
    assert_true(iommu_ref_get(&ref, dev_of(sbdf)));
    pcidevs_unlock();

    return ref;
}

static int move_over(struct domain *to)
{
    struct iommu_ref ref = ref_of(SINGLE);
    int rc = iommu_hand_over_or_back(&ref, ref.owner, to, false);

    iommu_ref_put(&ref);

    return rc;
}

static int watch(void **state)
{
    int rc = machine_up(state);

    if ( rc )
        return rc;

    bus = dev_of(SINGLE)->bus;
    watching.still_there = bus->still_there;
    dev_of(SINGLE)->bus = &watching;
    assert_int_equal(move_over(machine.hwdom), 0);
    nr_withdrawn = nr_published = 0;

    return 0;
}

/* Whoever has it loses what it mapped, once, each time that it moves. */
static void test_each_move(void **state)
{
    struct domain *const way[] = {
        machine.hwdom, machine.guest, dom_io, machine.guest2, machine.hwdom,
    };
    unsigned int i;

    for ( i = 1; i < ARRAY_SIZE(way); i++ )
    {
        assert_int_equal(move_over(way[i]), 0);
        assert_int_equal(nr_withdrawn, i);
        assert_int_equal(nr_published, i);
        assert_ptr_equal(withdrawn[i - 1], way[i - 1]);
        assert_ptr_equal(dev_of(SINGLE)->pdev->domain, way[i]);
    }
}

/* Nobody loses anything by a move that is refused. */
static void test_refused(void **state)
{
    mock_a.faults.attach = 1;
    assert_true(move_over(machine.guest) < 0);
    assert_int_equal(move_over(machine.plain), -EXDEV);
    assert_int_equal(nr_withdrawn + nr_published, 0);
    assert_ptr_equal(dev_of(SINGLE)->pdev->domain, machine.hwdom);
    assert_ptr_equal(reaches(SINGLE), machine.hwdom);
}

/* Who begins to die has it for a moment, and loses it as others do. */
static void test_dying(void **state)
{
    machine.guest->is_dying = DOMDYING_dying;
    assert_int_equal(move_over(machine.guest), -EINVAL);
    machine.guest->is_dying = DOMDYING_alive;
    assert_int_equal(nr_withdrawn, 2);
    assert_ptr_equal(withdrawn[0], machine.hwdom);
    assert_ptr_equal(withdrawn[1], machine.guest);
    assert_ptr_equal(dev_of(SINGLE)->pdev->domain, machine.hwdom);
    assert_ptr_equal(reaches(SINGLE), machine.hwdom);
}

/* One that leaves takes it from its owner as well. */
static void leaving(struct domain *d, const struct iommu_dev *dev)
{
    assert_false(pcidevs_locked());
    assert_null(reaches(dev->sbdf));
    withdrawn[nr_withdrawn++] = d;
}

static void test_leaves(void **state)
{
    assert_int_equal(move_over(machine.guest), 0);
    nr_withdrawn = 0;
    watching.withdraw = leaving;
    unplug(SINGLE);
    watching.withdraw = withdraw;
    assert_int_equal(nr_withdrawn, 1);
    assert_ptr_equal(withdrawn[0], machine.guest);
}

/* Another bus's device is not the function that it would be read as. */
static void test_other_bus(void **state)
{
    static const unsigned int cmds[] = {
        XEN_DOMCTL_assign_device, XEN_DOMCTL_test_assign_device,
        XEN_DOMCTL_deassign_device,
    };
    unsigned int i;

    host_current_set(machine.guest2);
    for ( i = 0; i < ARRAY_SIZE(cmds); i++ )
    {
        struct xen_domctl op = {
            .cmd = cmds[i],
            .u.assign_device = { .dev = XEN_DOMCTL_DEV_DT,
                                 .u.pci.machine_sbdf = SINGLE.sbdf },
        };
        XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };

        assert_true(iommu_do_domctl(&op, cmds[i] == XEN_DOMCTL_deassign_device
                                         ? machine.hwdom : machine.guest,
                                    handle) < 0);
        assert_int_equal(nr_withdrawn + nr_published, 0);
        assert_ptr_equal(dev_of(SINGLE)->owner, machine.hwdom);
    }
    host_current_set(machine.hwdom);
}

#define T(f) cmocka_unit_test_setup_teardown(f, watch, machine_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_each_move), T(test_refused), T(test_dying), T(test_leaves),
        T(test_other_bus),
    };

    return cmocka_run_group_tests_name("handover", tests, NULL, NULL);
}
