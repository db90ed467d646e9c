/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SMMUv2 model on arch/host: registers, memory as the unit sees it.
 *
 * A coherent unit reads what the CPU last stored.  Others see a
 * shadow: lines as they were when last cleaned, and a pattern that is invalid
 * in every structure for lines that never were.
 */
#include <stdlib.h>

#include <host.h>
#include <xen/mm.h>

#include "smmuv2-int.h"

#define PAGE            4096
#define LINE            64
#define NEVER_CLEANED   0x5b
#define FIRST_FRAME     (HOST_ARENA_BASE / PAGE)

static uint64_t read_hook(void *arg, unsigned int off, unsigned int size)
{
    return smmuv2_model_read(arg, off, size);
}

static void write_hook(void *arg, unsigned int off, unsigned int size,
                       uint64_t val)
{
    smmuv2_model_write(arg, off, val, size);
}

static const struct host_mmio_ops ops = {
    .read = read_hook,
    .write = write_hook,
};

static uint8_t *shadow_page(struct smmuv2_model *m, uint64_t maddr)
{
    uint64_t frame = maddr / PAGE - FIRST_FRAME;

    if ( maddr / PAGE < FIRST_FRAME || frame >= HOST_ARENA_PAGES )
        return NULL;

    if ( !m->shadow )
        m->shadow = calloc(HOST_ARENA_PAGES, sizeof(*m->shadow));
    if ( m->shadow && !m->shadow[frame] )
    {
        m->shadow[frame] = malloc(PAGE);
        if ( m->shadow[frame] )
            memset(m->shadow[frame], NEVER_CLEANED, PAGE);
    }
    if ( !m->shadow || !m->shadow[frame] )
        abort();

    return m->shadow[frame];
}

/* Of a unit's lines it changes none. */
static void clean_hook(void *arg, uint64_t maddr, size_t size)
{
    struct smmuv2_model *m = arg;
    uint64_t end = (maddr + size + LINE - 1) & ~(uint64_t)(LINE - 1);

    if ( m->cfg.coherent )
        return;

    v2m_lock(m);
    for ( maddr &= ~(uint64_t)(LINE - 1); maddr < end; maddr += LINE )
    {
        uint8_t *page = shadow_page(m, maddr);

        if ( page && host_mem_valid(maddr, LINE) )
            host_mem_read(maddr, page + maddr % PAGE, LINE);
    }
    pthread_mutex_unlock(&m->lock);
}

void v2m_host_attach(struct smmuv2_model *m)
{
    host_mmio_register(m->cfg.base, smmuv2_model_size(&m->cfg), &ops, m);
    host_on_cache_clean(clean_hook, m);
}

void v2m_host_detach(struct smmuv2_model *m)
{
    uint64_t i;

    host_off_cache_clean(clean_hook, m);
    host_mmio_unregister(m->cfg.base);
    for ( i = 0; m->shadow && i < HOST_ARENA_PAGES; i++ )
        free(m->shadow[i]);
    free(m->shadow);
}

/* Freed pages are asked for first: the host's accessors take them as fatal. */
bool v2m_mem_read(struct smmuv2_model *m, uint64_t maddr, void *buf, size_t len)
{
    const uint8_t *page;

    if ( !host_mem_valid(maddr, len) )
    {
        v2m_violation(m, "table walk at %#llx, which is not allocated",
                      (unsigned long long)maddr);
        return false;
    }

    if ( m->cfg.coherent )
        return host_mem_read(maddr, buf, len);

    page = shadow_page(m, maddr);
    if ( page )
        memcpy(buf, page + maddr % PAGE, len);

    return page;
}
