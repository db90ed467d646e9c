/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interrupt of an x86 unit itself: when it is masked, what message it
 * sends, and to which CPU.  The unit here writes down what is asked of it.
 */
#include "test.h"

#include <xen/irq.h>
#include <xen/smp.h>

#include <asm/apic.h>

#include <iommu-groups/unit-msi.h>

static struct {
    /* What was asked, in its order: M and m mask and unmask, P programs. */
    char asked[32];
    bool masked;
    struct msi_msg msg;
    unsigned int vector, kicks;
    bool masked_at_kick, locked;
} unit_saw;

static struct iommu_unit unit = { .name = "unit0" };
static struct iommu_unit_msi msi;

static void saw(char what)
{
    size_t n = strlen(unit_saw.asked);

    assert_true(n + 1 < sizeof(unit_saw.asked));
    unit_saw.asked[n] = what;
}

static void on_mask(struct iommu_unit *u, bool mask)
{
    assert_ptr_equal(u, &unit);
    saw(mask ? 'M' : 'm');
    unit_saw.masked = mask;
}

static void on_program(struct iommu_unit *u, const struct msi_msg *msg,
                       unsigned int vector)
{
    assert_ptr_equal(u, &unit);
    saw('P');
    unit_saw.msg = *msg;
    unit_saw.vector = vector;
    unit_saw.locked = spin_is_locked(&irq_to_desc(msi.irq)->lock);
}

static void on_kick(void)
{
    unit_saw.kicks++;
    unit_saw.masked_at_kick = unit_saw.masked;
}

static const struct iommu_unit_msi_ops ops = {
    .mask = on_mask,
    .program = on_program,
    .kick = on_kick,
};

static struct irq_desc *desc_of(void)
{
    return irq_to_desc(msi.irq);
}

static void expect(const char *asked)
{
    assert_string_equal(unit_saw.asked, asked);
    memset(unit_saw.asked, 0, sizeof(unit_saw.asked));
}

static void up(nodeid_t node, bool until_drained)
{
    memset(&unit_saw, 0, sizeof(unit_saw));
    unit_saw.masked = true;
    msi = (struct iommu_unit_msi){ .unit = &unit, .ops = &ops, .node = node,
                                   .mask_until_drained = until_drained };
    host_cpus_online(4);
    assert_int_equal(iommu_unit_msi_setup(&msi), 0);
    assert_true(msi.irq > 0);
    assert_int_equal(host_irqs_in_use(), 1);
}

static void down(void)
{
    iommu_unit_msi_free(&msi);
    assert_true(unit_saw.masked);
    assert_int_equal(host_irqs_in_use(), 0);
    assert_int_equal(msi.irq, 0);
}

/* The unit may send at once when it is unmasked: it must know what by then. */
static void test_start(void **state)
{
    up(0, false);
    expect("");

    iommu_unit_msi_start(&msi);
    expect("Pm");
    assert_true(unit_saw.locked);
    assert_false(unit_saw.masked || msi.desc.msi_attrib.host_masked);
    assert_int_equal(unit_saw.vector, desc_of()->arch.vector);
    assert_int_equal(unit_saw.msg.data & MSI_DATA_VECTOR_MASK,
                     desc_of()->arch.vector);
    /* For resume: it is what Xen has as well. */
    assert_memory_equal(&msi.desc.msg, &unit_saw.msg, sizeof(unit_saw.msg));

    /* What Xen's code for MSIs looks at. */
    assert_ptr_equal(desc_of()->msi_desc, &msi.desc);
    assert_int_equal(msi.desc.irq, msi.irq);
    assert_int_equal(msi.desc.msi_attrib.pos, MSI_TYPE_IOMMU);
    assert_true(msi.desc.msi_attrib.maskbit && msi.desc.msi_attrib.is_64);

    down();
    expect("M");
    iommu_unit_msi_free(&msi);
    expect("");

    /* There is none: it is left masked, and nothing is programmed. */
    iommu_unit_msi_retarget(&msi);
    expect("");
    iommu_unit_msi_start(&msi);
    expect("M");
}

static void test_setup_fails(void **state)
{
    int irqs[HOST_NR_IRQS];
    unsigned int n, i;

    msi = (struct iommu_unit_msi){ .unit = &unit, .ops = &ops };
    host_fail_nth(1);
    assert_int_equal(iommu_unit_msi_setup(&msi), -ENOMEM);
    host_fail_nth(0);
    assert_int_equal(host_irqs_in_use(), 0);
    assert_int_equal(msi.irq, 0);

    for ( n = 0; (irqs[n] = create_irq(NUMA_NO_NODE, false)) > 0; n++ )
        continue;
    assert_int_equal(iommu_unit_msi_setup(&msi), -ENOSPC);
    assert_true(msi.irq <= 0);
    for ( i = 0; i < n; i++ )
        destroy_irq(irqs[i]);
}

/* Masked from the acknowledgement on: what it tells of is not drained yet. */
static void test_interrupt(void **state)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
    {
        up(0, i);
        iommu_unit_msi_start(&msi);
        expect("Pm");

        assert_int_equal(host_vector_raise(unit_saw.vector), 0);
        assert_int_equal(unit_saw.kicks, 1);
        assert_true(unit_saw.masked_at_kick);
        assert_int_equal(desc_of()->arch.host_ends, 1);
        expect(i ? "M" : "Mm");

        /* Those who drained it; of what is not masked nothing is written. */
        iommu_unit_msi_unmask(&msi);
        expect(i ? "m" : "");
        iommu_unit_msi_unmask(&msi);
        expect("");
        down();
        expect("M");
    }
}

/* It moves while the unit does not send, and only when the last move ended. */
static void test_move(void **state)
{
    up(0, false);
    iommu_unit_msi_start(&msi);
    assert_int_equal(unit_saw.msg.dest32, 0);
    expect("Pm");
    assert_true(desc_of()->arch.move_in_progress);

    host_irq_raise(msi.irq);
    assert_false(desc_of()->arch.move_in_progress);
    expect("Mm");

    host_irq_move(msi.irq, 3);
    host_irq_raise(msi.irq);
    expect("MPm");
    assert_int_equal(unit_saw.msg.dest32, 3);
    assert_true(unit_saw.locked);
    assert_true(desc_of()->arch.move_in_progress);
    host_irq_raise(msi.irq);
    assert_false(desc_of()->arch.move_in_progress);
    expect("Mm");
    down();
}

/* What Xen does to a descriptor when it sleeps, or nobody handles it. */
static void test_controller(void **state)
{
    hw_irq_controller *hw;

    up(0, true);
    hw = desc_of()->handler;
    assert_int_equal(hw->startup(desc_of()), 0);
    expect("");
    hw->enable(desc_of());
    expect("m");
    hw->disable(desc_of());
    expect("M");
    assert_true(msi.desc.msi_attrib.host_masked);
    hw->enable(desc_of());
    hw->shutdown(desc_of());
    expect("mM");
    down();
}

static void sends_to(uint32_t dest, uint32_t address_hi)
{
    expect("P");
    assert_int_equal(unit_saw.msg.dest32, dest);
    assert_int_equal(unit_saw.msg.address_lo,
                     MSI_ADDR_BASE_LO | (dest & 0xff) << 12);
    assert_int_equal(unit_saw.msg.address_hi, address_hi);
}

/* Bits 7:0 of the destination are in the message's 19:12, the rest in 63:40. */
static void test_destination(void **state)
{
    static const uint32_t ids[] = { 0, 1, 0x7f, 0xff, 0x100, 0x1ff, 0x12345678,
                                    0xfffffffe };
    unsigned int i, x2apic;

    for ( x2apic = 0; x2apic < 2; x2apic++ )
        for ( i = 0; i < ARRAY_SIZE(ids); i++ )
        {
            x2apic_enabled = x2apic;
            if ( !x2apic && ids[i] > 0xff )
                continue;
            up(1, false);
            host_apicid_set(1, ids[i]);
            iommu_unit_msi_retarget(&msi);
            sends_to(ids[i], ids[i] & 0xffffff00U);
            down();
        }
    x2apic_enabled = false;
}

/* Its own node's CPUs, if there is one that runs; else whoever does. */
static void test_node(void **state)
{
    up(2, false);
    iommu_unit_msi_retarget(&msi);
    sends_to(2, 0);

    host_node_set(2, false);
    iommu_unit_msi_retarget(&msi);
    sends_to(0, 0);
    host_node_set(2, true);
    iommu_unit_msi_retarget(&msi);
    sends_to(2, 0);

    host_cpus_online(2);
    iommu_unit_msi_retarget(&msi);
    sends_to(0, 0);
    down();

    up(NUMA_NO_NODE, false);
    iommu_unit_msi_retarget(&msi);
    sends_to(0, 0);
    down();
}

/* It goes on sending where it did. */
static void test_nowhere(void **state)
{
    struct msi_msg before;

    up(1, false);
    iommu_unit_msi_retarget(&msi);
    expect("P");
    before = msi.desc.msg;

    host_cpus_online(1);
    host_irq_move(msi.irq, 1);
    host_irq_raise(msi.irq);
    expect("Mm");
    assert_log("unit0: no CPU for its interrupt");
    assert_memory_equal(&msi.desc.msg, &before, sizeof(before));
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_start, test_reset),
        cmocka_unit_test_setup(test_setup_fails, test_reset),
        cmocka_unit_test_setup(test_interrupt, test_reset),
        cmocka_unit_test_setup(test_move, test_reset),
        cmocka_unit_test_setup(test_controller, test_reset),
        cmocka_unit_test_setup(test_destination, test_reset),
        cmocka_unit_test_setup(test_node, test_reset),
        cmocka_unit_test_setup(test_nowhere, test_reset),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
