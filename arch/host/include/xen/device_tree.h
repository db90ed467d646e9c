/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's device-tree nodes. A test that links what looks into them defines the
 * functions. */
#ifndef HOST_XEN_DEVICE_TREE_H
#define HOST_XEN_DEVICE_TREE_H

#include <xen/byteorder.h>
#include <xen/list.h>
#include <xen/rwlock.h>
#include <xen/types.h>
#include <public/domctl.h>
#include <public/xen.h>

#define DT_MAX_IRQ_SPEC 4

struct device {
    struct iommu_dev *iommu;
};

struct dt_device_node {
    const char *name;
    const char *full_name;
    domid_t used_by;
    bool is_protected;
    struct list_head domain_list;
    struct device dev;
    /* The test's: where its properties are. */
    struct list_head host_list;
    const void *host_fdt;
    int host_node;
};

struct dt_irq {
    unsigned int irq;
    unsigned int type;
};

struct dt_raw_irq {
    const struct dt_device_node *controller;
    uint32_t size;
    uint32_t specifier[DT_MAX_IRQ_SPEC];
};

struct dt_device_match {
    const char *compatible;
};
#define DT_MATCH_COMPATIBLE(name) { .compatible = (name) }

extern rwlock_t dt_host_lock;
extern const void *device_tree_flattened;

#define dt_node_full_name(np) ((np)->full_name)
#define dt_device_set_used_by(np, who) ((void)((np)->used_by = (who)))
#define dt_device_set_protected(np) ((void)((np)->is_protected = true))

unsigned int dt_number_of_irq(const struct dt_device_node *device);
const void *dt_get_property(const struct dt_device_node *np, const char *name,
                            uint32_t *lenp);
bool dt_property_read_u32(const struct dt_device_node *np, const char *name,
                          uint32_t *out_value);
struct dt_device_node *dt_find_node_by_phandle(uint32_t handle);
struct dt_device_node *dt_find_node_by_path(const char *path);
int dt_find_node_by_gpath(XEN_GUEST_HANDLE(char) path, uint32_t size,
                          struct dt_device_node **np);
struct dt_device_node *dt_parse_phandle(const struct dt_device_node *np,
                                        const char *name, int index);
bool dt_device_for_passthrough(const struct dt_device_node *np);
int dt_irq_translate(const struct dt_raw_irq *raw, struct dt_irq *out_irq);
int platform_get_irq(const struct dt_device_node *np, int index);
int dt_pci_init(void);

/* Xen's own on Arm. */
struct domain;
int iommu_dt_domain_init(struct domain *d);
int iommu_add_dt_device(struct dt_device_node *np);
int iommu_remove_dt_device(struct dt_device_node *np);
int iommu_assign_dt_device(struct domain *d, struct dt_device_node *np);
int iommu_deassign_dt_device(struct domain *d, struct dt_device_node *np);
int iommu_release_dt_devices(struct domain *d);
int iommu_do_dt_domctl(struct xen_domctl *domctl, struct domain *d,
                       XEN_GUEST_HANDLE_PARAM(xen_domctl_t) u_domctl);

#endif
