/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Xen's x86 code calls, on machines of one and two AMD-Vi units: IO-APIC
 * pins, HPET, MSIs, x2APIC, a suspend.
 */

#include "amd-fixture.h"

#include <xen/iommu.h>
#include <xen/pci_regs.h>

#include <asm/apic.h>
#include <asm/io_apic.h>
#include <asm/msi.h>

#include <iommu-groups/ir.h>
#include <iommu-groups/x86.h>

#include "ivrs-build.h"
#include "models/amd-regs.h"

#define SID_IOAPIC      0x00a0
#define SID_HPET        0x00a1

/* <asm/iommu.h> and <xen/iommu.h> of a patched Xen. */
void iommu_update_ire_from_apic(unsigned int apic, unsigned int pin,
                                uint64_t rte);
unsigned int iommu_read_apic_from_ire(unsigned int apic, unsigned int reg);
int iommu_setup_hpet_msi(struct msi_desc *msi);
int iommu_update_ire_from_msi(struct msi_desc *desc, struct msi_msg *msg);
bool iommu_supports_x2apic(void);
int iommu_enable_x2apic(void);
void iommu_disable_x2apic(void);

struct machine {
    unsigned int nr_units;
    bool no_xt, no_ga, no_ioapic;
};

static unsigned int nr_units;

/* The IO-APIC is the last unit's, the HPET and all other functions unit 0's. */
static void build(struct ivrs_buf *t, const struct machine *mc, uint64_t efr)
{
    iv_begin(t, IV_INFO);
    if ( mc->nr_units == 2 )
    {
        iv_unit(t, 0x11, 0, AM_BDF1, AM_BASE1, efr);
        iv_dev4(t, 0x02, 0x0028, 0);
        iv_dev4(t, 0x02, SID_IOAPIC, 0);
        if ( !mc->no_ioapic )
            iv_special(t, IV_IOAPIC, 2, SID_IOAPIC, 0xd7);
        iv_close(t);
    }
    iv_unit(t, 0x11, 0, AM_BDF0, AM_BASE0, efr);
    iv_range(t, 0x0008, 0xffff);
    iv_special(t, IV_HPET, 0, SID_HPET, 0);
    if ( mc->nr_units == 1 && !mc->no_ioapic )
        iv_special(t, IV_IOAPIC, 2, SID_IOAPIC, 0xd7);
    iv_close(t);
    iv_end(t);
}

static void boot(const struct machine *mc, bool x2apic)
{
    static struct ivrs_buf t;
    struct amd_model_cfg cfg = amd_model_default;

    cfg.efr |= EFR_GA | EFR_XT;
    cfg.efr &= ~((mc->no_ga ? EFR_GA | EFR_XT : 0) | (mc->no_xt ? EFR_XT : 0));
    nr_units = mc->nr_units;
    am_machine(&cfg, mc->nr_units);
    build(&t, mc, cfg.efr);
    host_acpi_clear();
    host_acpi_set(t.b);

    system_state = SYS_STATE_boot;
    iommu_intremap = iommu_intremap_full;
    x2apic_enabled = x2apic;
    host_ioapic_reset();
    host_ioapic_add(2, 24);
    if ( amd_x86.detect() )
        fail_msg("%s", host_log_text());
}

static void shut_down(void)
{
    system_state = SYS_STATE_boot;
    iommu_ir_shutdown();
    x2apic_enabled = false;
    am_machine_down();
}

static struct amd_model *last(void)
{
    return am_model[nr_units - 1];
}

/* @sid's IO-APIC raises @pin, as its redirection entry says. */
static unsigned int raise_as(uint16_t sid, unsigned int pin,
                             struct amd_model_irq *irq)
{
    uint64_t rte = host_rte[0][pin];

    assert_false(rte & (1U << 16));
    memset(irq, 0, sizeof(*irq));

    return amd_model_msi(last(), sid, 0xfee00000 | (rte >> 56) << 12 |
                                      (rte >> 11 & 1) << 2,
                         rte & 0x87ff, irq);
}

static unsigned int raise_pin(unsigned int pin, struct amd_model_irq *irq)
{
    return raise_as(SID_IOAPIC, pin, irq);
}

static uint64_t rte_for(uint8_t vector, uint32_t dest)
{
    struct IO_APIC_route_entry e = { .vector = vector, .trigger = 1 };

    if ( x2apic_enabled )
        e.dest.dest32 = dest;
    else
        e.dest.logical.logical_dest = dest;

    return e.raw;
}

static void write_pin(unsigned int pin, uint64_t rte)
{
    struct IO_APIC_route_entry e = { .raw = rte };

    __ioapic_write_entry(0, pin, false, e);
}

static uint64_t read_pin(unsigned int pin)
{
    return iommu_read_apic_from_ire(0, 0x10 + 2 * pin) |
           (uint64_t)iommu_read_apic_from_ire(0, 0x11 + 2 * pin) << 32;
}

/* Which combinations of unit and CPU give what. */
static void check_mode(const struct machine *mc, bool x2apic)
{
    bool wide = !mc->no_xt && !mc->no_ga && x2apic;
    uint32_t dest = wide ? 0x02012345 : 0xfe;
    struct amd_model_irq irq;

    boot(mc, x2apic);
    assert_int_equal(iommu_supports_x2apic(), !mc->no_xt && !mc->no_ga);
    host_rte[0][2] = rte_for(0x30, 1);

    assert_int_equal(iommu_ir_setup(), 0);
    assert_int_equal(iommu_intremap, wide ? iommu_intremap_full
                                          : iommu_intremap_restricted);
    assert_false(host_pic_masked);

    /* What firmware had set up goes on, remapped; DMA is blocked. */
    assert_int_equal(raise_pin(2, &irq), 0);
    assert_true(irq.remapped);
    assert_int_equal(irq.vector, 0x30);
    assert_int_not_equal(amd_model_translate(am_model[0], 0x0010, 0x1000, false,
                                             NULL), 0);

    write_pin(4, rte_for(0x44, dest));
    assert_int_equal(raise_pin(4, &irq), 0);
    assert_int_equal(irq.vector, 0x44);
    assert_int_equal(irq.dest, dest);
    assert_int_equal(read_pin(4), rte_for(0x44, dest));
    /* The pin is level triggered as before; an EOI names the index. */
    assert_int_equal(host_rte[0][4], 0x8004);

    /* Edge and level again: how Xen ends such an interrupt. */
    write_pin(4, read_pin(4) & ~0x8000ULL);
    assert_int_equal(host_rte[0][4], 4);
    write_pin(4, read_pin(4) | 0x8000);
    assert_int_equal(host_rte[0][4], 0x8004);
    assert_int_equal(raise_pin(4, &irq), 0);
    assert_int_equal(irq.vector, 0x44);
    shut_down();
}

static void test_modes(void **state)
{
    unsigned int i;

    for ( i = 0; i < 16; i++ )
        check_mode(&(struct machine){ .nr_units = 1 + (i & 1),
                                      .no_xt = i & 2, .no_ga = i & 4 },
                   i & 8);
}

static void test_pin_out_of_reach(void **state)
{
    struct machine mc = { .nr_units = 1, .no_xt = true };
    uint64_t rte;

    boot(&mc, true);
    assert_int_equal(iommu_ir_setup(), 0);
    write_pin(3, rte_for(0x33, 5));
    host_log_clear();

    rte = rte_for(0x34, 300);
    write_pin(3, rte);
    assert_true(host_rte[0][3] & (1U << 16));
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_int_equal(read_pin(3), rte | 1 << 16);
    shut_down();
}

/* NMI and ExtINT pins are as Xen writes them, and firmware lets them pass. */
static void test_other_kinds(void **state)
{
    struct machine mc = { .nr_units = 1 };
    struct amd_model_irq irq;
    unsigned int mode;

    boot(&mc, false);
    assert_int_equal(iommu_ir_setup(), 0);
    for ( mode = 4; mode < 8; mode += 3 )
    {
        uint64_t rte = rte_for(0x35, 5) | mode << 8;

        write_pin(7, rte_for(0x33, 5));
        write_pin(7, rte);
        assert_int_equal(host_rte[0][7], rte);
        assert_int_equal(read_pin(7), rte);
        assert_int_equal(raise_pin(7, &irq), 0);
        assert_false(irq.remapped);
        assert_int_not_equal(raise_as(SID_HPET, 7, &irq), 0);
    }
    shut_down();
}

/* Another requester that sends what the IO-APIC would. */
static void test_forged_pin(void **state)
{
    struct machine mc = { .nr_units = 1 };
    struct amd_model_irq irq;

    boot(&mc, false);
    assert_int_equal(iommu_ir_setup(), 0);
    write_pin(3, rte_for(0x33, 5));
    assert_int_not_equal(raise_as(SID_HPET, 3, &irq), 0);
    assert_int_not_equal(raise_as(0x0310, 3, &irq), 0);
    assert_int_equal(raise_pin(3, &irq), 0);
    shut_down();
}

static void suspend(void)
{
    unsigned int i;

    system_state = SYS_STATE_suspend;
    for ( i = 0; i < nr_units; i++ )
        assert_int_equal(amd_unit_ops.suspend(am_unit(i)), 0);
    iommu_disable_x2apic();
    for ( i = 0; i < nr_units; i++ )
        amd_model_reset(am_model[i]);
}

static void resume(void)
{
    unsigned int i;

    system_state = SYS_STATE_resume;
    if ( x2apic_enabled )
    {
        struct amd_model_irq irq;

        assert_int_equal(iommu_enable_x2apic(), 0);
        /* Pins may change before the units are asked. */
        write_pin(3, rte_for(0x34, 0x10005));
        assert_int_equal(raise_pin(3, &irq), 0);
        assert_true(irq.remapped);
        assert_int_equal(irq.vector, 0x34);
        write_pin(3, rte_for(0x33, 0x10005));
    }
    for ( i = 0; i < nr_units; i++ )
    {
        unsigned long all = amd_model_count(am_model[i], AMD_COUNT_ALL);

        amd_unit_ops.resume(am_unit(i));
        /* What started it first has it forget everything, and nobody else. */
        assert_int_equal(amd_model_count(am_model[i], AMD_COUNT_ALL),
                         all + !x2apic_enabled);
    }
}

/* Pins go where they went, and where they are sent from then on. */
static void pin_after_resume(uint32_t dest)
{
    struct amd_model_irq irq;

    assert_int_equal(raise_pin(3, &irq), 0);
    assert_int_equal(irq.vector, 0x33);
    assert_int_equal(irq.dest, dest);
    write_pin(3, rte_for(0x44, 6));
    assert_int_equal(raise_pin(3, &irq), 0);
    assert_true(irq.remapped);
    assert_int_equal(irq.vector, 0x44);
    assert_int_equal(irq.dest, 6);
}

/* x2APIC set-up comes before the units' own; then a suspend. */
static void test_x2apic(void **state)
{
    struct machine mc = { .nr_units = 2 };
    struct amd_model_irq irq;

    boot(&mc, false);
    assert_true(iommu_supports_x2apic());
    assert_int_equal(iommu_enable_x2apic(), 0);
    x2apic_enabled = true;
    assert_int_equal(iommu_intremap, iommu_intremap_full);
    write_pin(3, rte_for(0x33, 0x10005));
    assert_int_equal(raise_pin(3, &irq), 0);
    assert_int_equal(irq.dest, 0x10005);

    assert_int_equal(amd_x86.setup(), 0);
    amd_x86.translate();
    assert_int_equal(iommu_ir_setup(), 0);
    assert_int_equal(raise_pin(3, &irq), 0);

    suspend();
    resume();
    pin_after_resume(0x10005);
    assert_int_not_equal(amd_model_translate(am_model[0], 0x0010, 0x1000, false,
                                             NULL), 0);
    shut_down();
}

/* Without x2APIC units are up first. */
static void test_xapic(void **state)
{
    struct machine mc = { .nr_units = 2 };
    struct amd_model_irq irq;

    boot(&mc, false);
    assert_int_equal(amd_x86.setup(), 0);
    amd_x86.translate();
    host_rte[0][3] = rte_for(0x33, 5);
    assert_int_equal(raise_pin(3, &irq), 0);
    assert_false(irq.remapped);

    assert_int_equal(iommu_ir_setup(), 0);
    assert_int_equal(raise_pin(3, &irq), 0);
    assert_true(irq.remapped);
    assert_int_equal(irq.vector, 0x33);
    assert_int_not_equal(raise_as(SID_HPET, 3, &irq), 0);

    suspend();
    resume();
    pin_after_resume(5);
    shut_down();
}

/* No IO-APIC in the table: one line, no remapping, DMA is translated. */
static void test_no_ioapic(void **state)
{
    struct machine mc = { .nr_units = 1, .no_ioapic = true };
    struct amd_model_irq irq;

    boot(&mc, false);
    host_log_clear();
    assert_false(iommu_supports_x2apic());
    assert_int_equal(iommu_enable_x2apic(), -EOPNOTSUPP);
    assert_int_equal(amd_x86.setup(), 0);
    amd_x86.translate();
    assert_int_equal(iommu_ir_setup(), -EOPNOTSUPP);
    assert_int_equal(iommu_intremap, iommu_intremap_off);
    assert_log("not remapped: firmware names no unit for IO-APIC 2");
    assert_int_equal(host_log_lines(XENLOG_WARNING), 1);

    write_pin(3, rte_for(0x33, 5));
    assert_int_equal(host_rte[0][3], rte_for(0x33, 5));
    assert_int_equal(raise_pin(3, &irq), 0);
    assert_false(irq.remapped);
    assert_int_not_equal(amd_model_translate(am_model[0], 0x0010, 0x1000, false,
                                             NULL), 0);
    shut_down();
}

static struct msi_msg message(uint8_t vector, uint32_t dest)
{
    return (struct msi_msg){
        .address_lo = MSI_ADDR_BASE_LO | MSI_ADDR_DEST_ID(dest),
        .data = MSI_DATA_VECTOR(vector) | MSI_DATA_LEVEL_ASSERT,
        .dest32 = dest,
    };
}

static unsigned int send(uint16_t sid, const struct msi_msg *msg,
                         unsigned int sub, struct amd_model_irq *irq)
{
    memset(irq, 0, sizeof(*irq));
    assert_int_equal(msg->address_hi, 0);

    return amd_model_msi(am_model[0], sid, msg->address_lo, msg->data | sub,
                         irq);
}

static void test_hpet(void **state)
{
    struct msi_desc desc = {}, other = { .hpet_id = 3 };
    struct machine mc = { .nr_units = 2 };
    struct msi_msg msg = message(0x29, 3);
    struct amd_model_irq irq;

    boot(&mc, false);
    assert_int_equal(iommu_ir_setup(), 0);
    assert_int_equal(iommu_setup_hpet_msi(&other), -ENODEV);
    assert_int_equal(iommu_setup_hpet_msi(&desc), 0);
    assert_int_equal(iommu_update_ire_from_msi(&desc, &msg), 0);
    assert_int_equal(send(SID_HPET, &msg, 0, &irq), 0);
    assert_int_equal(irq.vector, 0x29);
    assert_int_not_equal(send(SID_HPET + 1, &msg, 0, &irq), 0);
    assert_int_equal(iommu_update_ire_from_msi(&desc, NULL), 0);
    assert_int_not_equal(send(SID_HPET, &msg, 0, &irq), 0);
    shut_down();
}

/* A block of messages, and MSI-X, of a function with an alias. */
static void test_msi(void **state)
{
    struct machine mc = { .nr_units = 1 };
    struct msi_desc block[4], x = { .remap_index = -1 };
    struct amd_model_irq irq;
    struct iommu_dev *dev;
    unsigned int i;

    boot(&mc, false);
    assert_int_equal(amd_x86.setup(), 0);
    assert_int_equal(iommu_ir_setup(), 0);
    dev = am_dev(3, 2, 0x0500);
    dev->pdev->iommu = dev;
    assert_int_equal(together_move(dev, &dev->unit->identity), 0);

    for ( i = 0; i < 4; i++ )
        block[i] = (struct msi_desc){
            .remap_index = -1, .dev = dev->pdev, .msi.nvec = 4,
            .msi_attrib = { .type = PCI_CAP_ID_MSI, .entry_nr = i },
        };
    x.dev = dev->pdev;
    x.msi_attrib.type = PCI_CAP_ID_MSIX;

    for ( i = 0; i < 4; i++ )
        block[i].msg = message(0x60 + i, i);
    for ( i = 0; i < 4; i++ )
        assert_int_equal(iommu_update_ire_from_msi(&block[i], &block[i].msg),
                         0);
    x.msg = message(0x71, 3);
    assert_int_equal(iommu_update_ire_from_msi(&x, &x.msg), 0);

    for ( i = 0; i < 4; i++ )
    {
        assert_int_equal(send(dev->sbdf.bdf, &block[0].msg, i, &irq), 0);
        assert_int_equal(irq.vector, 0x60 + i);
        assert_int_equal(irq.dest, i);
    }
    assert_int_equal(send(0x0500, &x.msg, 0, &irq), 0);
    assert_int_equal(irq.vector, 0x71);
    assert_int_not_equal(send(0x0501, &x.msg, 0, &irq), 0);

    assert_int_equal(iommu_update_ire_from_msi(&block[0], NULL), 0);
    assert_int_not_equal(send(dev->sbdf.bdf, &block[0].msg, 2, &irq), 0);
    assert_int_equal(send(0x0500, &x.msg, 0, &irq), 0);
    assert_int_equal(iommu_update_ire_from_msi(&x, NULL), 0);

    together_move(dev, NULL);
    dev->pdev->iommu = NULL;
    am_dev_del(dev);
    assert_int_not_equal(send(0x0500, &x.msg, 0, &irq), 0);
    shut_down();
}

/* Whatever allocation or command fails at boot: all remapped, or nothing. */
static bool fails(unsigned int n, bool memory)
{
    struct machine mc = { .nr_units = 2 };
    struct amd_model_irq irq;
    bool reached;
    int rc;

    boot(&mc, false);
    host_rte[0][3] = rte_for(0x33, 5);
    if ( memory )
        host_fail_nth(n);
    else
        amd_model_fail_nth(am_model[0], n, AMD_MODEL_DIE);
    rc = iommu_ir_setup();
    reached = memory ? host_fail_reached() : amd_model_failed(am_model[0]);
    host_fail_nth(0);
    amd_model_fail_nth(am_model[0], 0, AMD_MODEL_DIE);
    amd_model_revive(am_model[0]);

    assert_int_equal(iommu_intremap == iommu_intremap_off, !!rc);
    assert_int_equal(raise_pin(3, &irq), 0);
    assert_int_equal(irq.vector, 0x33);
    assert_int_equal(irq.remapped, !rc);
    shut_down();

    return reached;
}

static void test_failures(void **state)
{
    unsigned int n;

    for ( n = 1; fails(n, true); n++ )
        assert_true(n < 100);
    assert_true(n > 8);
    for ( n = 1; fails(n, false); n++ )
        assert_true(n < 100);
    assert_true(n > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_pin_out_of_reach),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_forged_pin),
        cmocka_unit_test(test_x2apic),
        cmocka_unit_test(test_xapic),
        cmocka_unit_test(test_no_ioapic),
        cmocka_unit_test(test_hpet),
        cmocka_unit_test(test_msi),
        cmocka_unit_test(test_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
