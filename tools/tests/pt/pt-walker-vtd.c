/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VT-d specification 4.1, 3.7 "Second-Stage Translation" and 9.8
 * "Second-Stage Paging Entries".
 */
#include "pt-walker.h"

static struct walk_entry bad(const char *why)
{
    return (struct walk_entry){ .kind = WALK_BAD, .why = why };
}

struct walk_entry walk_decode_vtd(const struct walk_env *env, uint64_t e,
                                  unsigned int level)
{
    struct walk_entry res = { .kind = WALK_TABLE };
    bool large = e & 0x80;
    uint64_t addr = e & 0x000ffffffffff000ULL;

    /* 3.7.1: an entry with neither read nor write permission is absent. */
    if ( !(e & 3) )
        return (struct walk_entry){ .kind = WALK_ABSENT };

    if ( addr >> env->out_bits )
        return bad("address above the host address width");
    if ( e & (1ULL << 62) )
        return bad("transient mapping, bit 62");
    if ( e & 0xbff0000000000000ULL )
        return bad("ignored bits that nobody uses are set");
    if ( e & 0x77c )
        return bad("bits 10:8 or 6:2 set");

    /* Permissions are those of all entries used, ANDed. */
    res.prot = ((e & 1) ? WALK_R : 0) | ((e & 2) ? WALK_W : 0);
    res.maddr = addr;

    if ( level > 1 && !large )
    {
        if ( e & 0x800 )
            return bad("snoop bit in an entry that is no leaf");
        res.prot |= WALK_SNP;
        return res;
    }

    if ( level > 3 )
        return bad("page size bit above the 1 GiB level");
    if ( level == 1 && large )
        return bad("page size bit at the last level");
    if ( addr & ((1ULL << (12 + 9 * (level - 1))) - 1) )
        return bad("superpage address is not aligned");
    if ( (e & 0x800) && !env->snoop )
        return bad("snoop bit without snoop control");

    res.kind = WALK_LEAF;
    res.prot |= (e & 0x800) ? WALK_SNP : 0;

    return res;
}
