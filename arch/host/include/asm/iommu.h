/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_IOMMU_H
#define HOST_ASM_IOMMU_H

#include <xen/iommu.h>

#endif
