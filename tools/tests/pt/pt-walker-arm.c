/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arm DDI 0487, D8.3 "Translation table descriptor formats", D8.4 and D8.5
 * for stage 2 permissions and memory types; 4 KiB granule, 48-bit output.
 */
#include "pt-walker.h"

static struct walk_entry bad(const char *why)
{
    return (struct walk_entry){ .kind = WALK_BAD, .why = why };
}

struct walk_entry walk_decode_arm_s2(const struct walk_env *env, uint64_t e,
                                     unsigned int level)
{
    /* The architecture counts from 0 at the top of a 4-level walk. */
    unsigned int lookup = 4 - level;
    uint64_t addr = e & 0x0000fffffffff000ULL;
    struct walk_entry res = { .maddr = addr };

    /* Invalid: bits [63:1] are ignored. */
    if ( !(e & 1) )
        return (struct walk_entry){ .kind = WALK_ABSENT };

    if ( addr >> env->out_bits )
        return bad("address size fault");
    if ( e & 0x000f000000000000ULL )
        return bad("bits 51:48 set");
    if ( e & 0xff90000000000000ULL )
        return bad("contiguous or upper attribute bits set");

    if ( lookup < 3 && (e & 2) )
    {
        if ( e & 0xffc )
            return bad("low attributes in a table descriptor");
        res.kind = WALK_TABLE;
        res.prot = ~0u;
        return res;
    }

    if ( lookup == 3 && !(e & 2) )
        return bad("reserved encoding at level 3");
    if ( lookup == 0 )
        return bad("block at level 0");
    if ( addr & ((1ULL << (12 + 9 * (level - 1))) - 1) )
        return bad("block address is not aligned");
    if ( !(e & (1 << 10)) )
        return bad("access flag fault");
    if ( e & (1 << 11) )
        return bad("bit 11 set");

    switch ( (e >> 2) & 15 )
    {
    case 15: /* normal, inner and outer write-back: must be shareable */
        if ( ((e >> 8) & 3) != 3 )
            return bad("normal memory is not inner shareable");
        break;
    case 1:  /* Device-nGnRE */
        res.prot |= WALK_DEV;
        break;
    default:
        return bad("memory type that nobody asked for");
    }

    res.prot |= (e & (1 << 6)) ? WALK_R : 0;
    res.prot |= (e & (1 << 7)) ? WALK_W : 0;
    switch ( (e >> 53) & 3 )
    {
    case 0:
        res.prot |= WALK_X;
        break;
    case 2:
        break;
    default:
        return bad("execute-never for one exception level only");
    }
    res.kind = WALK_LEAF;

    return res;
}
