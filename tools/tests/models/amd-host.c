/* SPDX-License-Identifier: GPL-2.0-only */
/* The AMD-Vi model on arch/host. */

#include <host.h>
#include <xen/errno.h>
#include <xen/mm.h>
#include <xen/pci.h>

#include "amd-int.h"
#include "amd-host.h"

const uint64_t amd_host_first_frame = HOST_ARENA_BASE / PAGE_SIZE;
const uint64_t amd_host_nr_frames = HOST_ARENA_PAGES;

static uint64_t mmio_read_hook(void *arg, unsigned int off, unsigned int size)
{
    return amd_model_read(arg, off, size);
}

static void mmio_write_hook(void *arg, unsigned int off, unsigned int size,
                            uint64_t val)
{
    amd_model_write(arg, off, val, size);
}

static const struct host_mmio_ops mmio_ops = {
    .read = mmio_read_hook,
    .write = mmio_write_hook,
};

static uint32_t conf_read_hook(void *arg, unsigned int reg, unsigned int size)
{
    uint32_t val;

    amdm_lock(arg);
    val = amdm_conf_read(arg, reg, size);
    amdm_unlock(arg);

    return val;
}

static void conf_write_hook(void *arg, unsigned int reg, unsigned int size,
                            uint32_t val)
{
    amdm_lock(arg);
    amdm_conf_write(arg, reg, size, val);
    amdm_unlock(arg);
}

static const struct host_pci_model conf_ops = {
    .read = conf_read_hook,
    .write = conf_write_hook,
};

static void clean_hook(void *arg, uint64_t ma, size_t size)
{
    amdm_lock(arg);
    amdm_mem_clean(arg, ma, size);
    amdm_unlock(arg);
}

static pci_sbdf_t sbdf_of(const struct amd_model *m)
{
    return (pci_sbdf_t){ .sbdf = m->cfg.segment << 16 | m->cfg.bdf };
}

void amd_host_attach(struct amd_model *m)
{
    host_mmio_register(m->cfg.base, m->size, &mmio_ops, m);
    host_pci_model_add(sbdf_of(m), &conf_ops, m);
    host_on_cache_clean(clean_hook, m);
}

void amd_host_detach(struct amd_model *m)
{
    host_off_cache_clean(clean_hook, m);
    host_pci_remove(sbdf_of(m));
    host_mmio_unregister(m->cfg.base);
}

/* Freed pages are asked for first: the host's accessors take them as fatal. */
int amd_host_mem(uint64_t maddr, void *buf, size_t len, bool write)
{
    uint64_t frame = maddr / PAGE_SIZE;

    if ( frame < amd_host_first_frame ||
         frame - amd_host_first_frame >= amd_host_nr_frames )
        return -ENXIO;
    if ( !host_mem_valid(maddr, len) )
        return -EFAULT;

    return (write ? host_mem_write(maddr, buf, len)
                  : host_mem_read(maddr, buf, len)) ? 0 : -ENXIO;
}
