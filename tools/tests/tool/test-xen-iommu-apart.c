/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu groups, on machines written by hand: statements of vendors,
 * registers of chipsets, and functions that do not answer.
 */
#include "xen-iommu-machine.h"

#define PCH_PORTS                                                       \
    { "00:1c.0", RP, .id = 0x1e108086, .sec = 2, .multi = true },       \
    { "00:1c.1", RP, .id = 0x1e128086, .sec = 3, .multi = true },       \
    { "00:1c.2", RP, .id = 0x1e148086, .sec = 4, .multi = true },       \
    { "03:00.0", EP }, { "04:00.0", EP }
#define PCH_APART                                                       \
    "{\"groups\": [[\"0000:00:1c.0\"], [\"0000:00:1c.1\"], "            \
    "[\"0000:00:1c.2\"], [\"0000:03:00.0\"], [\"0000:04:00.0\"]]}"
#define LPC { "00:1f.0", CONV, .id = 0x1e578086 }

/* A laptop of the Ivy Bridge years. */
static void test_pch(void **state)
{
    RECORD(0, PCH_PORTS);
    GROUPS("[[\"0000:00:1c.0\", \"0000:00:1c.1\", \"0000:00:1c.2\", \"0000:03:00.0\"",
           "--json");
    assert_int_equal(times("isolate once Xen has set registers"), 1);
    GROUPS(PCH_APART, "--json --enable-acs");
    assert_int_equal(times("isolate because Xen sets registers"), 1);
    GROUPS("root port               isolated by its vendor's statement",
           "--enable-acs");

    RECORD(0xfed1c001, PCH_PORTS, LPC);
    GROUPS("[\"0000:00:1f.0\"], [\"0000:03:00.0\"], [\"0000:04:00.0\"]]",
           "--json --enable-acs");
    RECORD(0xfed1c000, PCH_PORTS, LPC);
    GROUPS("\"0000:00:1c.2\", \"0000:03:00.0\"", "--json --enable-acs");
    assert_int_equal(times("which is not possible here"), 1);
}

static void test_functions(void **state)
{
    RECORD(0, { "00:01.0", RP, .sec = 1, GOOD },
           { "01:00.0", EP, .id = 0x175014e4, .multi = true },
           { "01:00.1", EP, .id = 0x175014e4, .multi = true });
    GROUPS("[\"0000:01:00.0\"], [\"0000:01:00.1\"]", "--json");
    GROUPS("14e4:1750  endpoint                isolated by its vendor's",
           "--enable-acs");
}

static void test_gone(void **state)
{
    RECORD(0, { "00:00.0", CONV }, { "00:01.0", .silent = true },
           { "01:00.0", LEGEP, .multi = true }, { "01:00.1", EP },
           { "00:1c.6", RP, .sec = 0x2f, .multi = true, GOOD },
           { "2f:00.0", .silent = true });
    GROUPS("[[\"0000:00:00.0\"], "
           "[\"0000:00:01.0\", \"0000:01:00.0\", \"0000:01:00.1\"], "
           "[\"0000:00:1c.6\"], [\"0000:2f:00.0\"]]", "--json");
    assert_int_equal(times("reads all ones"), 2);
    assert_int_equal(times("no bridge that answers leads to bus 0000:01: the path above it is unknown"),
                     1);
    GROUPS("ffff:ffff  does not answer", "");
    GROUPS("with 0000:00:01.0: what leads to them does not answer, at 0000:00:01.0",
           "");
}

static void test_contradiction(void **state)
{
    RECORD(0, { "00:1c.0", RP, .sec = 1, GOOD },
           { "00:1d.0", RP, .sec = 1, GOOD }, { "01:00.0", EP });
    GROUPS("[[\"0000:00:1c.0\", \"0000:00:1d.0\", \"0000:01:00.0\"]]",
           "--json");
    assert_int_equal(times("contradict each other"), 2);
    GROUPS("bridges that claim the same bus numbers", "");
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_pch), T(test_functions), T(test_gone), T(test_contradiction),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
