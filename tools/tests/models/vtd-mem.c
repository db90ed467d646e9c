/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory as a VT-d unit sees it.
 *
 * A coherent unit (ECAP.C) reads what the CPU last stored.  Others see a
 * shadow: lines as they were when last written back, and a pattern that is
 * invalid in every structure for lines that never were (§11.4.3, ECAP.C).
 * With a write buffer (CAP.RWBF) the shadow is what was there before the last
 * flush; the two are not modelled together.
 * Status writes are always snooped.  ECAP.C does not name the invalidation
 * queue; a driver that cleans its descriptors is right either way, so this
 * model does not snoop them.
 */

#include <stdlib.h>

#include "vtd-host.h"
#include "vtd-int.h"

#define PAGE                    4096
#define LINE                    64
#define NEVER_CLEANED           0x5b

static uint8_t *shadow_page(struct vtd_model *m, uint64_t maddr)
{
    uint64_t frame = maddr / PAGE - vtd_host_first_frame;

    if ( maddr / PAGE < vtd_host_first_frame || frame >= vtd_host_nr_frames )
        return NULL;

    if ( !m->shadow )
    {
        m->shadow = calloc(vtd_host_nr_frames, sizeof(*m->shadow));
        m->shadow_epoch = calloc(vtd_host_nr_frames, sizeof(*m->shadow_epoch));
        if ( !m->shadow || !m->shadow_epoch )
            abort();
    }

    if ( !m->shadow[frame] )
    {
        if ( !(m->shadow[frame] = malloc(PAGE)) )
            abort();
        memset(m->shadow[frame], NEVER_CLEANED, PAGE);
    }

    return m->shadow[frame];
}

void vtdm_mem_shadow_free(struct vtd_model *m)
{
    uint64_t i;

    for ( i = 0; m->shadow && i < vtd_host_nr_frames; i++ )
        free(m->shadow[i]);
    free(m->shadow);
    free(m->shadow_epoch);
}

static void clean(struct vtd_model *m, uint64_t maddr, size_t len)
{
    uint64_t end = (maddr + len + LINE - 1) & ~(uint64_t)(LINE - 1);

    for ( maddr &= ~(uint64_t)(LINE - 1); maddr < end; maddr += LINE )
    {
        uint8_t *page = shadow_page(m, maddr);

        if ( page )
            vtd_host_mem(maddr, page + maddr % PAGE, LINE, false);
    }
}

void vtd_model_cache_clean(struct vtd_model *m, uint64_t maddr, size_t len)
{
    if ( m->cfg.coherent )
        return;

    vtdm_lock(m);
    clean(m, maddr, len);
    vtdm_unlock(m);
}

static bool access_memory(struct vtd_model *m, uint64_t maddr, void *buf,
                          size_t len, bool write, const char *what)
{
    int rc = vtd_host_mem(maddr, buf, len, write);

    if ( rc == -14 /* EFAULT */ )
        vtdm_violation(m, "%s at %#llx, which is not allocated", what,
                       (unsigned long long)maddr);

    return !rc;
}

/*
 * §11.4.2, RWBF: stores wait in a buffer.  A page is seen as it was when it was
 * first looked at since the buffer was last flushed.
 */
static void refresh(struct vtd_model *m, uint64_t maddr, uint8_t *page)
{
    uint64_t frame = maddr / PAGE - vtd_host_first_frame;

    if ( m->shadow_epoch[frame] == m->epoch + 1 )
        return;

    vtd_host_mem(maddr & ~(uint64_t)(PAGE - 1), page, PAGE, false);
    m->shadow_epoch[frame] = m->epoch + 1;
}

void vtdm_mem_flushed(struct vtd_model *m)
{
    m->epoch++;
}

/* Entries of root, context, page and interrupt remapping tables. */
bool vtdm_mem_walk_read(struct vtd_model *m, uint64_t maddr, void *buf,
                        size_t len)
{
    uint8_t *page;

    if ( !access_memory(m, maddr, buf, len, false, "table walk") )
        return false;

    if ( m->cfg.coherent && !m->cfg.rwbf )
        return true;

    page = shadow_page(m, maddr);
    if ( !page )
        return false;
    if ( m->cfg.coherent )
        refresh(m, maddr, page);
    memcpy(buf, page + maddr % PAGE, len);

    return true;
}

/* Descriptors: not snooped either, but no write buffer is in their way. */
bool vtdm_mem_queue_read(struct vtd_model *m, uint64_t maddr, void *buf,
                         size_t len)
{
    return m->cfg.coherent ? vtdm_mem_read(m, maddr, buf, len)
                           : vtdm_mem_walk_read(m, maddr, buf, len);
}

bool vtdm_mem_read(struct vtd_model *m, uint64_t maddr, void *buf, size_t len)
{
    return access_memory(m, maddr, buf, len, false, "read");
}

bool vtdm_mem_write(struct vtd_model *m, uint64_t maddr, const void *buf,
                    size_t len)
{
    return access_memory(m, maddr, (void *)buf, len, true, "write");
}
