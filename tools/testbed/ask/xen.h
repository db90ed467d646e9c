/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions for Xen.  All return 0, or -1 with the error in errno.
 */
#ifndef ASK_XEN_H
#define ASK_XEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum xen_kind { XEN_PV, XEN_HVM, XEN_PVH };

struct grant
{
    uint32_t handle;
    uint64_t bus;
};

/* What of the libraries or of Xen cannot be had, or NULL. */
const char *xen_open(void);

/* A domain that may have devices.  Its memory, in pages, begins at frame 0. */
int xen_create(enum xen_kind kind, uint64_t pages, uint32_t *dom);
int xen_destroy(uint32_t dom);

int xen_assign(uint32_t dom, uint32_t sbdf);
int xen_deassign(uint32_t dom, uint32_t sbdf);

int xen_log_dirty(uint32_t dom, bool on);
int xen_paging(uint32_t dom, bool on);
int xen_sharing(uint32_t dom, bool on);

/* One page, there or populated on demand. */
int xen_populate(uint32_t dom, uint64_t gfn, bool on_demand);
int xen_pod_target(uint32_t dom, uint64_t pages);
/* Pages leave the domain. */
int xen_give_back(uint32_t dom, uint64_t gfn, unsigned int nr);

/* What kind of page it is: asked by who saves a domain. */
int xen_type(uint32_t dom, uint64_t gfn);

/* Memory that was plugged in: frames @first to @end, which is not one. */
int xen_add_memory(uint64_t first, uint64_t end);

/* For devices alone: GNTMAP_device_map without GNTMAP_host_map. */
int xen_map_grant(uint32_t dom, uint32_t ref, bool writable, struct grant *g);
int xen_unmap_grant(struct grant g);

/* Memory that hypercalls can have, never given back. */
void *xen_buffer(size_t size);

#endif
