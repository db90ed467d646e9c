/* SPDX-License-Identifier: GPL-2.0-only */
/* The domctls that the layer serves. Layouts are the host's own. */
#ifndef HOST_PUBLIC_DOMCTL_H
#define HOST_PUBLIC_DOMCTL_H

#include <public/xen.h>

#define XEN_DOMCTL_CDF_hvm   (1u << 0)
#define XEN_DOMCTL_CDF_hap   (1u << 1)
#define XEN_DOMCTL_CDF_iommu (1u << 4)
#define XEN_DOMCTL_IOMMU_no_sharept (1u << 0)

#define XEN_DOMCTL_DEV_PCI 0
#define XEN_DOMCTL_DEV_DT  1
#define XEN_DOMCTL_DEV_RDM_RELAXED 1

#define XEN_DOMCTL_assign_device      37
#define XEN_DOMCTL_test_assign_device 45
#define XEN_DOMCTL_deassign_device    47
#define XEN_DOMCTL_get_device_group   49

struct xen_domctl_assign_device {
    uint32_t dev;
    uint32_t flags;
    union {
        struct {
            uint32_t machine_sbdf;
        } pci;
        struct {
            uint32_t size;
            XEN_GUEST_HANDLE_64(char) path;
            struct dt_device_node *dev; /* Xen's own: it looked it up */
        } dt;
    } u;
};

struct xen_domctl_get_device_group {
    uint32_t machine_sbdf;
    uint32_t max_sdevs;
    uint32_t num_sdevs;
    XEN_GUEST_HANDLE_64(uint32) sdev_array;
};

struct xen_domctl {
    uint32_t cmd;
    domid_t domain;
    union {
        struct xen_domctl_assign_device assign_device;
        struct xen_domctl_get_device_group get_device_group;
    } u;
};

typedef struct xen_domctl xen_domctl_t;
DEFINE_XEN_GUEST_HANDLE(xen_domctl_t);

#endif
