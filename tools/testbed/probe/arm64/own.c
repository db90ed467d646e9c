/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Orders of a guest on Arm: `keep_bar', and `bar_gone' when dom0 has taken the
 * device away, which is to end in nothing being there any more.
 */
#include "guest.h"

static struct edu kept;

static int keep_bar(void)
{
    return edu_first(&kept) ? DONE : NO_TEST;
}

static int bar_gone(void)
{
    uint32_t word;

    if ( !kept.bar )
        return NO_TEST;
    if ( !reads(kept.bar, &word) )
    {
        say("the BAR is out of reach\n");
        return DONE;
    }
    say("the BAR reads %08x\n", word);
    return (word & 0xff) == 0xed ? NOT_MOVED : DONE;
}

const struct command own_commands[] = {
    { "keep_bar", NULL, keep_bar },
    { "bar_gone", NULL, bar_gone },
    { }
};
