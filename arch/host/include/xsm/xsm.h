/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XSM_XSM_H
#define HOST_XSM_XSM_H

#include <xen/types.h>

#define XSM_PRIV 0
#define XSM_HOOK 1

/* What the security module says: 0, or what a test put here. */
extern int host_xsm_rc;

#define xsm_get_device_group(action, sbdf) ((void)(sbdf), host_xsm_rc)

/* As of 4.20.0: whoever gives a device away asks once. */
#define IOMMU_GROUPS_ASK_XSM
extern unsigned int host_xsm_asked;
#define xsm_assign_device(action, d, sbdf) \
    ((void)(d), (void)(sbdf), host_xsm_asked++, host_xsm_rc)
#define xsm_deassign_device(action, d, sbdf) \
    ((void)(d), (void)(sbdf), host_xsm_asked++, host_xsm_rc)

#define xsm_assign_dtdevice(action, d, path) \
    ((void)(d), (void)(path), host_xsm_asked++, host_xsm_rc)
#define xsm_deassign_dtdevice(action, d, path) \
    ((void)(d), (void)(path), host_xsm_asked++, host_xsm_rc)

/* Groups and the policy for them: how often, and about which one at last. */
extern unsigned int host_xsm_groups_asked, host_xsm_policy_asked;
extern uint32_t host_xsm_sbdf;
extern const char *host_xsm_path;
#define xsm_iommu_set_group(action, sbdf) \
    (host_xsm_sbdf = (sbdf), host_xsm_groups_asked++, host_xsm_rc)
#define xsm_iommu_set_dtgroup(action, path) \
    (host_xsm_path = (path), host_xsm_groups_asked++, host_xsm_rc)
#define xsm_iommu_set_policy(action) (host_xsm_policy_asked++, host_xsm_rc)

#define xsm_iomem_mapping_vpci(action, d, s, e, allow) \
    ((void)(d), (void)(s), (void)(e), host_xsm_rc)

#endif
