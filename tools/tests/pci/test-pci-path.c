/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that do not answer, and bus numbers that contradict each other:
 * nothing is decided by them, and nothing that may be below them is isolated.
 */
#include "pci-build.h"

#define ROOT(b, ...)  { .name = "00:" b, .kind = RP, __VA_ARGS__ }
#define GONE(b)       { .name = b, .silent = true }

static struct world w;

#define WORLD(...) do {                                                 \
    const struct fn fns_[] = { __VA_ARGS__ };                           \
    world_build(&w, fns_, ARRAY_SIZE(fns_));                            \
} while ( 0 )

static const struct pci_func *parent_of(const char *name)
{
    return world_func(&w, name)->parent;
}

/* Of bridges that lead to a bus the innermost, in whatever order they came. */
static void test_innermost(void **state)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
    {
        if ( i )
            WORLD(ROOT("1c.0", .sec = 1, .sub = 3, GOOD),
                  { "01:00.0", UP, .sec = 2, .sub = 3 },
                  { "02:00.0", DOWN, .sec = 3, GOOD }, { "03:00.0", EP });
        else
            WORLD({ "03:00.0", EP }, { "02:00.0", DOWN, .sec = 3, GOOD },
                  { "01:00.0", UP, .sec = 2, .sub = 3 },
                  ROOT("1c.0", .sec = 1, .sub = 3, GOOD));
        assert_ptr_equal(parent_of("03:00.0"), world_func(&w, "02:00.0"));
        assert_ptr_equal(parent_of("02:00.0"), world_func(&w, "01:00.0"));
        assert_ptr_equal(parent_of("01:00.0"), world_func(&w, "00:1c.0"));
        assert_null(parent_of("00:1c.0"));
    }
}

/* A port that is powered off or gone, with a device behind its bus number. */
static void test_port_gone(void **state)
{
    CHECK_GROUPS("00:00.0 | 00:01.0 01:00.0 01:00.1 | 00:1c.6 | 2f:00.0",
                 { "00:00.0", CONV },
                 GONE("00:01.0"),
                 { "01:00.0", LEGEP, .multi = true },
                 { "01:00.1", EP, .multi = true },
                 ROOT("1c.6", .sec = 0x2f, .multi = true, GOOD),
                 GONE("2f:00.0"));
    /* Not even with ACS between its functions, or where it is alone. */
    CHECK_GROUPS("00:01.0 01:00.0 01:00.1",
                 GONE("00:01.0"),
                 { "01:00.0", EP, .multi = true, GOOD_EP },
                 { "01:00.1", EP, .multi = true, GOOD_EP });
    CHECK_GROUPS("00:01.0 01:00.0", GONE("00:01.0"), { "01:00.0", EP });
    /* Two that may be it, and a switch whose own ports are good. */
    CHECK_GROUPS("00:01.0 00:02.0 01:00.0 02:00.0 03:00.0 02:01.0 04:00.0 |"
                 " 00:1f.0",
                 GONE("00:01.0"), GONE("00:02.0"),
                 { "01:00.0", UP, .sec = 2, .sub = 4 },
                 { "02:00.0", DOWN, .sec = 3, GOOD },
                 { "03:00.0", EP },
                 { "02:01.0", DOWN, .sec = 4, GOOD },
                 { "04:00.0", EP },
                 { "00:1f.0", CONV });
    /* Ports of the same device that have no ACS. */
    CHECK_GROUPS("00:1c.0 02:00.0 00:1c.1 03:00.0 | 00:1c.2 | 04:00.0",
                 GONE("00:1c.0"), { "02:00.0", EP },
                 ROOT("1c.1", .sec = 3, .multi = true), { "03:00.0", EP },
                 ROOT("1c.2", .sec = 4, .multi = true, GOOD),
                 { "04:00.0", EP });
    /* It cannot lead to a lower bus, to another segment, or to virtual ones. */
    CHECK_GROUPS("05:00.0 | 01:00.0 | 1:06:00.0 | 06:10.0",
                 GONE("05:00.0"), { "01:00.0", EP }, { "1:06:00.0", EP },
                 { "06:10.0", EP, .vf_of = "01:00.0" });
    WORLD(GONE("00:01.0"), { "1:06:00.0", EP });
    assert_false(world_func(&w, "1:06:00.0")->unsure);
    /* Another root bus is one, whatever does not answer elsewhere. */
    CHECK_GROUPS("00:01.0 | 80:00.0 | 81:00.0 | 80:05.0 | 90:00.0 | 90:01.0",
                 GONE("00:01.0"),
                 { "80:00.0", RP, .sec = 0x81, GOOD }, { "81:00.0", EP },
                 { "80:05.0", CONV },
                 { "90:00.0", RCIEP }, { "90:01.0", CONV });
    /* Nor is it known of a bus by who came before on another, or is virtual. */
    CHECK_GROUPS("01:00.0 | 1:01:00.0 1:00:01.0",
                 { "01:00.0", RCIEP }, { "1:01:00.0", EP }, GONE("1:00:01.0"));
    CHECK_GROUPS("00:01.0 02:01.0 | 00:1c.0 | 01:00.0 | 02:00.0",
                 GONE("00:01.0"), ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP }, { "02:00.0", EP, .vf_of = "01:00.0" },
                 { "02:01.0", EP });
    /* An open port above one that is gone takes it in as any other. */
    CHECK_GROUPS("00:01.0 01:00.0 | 02:00.0",
                 ROOT("01.0", .sec = 1), GONE("01:00.0"),
                 { "02:00.0", EP });
}

/* It is no evidence of anything else. */
static void test_decides_nothing(void **state)
{
    const struct pci_func *f;

    CHECK_GROUPS("00:03.0 | 00:03.1 | 00:1c.0 | 01:00.0 | 01:00.1",
                 { "00:03.0", CONV }, GONE("00:03.1"),
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .multi = true }, GONE("01:00.1"));

    WORLD(GONE("00:01.0"));
    f = world_func(&w, "00:01.0");
    assert_true(f->silent);
    assert_false(pci_func_is_bridge(f));
    assert_false(f->multi || f->express || f->holds);
    assert_int_equal(f->nr_ids, 1);
    assert_true(f->unsure);

    /* A virtual function has no IDs of its own, and answers. */
    WORLD({ "01:00.0", EP }, { "01:10.0", EP, .vf_of = "01:00.0" });
    assert_false(world_func(&w, "01:10.0")->silent);
    assert_false(world_func(&w, "01:10.0")->unsure);
}

/* A bridge that is missing between two that answer. */
static void test_hole(void **state)
{
    CHECK_GROUPS("00:1c.0 | 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0",
                 ROOT("1c.0", .sec = 1, .sub = 4, GOOD),
                 { "01:00.0", UP, .sec = 2, .sub = 4 },
                 GONE("02:00.0"),
                 { "02:01.0", DOWN, .sec = 4, GOOD },
                 { "03:00.0", EP },
                 { "04:00.0", EP });
    CHECK_GROUPS("00:1c.0 02:00.0 | 00:1d.0 | 03:00.0",
                 ROOT("1c.0", .sec = 1, .sub = 2, GOOD), { "02:00.0", EP },
                 ROOT("1d.0", .sec = 3, GOOD), { "03:00.0", EP });

    WORLD(ROOT("1c.0", .sec = 1, .sub = 2, GOOD), { "02:00.0", EP });
    assert_true(world_func(&w, "02:00.0")->unsure);
}

/* Two bridges that lead to one bus; a bridge that leads to its own. */
static void test_contradictions(void **state)
{
    CHECK_GROUPS("00:1c.0 00:1d.0 01:00.0 | 00:1e.0 | 03:00.0",
                 ROOT("1c.0", .sec = 1, GOOD), ROOT("1d.0", .sec = 1, GOOD),
                 { "01:00.0", EP },
                 ROOT("1e.0", .sec = 3, GOOD), { "03:00.0", EP });
    /* Ranges that overlap. */
    CHECK_GROUPS("00:1c.0 00:1d.0 01:00.0 03:00.0",
                 ROOT("1c.0", .sec = 1, .sub = 3, GOOD),
                 ROOT("1d.0", .sec = 3, .sub = 4, GOOD),
                 { "01:00.0", EP }, { "03:00.0", EP });
    /* Of bridges that share no bus themselves, the second time elsewhere. */
    CHECK_GROUPS("00:1c.0 80:00.0 81:00.0 | 90:00.0 | 91:00.0 |"
                 " 1:00:1c.0 1:80:00.0",
                 ROOT("1c.0", .sec = 0x81, .sub = 0x83, GOOD),
                 { "80:00.0", RP, .sec = 0x82, .sub = 0x84, GOOD },
                 { "81:00.0", EP },
                 { "90:00.0", RP, .sec = 0x91, GOOD }, { "91:00.0", EP },
                 { "1:00:1c.0", RP, .sec = 0x81, .sub = 0x83, GOOD },
                 { "1:80:00.0", RP, .sec = 0x82, .sub = 0x84, GOOD });
    /* One below the other is no contradiction. */
    CHECK_GROUPS("00:1c.0 | 01:00.0 | 02:00.0 | 03:00.0",
                 ROOT("1c.0", .sec = 1, .sub = 3, GOOD),
                 { "01:00.0", UP, .sec = 2, .sub = 3 },
                 { "02:00.0", DOWN, .sec = 3, GOOD }, { "03:00.0", EP });
    CHECK_GROUPS("05:00.0 06:00.0 07:00.0",
                 { "05:00.0", TOPCIE, .sec = 5 }, { "06:00.0", EP },
                 { "07:00.0", EP });

    WORLD(ROOT("1c.0", .sec = 1, GOOD), ROOT("1d.0", .sec = 1, GOOD),
          { "01:00.0", EP });
    assert_ptr_equal(world_func(&w, "01:00.0")->parent,
                     world_func(&w, "00:1c.0"));
    assert_true(world_func(&w, "01:00.0")->unsure);
    WORLD(GONE("00:01.0"), { "01:00.0", TOPCI, .sec = 2 },
          { "02:00.0", CONV }, ROOT("1c.0", .sec = 3), { "03:00.0", EP });
    assert_true(world_func(&w, "02:00.0")->unsure);
    assert_false(world_func(&w, "03:00.0")->unsure);
    WORLD(ROOT("1d.0", .sec = 1, GOOD), ROOT("1c.0", .sec = 1, GOOD),
          { "01:00.0", EP });
    assert_ptr_equal(world_func(&w, "01:00.0")->parent,
                     world_func(&w, "00:1c.0"));
    /* Not numbered yet. */
    WORLD(ROOT("1c.0", .sec = 1, GOOD), ROOT("1d.0", .sec = 2, GOOD));
    w.space[1].func.secondary = w.space[1].func.subordinate = 0;
    pci_funcs_link(&w.funcs);
    assert_true(world_func(&w, "00:1d.0")->holds);
}

/* Where everything was looked for, what is missing does not answer. */
static void test_scanned(void **state)
{
    static const struct fn fns[] = {
        { "01:00.0", EP }, { "02:00.0", LEGEP }, { "03:00.0", CONV },
        { "80:00.0", RP, .sec = 0x81, GOOD }, { "80:01.0", EP },
        { "81:00.0", EP }, { "00:02.0", EP },
    };
    unsigned int i;

    world_build(&w, fns, ARRAY_SIZE(fns));
    assert_string_equal(partition(&w, fns, ARRAY_SIZE(fns)),
                        "01:00.0 | 02:00.0 | 03:00.0 | 80:00.0 | 80:01.0 |"
                        " 81:00.0 | 00:02.0");
    for ( i = 0; i < ARRAY_SIZE(fns); i++ )
        w.space[i].func.scanned = true;
    pci_funcs_link(&w.funcs);
    assert_string_equal(partition(&w, fns, ARRAY_SIZE(fns)),
                        "01:00.0 02:00.0 | 03:00.0 | 80:00.0 | 80:01.0 |"
                        " 81:00.0 | 00:02.0");
    assert_true(world_func(&w, "01:00.0")->unsure);
}

/* One that comes last concerns those that are there already. */
static void test_link_one(void **state)
{
    static const struct fn gone = GONE("00:01.0");
    static const struct fn below = { "03:00.0", EP };

    WORLD({ "01:00.0", EP }, { "01:00.1", EP, GOOD_EP });
    assert_false(world_func(&w, "01:00.0")->unsure);
    world_add(&w, &gone);
    pci_func_link(&w.funcs, world_func(&w, "00:01.0"));
    assert_true(world_func(&w, "01:00.0")->unsure);
    pci_group_mark(&w.funcs, world_func(&w, "00:01.0"));
    assert_true(world_func(&w, "01:00.1")->marked);

    WORLD(ROOT("1c.0", .sec = 1, .sub = 3, GOOD), { "01:00.0", EP });
    world_add(&w, &below);
    pci_func_link(&w.funcs, world_func(&w, "03:00.0"));
    pci_group_mark(&w.funcs, world_func(&w, "01:00.0"));
    assert_true(world_func(&w, "03:00.0")->marked);
}

static void test_why(void **state)
{
    const struct pci_func *at;

    WORLD(GONE("00:01.0"), { "01:00.0", EP }, { "02:00.0", EP },
          { "1:00:01.0", RP, .sec = 1 }, { "1:00:02.0", RP, .sec = 1 });
#define WHY(a, b) \
    pci_inseparable(world_func(&w, a), world_func(&w, b), &at)
    assert_int_equal(WHY("01:00.0", "02:00.0"), PCI_UNKNOWN_PATH);
    assert_null(at);
    assert_int_equal(WHY("01:00.0", "00:01.0"), PCI_UNKNOWN_PATH);
    assert_ptr_equal(at, world_func(&w, "00:01.0"));
    assert_int_equal(WHY("1:00:01.0", "1:00:02.0"), PCI_SAME_BUSES);
    assert_null(at);
    assert_string_equal(pci_why_text(PCI_UNKNOWN_PATH, NULL),
                        "what leads to them does not answer");
    assert_string_equal(pci_why_text(PCI_UNKNOWN_PATH,
                                     world_func(&w, "00:01.0")),
                        "what leads to them does not answer, at");
#undef WHY
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_innermost), T(test_port_gone), T(test_decides_nothing),
        T(test_hole),
        T(test_contradictions), T(test_scanned), T(test_link_one),
        T(test_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
