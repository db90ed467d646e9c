/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules for groups on topologies written from the specifications, for what
 * recorded machines do not show.  Each test is a rule; test-pci-mutants.c
 * drops them one by one.
 */
#include "pci-build.h"

#define ROOT(b, ...)  { .name = "00:" b, .kind = RP, __VA_ARGS__ }

static void test_root_port(void **state)
{
    CHECK_GROUPS("00:1c.0 | 01:00.0",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP });
    CHECK_GROUPS("00:1c.0 01:00.0",
                 ROOT("1c.0", .sec = 1),
                 { "01:00.0", EP });
    /* Root ports in different slots are apart, good or not. */
    CHECK_GROUPS("00:1c.0 01:00.0 | 00:1d.0 02:00.0",
                 ROOT("1c.0", .sec = 1), { "01:00.0", EP },
                 ROOT("1d.0", .sec = 2), { "02:00.0", EP });
}

/* The control register says what is on, the capability what there is. */
static void test_controls(void **state)
{
    unsigned int bit;

    for ( bit = 1; bit <= 0x40; bit <<= 1 )
    {
        bool needed = bit & ACS_ALL;

        /* There, but off. */
        CHECK_GROUPS(needed ? "00:1c.0 01:00.0" : "00:1c.0 | 01:00.0",
                     ROOT("1c.0", .sec = 1, .acs = true, .acs_cap = 0x7f,
                          .acs_ctrl = 0x7f & ~bit),
                     { "01:00.0", EP });
        /* Not there: nothing to control. */
        CHECK_GROUPS("00:1c.0 | 01:00.0",
                     ROOT("1c.0", .sec = 1, .acs = true,
                          .acs_cap = 0x7f & ~bit, .acs_ctrl = 0x7f & ~bit),
                     { "01:00.0", EP });
    }

    CHECK_GROUPS("00:1c.0 01:00.0",
                 ROOT("1c.0", .sec = 1, .acs = true, .acs_cap = ACS_PORT),
                 { "01:00.0", EP });
    /* A capability that implements none of them is one all the same. */
    CHECK_GROUPS("00:1c.0 | 01:00.0",
                 ROOT("1c.0", .sec = 1, .acs = true),
                 { "01:00.0", EP });
}

/* One open port anywhere above is enough. */
static void test_path(void **state)
{
    CHECK_GROUPS("00:1c.0 01:00.0 02:00.0 03:00.0 02:01.0 04:00.0",
                 ROOT("1c.0", .sec = 1, .sub = 4),
                 { "01:00.0", UP, .sec = 2, .sub = 4 },
                 { "02:00.0", DOWN, .sec = 3, GOOD },
                 { "03:00.0", EP },
                 { "02:01.0", DOWN, .sec = 4, GOOD },
                 { "04:00.0", EP });
    CHECK_GROUPS("00:1c.0 | 01:00.0 | 02:00.0 | 03:00.0 | 02:01.0 | 04:00.0",
                 ROOT("1c.0", .sec = 1, .sub = 4, GOOD),
                 { "01:00.0", UP, .sec = 2, .sub = 4 },
                 { "02:00.0", DOWN, .sec = 3, GOOD },
                 { "03:00.0", EP },
                 { "02:01.0", DOWN, .sec = 4, GOOD },
                 { "04:00.0", EP });
}

/* ACS limits where requests go: one open port lets them reach all others. */
static void test_switch(void **state)
{
    CHECK_GROUPS("00:1c.0 | 01:00.0 | 02:00.0 03:00.0 02:01.0 04:00.0 02:1f.0",
                 ROOT("1c.0", .sec = 1, .sub = 5, GOOD),
                 { "01:00.0", UP, .sec = 2, .sub = 5 },
                 { "02:00.0", DOWN, .sec = 3, GOOD },
                 { "03:00.0", EP },
                 { "02:01.0", DOWN, .sec = 4 },
                 { "04:00.0", EP },
                 { "02:1f.0", DOWN, .sec = 5, GOOD });
    /* A switch below a good port of a spoilt one; the next switch is not. */
    CHECK_GROUPS("00:1c.0 | 01:00.0 | 02:00.0 02:01.0 03:00.0 04:00.0 05:00.0"
                 " | 00:1d.0 | 06:00.0 | 07:00.0 | 08:00.0",
                 ROOT("1c.0", .sec = 1, .sub = 5, GOOD),
                 { "01:00.0", UP, .sec = 2, .sub = 5 },
                 { "02:00.0", DOWN, .sec = 3, .sub = 5, GOOD },
                 { "02:01.0", DOWN, .sec = 9 },
                 { "03:00.0", UP, .sec = 4, .sub = 5 },
                 { "04:00.0", DOWN, .sec = 5, GOOD },
                 { "05:00.0", EP },
                 ROOT("1d.0", .sec = 6, .sub = 8, GOOD),
                 { "06:00.0", UP, .sec = 7, .sub = 8 },
                 { "07:00.0", DOWN, .sec = 8, GOOD },
                 { "08:00.0", EP });
}

/* A switch with a DMA engine beside its upstream port. */
static void test_upstream_multifunction(void **state)
{
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.1 02:00.0 03:00.0",
                 ROOT("1c.0", .sec = 1, .sub = 3, GOOD),
                 { "01:00.0", UP, .sec = 2, .sub = 3, .multi = true },
                 { "01:00.1", EP, .multi = true },
                 { "02:00.0", DOWN, .sec = 3, GOOD },
                 { "03:00.0", EP });
    CHECK_GROUPS("00:1c.0 | 01:00.0 | 01:00.1 | 02:00.0 | 03:00.0",
                 ROOT("1c.0", .sec = 1, .sub = 3, GOOD),
                 { "01:00.0", UP, .sec = 2, .sub = 3, .multi = true, GOOD },
                 { "01:00.1", EP, .multi = true, GOOD_EP },
                 { "02:00.0", DOWN, .sec = 3, GOOD },
                 { "03:00.0", EP });
}

static void test_multifunction(void **state)
{
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.1",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .multi = true },
                 { "01:00.1", EP, .multi = true });
    CHECK_GROUPS("00:1c.0 | 01:00.0 | 01:00.1",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .multi = true, GOOD_EP },
                 { "01:00.1", EP, .multi = true, GOOD_EP });
    /* Switched off. */
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.1",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", LEGEP, .multi = true, .acs = true,
                   .acs_cap = 0x0c },
                 { "01:00.1", EP, .multi = true });
    /* Three, of which one has it. */
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.2 | 01:00.1",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .multi = true },
                 { "01:00.2", EP },
                 { "01:00.1", EP, .multi = true, GOOD_EP });
    /* Only function 0's header has to say it (PCI 3.0, 3.2.2.3.4). */
    CHECK_GROUPS("00:03.0 00:03.5 | 00:04.0 | 00:05.0",
                 { "00:03.0", CONV, .multi = true },
                 { "00:03.5", CONV },
                 { "00:04.0", CONV },
                 { "00:05.0", CONV });
    /* A multifunction header with no second function. */
    CHECK_GROUPS("00:03.0 | 00:04.0",
                 { "00:03.0", CONV, .multi = true },
                 { "00:04.0", CONV });
    /* Root ports of one device. */
    CHECK_GROUPS("00:1c.0 00:1c.1 01:00.0 02:00.0 | 00:1c.2 | 03:00.0",
                 ROOT("1c.0", .sec = 1, .multi = true),
                 ROOT("1c.1", .sec = 2, .multi = true),
                 { "01:00.0", EP }, { "02:00.0", EP },
                 ROOT("1c.2", .sec = 3, .multi = true, GOOD),
                 { "03:00.0", EP });
}

/* With ARI the functions of a device go on beyond 7 (PCIe 6.0, 6.13). */
static void test_ari(void **state)
{
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.1 01:01.0 01:02.3",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .multi = true },
                 { "01:00.1", EP }, { "01:01.0", EP }, { "01:02.3", EP });
    /* On a conventional bus they are devices. */
    CHECK_GROUPS("00:01.0 | 00:02.0 00:02.1",
                 { "00:01.0", EP, .multi = true },
                 { "00:02.0", EP, .multi = true }, { "00:02.1", EP });
}

static void test_integrated(void **state)
{
    CHECK_GROUPS("00:03.0 00:03.1",
                 { "00:03.0", RCIEP, .multi = true },
                 { "00:03.1", RCIEP, .multi = true });
    CHECK_GROUPS("00:03.0 | 00:03.1 | 00:03.2",
                 { "00:03.0", RCIEP, .id = 0x09a28086, .multi = true },
                 { "00:03.1", RCIEP, .id = 0x09a38086, .multi = true },
                 { "00:03.2", RCIEP, .multi = true });
    /* Intel's other kinds are not excused, nor are others' endpoints. */
    CHECK_GROUPS("00:03.0 00:03.1",
                 { "00:03.0", EP, .id = 0x09a28086, .multi = true },
                 { "00:03.1", CONV, .id = 0x09a38086, .multi = true });
}

/* PCIe 6.0, 6.12.1.3: ACS means nothing to an event collector. */
static void test_event_collector(void **state)
{
    CHECK_GROUPS("00:03.0 00:03.4",
                 { "00:03.0", RCIEP, .multi = true },
                 { "00:03.4", RCEC, .multi = true });
    CHECK_GROUPS("00:03.0 00:03.4",
                 { "00:03.0", RCIEP, .multi = true },
                 { "00:03.4", RCEC, .multi = true, GOOD });
    CHECK_GROUPS("00:03.0 | 00:03.4",
                 { "00:03.0", RCIEP, .multi = true, GOOD_EP },
                 { "00:03.4", RCEC, .multi = true });
}

/* What is published about particular devices. */
static void test_isolated_nic(void **state)
{
    CHECK_GROUPS("00:1c.0 | 01:00.0 | 01:00.1",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .id = 0x10c98086, .multi = true },
                 { "01:00.1", EP, .id = 0x10c98086, .multi = true });
}

static void test_conventional_bus(void **state)
{
    CHECK_GROUPS("00:1c.0 | 01:00.0 02:01.0 02:02.0 02:02.1",
                 ROOT("1c.0", .sec = 1, .sub = 2, GOOD),
                 { "01:00.0", TOPCI, .sec = 2 },
                 { "02:01.0", CONV }, { "02:02.0", CONV, .multi = true },
                 { "02:02.1", CONV });
    /* A conventional bridge at the root, and one below it. */
    CHECK_GROUPS("00:1e.0 01:01.0 01:02.0 02:01.0 | 00:1f.0",
                 { "00:1e.0", CONV, .sec = 1, .sub = 2 },
                 { "01:01.0", CONV },
                 { "01:02.0", CONV, .sec = 2 },
                 { "02:01.0", CONV },
                 { "00:1f.0", CONV });
    /* ACS on a type 7 bridge would mean nothing. */
    CHECK_GROUPS("00:1c.0 | 01:00.0 02:01.0",
                 ROOT("1c.0", .sec = 1, .sub = 2, GOOD),
                 { "01:00.0", TOPCI, .sec = 2, GOOD },
                 { "02:01.0", CONV });
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.1",
                 ROOT("1c.0", .sec = 1, .sub = 3, GOOD),
                 { "01:00.0", TOPCI, .sec = 2, .multi = true, GOOD },
                 { "01:00.1", TOPCI, .sec = 3, .multi = true, GOOD });
}

/* Back to PCI Express: what is below has no ID of its own above. */
static void test_pci_to_pcie(void **state)
{
    CHECK_GROUPS("00:1e.0 01:01.0 02:00.0 03:00.0 | 00:1f.0",
                 { "00:1e.0", CONV, .sec = 1, .sub = 3 },
                 { "01:01.0", TOPCIE, .sec = 2, .sub = 3 },
                 { "02:00.0", DOWN, .sec = 3, GOOD },
                 { "03:00.0", EP },
                 { "00:1f.0", CONV });
    CHECK_GROUPS("00:05.0 02:00.0 03:00.0",
                 { "00:05.0", TOPCIE, .sec = 2, .sub = 3, GOOD },
                 { "02:00.0", DOWN, .sec = 3, GOOD },
                 { "03:00.0", EP });
    CHECK_GROUPS("00:05.0 00:05.1",
                 { "00:05.0", TOPCIE, .sec = 2, .multi = true, GOOD },
                 { "00:05.1", TOPCIE, .sec = 3, .multi = true, GOOD });
}

/* Functions that use the ID of another on their bus. */
static void test_same_bus_alias(void **state)
{
    /* Isolated by ACS, were it not for the ID. */
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.1",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .id = 0x92301b4b, .multi = true, GOOD_EP },
                 { "01:00.1", EP, .multi = true, GOOD_EP });
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.3 | 01:00.1",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .multi = true, GOOD_EP },
                 { "01:00.3", EP, .id = 0xe8321180, .multi = true, GOOD_EP },
                 { "01:00.1", EP, .multi = true, GOOD_EP });
    CHECK_GROUPS("00:0e.0 00:0f.0 00:01.0 | 00:02.0",
                 { "00:0e.0", CONV, .id = 0x02859005, .sub_id = 0x02bb9005 },
                 { "00:0f.0", CONV, .id = 0x02859005, .sub_id = 0x02bc9005 },
                 { "00:01.0", CONV },
                 { "00:02.0", CONV, .id = 0x02859005, .sub_id = 0x02bd9005 });
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:10.0 01:11.0 01:12.3",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .id = 0x22608086 },
                 { "01:10.0", EP, GOOD_EP }, { "01:11.0", EP, GOOD_EP },
                 { "01:12.3", EP, GOOD_EP });
}

/* PCIe 6.0, 7.5.3.3: function numbers of no function. */
/* The ID of a third, or of no function; the one that a bridge gives stays. */
static void test_firmware_alias(void **state)
{
    CHECK_GROUPS("00:08.0 00:09.0 | 00:0a.0",
                 { "00:08.0", RCIEP, .alias = 0x0048 },
                 { "00:09.0", RCIEP },
                 { "00:0a.0", RCIEP });
    CHECK_GROUPS("00:08.0 00:0a.0 | 00:09.0",
                 { "00:08.0", RCIEP, .alias = 0x00a5 },
                 { "00:09.0", RCIEP },
                 { "00:0a.0", RCIEP, .alias = 0x00a5 });
    CHECK_GROUPS("00:08.0 01:00.0 00:14.4 03:05.0 | 00:09.0",
                 { "00:08.0", RCIEP, .alias = 0x0100 },
                 { "01:00.0", EP },
                 { "00:14.4", CONV, .sec = 3 },
                 { "03:05.0", CONV, .alias = 0x0100 },
                 { "00:09.0", RCIEP });
}

static void test_phantom(void **state)
{
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.4 | 01:00.2",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .multi = true, .phantom = 1, GOOD_EP },
                 { "01:00.4", EP, .multi = true, GOOD_EP },
                 { "01:00.2", EP, .multi = true, GOOD_EP });
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.2 | 01:00.1",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .multi = true, .phantom = 2, GOOD_EP },
                 { "01:00.2", EP, .multi = true, GOOD_EP },
                 { "01:00.1", EP, .multi = true, GOOD_EP });
}

static void test_virtual_functions(void **state)
{
    CHECK_GROUPS("00:1c.0 | 01:00.0 | 01:10.0 | 01:10.1 | 02:00.0 | 02:00.1",
                 ROOT("1c.0", .sec = 1, .sub = 2, GOOD),
                 { "01:00.0", EP },
                 { "01:10.0", EP, .vf_of = "01:00.0" },
                 { "01:10.1", EP, .vf_of = "01:00.0" },
                 /* On a bus of their own, which the port above covers. */
                 { "02:00.0", EP, .vf_of = "01:00.0" },
                 { "02:00.1", EP, .vf_of = "01:00.0" });
    CHECK_GROUPS("00:1c.0 01:00.0 01:10.0 02:00.0",
                 ROOT("1c.0", .sec = 1, .sub = 2),
                 { "01:00.0", EP },
                 { "01:10.0", EP, .vf_of = "01:00.0" },
                 { "02:00.0", EP, .vf_of = "01:00.0" });
    /* On a bus that no bridge covers: they are below what the PF is below. */
    CHECK_GROUPS("00:1c.0 01:00.0 09:00.0",
                 ROOT("1c.0", .sec = 1),
                 { "01:00.0", EP },
                 { "09:00.0", EP, .vf_of = "01:00.0" });
    /* Beside the PF's other functions, which are not isolated. */
    CHECK_GROUPS("00:1c.0 | 01:00.0 01:00.1 | 01:00.4 | 01:00.5",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "01:00.0", EP, .multi = true },
                 { "01:00.1", EP, .multi = true },
                 { "01:00.4", EP, .vf_of = "01:00.0" },
                 { "01:00.5", EP, .vf_of = "01:00.0" });
}

static void test_segments(void **state)
{
    CHECK_GROUPS("00:1c.0 | 1:00:1c.0 1:01:00.0 | 01:00.0 | 1:00:03.0 |"
                 " 00:03.1",
                 ROOT("1c.0", .sec = 1, GOOD),
                 { "1:00:1c.0", RP, .sec = 1 },
                 { "1:01:00.0", EP },
                 { "01:00.0", EP },
                 { "1:00:03.0", CONV, .multi = true },
                 { "00:03.1", CONV, .multi = true });
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_root_port), T(test_controls), T(test_path), T(test_switch),
        T(test_upstream_multifunction), T(test_multifunction), T(test_ari),
        T(test_integrated), T(test_event_collector), T(test_isolated_nic),
        T(test_conventional_bus), T(test_pci_to_pcie),
        T(test_same_bus_alias), T(test_phantom),
        T(test_firmware_alias), T(test_virtual_functions),
        T(test_segments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
