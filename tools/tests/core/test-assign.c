/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices as Xen and its domctls move them: boot, assign, deassign, quarantine,
 * a dying domain, hot-unplug. The device's place in Xen's lists, its owner and
 * what its DMA reaches must agree at all times.
 */
#include "group-fixture.h"
#include "sweep.h"

#include <public/domctl.h>
#include <xsm/xsm.h>

/* Everything is the hardware domain's, as after boot. */
static int booted(void **state)
{
    int rc = machine_up(state);

    if ( rc )
        return rc;

    iommu_hwdom_init(machine.hwdom);
    host_current_set(machine.hwdom);
    host_log_clear();

    return 0;
}

static struct pci_dev *pdev_of(pci_sbdf_t sbdf)
{
    return dev_of(sbdf)->pdev;
}

/* Lists, owner and hardware agree that the device is @d's. */
static void assert_with(pci_sbdf_t sbdf, struct domain *d,
                        struct domain *reached)
{
    struct pci_dev *pdev = pdev_of(sbdf), *it;
    bool listed = false;

    assert_ptr_equal(pdev->domain, d);
    assert_ptr_equal(pdev->iommu->owner, d);
    assert_ptr_equal(reaches(sbdf), reached);
    for_each_pdev ( d, it )
        listed |= it == pdev;
    assert_true(listed);
}

static int domctl(unsigned int cmd, struct domain *d, pci_sbdf_t sbdf,
                  uint32_t flags)
{
    struct xen_domctl op = {
        .cmd = cmd,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI, .flags = flags,
                             .u.pci.machine_sbdf = sbdf.sbdf },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };

    return iommu_do_domctl(&op, d, handle);
}

static int assign(struct domain *d, pci_sbdf_t sbdf)
{
    return domctl(XEN_DOMCTL_assign_device, d, sbdf, 0);
}

static int deassign(struct domain *d, pci_sbdf_t sbdf)
{
    return domctl(XEN_DOMCTL_deassign_device, d, sbdf, 0);
}

static void test_boot(void **state)
{
    assert_with(F0, machine.hwdom, machine.hwdom);
    assert_with(F2, machine.hwdom, machine.hwdom);
    assert_with(BEHIND1, machine.hwdom, machine.hwdom);
    assert_with(OTHER, machine.hwdom, machine.hwdom);
    assert_with(SEG1, machine.hwdom, machine.hwdom);
    /* One move for the whole group. */
    assert_int_equal(mock_a.seen.allocs, 4);
}

static void test_assign(void **state)
{
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_with(SINGLE, machine.guest, machine.guest);
    /* Quarantine is on: it does not go straight back. */
    assert_int_equal(deassign(machine.guest, SINGLE), 0);
    assert_with(SINGLE, dom_io, NULL);
    assert_int_equal(assign(machine.guest2, SINGLE), 0);
    assert_with(SINGLE, machine.guest2, machine.guest2);
    assert_int_equal(deassign(machine.guest2, SINGLE), 0);
    assert_int_equal(deassign(dom_io, SINGLE), 0);
    assert_with(SINGLE, machine.hwdom, machine.hwdom);
}

static void test_no_quarantine(void **state)
{
    iommu_quarantine = 0;
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_int_equal(deassign(machine.guest, SINGLE), 0);
    assert_with(SINGLE, machine.hwdom, machine.hwdom);

    /* Made assignable: quarantined for good. */
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_with(SINGLE, dom_io, NULL);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_int_equal(deassign(machine.guest, SINGLE), 0);
    assert_with(SINGLE, dom_io, NULL);
    /* Until dom0 has it again. */
    assert_int_equal(deassign(dom_io, SINGLE), 0);
    assert_with(SINGLE, machine.hwdom, machine.hwdom);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_int_equal(deassign(machine.guest, SINGLE), 0);
    assert_with(SINGLE, machine.hwdom, machine.hwdom);
    iommu_quarantine = 1;
}

/* As on x86: no device's writes would be in the log. */
bool arch_iommu_use_permitted(const struct domain *d)
{
    return !d->arch.log_dirty;
}

/* And says so to those who ask before they try. */
static void refused(struct domain *d, pci_sbdf_t sbdf, int rc,
                    const char *text)
{
    char before[SNAPSHOT_SIZE];
    bool tried = false;

    snapshot(before);
    do {
        host_log_clear();
        assert_int_equal(domctl(tried ? XEN_DOMCTL_assign_device
                                      : XEN_DOMCTL_test_assign_device,
                                d, sbdf, 0), rc);
        if ( text )
            assert_log(text);
        assert_unchanged(before);
        tried = !tried;
    } while ( tried );
}

/* What `xl pci-attach' of one function of three gets told. */
static void test_split_refused(void **state)
{
    refused(machine.guest, F0, -EBUSY,
            "0000:00:01.0 cannot be given to d1: 0000:00:01.1 belongs to d0");
    assert_with(F0, machine.hwdom, machine.hwdom);

    assert_int_equal(assign(dom_io, F1), 0);
    assert_int_equal(assign(dom_io, F2), 0);
    assert_int_equal(assign(machine.guest, F0), 0);
    assert_with(F0, machine.guest, machine.guest);
    assert_with(F1, dom_io, NULL);

    refused(machine.guest2, F1, -EBUSY, "0000:00:01.0 belongs to d1");
    assert_int_equal(assign(machine.guest, F1), 0);
    assert_with(F1, machine.guest, machine.guest);
}

static void test_refusals(void **state)
{
    refused(machine.guest, PCI_SBDF(0, 9, 9, 0), -ENODEV,
            "there is no device 0000:09:09.0");
    refused(machine.plain, SINGLE, -EXDEV,
            "0000:00:02.0 cannot be given to d3: it was created without "
            "passthrough=");
    machine.guest->arch.log_dirty = true;
    refused(machine.guest, SINGLE, -EXDEV,
            "0000:00:02.0 cannot be given to d1: its memory is logged");
    machine.guest->arch.log_dirty = false;
    refused(machine.guest, BRIDGE, -EBUSY, "0000:00:1e.0 is a bridge");
    /* To itself. */
    refused(machine.hwdom, SINGLE, -EINVAL, NULL);

    assert_int_equal(assign(machine.guest, SINGLE), 0);
    refused(machine.guest2, SINGLE, -EBUSY,
            "0000:00:02.0 belongs to d1: detach it there first");
    refused(machine.guest, SINGLE, -EBUSY, "0000:00:02.0 belongs to d1");
    assert_int_equal(deassign(machine.guest2, SINGLE), -ENODEV);

    pdev_of(SEG1)->broken = true;
    refused(machine.guest, SEG1, -EBADF, "0001:00:03.0 misbehaved");

    machine.guest2->is_dying = DOMDYING_dying;
    refused(machine.guest2, OTHER, -EINVAL, NULL);
    machine.guest2->is_dying = DOMDYING_alive;

    assert_int_equal(domctl(XEN_DOMCTL_assign_device, machine.guest, OTHER, 8),
                     -EINVAL);
    assert_int_equal(domctl(XEN_DOMCTL_deassign_device, machine.guest, OTHER,
                            1), -EINVAL);
    assert_int_equal(domctl(9999, machine.guest, OTHER, 0), -ENOSYS);
}

static void test_test_assign(void **state)
{
    char before[SNAPSHOT_SIZE];

    snapshot(before);
    assert_int_equal(domctl(XEN_DOMCTL_test_assign_device, machine.guest,
                            SINGLE, 0), 0);
    assert_int_equal(domctl(XEN_DOMCTL_test_assign_device, machine.guest,
                            F0, 0), -EBUSY);
    assert_log("0000:00:01.1 belongs to d0");
    assert_int_equal(domctl(XEN_DOMCTL_test_assign_device, machine.guest,
                            PCI_SBDF(0, 9, 9, 0), 0), -ENODEV);
    assert_unchanged(before);
}

static void test_get_group(void **state)
{
    uint32_t ids[8] = { 0 };
    struct xen_domctl op = {
        .cmd = XEN_DOMCTL_get_device_group,
        .u.get_device_group = { .machine_sbdf = F1.sbdf, .max_sdevs = 8,
                                .sdev_array = { ids } },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };

    assert_int_equal(iommu_do_domctl(&op, machine.guest, handle), 0);
    assert_int_equal(op.u.get_device_group.num_sdevs, 2);
    assert_int_equal(ids[0], F0.bdf << 8);
    assert_int_equal(ids[1], F2.bdf << 8);

    op.u.get_device_group.max_sdevs = 1;
    assert_int_equal(iommu_do_domctl(&op, machine.guest, handle), 0);
    assert_int_equal(op.u.get_device_group.num_sdevs, 1);

    op.u.get_device_group.sdev_array.p = NULL;
    assert_int_equal(iommu_do_domctl(&op, machine.guest, handle), -EFAULT);

    host_xsm_rc = -EPERM;
    assert_int_equal(iommu_do_domctl(&op, machine.guest, handle), -EPERM);
    host_xsm_rc = 0;
}

/* The security module is asked once for each, and nothing happens without. */
static void test_security_module(void **state)
{
    static const unsigned int cmds[] = {
        XEN_DOMCTL_assign_device, XEN_DOMCTL_test_assign_device,
        XEN_DOMCTL_deassign_device,
    };
    char before[SNAPSHOT_SIZE];
    unsigned int i;

    assert_int_equal(domctl(XEN_DOMCTL_assign_device, dom_io, SINGLE, 0), 0);
    snapshot(before);
    for ( i = 0; i < ARRAY_SIZE(cmds); i++ )
    {
        host_xsm_asked = 0;
        host_xsm_rc = -EPERM;
        assert_int_equal(domctl(cmds[i], i == 2 ? dom_io : machine.guest,
                                SINGLE, 0), -EPERM);
        assert_int_equal(host_xsm_asked, 1);
        assert_unchanged(before);
    }
    host_xsm_rc = 0;
    host_xsm_asked = 0;
    assert_int_equal(domctl(XEN_DOMCTL_assign_device, machine.guest, SINGLE,
                            0), 0);
    assert_int_equal(domctl(XEN_DOMCTL_deassign_device, machine.guest, SINGLE,
                            0), 0);
    assert_int_equal(host_xsm_asked, 2);
}

static void test_destroy(void **state)
{
    struct domain *d = domain_up(7, XEN_DOMCTL_CDF_iommu);

    assert_int_equal(assign(d, SINGLE), 0);
    assert_int_equal(assign(d, OTHER), 0);
    assert_int_equal(assign(d, SEG1), 0);
    d->is_dying = DOMDYING_dying;
    domain_down(d);
    assert_with(SINGLE, dom_io, NULL);
    assert_with(OTHER, dom_io, NULL);
    assert_with(SEG1, dom_io, NULL);
}

/* The hardware refuses to take the device back: quarantine cannot fail. */
static void test_destroy_with_failing_unit(void **state)
{
    struct domain *d = domain_up(7, XEN_DOMCTL_CDF_iommu);

    assert_int_equal(assign(d, SINGLE), 0);
    iommu_quarantine = 0;
    mock_a.faults.attach = 1;
    mock_a.faults.attach_for_good = true;
    d->is_dying = DOMDYING_dying;
    domain_down(d);
    iommu_quarantine = 1;
    assert_null(reaches(SINGLE));
    assert_ptr_equal(pdev_of(SINGLE)->domain, dom_io);
    mock_a.faults.attach = 0;
}

static void test_unplug_while_assigned(void **state)
{
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    unplug(SINGLE);
    assert_true(list_empty(&machine.guest->pdev_list));
    assert_null(mock_reaches(&mock_a0, SINGLE.sbdf));

    plug(SINGLE);
    assert_int_equal(iommu_groups_pci_settle(SINGLE), 0);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_with(SINGLE, machine.guest, machine.guest);
}

/* Retired, but Xen has not taken it off its lists yet. */
static void test_retired(void **state)
{
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    iommu_groups_pci_retire(SINGLE);
    assert_null(reaches(SINGLE));
    assert_int_equal(deassign(machine.guest, SINGLE), -ENODEV);
    assert_ptr_equal(pdev_of(SINGLE)->domain, dom_io);
    assert_int_equal(assign(machine.guest2, SINGLE), -ENODEV);
}

/* ---- direct-mapped regions ---- */

static void require_region(pci_sbdf_t dev, pci_sbdf_t other)
{
    mock_require(&mock_a, 0x80, 0x8f, dev, other);
}

static void test_region(void **state)
{
    require_region(SINGLE, SINGLE);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_log("direct map d1 80-8f");
    assert_no_log("direct unmap d1");
    assert_int_equal(deassign(machine.guest, SINGLE), 0);
    assert_log("direct unmap d1 80-8f");
}

/* What was mapped for an owner who does not get the device goes again. */
static void test_region_undone(void **state)
{
    require_region(SINGLE, SINGLE);
    mock_a.faults.attach = 1;
    assert_int_equal(assign(machine.guest, SINGLE), -EIO);
    assert_log("direct map d1 80-8f");
    assert_log("direct unmap d1 80-8f");
    assert_true(list_empty(&dom_iommu(machine.guest)->space->direct));
    assert_with(SINGLE, machine.hwdom, machine.hwdom);
}

/* ---- sweeps over the whole of an assignment ---- */

static char world[SNAPSHOT_SIZE];

static void remember(void *arg)
{
    mock_a.faults.attach = 0;
    snapshot(world);
}

static int assign_single(void *arg)
{
    return assign(machine.guest, SINGLE);
}

static void check_assigned(void *arg, int rc, bool reached)
{
    if ( !rc )
        assert_with(SINGLE, machine.guest, machine.guest);
    else
    {
        assert_true(rc == -ENOMEM || rc == -EIO);
        assert_unchanged(world);
        assert_with(SINGLE, machine.hwdom, machine.hwdom);
        assert_log("d1: assign 0000:00:02.0 failed");
    }
}

static void give_back(void *arg)
{
    mock_a.faults.attach = 0;
    if ( pdev_of(SINGLE)->domain == machine.guest )
        assert_int_equal(deassign(machine.guest, SINGLE), 0);
    if ( pdev_of(SINGLE)->domain == dom_io )
        assert_int_equal(deassign(dom_io, SINGLE), 0);
    assert_with(SINGLE, machine.hwdom, machine.hwdom);
}

static void arm_attach(void *arg, unsigned long nth)
{
    mock_a.faults.attach = nth;
}

static bool attach_reached(void *arg)
{
    return !mock_a.faults.attach;
}

static void test_sweep(void **state)
{
    static const struct sweep sweep = {
        "assign", remember, assign_single, check_assigned, give_back,
    };
    static const struct sweep_kind attach = {
        "attach", arm_attach, attach_reached, NULL,
    };

    assert_true(sweep_allocations(&sweep, NULL) >= 2);
    assert_true(sweep_allocations_from(&sweep, NULL) >= 2);
    assert_int_equal(sweep_run(&sweep, &attach, NULL), 1);
}

/* A domain comes into being with the n-th allocation failing. */
static int create(void *arg)
{
    struct domain **pd = arg;
    int rc;

    *pd = host_domain_create(7, XEN_DOMCTL_CDF_iommu);
    if ( !*pd )
        return -ENOMEM;
    rc = iommu_domain_init(*pd, 0);
    if ( rc )
    {
        iommu_domain_destroy(*pd);
        host_domain_destroy(*pd);
        *pd = NULL;
    }

    return rc;
}

static void created(void *arg, int rc, bool reached)
{
    struct domain **pd = arg;

    assert_true(rc ? rc == -ENOMEM : !!dom_iommu(*pd)->space);
}

static void destroy(void *arg)
{
    struct domain **pd = arg;

    if ( *pd )
        domain_down(*pd);
}

static void test_sweep_create(void **state)
{
    static const struct sweep sweep = {
        "create", NULL, create, created, destroy,
    };
    struct domain *d;

    /* The domain, its owner, two tables with their roots. */
    assert_true(sweep_allocations(&sweep, &d) >= 6);
}

static struct pci_dev *plugged;

static void take_out(void *arg)
{
    unplug(F2);
    host_pci_add(F2, "\x34\x12\x03\x00\x00\x00\x10\x00\x00\x00\x00\x02\x00\x00"
                     "\x80", 15);
    plugged = host_pdev_add(F2);
    snapshot(world);
}

static int plug_in(void *arg)
{
    int rc;

    pcidevs_lock();
    rc = iommu_groups_pci_add(plugged);
    pcidevs_unlock();

    return rc;
}

static void check_plugged(void *arg, int rc, bool reached)
{
    assert_int_equal(!!plugged->iommu, !rc);
    if ( rc )
    {
        assert_int_equal(rc, -ENOMEM);
        assert_unchanged(world);
    }
}

/* As after a failure pci_add_device() of Xen's does. */
static void put_back(void *arg)
{
    if ( plugged->iommu )
        iommu_groups_pci_retire(F2);
    pcidevs_lock();
    iommu_groups_pci_remove(plugged);
    pcidevs_unlock();
    host_pdev_del(plugged);
    plug(F2);
}

static void test_sweep_plug(void **state)
{
    static const struct sweep sweep = {
        .name = "plug", .setup = take_out, .run = plug_in,
        .check = check_plugged, .teardown = put_back,
        .keeps_memory = true,   /* what was learnt of the function */
    };

    assert_true(sweep_allocations(&sweep, NULL) >= 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, booted, machine_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_boot), T(test_assign), T(test_no_quarantine),
        T(test_split_refused), T(test_refusals), T(test_test_assign),
        T(test_get_group), T(test_security_module), T(test_destroy),
        T(test_destroy_with_failing_unit), T(test_unplug_while_assigned),
        T(test_retired), T(test_region), T(test_region_undone),
        T(test_sweep), T(test_sweep_create),
        T(test_sweep_plug),
    };

    return cmocka_run_group_tests_name("assign", tests, NULL, NULL);
}
