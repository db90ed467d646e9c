/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_PUBLIC_DOMCTL_H
#define HOST_PUBLIC_DOMCTL_H

#include <public/xen.h>

#define XEN_DOMCTL_CDF_hvm   (1u << 0)
#define XEN_DOMCTL_CDF_hap   (1u << 1)
#define XEN_DOMCTL_CDF_iommu (1u << 4)

#define XEN_DOMCTL_IOMMU_no_sharept (1u << 0)

#define XEN_DOMCTL_DEV_RDM_RELAXED 1

#endif
