/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may give devices away.  Up to some 4.20.x the security module is asked
 * for that in files that the layer takes the place of, and so here; from then
 * on domctl.c's own question is enough, and these hooks are gone.  The
 * Makefile looks which it is.
 */
#ifndef IOMMU_GROUPS_XSM_H
#define IOMMU_GROUPS_XSM_H

#include <xsm/xsm.h>

#ifdef IOMMU_GROUPS_ASK_XSM
#define iommu_xsm_assign(d, sbdf)      xsm_assign_device(XSM_HOOK, d, sbdf)
#define iommu_xsm_deassign(d, sbdf)    xsm_deassign_device(XSM_HOOK, d, sbdf)
#define iommu_xsm_assign_dt(d, path)   xsm_assign_dtdevice(XSM_HOOK, d, path)
#define iommu_xsm_deassign_dt(d, path) xsm_deassign_dtdevice(XSM_HOOK, d, path)
#else
#define iommu_xsm_assign(d, sbdf)      0
#define iommu_xsm_deassign(d, sbdf)    0
#define iommu_xsm_assign_dt(d, path)   0
#define iommu_xsm_deassign_dt(d, path) 0
#endif

#endif /* IOMMU_GROUPS_XSM_H */

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
