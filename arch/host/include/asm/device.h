/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_DEVICE_H
#define HOST_ASM_DEVICE_H

#include <xen/device_tree.h>
#include <xen/pci.h>

struct host_device_desc {
    const char *name;
    int class;
    const struct dt_device_match *dt_match;
};
#define DEVICE_IOMMU 1
#define DT_DEVICE_START(id, ident, cls) \
    const struct host_device_desc host_desc_##id = { .name = ident, \
                                                     .class = cls,
#define DT_DEVICE_END };

#endif
