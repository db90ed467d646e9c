/* SPDX-License-Identifier: GPL-2.0-only */
/* The VT-d model on arch/host. */

#include <host.h>
#include <xen/errno.h>
#include <xen/mm.h>

#include "vtd-int.h"
#include "vtd-host.h"

const uint64_t vtd_host_first_frame = HOST_ARENA_BASE / PAGE_SIZE;
const uint64_t vtd_host_nr_frames = HOST_ARENA_PAGES;

static uint64_t mmio_read_hook(void *arg, unsigned int off, unsigned int size)
{
    return vtd_model_read(arg, off, size);
}

static void mmio_write_hook(void *arg, unsigned int off, unsigned int size,
                            uint64_t val)
{
    vtd_model_write(arg, off, val, size);
}

static const struct host_mmio_ops mmio_ops = {
    .read = mmio_read_hook,
    .write = mmio_write_hook,
};

static void clean_hook(void *arg, uint64_t ma, size_t size)
{
    vtd_model_cache_clean(arg, ma, size);
}

void vtd_host_attach(struct vtd_model *m)
{
    host_mmio_register(m->cfg.base, m->size, &mmio_ops, m);
    host_on_cache_clean(clean_hook, m);
}

void vtd_host_detach(struct vtd_model *m)
{
    host_off_cache_clean(clean_hook, m);
    host_mmio_unregister(m->cfg.base);
}

/* Freed pages are asked for first: the host's accessors take them as fatal. */
int vtd_host_mem(uint64_t maddr, void *buf, size_t len, bool write)
{
    uint64_t frame = maddr / PAGE_SIZE;

    if ( frame < vtd_host_first_frame ||
         frame - vtd_host_first_frame >= vtd_host_nr_frames )
        return -ENXIO;
    if ( !host_mem_valid(maddr, len) )
        return -EFAULT;

    return (write ? host_mem_write(maddr, buf, len)
                  : host_mem_read(maddr, buf, len)) ? 0 : -ENXIO;
}
