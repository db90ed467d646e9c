/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory as a VT-d unit sees it.
 *
 * A coherent unit (ECAP.C) reads what the CPU last stored.  Others see a
 * shadow: lines as they were when last written back, and a pattern that is
 * invalid in every structure for lines that never were (§11.4.3, ECAP.C).
 * With a write buffer (CAP.RWBF) it sees what was there, or was written back,
 * when it first looked after the last flush.
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

/* The frame's number among those that memory has, or -1. */
static long frame_of(uint64_t maddr)
{
    uint64_t frame = maddr / PAGE - vtd_host_first_frame;

    return maddr / PAGE < vtd_host_first_frame || frame >= vtd_host_nr_frames
           ? -1 : (long)frame;
}

static void *zeroed(size_t size)
{
    void *p = calloc(vtd_host_nr_frames, size);

    if ( !p )
        abort();

    return p;
}

static uint8_t *page_of(uint8_t ***pages, long frame)
{
    if ( !*pages )
        *pages = zeroed(sizeof(**pages));

    if ( !(*pages)[frame] )
    {
        if ( !((*pages)[frame] = malloc(PAGE)) )
            abort();
        memset((*pages)[frame], NEVER_CLEANED, PAGE);
    }

    return (*pages)[frame];
}

static void free_pages(uint8_t **pages)
{
    uint64_t i;

    for ( i = 0; pages && i < vtd_host_nr_frames; i++ )
        free(pages[i]);
    free(pages);
}

void vtdm_mem_shadow_free(struct vtd_model *m)
{
    free_pages(m->shadow);
    free_pages(m->view);
    free(m->view_epoch);
}

static void clean(struct vtd_model *m, uint64_t maddr, size_t len)
{
    uint64_t end = (maddr + len + LINE - 1) & ~(uint64_t)(LINE - 1);

    for ( maddr &= ~(uint64_t)(LINE - 1); maddr < end; maddr += LINE )
    {
        long frame = frame_of(maddr);

        if ( frame >= 0 )
            vtd_host_mem(maddr, page_of(&m->shadow, frame) + maddr % PAGE, LINE,
                         false);
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
static const uint8_t *buffered(struct vtd_model *m, long frame)
{
    uint8_t *page = page_of(&m->view, frame);

    if ( !m->view_epoch )
        m->view_epoch = zeroed(sizeof(*m->view_epoch));

    if ( m->view_epoch[frame] != m->epoch + 1 )
    {
        if ( m->cfg.coherent )
            vtd_host_mem((vtd_host_first_frame + frame) * PAGE, page, PAGE,
                         false);
        else
            memcpy(page, page_of(&m->shadow, frame), PAGE);
        m->view_epoch[frame] = m->epoch + 1;
    }

    return page;
}

void vtdm_mem_flushed(struct vtd_model *m)
{
    m->epoch++;
}

/* Entries of root, context, page and interrupt remapping tables. */
bool vtdm_mem_walk_read(struct vtd_model *m, uint64_t maddr, void *buf,
                        size_t len)
{
    const uint8_t *page;
    long frame = frame_of(maddr);

    if ( !access_memory(m, maddr, buf, len, false, "table walk") )
        return false;

    if ( m->cfg.coherent && !m->cfg.rwbf )
        return true;

    if ( frame < 0 )
        return false;
    page = m->cfg.rwbf ? buffered(m, frame) : page_of(&m->shadow, frame);
    memcpy(buf, page + maddr % PAGE, len);

    return true;
}

/* Descriptors: not snooped either, but no write buffer is in their way. */
bool vtdm_mem_queue_read(struct vtd_model *m, uint64_t maddr, void *buf,
                         size_t len)
{
    long frame = frame_of(maddr);

    if ( !vtdm_mem_read(m, maddr, buf, len) )
        return false;

    if ( !m->cfg.coherent && frame >= 0 )
        memcpy(buf, page_of(&m->shadow, frame) + maddr % PAGE, len);

    return true;
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
