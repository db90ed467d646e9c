/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of the device tree as domctls, boot and overlays move them: who may
 * have which, what happens where it fails, and what DMA reaches afterwards.
 */
#include "arm/arm-fixture.h"

#include <public/domctl.h>
#include <xsm/xsm.h>

#define ASSIGN   XEN_DOMCTL_assign_device
#define TEST     XEN_DOMCTL_test_assign_device
#define DEASSIGN XEN_DOMCTL_deassign_device

#define LATE "/soc/late"

static struct iommu_dev *dev(const char *path)
{
    return arm_dev(path);
}

/* A page of its own for each domain, at one address. */
static void fill(void)
{
    arm_p2m_set(arm_dom0, 0x900, 0x900, 1, p2m_ram_rw);
    arm_p2m_set(arm_guest, 0x900, 0x5001, 1, p2m_ram_rw);
    arm_p2m_set(arm_guest2, 0x900, 0x5002, 1, p2m_ram_rw);
}

static struct domain *reaches(const char *path)
{
    switch ( arm_frame(dev(path), 0x900) )
    {
    case 0x900:
        return arm_dom0;
    case 0x5001:
        return arm_guest;
    case 0x5002:
        return arm_guest2;
    case ~0ULL:
        return NULL;
    default:
        fail_msg("%s is somewhere else", path);
    }

    return NULL;
}

/* The list that Xen keeps says the same. */
static void owned(const char *path, struct domain *d)
{
    const struct dt_device_node *np = arm_node(path), *other;
    bool listed = false;

    assert_ptr_equal(dev(path)->owner, d ?: dom_io);
    assert_ptr_equal(dev(path)->published, d ?: dom_io);
    assert_int_equal(np->used_by, (d ?: dom_io)->domain_id);
    assert_int_equal(list_empty(&np->domain_list), !d);
    if ( d )
        list_for_each_entry ( other, &dom_iommu(d)->dt_devices, domain_list )
            listed |= other == np;
    assert_int_equal(listed, !!d);
    assert_ptr_equal(reaches(path), d);
}

static void up(void)
{
    arm_up();
    fill();
    host_log_clear();
}

static void test_boot(void **state)
{
    up();
    owned(ARM_UART, arm_dom0);
    owned(ARM_DISP, arm_dom0);
    owned(ARM_NIC, arm_dom0);
    /* In its group, and nobody's, before anybody asks. */
    assert_non_null(dev(ARM_KEPT)->group);
    assert_ptr_equal(dev(ARM_KEPT)->owner, dom_io);
    assert_null(reaches(ARM_KEPT));
    assert_null(dev(ARM_BARE));
    assert_true(arm_node(ARM_UART)->is_protected);
    assert_false(arm_node(ARM_BARE)->is_protected);
    arm_down();
}

static void test_answers(void **state)
{
    const struct {
        unsigned int cmd;
        struct domain **d;
        const char *path;
        int rc;
        const char *says;
    } rows[] = {
        { ASSIGN, &arm_guest, ARM_BARE, -ENODEV, "is behind no IOMMU" },
        { TEST, &arm_guest, ARM_BARE, -ENODEV, "is behind no IOMMU" },
        { ASSIGN, &arm_guest, "/no/such", -ESRCH, "" },
        { TEST, &arm_guest, ARM_UART, -EINVAL, ARM_UART " belongs to d0" },
        { ASSIGN, &arm_guest, ARM_UART, -EBUSY, "detach it there first" },
        { ASSIGN, &arm_plain, ARM_KEPT, -EXDEV, "without passthrough=" },
        { DEASSIGN, &arm_guest, ARM_UART, -EINVAL, "deassign" },
        { DEASSIGN, &arm_guest, ARM_KEPT, -EINVAL, "deassign" },
        { DEASSIGN, &arm_guest, ARM_BARE, -EINVAL, "deassign" },
        { DEASSIGN, &arm_plain, ARM_KEPT, -EINVAL, "deassign" },
        { ASSIGN, &dom_io, ARM_KEPT, -EINVAL, "" },
        { TEST, &arm_guest, ARM_KEPT, 0, "" },
        { XEN_DOMCTL_get_device_group, &arm_guest, ARM_KEPT, -ENOSYS, "" },
    };
    struct xen_domctl op = {
        .cmd = ASSIGN, .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };
    unsigned int i;

    up();
    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        host_log_clear();
        assert_int_equal(arm_domctl(rows[i].cmd, *rows[i].d, rows[i].path),
                         rows[i].rc);
        if ( *rows[i].says )
            assert_log(rows[i].says);
        owned(ARM_UART, arm_dom0);
        assert_null(reaches(ARM_KEPT));
    }

    assert_int_equal(iommu_do_dt_domctl(&op, arm_guest, handle), -ENODEV);
    op.u.assign_device.dev = XEN_DOMCTL_DEV_DT;
    op.u.assign_device.flags = XEN_DOMCTL_DEV_RDM_RELAXED;
    assert_int_equal(iommu_do_dt_domctl(&op, arm_guest, handle), -EINVAL);

    arm_guest->is_dying = DOMDYING_dying;
    assert_int_equal(arm_domctl(ASSIGN, arm_guest, ARM_KEPT), -EINVAL);
    assert_null(reaches(ARM_KEPT));
    arm_down();
}

/* The security module is asked once for each, and nothing happens without. */
static void test_security_module(void **state)
{
    static const unsigned int cmds[] = { ASSIGN, TEST, DEASSIGN };
    unsigned int i;

    up();
    for ( i = 0; i < ARRAY_SIZE(cmds); i++ )
    {
        const char *path = cmds[i] == DEASSIGN ? ARM_UART : ARM_KEPT;

        host_xsm_asked = 0;
        host_xsm_rc = -EPERM;
        assert_int_equal(arm_domctl(cmds[i], cmds[i] == DEASSIGN ? arm_dom0
                                                                 : arm_guest,
                                    path), -EPERM);
        host_xsm_rc = 0;
        assert_int_equal(host_xsm_asked, 1);
        owned(ARM_UART, arm_dom0);
        assert_ptr_equal(dev(ARM_KEPT)->owner, dom_io);
    }
    host_xsm_asked = 0;
    assert_int_equal(arm_domctl(ASSIGN, arm_guest, ARM_KEPT), 0);
    assert_int_equal(host_xsm_asked, 1);
    arm_down();
}

static void test_moves(void **state)
{
    up();
    assert_int_equal(arm_domctl(ASSIGN, arm_guest, ARM_KEPT), 0);
    owned(ARM_KEPT, arm_guest);
    assert_int_equal(arm_domctl(ASSIGN, arm_guest2, ARM_KEPT), -EBUSY);
    owned(ARM_KEPT, arm_guest);
    assert_int_equal(arm_domctl(DEASSIGN, arm_guest2, ARM_KEPT), -EINVAL);
    assert_int_equal(arm_domctl(DEASSIGN, arm_guest, ARM_KEPT), 0);
    owned(ARM_KEPT, NULL);
    assert_int_equal(arm_domctl(ASSIGN, arm_guest2, ARM_KEPT), 0);
    owned(ARM_KEPT, arm_guest2);
    assert_int_equal(arm_domctl(DEASSIGN, arm_dom0, ARM_NIC), 0);
    assert_int_equal(arm_domctl(ASSIGN, arm_guest2, ARM_NIC), 0);
    assert_int_equal(arm_domctl(ASSIGN, arm_guest2, ARM_UART), -EBUSY);

    /* Its end: what it had is quarantined, and the next guest's. */
    arm_domain_down(arm_guest2);
    arm_guest2 = NULL;
    assert_ptr_equal(dev(ARM_KEPT)->owner, dom_io);
    assert_ptr_equal(dev(ARM_NIC)->owner, dom_io);
    assert_null(reaches(ARM_KEPT));
    assert_null(reaches(ARM_NIC));
    assert_int_equal(arm_domctl(ASSIGN, arm_guest, ARM_NIC), 0);
    assert_ptr_equal(reaches(ARM_NIC), arm_guest);
    arm_down();
}

/* It began to die after it was looked at: the device does not stay with it. */
static void test_dies_meanwhile(void **state)
{
    up();
    arm_guest->is_dying = DOMDYING_dying;
    read_lock(&dt_host_lock);
    assert_int_equal(iommu_assign_dt_device(arm_guest, arm_node(ARM_KEPT)),
                     -EINVAL);
    read_unlock(&dt_host_lock);
    owned(ARM_KEPT, NULL);
    assert_true(list_empty(&dom_iommu(arm_guest)->dt_devices));
    arm_down();
}

static unsigned int region_frames(const char *path)
{
    unsigned long fn;
    unsigned int n = 0;

    for ( fn = ARM_REGION_FIRST; fn <= ARM_REGION_LAST; fn++ )
        n += arm_frame(dev(path), fn) == fn;

    return n;
}

#define REGION_FRAMES (ARM_REGION_LAST - ARM_REGION_FIRST + 1)

/* Each allocation fails in turn: all of it, or blocked and nothing left. */
static void test_no_memory(void **state)
{
    unsigned int n, failed = 0;
    bool reached = true;

    up();
    assert_int_equal(arm_domctl(DEASSIGN, arm_dom0, ARM_DISP), 0);
    for ( n = 1; reached && n < 100; n++ )
    {
        int rc;

        host_fail_nth(n);
        rc = arm_domctl(ASSIGN, arm_guest, ARM_DISP);
        reached = host_fail_reached();
        host_fail_nth(0);
        if ( rc )
        {
            failed++;
            owned(ARM_DISP, NULL);
            assert_int_equal(region_frames(ARM_DISP), 0);
            assert_int_equal(s2_space_of(arm_guest)->nr_privates, 0);
            assert_true(list_empty(&s2_space_of(arm_guest)->direct));
            continue;
        }
        owned(ARM_DISP, arm_guest);
        assert_int_equal(region_frames(ARM_DISP), REGION_FRAMES);
        assert_int_equal(arm_domctl(DEASSIGN, arm_guest, ARM_DISP), 0);
    }
    assert_true(failed > 5 && !reached);
    arm_down();
}

/* The unit stops answering: given up all the same, and given to nobody. */
static void test_dead_unit(void **state)
{
    up();
    assert_int_equal(arm_domctl(ASSIGN, arm_guest, ARM_KEPT), 0);
    smmu_model_die(sm_model[0], false);
    assert_int_equal(arm_domctl(DEASSIGN, arm_guest, ARM_KEPT), 0);
    assert_ptr_equal(dev(ARM_KEPT)->owner, dom_io);
    assert_int_not_equal(arm_domctl(ASSIGN, arm_guest2, ARM_KEPT), 0);
    assert_ptr_equal(dev(ARM_KEPT)->owner, dom_io);
    assert_true(list_empty(&dom_iommu(arm_guest2)->dt_devices));
    /* The other unit's are as they were. */
    assert_ptr_equal(reaches(ARM_NIC), arm_dom0);
    smmu_model_revive(sm_model[0]);
}

/* Two nodes with one stream ID have one owner. */
static void test_shared_id(void **state)
{
    static const char *const twin = "/soc/twin";

    arm_machine();
    dt_set(&arm_tree, twin, "iommus", 0x8000, 0x50);
    dt_bytes(&arm_tree, twin, "xen,passthrough", NULL, 0);
    assert_int_equal(arm_boot(), 0);
    arm_domains();
    fill();
    assert_ptr_equal(dev(twin)->group, dev(ARM_KEPT)->group);
    assert_int_equal(arm_domctl(ASSIGN, arm_guest, ARM_KEPT), 0);
    assert_int_equal(arm_domctl(ASSIGN, arm_guest2, twin), -EBUSY);
    assert_ptr_equal(reaches(twin), arm_guest);
    assert_int_equal(arm_domctl(ASSIGN, arm_guest, twin), 0);
    assert_int_equal(arm_domctl(DEASSIGN, arm_guest, ARM_KEPT), 0);
    assert_int_equal(arm_domctl(DEASSIGN, arm_guest, twin), 0);
    assert_null(reaches(twin));
    arm_down();
}

static int remove_node(const char *path)
{
    int rc;

    write_lock(&dt_host_lock);
    rc = iommu_remove_dt_device(arm_node(path));
    write_unlock(&dt_host_lock);

    return rc;
}

/* A node that an overlay brought; it may not go while a guest has it. */
static void test_overlay(void **state)
{
    static struct dt_tree more;

    up();
    dt_empty(&more);
    dt_set(&more, LATE, "iommus", 0x8001, 0x60);
    dt_set(&more, "/soc/later", "iommus", 0x8009, 0x60);
    dt_set(&more, "/soc/needy", "iommus", 0x8001, 0x61);
    dt_set(&more, "/soc/needy", "memory-region", 99);
    dt_set(&more, "/mem", "phandle", 99);
    dt_set(&more, "/mem", "iommu-addresses", 1, 0, 0, 0, 1);
    arm_nodes_add(more.b);

    assert_int_equal(arm_domctl(TEST, arm_guest, LATE), 0);
    assert_int_equal(arm_domctl(ASSIGN, arm_guest, LATE), 0);
    owned(LATE, arm_guest);
    assert_int_equal(remove_node(LATE), -EBUSY);
    owned(LATE, arm_guest);
    assert_int_equal(arm_domctl(DEASSIGN, arm_guest, LATE), 0);
    assert_int_equal(remove_node(LATE), 0);
    assert_null(dev(LATE));
    assert_false(arm_node(LATE)->is_protected);
    assert_int_equal(remove_node(LATE), 1);
    assert_int_equal(arm_domctl(ASSIGN, arm_guest2, LATE), 0);
    owned(LATE, arm_guest2);

    assert_true(arm_domctl(ASSIGN, arm_guest, "/soc/later") < 0);
    host_log_clear();
    assert_int_equal(arm_domctl(ASSIGN, arm_guest, "/soc/needy"), -ENODEV);
    assert_log("has to be known at boot");

    /* dom0's own goes: Xen asked before. */
    assert_int_equal(remove_node(ARM_UART), 0);
    assert_null(dev(ARM_UART));
    arm_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARM_TEST(test_boot), ARM_TEST(test_answers),
        ARM_TEST(test_security_module), ARM_TEST(test_moves),
        ARM_TEST(test_dies_meanwhile), ARM_TEST(test_no_memory),
        ARM_TEST(test_dead_unit), ARM_TEST(test_shared_id),
        ARM_TEST(test_overlay),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
