/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RISC-V privileged specification, "Virtual Address Translation Process" with
 * the changes of "Guest-Page Faults" and "Two-Stage Address Translation".
 */
#include "pt-walker.h"

static struct walk_entry bad(const char *why)
{
    return (struct walk_entry){ .kind = WALK_BAD, .why = why };
}

struct walk_entry walk_decode_riscv_g(const struct walk_env *env, uint64_t e,
                                      unsigned int level)
{
    bool v = e & 1, r = e & 2, w = e & 4, x = e & 8, u = e & 16;
    bool a = e & 64, d = e & 128;
    struct walk_entry res = { .maddr = (e >> 10 & 0xfffffffffffULL) << 12 };

    if ( !v )
        return (struct walk_entry){
            .kind = e ? WALK_BAD : WALK_ABSENT,
            .why = "valid bit clear in an entry that is not zero",
        };

    if ( w && !r )
        return bad("writable but not readable: reserved");
    if ( e >> 54 )
        return bad("N, PBMT or reserved bits");
    if ( e & 0x320 )
        return bad("G or RSW bits");
    if ( res.maddr >> env->out_bits )
        return bad("address too wide");

    if ( !r && !x )
    {
        if ( a || d || u )
            return bad("A, D or U in a pointer");
        res.kind = WALK_TABLE;
        res.prot = ~0u;
        return res;
    }

    if ( !u )
        return bad("not a user page");
    if ( !a )
        return bad("accessed bit clear");
    if ( w != d )
        return bad("dirty bit and write permission differ");
    if ( res.maddr & ((1ULL << (12 + 9 * (level - 1))) - 1) )
        return bad("misaligned superpage");

    res.kind = WALK_LEAF;
    res.prot = (r ? WALK_R : 0) | (w ? WALK_W : 0) | (x ? WALK_X : 0);

    return res;
}
