/* SPDX-License-Identifier: GPL-2.0-only */
/* A set of stream IDs as IDs with masks, which is what an SMR compares. */

#include <xen/errno.h>
#include <xen/lib.h>

#include "smmuv2.h"

/* A part of the set: IDs of so many low bits, behind the same high ones. */
struct part {
    const uint64_t *set;
    uint64_t *room;                /* for one half */
    unsigned int bits;
    struct smmu2_cube cube;        /* of the high bits */
    unsigned int step;
};

static unsigned int nr_words(unsigned int bits)
{
    return bits > 6 ? 1u << (bits - 6) : 1;
}

/* All of a set's last word: of @bits below 6 only some of it is used. */
static uint64_t ones(unsigned int bits)
{
    return bits < 6 ? (1ULL << (1u << bits)) - 1 : ~0ULL;
}

static bool all_are(const uint64_t *set, unsigned int bits, uint64_t val)
{
    unsigned int i;

    for ( i = 0; i < nr_words(bits); i++ )
        if ( set[i] != val )
            return false;

    return true;
}

static uint64_t low_half(const uint64_t *set, unsigned int bits, unsigned int i)
{
    return bits > 6 ? set[i] : set[0] & ones(bits - 1);
}

static uint64_t high_half(const uint64_t *set, unsigned int bits,
                          unsigned int i)
{
    return bits > 6 ? set[i + nr_words(bits) / 2]
                    : set[0] >> (1u << (bits - 1));
}

/*
 * What is in both halves goes together; then what is in the one or the other.
 */
static void split(const struct part *p, bool together, struct part *next)
{
    unsigned int bit = p->bits - 1, i;

    for ( i = 0; i < nr_words(bit); i++ )
    {
        uint64_t low = low_half(p->set, p->bits, i);
        uint64_t high = high_half(p->set, p->bits, i);
        uint64_t both = together ? low & high : 0;

        p->room[i] = (p->step == 0 ? both : p->step == 1 ? low & ~both
                                                         : high & ~both);
    }

    *next = (struct part){
        .set = p->room, .room = p->room + nr_words(bit), .bits = bit,
        .cube = p->cube,
    };
    if ( p->step == 0 )
        next->cube.mask |= 1u << bit;
    if ( p->step == 2 )
        next->cube.id |= 1u << bit;
}

int smmu2_cover(const uint64_t *set, uint16_t mask_bits, uint64_t *scratch,
                struct smmu2_cube *out, unsigned int max)
{
    struct part parts[SMMU2_SID_BITS + 1], *p = parts;
    unsigned int nr = 0;

    *p = (struct part){ .set = set, .room = scratch, .bits = SMMU2_SID_BITS };
    while ( p >= parts )
    {
        uint16_t low = (1u << p->bits) - 1;
        bool whole = !(low & ~mask_bits) &&
                     all_are(p->set, p->bits, ones(p->bits));

        if ( p->step == 3 || all_are(p->set, p->bits, 0) )
            p--;
        else if ( whole )
        {
            if ( nr == max )
                return -ENOSPC;
            out[nr] = p->cube;
            out[nr++].mask |= low;
            p--;
        }
        else
        {
            split(p, mask_bits & (1u << (p->bits - 1)), p + 1);
            p->step++;
            p++;
        }
    }

    return nr;
}
