/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Through the libraries that dom0's toolstack has, whose headers nobody here
 * needs to have: libxenctrl as it is in 4.20, which has no stable interface, and
 * libxencall, which has one.  Layouts are those of Xen's public headers
 * domctl.h, platform.h, grant_table.h and sysctl.h.
 */
#include "xen.h"

#include "groups.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIBXENCTRL "libxenctrl.so.4.20"
#define LIBXENCALL "libxencall.so.1"

#define CDF_HVM   (1u << 0)
#define CDF_HAP   (1u << 1)
#define CDF_IOMMU (1u << 5)

#define EMU_LAPIC (1u << 0)
#define EMU_ALL   0x3ffu        /* all but vPCI */

#define SHADOW_OP_OFF             0
#define SHADOW_OP_ENABLE_LOGDIRTY 2

#define MEMF_POPULATE_ON_DEMAND (1u << 16)

#define HYPERCALL_PLATFORM_OP    7
#define HYPERCALL_GRANT_TABLE_OP 20
#define HYPERCALL_SYSCTL         35
#define PLATFORM_VERSION 0x03000001u
#define PLATFORM_MEM_HOTADD 59
/* Of 4.20 and of what came after it: the operation is the same. */
#define SYSCTL_VERSION_FIRST 0x15u
#define SYSCTL_VERSION_LAST  0x17u
#define SYSCTL_IOMMU_GROUPS 31
#define GRANT_MAP   0
#define GRANT_UNMAP 1
#define GRANT_DEVICE_MAP (1u << 0)
#define GRANT_READONLY   (1u << 2)

struct createdomain
{
    uint32_t ssidref;
    uint8_t handle[16];
    uint32_t flags, iommu_opts, max_vcpus, max_evtchn_port;
    int32_t max_grant_frames, max_maptrack_frames;
    uint32_t grant_opts, altp2m_opts, vmtrace_size, cpupool_id;
    uint32_t emulation_flags, misc_flags;
};

struct platform_op
{
    uint32_t cmd, version;
    union
    {
        struct { uint64_t spfn, epfn; uint32_t pxm, flags; } mem;
        uint8_t pad[128];
    };
};

struct sysctl
{
    uint32_t cmd, version;
    union
    {
        struct groups_op groups;
        uint8_t pad[128];
    };
};

struct grant_map
{
    uint64_t host_addr;
    uint32_t flags, ref;
    uint16_t dom;
    int16_t status;
    uint32_t handle;
    uint64_t dev_bus_addr;
};

struct grant_unmap
{
    uint64_t host_addr, dev_bus_addr;
    uint32_t handle;
    int16_t status;
};

static void *xc, *calls;

static struct
{
    void *(*open)(void *, void *, unsigned int);
    int (*create)(void *, uint32_t *, struct createdomain *);
    int (*destroy)(void *, uint32_t);
    int (*max_vcpus)(void *, uint32_t, unsigned int);
    int (*max_mem)(void *, uint32_t, uint64_t);
    int (*assign)(void *, uint32_t, uint32_t, uint32_t);
    int (*deassign)(void *, uint32_t, uint32_t);
    int (*shadow)(void *, uint32_t, unsigned int, unsigned int *, unsigned int);
    int (*paging_on)(void *, uint32_t, uint32_t *);
    int (*paging_off)(void *, uint32_t);
    int (*sharing)(void *, uint32_t, int);
    int (*populate)(void *, uint32_t, unsigned long, unsigned int,
                    unsigned int, unsigned long *);
    int (*give_back)(void *, uint32_t, unsigned long, unsigned int,
                     unsigned long *);
    int (*pod_target)(void *, uint32_t, uint64_t, uint64_t *, uint64_t *,
                      uint64_t *);
    int (*types)(void *, uint32_t, unsigned int, unsigned long *);
    void *(*open_calls)(void *, unsigned int);
    void *(*buffer)(void *, size_t);
    int (*call1)(void *, unsigned int, uint64_t);
    int (*call3)(void *, unsigned int, uint64_t, uint64_t, uint64_t);
} fn;

enum { CTRL, CALL };

static const struct { const char *name; void *fn; int lib; } symbols[] = {
    { "xc_interface_open", &fn.open, CTRL },
    { "xc_domain_create", &fn.create, CTRL },
    { "xc_domain_destroy", &fn.destroy, CTRL },
    { "xc_domain_max_vcpus", &fn.max_vcpus, CTRL },
    { "xc_domain_setmaxmem", &fn.max_mem, CTRL },
    { "xc_assign_device", &fn.assign, CTRL },
    { "xc_deassign_device", &fn.deassign, CTRL },
    { "xc_shadow_control", &fn.shadow, CTRL },
    { "xc_mem_paging_enable", &fn.paging_on, CTRL },
    { "xc_mem_paging_disable", &fn.paging_off, CTRL },
    { "xc_memshr_control", &fn.sharing, CTRL },
    { "xc_domain_populate_physmap_exact", &fn.populate, CTRL },
    { "xc_domain_decrease_reservation_exact", &fn.give_back, CTRL },
    { "xc_domain_set_pod_target", &fn.pod_target, CTRL },
    { "xc_get_pfn_type_batch", &fn.types, CTRL },
    { "xencall_open", &fn.open_calls, CALL },
    { "xencall_alloc_buffer", &fn.buffer, CALL },
    { "xencall1", &fn.call1, CALL },
    { "xencall3", &fn.call3, CALL },
};

const char *xen_open(void)
{
    void *lib[] = { [CTRL] = dlopen(LIBXENCTRL, RTLD_NOW),
                    [CALL] = dlopen(LIBXENCALL, RTLD_NOW) };
    unsigned int i;

    if ( !lib[CTRL] || !lib[CALL] )
        return "no " LIBXENCTRL ", or no " LIBXENCALL;
    for ( i = 0; i < sizeof(symbols) / sizeof(*symbols); i++ )
    {
        void *sym = dlsym(lib[symbols[i].lib], symbols[i].name);

        if ( !sym )
            return symbols[i].name;
        memcpy(symbols[i].fn, &sym, sizeof(sym));
    }
    xc = fn.open(NULL, NULL, 0);
    calls = fn.open_calls(NULL, 0);

    return xc && calls ? NULL : "Xen cannot be reached";
}

int xen_populate(uint32_t dom, uint64_t gfn, bool on_demand)
{
    unsigned long frame = gfn;

    return fn.populate(xc, dom, 1, 0,
                       on_demand ? MEMF_POPULATE_ON_DEMAND : 0, &frame);
}

int xen_give_back(uint32_t dom, uint64_t gfn, unsigned int nr)
{
    unsigned long frames[4096];
    unsigned int i;

    if ( nr > sizeof(frames) / sizeof(*frames) )
    {
        errno = E2BIG;
        return -1;
    }
    for ( i = 0; i < nr; i++ )
        frames[i] = gfn + i;

    return fn.give_back(xc, dom, nr, 0, frames);
}

int xen_create(enum xen_kind kind, uint64_t pages, uint32_t *dom)
{
    struct createdomain c = {
        .flags = CDF_IOMMU | (kind == XEN_PV ? 0 : CDF_HVM | CDF_HAP),
        .max_vcpus = 1, .max_evtchn_port = 1023,
        .max_grant_frames = -1, .max_maptrack_frames = -1, .grant_opts = 1,
        .emulation_flags = kind == XEN_PV ? 0
                           : kind == XEN_HVM ? EMU_ALL : EMU_LAPIC,
    };
    uint64_t i;
    int rc;

    *dom = 0;
    if ( fn.create(xc, dom, &c) )
        return -1;
    /* A little more than it has, for what is asked later. */
    rc = fn.max_mem(xc, *dom, (pages + 1024) * 4);
    /* Of a domain without one Xen refuses much, whatever it is. */
    if ( !rc )
        rc = fn.max_vcpus(xc, *dom, 1);
    for ( i = 0; !rc && i < pages; i++ )
        rc = xen_populate(*dom, i, false);
    if ( rc )
    {
        rc = errno;
        fn.destroy(xc, *dom);
        errno = rc;
        return -1;
    }

    return 0;
}

int xen_destroy(uint32_t dom)
{
    return fn.destroy(xc, dom);
}

int xen_assign(uint32_t dom, uint32_t sbdf)
{
    return fn.assign(xc, dom, sbdf, 0);
}

int xen_deassign(uint32_t dom, uint32_t sbdf)
{
    return fn.deassign(xc, dom, sbdf);
}

int xen_log_dirty(uint32_t dom, bool on)
{
    return fn.shadow(xc, dom, on ? SHADOW_OP_ENABLE_LOGDIRTY : SHADOW_OP_OFF,
                     NULL, 0) < 0 ? -1 : 0;
}

int xen_paging(uint32_t dom, bool on)
{
    uint32_t port;

    return on ? fn.paging_on(xc, dom, &port) : fn.paging_off(xc, dom);
}

int xen_sharing(uint32_t dom, bool on)
{
    return fn.sharing(xc, dom, on);
}

int xen_pod_target(uint32_t dom, uint64_t pages)
{
    return fn.pod_target(xc, dom, pages, NULL, NULL, NULL);
}

int xen_type(uint32_t dom, uint64_t gfn)
{
    unsigned long frame = gfn;

    return fn.types(xc, dom, 1, &frame);
}

int xen_add_memory(uint64_t first, uint64_t end)
{
    struct platform_op *op = fn.buffer(calls, sizeof(*op));

    if ( !op )
        return -1;
    memset(op, 0, sizeof(*op));
    op->cmd = PLATFORM_MEM_HOTADD;
    op->version = PLATFORM_VERSION;
    op->mem.spfn = first;
    op->mem.epfn = end;

    return fn.call1(calls, HYPERCALL_PLATFORM_OP, (uintptr_t)op);
}

/* The status of a grant operation is an error of its own (GNTST_*). */
static int grant_op(unsigned int cmd, void *op, const int16_t *status)
{
    if ( fn.call3(calls, HYPERCALL_GRANT_TABLE_OP, cmd, (uintptr_t)op, 1) )
        return -1;
    if ( *status )
    {
        errno = EPERM;
        return -1;
    }

    return 0;
}

int xen_map_grant(uint32_t dom, uint32_t ref, bool writable, struct grant *g)
{
    struct grant_map *op = fn.buffer(calls, sizeof(*op));

    if ( !op )
        return -1;
    memset(op, 0, sizeof(*op));
    op->flags = GRANT_DEVICE_MAP | (writable ? 0 : GRANT_READONLY);
    op->ref = ref;
    op->dom = dom;
    if ( grant_op(GRANT_MAP, op, &op->status) )
        return -1;
    g->handle = op->handle;
    g->bus = op->dev_bus_addr;

    return 0;
}

int xen_unmap_grant(struct grant g)
{
    struct grant_unmap *op = fn.buffer(calls, sizeof(*op));

    if ( !op )
        return -1;
    memset(op, 0, sizeof(*op));
    op->dev_bus_addr = g.bus;
    op->handle = g.handle;

    return grant_op(GRANT_UNMAP, op, &op->status);
}

void *xen_buffer(size_t size)
{
    return fn.buffer(calls, size);
}

int xen_groups(struct groups_op *groups)
{
    static struct sysctl *op;
    uint32_t version;
    int rc = -1;

    if ( !op && !(op = xen_buffer(sizeof(*op))) )
        return -1;

    for ( version = SYSCTL_VERSION_FIRST; rc && version <= SYSCTL_VERSION_LAST;
          version++ )
    {
        memset(op, 0, sizeof(*op));
        op->cmd = SYSCTL_IOMMU_GROUPS;
        op->version = version;
        op->groups = *groups;
        rc = fn.call1(calls, HYPERCALL_SYSCTL, (uintptr_t)op);
        if ( rc && errno != EACCES )
            break;
    }
    *groups = op->groups;

    return rc;
}
