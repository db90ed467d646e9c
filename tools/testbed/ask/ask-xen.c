/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ask-xen: ask Xen for what no toolstack would ask for, in dom0.
 *
 *   ask-xen create pv|hvm|pvh PAGES   a domain that may have devices and never
 *                                     runs, with this much memory: its number
 *   ask-xen destroy DOM
 *   ask-xen assign|deassign DOM SBDF
 *   ask-xen log-dirty|paging|sharing DOM on|off
 *   ask-xen populate DOM GFN          a page of memory
 *   ask-xen give-back DOM GFN N       so many pages from there on, in one hypercall
 *   ask-xen on-demand DOM GFN         a page that is populated on demand
 *   ask-xen target DOM PAGES          what a guest that is populated on demand
 *                                     may have
 *   ask-xen type DOM GFN              the type of a page, as "xl save" asks
 *   ask-xen add-memory FIRST END      frames that the machine has got
 *   ask-xen map DOM REF ro|rw         a granted page for dom0's devices, not for
 *                                     its processors: handle and bus address
 *   ask-xen unmap HANDLE ADDRESS
 *   ask-xen groups                    IOMMU groups, as records say (groups.c)
 *   ask-xen groups-raw VERSION WHAT GROUP FIRST NR
 *                                     that question with any numbers, and a
 *                                     buffer that is nowhere: how many records
 *                                     it was, and where to go on
 *
 * Exit: 0 Xen did it, 1 Xen refused (the error in words), 2 it was not asked.
 */
#include "groups.h"
#include "xen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((noreturn, format(printf, 1, 2)))
fail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(2);
}

static uint64_t number(const char *s)
{
    char *end;
    uint64_t n = strtoull(s, &end, 0);

    if ( end == s || *end )
        fail("'%s' is not a number", s);
    return n;
}

static uint32_t sbdf(const char *s)
{
    unsigned int seg, bus, dev, fn;
    int len = 0;

    if ( sscanf(s, "%x:%x:%x.%x%n", &seg, &bus, &dev, &fn, &len) != 4 ||
         s[len] || seg > 0xffff || bus > 0xff || dev > 0x1f || fn > 7 )
        fail("'%s' is not a PCI function", s);
    return seg << 16 | bus << 8 | dev << 3 | fn;
}

/* One of two words. */
static bool is(const char *s, const char *yes, const char *no)
{
    if ( strcmp(s, yes) && strcmp(s, no) )
        fail("'%s' is neither '%s' nor '%s'", s, yes, no);
    return !strcmp(s, yes);
}

static int create(char **arg)
{
    bool pv = !strcmp(arg[0], "pv");
    uint64_t pages = number(arg[1]);
    uint32_t dom;

    if ( xen_create(pv ? XEN_PV : is(arg[0], "hvm", "pvh") ? XEN_HVM : XEN_PVH,
                    pages, &dom) )
        return -1;
    printf("%u\n", dom);
    return 0;
}

static int destroy(char **arg)
{
    return xen_destroy(number(arg[0]));
}

static int assign(char **arg)
{
    return xen_assign(number(arg[0]), sbdf(arg[1]));
}

static int deassign(char **arg)
{
    return xen_deassign(number(arg[0]), sbdf(arg[1]));
}

static int log_dirty(char **arg)
{
    return xen_log_dirty(number(arg[0]), is(arg[1], "on", "off"));
}

static int paging(char **arg)
{
    return xen_paging(number(arg[0]), is(arg[1], "on", "off"));
}

static int sharing(char **arg)
{
    return xen_sharing(number(arg[0]), is(arg[1], "on", "off"));
}

static int populate(char **arg)
{
    return xen_populate(number(arg[0]), number(arg[1]), false);
}

static int give_back(char **arg)
{
    return xen_give_back(number(arg[0]), number(arg[1]), number(arg[2]));
}

static int on_demand(char **arg)
{
    return xen_populate(number(arg[0]), number(arg[1]), true);
}

static int target(char **arg)
{
    return xen_pod_target(number(arg[0]), number(arg[1]));
}

static int type(char **arg)
{
    return xen_type(number(arg[0]), number(arg[1]));
}

static int add_memory(char **arg)
{
    return xen_add_memory(number(arg[0]), number(arg[1]));
}

static int map(char **arg)
{
    struct grant g;

    if ( xen_map_grant(number(arg[0]), number(arg[1]),
                       is(arg[2], "rw", "ro"), &g) )
        return -1;
    printf("%u %#llx\n", g.handle, (unsigned long long)g.bus);
    return 0;
}

static int unmap(char **arg)
{
    return xen_unmap_grant((struct grant){ .handle = number(arg[0]),
                                           .bus = number(arg[1]) });
}

static int groups(char **arg)
{
    (void)arg;
    return groups_print();
}

static int groups_raw(char **arg)
{
    struct groups_op op = {
        .version = number(arg[0]), .what = number(arg[1]),
        .group = number(arg[2]), .first = number(arg[3]), .nr = number(arg[4]),
        .buffer = 8,
    };

    if ( xen_groups(&op) )
        return -1;
    printf("%u %u\n", op.nr, op.first);
    return 0;
}

static const struct
{
    const char *word;
    int args;
    int (*ask)(char **arg);
} questions[] = {
    { "create", 2, create }, { "destroy", 1, destroy },
    { "assign", 2, assign }, { "deassign", 2, deassign },
    { "log-dirty", 2, log_dirty }, { "paging", 2, paging },
    { "sharing", 2, sharing }, { "populate", 2, populate },
    { "give-back", 3, give_back }, { "on-demand", 2, on_demand }, { "target", 2, target },
    { "type", 2, type }, { "add-memory", 2, add_memory }, { "map", 3, map }, { "unmap", 2, unmap },
    { "groups", 0, groups }, { "groups-raw", 5, groups_raw },
};

int main(int argc, char **argv)
{
    const char *missing;
    unsigned int i;

    for ( i = 0; i < sizeof(questions) / sizeof(*questions); i++ )
        if ( argc > 1 && !strcmp(argv[1], questions[i].word) )
            break;
    if ( i == sizeof(questions) / sizeof(*questions) ||
         argc != questions[i].args + 2 )
        fail("usage: see the head of ask-xen.c");

    missing = xen_open();
    if ( missing )
        fail("%s", missing);
    if ( questions[i].ask(argv + 2) )
    {
        printf("%s: refused: %s\n", argv[1], strerror(errno));
        return 1;
    }
    return 0;
}
