/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of a walk that all formats share: the indices. */
#include "pt-walker.h"

struct walk_result walk(const struct walk_env *env, walk_decode_t *decode,
                        uint64_t addr)
{
    struct walk_result res = { .kind = WALK_BAD, .why = "address too wide" };
    uint64_t table = env->root;
    unsigned int prot = ~0u, level;

    if ( env->in_bits < 64 && addr >> env->in_bits )
        return res;

    for ( level = env->levels; level; level-- )
    {
        unsigned int low = 12 + 9 * (level - 1);
        uint64_t index = addr >> low;
        struct walk_entry entry;

        /* The first table holds as many entries as the width asks for. */
        if ( level != env->levels )
            index &= 511;

        entry = decode(env, env->read(table + index * 8), level);
        res.nr_reads++;
        res.level = level;
        res.kind = entry.kind;
        res.why = entry.why;
        prot &= entry.prot;

        if ( entry.kind == WALK_TABLE )
        {
            table = entry.maddr;
            continue;
        }

        if ( entry.kind == WALK_LEAF )
        {
            res.maddr = entry.maddr | (addr & ((1ULL << low) - 1));
            res.prot = prot;
        }

        return res;
    }

    res.kind = WALK_BAD;
    res.why = "table below the last level";

    return res;
}
