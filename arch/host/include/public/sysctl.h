/* SPDX-License-Identifier: GPL-2.0-only */
/* What patch sysctl adds; test-sysctl holds the two against each other. */
#ifndef HOST_PUBLIC_SYSCTL_H
#define HOST_PUBLIC_SYSCTL_H

#include <public/xen.h>

#define XEN_SYSCTL_IOMMU_GROUPS_VERSION 1
#define XEN_IOMMU_NO_SBDF 0xffffffffU
#define XEN_IOMMU_DOMAIN_BLOCKED 0
#define XEN_IOMMU_DOMAIN_IDENTITY 1
#define XEN_IOMMU_DOMAIN_PAGING 2
#define XEN_IOMMU_POLICY_MACHINE 0
#define XEN_IOMMU_POLICY_STRICT 1
#define XEN_IOMMU_POLICY_WARN 2

struct xen_iommu_group {
    uint32_t id;
    uint32_t nr_devices;
    uint32_t flags;
#define XEN_IOMMU_GROUP_BROKEN (1U << 0)
#define XEN_IOMMU_GROUP_PARTED (1U << 1)
#define XEN_IOMMU_GROUP_PRIVATE (1U << 2)
    domid_t owner;
    uint8_t domain;
    uint8_t policy;
};
typedef struct xen_iommu_group xen_iommu_group_t;
DEFINE_XEN_GUEST_HANDLE(xen_iommu_group_t);

struct xen_iommu_device {
    uint32_t sbdf;
    uint32_t unit;
    uint32_t flags;
#define XEN_IOMMU_DEVICE_BRIDGE (1U << 0)
#define XEN_IOMMU_DEVICE_TAINTED (1U << 1)
#define XEN_IOMMU_DEVICE_ATS (1U << 2)
#define XEN_IOMMU_DEVICE_STOPPED (1U << 3)
#define XEN_IOMMU_DEVICE_STATED (1U << 4)
#define XEN_IOMMU_DEVICE_NO_PATH (1U << 5)
#define XEN_IOMMU_DEVICE_DOUBT (1U << 6)
#define XEN_IOMMU_DEVICE_LEAVING (1U << 7)
    domid_t owner;
    uint8_t domain;
    uint8_t why;
#define XEN_IOMMU_WHY_NONE 0
#define XEN_IOMMU_WHY_SAME_ID 1
#define XEN_IOMMU_WHY_OPEN_PATH 2
#define XEN_IOMMU_WHY_OPEN_SWITCH 3
#define XEN_IOMMU_WHY_MULTIFUNCTION 4
#define XEN_IOMMU_WHY_UNKNOWN_PATH 5
#define XEN_IOMMU_WHY_SAME_BUSES 6
    uint32_t with;
    uint32_t at;
    uint32_t pad;
    uint64_aligned_t faults;
};
typedef struct xen_iommu_device xen_iommu_device_t;
DEFINE_XEN_GUEST_HANDLE(xen_iommu_device_t);

struct xen_sysctl_iommu_groups {
    uint16_t version;
    uint16_t what;
#define XEN_SYSCTL_IOMMU_GROUPS_GROUPS 0
#define XEN_SYSCTL_IOMMU_GROUPS_DEVICES 1
#define XEN_SYSCTL_IOMMU_GROUPS_NAME 2
    uint32_t group;
    uint32_t first;
#define XEN_SYSCTL_IOMMU_GROUPS_END 0xffffffffU
    uint32_t nr;
    uint32_t generation;
    uint32_t pad;
    union {
        XEN_GUEST_HANDLE_64(xen_iommu_group_t) groups;
        XEN_GUEST_HANDLE_64(xen_iommu_device_t) devices;
        XEN_GUEST_HANDLE_64(char) name;
    } u;
};

#endif
