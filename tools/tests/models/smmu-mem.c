/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SMMUv3 model on arch/host: registers, memory as the unit sees it.
 *
 * A coherent unit (IDR0.COHACC) reads what the CPU last stored.  Others see a
 * shadow: lines as they were when last cleaned, and a pattern that is invalid
 * in every structure for lines that never were.
 */
#include <stdlib.h>

#include <host.h>
#include <xen/mm.h>

#include "smmu-int.h"

#define PAGE            4096
#define LINE            64
#define NEVER_CLEANED   0x5b
#define FIRST_FRAME     (HOST_ARENA_BASE / PAGE)

static uint64_t read_hook(void *arg, unsigned int off, unsigned int size)
{
    return smmu_model_read(arg, off, size);
}

static void write_hook(void *arg, unsigned int off, unsigned int size,
                       uint64_t val)
{
    smmu_model_write(arg, off, val, size);
}

static const struct host_mmio_ops ops = {
    .read = read_hook,
    .write = write_hook,
};

static uint8_t *shadow_page(struct smmu_model *m, uint64_t maddr)
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

static void clean_hook(void *arg, uint64_t maddr, size_t size)
{
    struct smmu_model *m = arg;
    uint64_t end = (maddr + size + LINE - 1) & ~(uint64_t)(LINE - 1);

    smmum_lock(m);
    for ( maddr &= ~(uint64_t)(LINE - 1); !m->cfg.coherent && maddr < end;
          maddr += LINE )
    {
        uint8_t *page = shadow_page(m, maddr);

        if ( page && host_mem_valid(maddr, LINE) )
            host_mem_read(maddr, page + maddr % PAGE, LINE);
    }
    smmum_unlock(m);
}

void smmum_host_attach(struct smmu_model *m)
{
    host_mmio_register(m->cfg.base, m->cfg.page0_only ? R_PAGE : 2 * R_PAGE,
                       &ops, m);
    host_on_cache_clean(clean_hook, m);
}

void smmum_host_detach(struct smmu_model *m)
{
    uint64_t i;

    host_off_cache_clean(clean_hook, m);
    host_mmio_unregister(m->cfg.base);
    for ( i = 0; m->shadow && i < HOST_ARENA_PAGES; i++ )
        free(m->shadow[i]);
    free(m->shadow);
}

/* Freed pages are asked for first: the host's accessors take them as fatal. */
bool smmum_mem_read(struct smmu_model *m, uint64_t maddr, void *buf, size_t len,
                    const char *what)
{
    const uint8_t *page;

    if ( !host_mem_valid(maddr, len) )
    {
        smmum_violation(m, "%s at %#llx, which is not allocated", what,
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

bool smmum_mem_write(struct smmu_model *m, uint64_t maddr, const void *buf,
                     size_t len)
{
    if ( host_mem_valid(maddr, len) )
        return host_mem_write(maddr, buf, len);

    smmum_violation(m, "write at %#llx, which is not allocated",
                    (unsigned long long)maddr);

    return false;
}
