/* SPDX-License-Identifier: GPL-2.0-only */
/* The architecture's part of <xen/iommu.h>, which the port does not have. */
#ifndef ASM__RISCV__IOMMU_H
#define ASM__RISCV__IOMMU_H

struct arch_iommu {
};

#endif /* ASM__RISCV__IOMMU_H */
