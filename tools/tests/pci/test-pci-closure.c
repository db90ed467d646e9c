/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All groups of a machine at once, of random machines: pci/closure.c compares
 * few pairs, and must come to what comparing all of them comes to.
 */
#include <stdio.h>

#include "pci-build.h"

#define FNS   20
#define BUSES 6

static uint64_t seed = 0x20202020;

static unsigned int pick(unsigned int nr)
{
    return test_random(&seed) % nr;
}

/* Bridges are as likely as not to lead somewhere that makes sense. */
static void make_bridge(struct fn *fn, unsigned int bus)
{
    static const unsigned int kinds[] = { RP, UP, DOWN, TOPCI, TOPCIE, CONV };

    fn->kind = kinds[pick(ARRAY_SIZE(kinds))];
    fn->class = 0x0604;
    fn->sec = pick(8) ? min(bus + 1 + pick(2), BUSES - 1U) : 1 + pick(BUSES - 1);
    fn->sub = fn->sec + (pick(3) ? 0 : pick(3));
}

static void make_function(struct fn *fn)
{
    static const unsigned int kinds[] = { EP, EP, EP, LEGEP, RCIEP, CONV, RCEC };
    /* DMA as function 0, as function 1, a proxy's. */
    static const uint32_t ids[] = { 0, 0, 0, 0xe8321180, 0x91231b4b, 0x8532f8 };

    fn->kind = kinds[pick(ARRAY_SIZE(kinds))];
    fn->id = ids[pick(ARRAY_SIZE(ids))];
    fn->phantom = pick(6) ? 0 : pick(4);
}

static bool taken(const struct fn *fns, unsigned int nr, const char *name)
{
    while ( nr-- )
        if ( !strcmp(fns[nr].name, name) )
            return true;

    return false;
}

static void random_machine(void)
{
    static char names[FNS][16];
    struct fn fns[FNS] = {};
    unsigned int i;

    for ( i = 0; i < FNS; i++ )
    {
        unsigned int bus = pick(BUSES);

        do
            snprintf(names[i], sizeof(names[i]), "%x:%02x:%02x.%x", !pick(5),
                     bus, pick(3) ? 0 : pick(3), pick(2) ? 0 : pick(4));
        while ( taken(fns, i, names[i]) && (bus = pick(BUSES), true) );
        fns[i].name = names[i];

        if ( pick(2) )
            make_bridge(&fns[i], bus);
        else
            make_function(&fns[i]);
        fns[i].multi = !pick(3);
        fns[i].silent = !pick(15);
        fns[i].alias = pick(12) ? 0 : pick(BUSES) << 8 | pick(2) << 3;
        fns[i].acs = pick(2);
        fns[i].acs_cap = ACS_PORT;
        fns[i].acs_ctrl = pick(4) ? ACS_ALL : 0;
        /* Physical functions are in the same segment, which is a digit. */
        if ( i && !fns[i].sec && !pick(4) )
            fns[i].vf_of = fns[pick(i)].name;
        if ( fns[i].vf_of && fns[i].vf_of[0] != fns[i].name[0] )
            fns[i].vf_of = NULL;
    }

    check_closure(fns, FNS);
}

static void test_random_machines(void **state)
{
    unsigned long rounds = test_rounds(3000, 200000);

    while ( rounds-- )
        random_machine();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_machines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
