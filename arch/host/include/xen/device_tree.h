/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's device-tree nodes, as far as interrupts go. A test that links what
 * looks into them defines the functions. */
#ifndef HOST_XEN_DEVICE_TREE_H
#define HOST_XEN_DEVICE_TREE_H

#include <xen/byteorder.h>
#include <xen/types.h>

#define DT_MAX_IRQ_SPEC 4

struct dt_device_node;

struct dt_irq {
    unsigned int irq;
    unsigned int type;
};

struct dt_raw_irq {
    const struct dt_device_node *controller;
    uint32_t size;
    uint32_t specifier[DT_MAX_IRQ_SPEC];
};

const void *dt_get_property(const struct dt_device_node *np, const char *name,
                            uint32_t *lenp);
bool dt_property_read_u32(const struct dt_device_node *np, const char *name,
                          uint32_t *out_value);
struct dt_device_node *dt_find_node_by_phandle(uint32_t handle);
int dt_irq_translate(const struct dt_raw_irq *raw, struct dt_irq *out_irq);

#endif
