/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory blocks of the IVRS (IVMD): 48882, §5.2.
 *
 * A unity block says who must reach it, to read, to write or both.  An
 * exclusion range is what units do not translate, for registers that hold one;
 * translated one to one it does the same, for any number of them.
 */

#include <xen/init.h>
#include <xen/inttypes.h>
#include <xen/mm.h>
#include <xen/string.h>

#include "ivrs-parse.h"

/* NULL, or why this says nothing that can be done. */
static const char *__init bad_block(const struct ivrs_ivmd *from,
                                    const struct amd_ivmd *ivmd,
                                    unsigned int width)
{
    if ( !from->bytes )
        return "it is empty";
    /* Fields that nobody filled in: what is there no device needs. */
    if ( !from->base )
        return "it is at address 0";
    if ( ivmd->limit < ivmd->base || (ivmd->limit >> width) )
        return "it is beyond the address width";
    if ( from->bytes > AMD_IVMD_MAX )
        return "it is larger than any";
    if ( ivmd->first > ivmd->last )
        return "its devices end before they begin";
    if ( !ivmd->read && !ivmd->write )
        return "no device may read or write it";

    return NULL;
}

static void __init take_devices(const struct ivrs_ivmd *from,
                                struct amd_ivmd *ivmd)
{
    ivmd->segment = from->segment;
    ivmd->first = ivmd->last = from->hdr.devid;

    switch ( from->hdr.type )
    {
    /* The unit's devices, wherever they are. */
    case IVRS_IVMD_UNIT:
    case IVRS_IVMD_ALL:
        ivmd->first = 0;
        ivmd->last = UINT16_MAX;
        break;

    case IVRS_IVMD_RANGE:
        ivmd->last = from->last;
        break;

    default:
        break;
    }

    ivmd->wide = PCI_BUS(ivmd->first) != PCI_BUS(ivmd->last);
}

void __init ivrs_parse_ivmd(const struct ivrs_parse *p, uint32_t off)
{
    const struct ivrs_ivmd *from = (const void *)(p->table + off);
    struct amd_ivmd *ivmd = &p->out->ivmd[p->out->nr_ivmd];
    bool many = p->out->nr_ivmd == AMD_IVMD_MAX_BLOCKS;
    bool exclusion = from->hdr.flags & IVMD_FLAG_EXCLUSION;
    bool unity = from->hdr.flags & IVMD_FLAG_UNITY;
    const char *why;

    ivmd->offset = off;
    take_devices(from, ivmd);
    ivmd->read = exclusion || (unity && (from->hdr.flags & IVMD_FLAG_READ));
    ivmd->write = exclusion || (unity && (from->hdr.flags & IVMD_FLAG_WRITE));
    ivmd->base = from->base;
    ivmd->limit = from->base + from->bytes - 1;

    why = many ? "there are too many" : bad_block(from, ivmd, p->out->width);
    if ( why )
    {
        ivrs_warn(p->out, off, "IVMD at %#"PRIpaddr" of %#"PRIx64" bytes ignored: %s",
                  ivmd->base, from->bytes, why);
        memset(ivmd, 0, sizeof(*ivmd));
        return;
    }

    /* Devices need every byte of it, so that pages go outwards. */
    ivmd->base &= PAGE_MASK;
    ivmd->limit |= PAGE_SIZE - 1;
    if ( ivmd->limit - ivmd->base + 1 != from->bytes )
        ivrs_warn(p->out, off,
                  "IVMD at %#"PRIpaddr" of %#"PRIx64" bytes is not whole pages: taken as [%#"PRIpaddr", %#"PRIpaddr"]",
                  (paddr_t)from->base, from->bytes, ivmd->base, ivmd->limit);
    p->out->nr_ivmd++;
}
