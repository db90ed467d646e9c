/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that sleep and wake up, on drivers' models: what passes at each store of
 * it, in which order things stop, units that failed before or do not wake up;
 * and interrupts as they are set up.
 */
#include <xen/iommu.h>
#include <xen/irq.h>

#include "amd-system.h"
#include "riscv-fixture.h"
#include "smmu-fixture.h"

/* ---- SMMUv3 ---- */

static unsigned int writes;

/* A stream that is attached to nothing, and queues where there is translation. */
static void after_write(void *arg, unsigned int reg)
{
    const struct smmu_unit *u = sm_unit(0);
    uint32_t ack = readl(u->regs + SMMU_CR0ACK);
    uint64_t ma;

    writes++;
    if ( !sm_reach(arg, 0x100000, true, &ma) )
        fail_msg("store to %#x: what is blocked passes", reg);
    if ( (ack & CR0_SMMUEN) && (!(ack & CR0_CMDQEN) || !(ack & CR0_EVENTQEN) ||
                                (IDR0_ATS(u->idr0) && !(ack & CR0_ATSCHK))) )
        fail_msg("store to %#x: it translates, and CR0ACK is %#x", reg, ack);
}

static void test_smmu_order(void **state)
{
    const struct iommu_unit_ops *ops = &smmu_unit_ops;
    unsigned int v;

    for ( v = 0; v < SM_NR_VARIANTS; v++ )
    {
        struct smmu_model_cfg cfg = sm_variant(v);
        struct iommu_unit *unit;
        struct iommu_dev *dev;

        sm_up(&cfg, 1);
        dev = sm_dev(0, 0x40, 0);
        unit = dev->unit;
        smmu_model_on_write(sm_model[0], after_write, dev);
        assert_int_equal(ops->suspend(unit), 0);
        assert_int_equal(readl(sm_unit(0)->regs + SMMU_CR0ACK), 0);
        assert_int_equal(readl(sm_unit(0)->regs + SMMU_IRQ_CTRL), 0);
        if ( v & 1 )
            smmu_model_reset(sm_model[0]);
        ops->resume(unit);
        assert_true(iommu_unit_revive(unit, unit->nr_revived, "of a test"));
        assert_true(readl(sm_unit(0)->regs + SMMU_CR0ACK) & CR0_SMMUEN);

        /* One that failed is left alone. */
        writes = 0;
        unit->failed = true;
        assert_int_equal(ops->suspend(unit), 0);
        ops->resume(unit);
        assert_int_equal(writes, 0);
        unit->failed = false;
        smmu_model_on_write(sm_model[0], NULL, NULL);

        ops->quiesce(unit);
        assert_int_equal(readl(sm_unit(0)->regs + SMMU_IRQ_CTRL), 0);
        sm_dev_del(dev);
        sm_down();
    }
}

/* One that does not stop keeps the machine awake. */
static void test_smmu_stuck(void **state)
{
    struct iommu_dev *dev;

    sm_up(&smmu_model_default, 1);
    dev = sm_dev(0, 0x40, 0);
    smmu_model_die(sm_model[0], false);
    assert_int_equal(smmu_unit_ops.suspend(dev->unit), -EIO);
    smmu_model_revive(sm_model[0]);
    smmu_model_forgive(sm_model[0]);
    sm_dev_del(dev);
    sm_down();
}

static void assert_message(unsigned int cfg0, const struct smmuv3_msi *msi,
                           bool can)
{
    const void __iomem *reg = sm_unit(0)->regs + cfg0;

    if ( !can )
        return;
    assert_int_equal(readq(reg), msi->addr);
    assert_int_equal(readl(reg + IRQ_CFG1), msi->addr ? msi->data : 0);
    assert_int_equal(readl(reg + IRQ_CFG2), msi->addr ? IRQ_CFG2_DEVICE : 0);
}

/* Messages go where each is to go, or nowhere, whatever firmware had there. */
static void test_smmu_messages(void **state)
{
    unsigned int v, use;

    for ( v = 0; v < SM_NR_VARIANTS; v++ )
        for ( use = 0; use < 2; use++ )
        {
            struct smmu_model_cfg cfg = sm_variant(v);
            struct smmuv3_desc desc;
            const struct smmu_unit *u;
            bool can;

            sm_machine(&cfg, 1);
            desc = sm_desc(0);
            can = desc.msi_evtq.addr;
            if ( can && !use )
                desc.msi_evtq.addr = desc.msi_gerror.addr = 0;
            if ( can && use )
            {
                desc.msi_gerror.addr += 0x40;
                desc.msi_gerror.data++;
                desc.msi_evtq.data += 7;
            }
            if ( can )
            {
                smmu_model_write(sm_model[0], SMMU_GERROR_IRQ_CFG0, 0xdead000, 8);
                smmu_model_write(sm_model[0], SMMU_EVENTQ_IRQ_CFG0, 0xdead000, 8);
            }
            assert_int_equal(smmuv3_add(&desc), 0);
            u = sm_unit(0);
            assert_message(SMMU_GERROR_IRQ_CFG0, &desc.msi_gerror, can);
            assert_message(SMMU_EVENTQ_IRQ_CFG0, &desc.msi_evtq, can);
            assert_int_equal(readl(u->regs + SMMU_IRQ_CTRL),
                             IRQ_GERROR | IRQ_EVENTQ);
            assert_int_equal(readl(u->regs + SMMU_IRQ_CTRLACK),
                             IRQ_GERROR | IRQ_EVENTQ);
            sm_down();
        }
}

/* One wire for all; or for errors or events alone, and the rest is polled. */
static void test_smmu_wires(void **state)
{
    unsigned int how;

    for ( how = 0; how < 4; how++ )
    {
        struct smmuv3_desc desc;

        sm_machine(&smmu_model_default, 1);
        desc = sm_desc(0);
        desc.msi_evtq.addr = desc.msi_gerror.addr = 0;
        if ( how == 0 )
        {
            desc.irq_combined = desc.irq_evtq;
            desc.irq_evtq = desc.irq_gerror = 0;
        }
        else if ( how == 1 )
            desc.irq_evtq = 0;
        else if ( how == 2 )
            desc.irq_gerror = 0;
        else
            desc.irq_gerror = desc.irq_evtq;
        assert_int_equal(smmuv3_add(&desc), 0);
        assert_int_equal(readl(sm_unit(0)->regs + SMMU_IRQ_CTRL),
                         how == 1 ? IRQ_GERROR : how == 2 ? IRQ_EVENTQ
                                               : IRQ_GERROR | IRQ_EVENTQ);
        assert_int_equal(sm_unit(0)->unit.polled, how == 1 || how == 2);
        sm_down();
    }
}

static void nobodys(int irq, void *dev_id)
{
}

/* A wire that somebody else has: no unit, and the other wire is free again. */
static void test_smmu_no_wire(void **state)
{
    struct smmuv3_desc desc;
    unsigned int i;

    for ( i = 0; i < 2; i++ )
    {
        int taken, other;

        sm_machine(&smmu_model_default, 1);
        desc = sm_desc(0);
        taken = i ? desc.irq_gerror : desc.irq_evtq;
        other = i ? desc.irq_evtq : desc.irq_gerror;
        assert_int_equal(request_irq(taken, 0, nobodys, "test", &desc), 0);
        assert_int_equal(smmuv3_add(&desc), -EBUSY);
        assert_int_equal(request_irq(other, 0, nobodys, "test", &desc), 0);
        release_irq(other, &desc);
        release_irq(taken, &desc);
        sm_down();
    }

    /* Both are given back. */
    sm_machine(&smmu_model_default, 1);
    desc = sm_desc(0);
    assert_int_equal(smmuv3_add(&desc), 0);
    smmu_irq_free(sm_unit(0));
    assert_int_equal(request_irq(desc.irq_evtq, 0, nobodys, "test", &desc), 0);
    assert_int_equal(request_irq(desc.irq_gerror, 0, nobodys, "test", &desc), 0);
    release_irq(desc.irq_evtq, &desc);
    release_irq(desc.irq_gerror, &desc);
    sm_down();
}

/* ---- RISC-V ---- */

static void test_riscv_wires(void **state)
{
    unsigned int without, i;

    for ( without = 0; without <= RISCV_IOMMU_IRQS; without++ )
    {
        struct rvm_cfg cfg = rvm_default;
        struct riscv_iommu_desc desc;
        unsigned int wire[RISCV_IOMMU_IRQS];

        cfg.hpm = true;
        rv_machine(&cfg, NULL);
        rv_wired = true;
        desc = rv_desc(0);
        for ( i = 0; i < RISCV_IOMMU_IRQS; i++ )
        {
            if ( i + 1 == without )
                desc.irq[i] = RISCV_IOMMU_NONE;
            wire[i] = desc.irq[i] != RISCV_IOMMU_NONE ? i : 0;
        }
        assert_int_equal(riscv_iommu_add(&desc), 0);
        assert_int_equal(rvm_read(rvm[0], RV_ICVEC, 8),
                         ICVEC(wire[0], wire[1], wire[2], wire[3]));
        assert_int_equal(rvm_read(rvm[0], RV_IPSR, 4), 0);
        assert_int_equal(rvm_read(rvm[0], RV_IOCOUNTINH, 4) & 1, 1);
        rv_machine_down();
    }
}

/* Translation stops first, and where it does not, nothing else does. */
static void test_riscv_order(void **state)
{
    struct iommu_dev *dev;

    rv_machine_up(&rvm_default, NULL);
    dev = rv_dev_add(0, 3, 0);
    rvm_stick(rvm[0], RV_DDTP);
    assert_int_equal(rv_unit_ops.suspend(dev->unit), -EIO);
    assert_true(dev->unit->failed);
    assert_true(rvm_read(rvm[0], RV_CQCSR, 4) & QCSR_ON);
    assert_true(rvm_read(rvm[0], RV_FQCSR, 4) & QCSR_ON);
    rv_dev_del(dev);
    rv_machine_down();
}

/* A unit that failed is off for good: nobody suspends it, or wakes it up. */
static void test_riscv_failed(void **state)
{
    struct iommu_dev *dev;

    rv_machine_up(&rvm_default, NULL);
    dev = rv_dev_add(0, 3, 0);
    assert_int_not_equal(rvm_read(rvm[0], RV_DDTP, 8) & 0xf, RVM_OFF);
    iommu_unit_fail(dev->unit, "of a test");
    assert_log("aborts all DMA from now on");
    assert_int_equal(rvm_read(rvm[0], RV_DDTP, 8) & 0xf, RVM_OFF);
    assert_int_equal(rv_unit_ops.suspend(dev->unit), 0);
    assert_true(rvm_read(rvm[0], RV_CQCSR, 4) & QCSR_ON);
    rv_unit_ops.resume(dev->unit);
    assert_int_equal(rvm_read(rvm[0], RV_DDTP, 8) & 0xf, RVM_OFF);
    rv_dev_del(dev);
    rv_machine_down();
}

/* ---- AMD-Vi ---- */

static void amd_up(void)
{
    as_up(&amd_model_default);
    vm_page(vm.guest, 0x10);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_A, 0x10000, true), 0);
}

/* 3.4.1, EventIntEn */
static bool interrupts(void)
{
    return amd_model_read(as_model(DEV_A), 0x18, 8) & (1 << 3);
}

/* Off without "force", as firmware wants it; with it DMA is translated on. */
static void test_amd_sleeps(void **state)
{
    struct iommu_unit *unit;

    amd_up();
    unit = vm_unit(DEV_A);
    assert_int_equal(unit->drv->unit->suspend(unit), 0);
    assert_true(vm.ops->is_off(0));
    assert_false(interrupts());
    unit->drv->unit->resume(unit);
    assert_true(vm.ops->is_on(0));

    force_iommu = true;
    assert_int_equal(unit->drv->unit->suspend(unit), 0);
    assert_false(interrupts());
    assert_false(vm.ops->is_off(0) || vm.ops->is_on(0));
    assert_int_equal(vm_dma(DEV_A, 0x10000, true), 0);
    assert_int_not_equal(vm_dma(DEV_A, 0x11000, true), 0);
    unit->drv->unit->resume(unit);
    assert_true(vm.ops->is_on(0));
    force_iommu = false;
    vm_settle();
    vm_clean();
}

static void test_amd_failed(void **state)
{
    struct iommu_unit *unit;

    /* One that failed is left as it is. */
    amd_up();
    unit = vm_unit(DEV_A);
    unit->failed = true;
    assert_int_equal(unit->drv->unit->suspend(unit), 0);
    assert_true(vm.ops->is_on(0));
    unit->failed = false;
    assert_int_equal(unit->drv->unit->suspend(unit), 0);
    unit->failed = true;
    unit->drv->unit->resume(unit);
    assert_true(vm.ops->is_off(0));
    unit->failed = false;

    /* One that is off is not started anew by somebody who waits for it. */
    assert_false(iommu_unit_revive(unit, unit->nr_revived, "of a test"));
    assert_true(vm.ops->is_off(0));

    /* One that does not wake up is given up, or the machine is. */
    vm.ops->die(0, true);
    force_iommu = true;
    assert_fatal("did not resume", unit->drv->unit->resume(unit));
    force_iommu = false;
    unit->drv->unit->resume(unit);
    assert_true(unit->failed);
    vm.ops->revive(0);
    vm_clean();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_smmu_order), SM_TEST(test_smmu_stuck),
        SM_TEST(test_smmu_messages), SM_TEST(test_smmu_wires),
        SM_TEST(test_smmu_no_wire),
        RV_TEST(test_riscv_wires),
        RV_TEST(test_riscv_order), RV_TEST(test_riscv_failed),
        VM_TEST(test_amd_sleeps), VM_TEST(test_amd_failed),
    };

    return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}
