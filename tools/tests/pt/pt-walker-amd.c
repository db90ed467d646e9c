/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD 48882, 2.2.3 "I/O Page Tables for Host Translations": page directory
 * and page translation entries with PR set, next level and page size
 * encodings, for a device table entry that does not use accessed and dirty
 * bits.
 */
#include "pt-walker.h"

static struct walk_entry bad(const char *why)
{
    return (struct walk_entry){ .kind = WALK_BAD, .why = why };
}

struct walk_entry walk_decode_amd(const struct walk_env *env, uint64_t e,
                                  unsigned int level)
{
    struct walk_entry res = { .kind = WALK_TABLE };
    unsigned int next = e >> 9 & 7;
    uint64_t addr = e & 0x000ffffffffff000ULL;

    /* PR = 0: hardware ignores the rest. */
    if ( !(e & 1) )
        return (struct walk_entry){ .kind = WALK_ABSENT };

    if ( addr >> env->out_bits )
        return bad("address too wide");
    if ( e & 0x07f0000000000000ULL )
        return bad("reserved bits 58:52 set");
    if ( e & 0x8000000000000000ULL || e & 0x19e )
        return bad("ignored bits that nobody uses are set");
    if ( e & 0x60 )
        return bad("accessed or dirty bit");

    /* A level grants what it and all above it grant. */
    res.prot = ((e >> 61 & 1) ? WALK_R : 0) | ((e >> 62 & 1) ? WALK_W : 0);
    res.maddr = addr;

    if ( next == 7 )
        return bad("a page of a size that the level does not have by itself");
    if ( next )
    {
        if ( next >= level )
            return bad("next level is not below this one");
        if ( next != level - 1 )
            return bad("a level skipped");
        if ( e & (3ULL << 59) )
            return bad("reserved bits 60:59 set in a directory entry");
        return res;
    }

    if ( level > 3 )
        return bad("a leaf above 1 GiB");
    if ( addr & ((1ULL << (12 + 9 * (level - 1))) - 1) )
        return bad("address is not aligned to the page's size");
    if ( e & (1ULL << 59) )
        return bad("U bit without ATS that asks for it");
    if ( !(e & (1ULL << 60)) )
        return bad("a leaf that does not force coherence");

    res.kind = WALK_LEAF;

    return res;
}
