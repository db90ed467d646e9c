/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory as an AMD-Vi unit sees it.
 *
 * With the Coherent bit of the control register, walks of tables see what the
 * CPU last stored (§3.4.1).  Without it they see a shadow: lines as they were
 * when last written back, and a pattern that is reserved in every structure
 * for lines that never were.  Commands, events and completion stores are always
 * coherent.
 */

#include <stdlib.h>

#include "amd-host.h"
#include "amd-int.h"

#define PAGE                    4096
#define LINE                    64
#define NEVER_CLEANED           0xff

/* The frame's number among those that memory has, or -1. */
static long frame_of(uint64_t maddr)
{
    uint64_t frame = maddr / PAGE - amd_host_first_frame;

    return maddr / PAGE < amd_host_first_frame || frame >= amd_host_nr_frames
           ? -1 : (long)frame;
}

static uint8_t *page_of(struct amd_model *m, long frame)
{
    if ( !m->shadow &&
         !(m->shadow = calloc(amd_host_nr_frames, sizeof(*m->shadow))) )
        abort();

    if ( !m->shadow[frame] )
    {
        if ( !(m->shadow[frame] = malloc(PAGE)) )
            abort();
        memset(m->shadow[frame], NEVER_CLEANED, PAGE);
    }

    return m->shadow[frame];
}

void amdm_mem_free(struct amd_model *m)
{
    uint64_t i;

    for ( i = 0; m->shadow && i < amd_host_nr_frames; i++ )
        free(m->shadow[i]);
    free(m->shadow);
}

void amdm_mem_clean(struct amd_model *m, uint64_t maddr, size_t len)
{
    uint64_t end = (maddr + len + LINE - 1) & ~(uint64_t)(LINE - 1);

    for ( maddr &= ~(uint64_t)(LINE - 1); maddr < end; maddr += LINE )
    {
        long frame = frame_of(maddr);

        if ( frame >= 0 )
            amd_host_mem(maddr, page_of(m, frame) + maddr % PAGE, LINE, false);
    }
}

static bool access_memory(struct amd_model *m, uint64_t maddr, void *buf,
                          size_t len, bool write, const char *what)
{
    int rc = amd_host_mem(maddr, buf, len, write);

    if ( rc == -14 /* EFAULT */ )
        amdm_violation(m, "%s at %#llx, which is not allocated", what,
                       (unsigned long long)maddr);

    return !rc;
}

/* Entries of device, page and interrupt tables. */
bool amdm_mem_walk(struct amd_model *m, uint64_t maddr, void *buf, size_t len)
{
    long frame = frame_of(maddr);

    if ( !access_memory(m, maddr, buf, len, false, "table walk") )
        return false;

    if ( !(m->control & C_COHERENT) && frame >= 0 )
        memcpy(buf, page_of(m, frame) + maddr % PAGE, len);

    return true;
}

bool amdm_mem_read(struct amd_model *m, uint64_t maddr, void *buf, size_t len)
{
    return access_memory(m, maddr, buf, len, false, "read");
}

bool amdm_mem_write(struct amd_model *m, uint64_t maddr, const void *buf,
                    size_t len)
{
    return access_memory(m, maddr, (void *)buf, len, true, "write");
}
