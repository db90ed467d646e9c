/* SPDX-License-Identifier: GPL-2.0-only */
/* Machines as the x86 code boots them, for the interrupt remapping tests. */
#ifndef TESTS_INTREMAP_X86_H
#define TESTS_INTREMAP_X86_H

#include <xen/iommu.h>
#include <xen/kernel.h>
#include <xen/pci_regs.h>
#include <asm/apic.h>
#include <asm/io_apic.h>
#include <asm/msi.h>

#include "intremap-test.h"

/* <asm/iommu.h> and <xen/iommu.h> of a patched Xen. */
void iommu_update_ire_from_apic(unsigned int apic, unsigned int pin,
                                uint64_t rte);
unsigned int iommu_read_apic_from_ire(unsigned int apic, unsigned int reg);
int iommu_setup_hpet_msi(struct msi_desc *msi);
int iommu_update_ire_from_msi(struct msi_desc *desc, struct msi_msg *msg);
bool iommu_supports_x2apic(void);
int iommu_enable_x2apic(void);
void iommu_disable_x2apic(void);

static inline struct machine standard(unsigned int nr_units, bool eim)
{
    struct machine mc = {
        .nr_units = nr_units, .flags = DMAR_INTR_REMAP,
        .cfg = vtd_model_default,
    };

    mc.cfg.eim = eim;

    return mc;
}

static inline void boot(const struct machine *mc, bool x2apic)
{
    machine_start(mc);
    system_state = SYS_STATE_boot;
    iommu_intremap = iommu_intremap_full;
    x2apic_enabled = x2apic;
    host_ioapic_reset();
    host_ioapic_add(2, 24);
}

static inline void shut_down(void)
{
    system_state = SYS_STATE_boot;
    iommu_ir_shutdown();
    x2apic_enabled = false;
    machine_stop();
}

#endif /* TESTS_INTREMAP_X86_H */
