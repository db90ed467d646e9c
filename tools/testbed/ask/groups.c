/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Xen says of IOMMU groups in records, in the words that hypfs has for it:
 *
 *   group N OWNER DOMAIN POLICY DEVICES[ broken][ parted][ private]
 *   device N NAME UNIT OWNER DOMAIN FAULTS FLAGS
 *   why N NAME OTHER REASON AT
 */
#include "groups.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "xen.h"

#define ROOM 8              /* fewer than there are, to go on */
#define NAME_SIZE 256

#define ID_IO      0x7ff1
#define ID_XEN     0x7ff2
#define ID_INVALID 0x7ff4

static const char *const domains[] = { "blocked", "identity", "paging" };
static const char *const policies[] = { "machine", "strict", "warn" };
static const char *const group_flags[] = { "broken", "parted", "private" };
static const char *const device_flags[] = {
    "bridge", "tainted", "ats", "stopped", "stated", "no-path", "doubt",
    "leaving",
};
static const char *const reasons[] = {
    "none", "same-id", "open-path", "open-switch", "multifunction",
    "unknown-path", "same-buses",
};

#define WORD(words, n) \
    ((n) < sizeof(words) / sizeof(*(words)) ? (words)[n] : "?")

static const char *owner(uint16_t id, char buf[16])
{
    if ( id == ID_IO )
        return "quarantine";
    if ( id == ID_XEN )
        return "xen";
    if ( id == ID_INVALID )
        return "none";
    snprintf(buf, 16, "d%u", id);

    return buf;
}

static const char *function(uint32_t sbdf, char buf[16])
{
    if ( sbdf == NO_SBDF )
        return "-";
    snprintf(buf, 16, "%04x:%02x:%02x.%x", sbdf >> 16, sbdf >> 8 & 0xff,
             sbdf >> 3 & 0x1f, sbdf & 7);

    return buf;
}

static int print_device(const struct device_record *d, unsigned int group,
                        unsigned int place, char *name)
{
    struct groups_op op = {
        .version = GROUPS_VERSION, .what = WHAT_NAME, .group = group,
        .first = place, .nr = NAME_SIZE, .buffer = (uintptr_t)name,
    };
    char who[16], with[16], at[16];
    unsigned int i;

    if ( xen_groups(&op) )
        return -1;

    printf("device %u %s %u %s %s %llu %s", group, name, d->unit,
           owner(d->owner, who), WORD(domains, d->domain),
           (unsigned long long)d->faults, d->flags & 1 ? "bridge" : "device");
    for ( i = 1; i < 32; i++ )
        if ( d->flags & 1U << i )
            printf(",%s", WORD(device_flags, i));
    printf("\n");
    if ( d->why )
        printf("why %u %s %s %s %s\n", group, name, function(d->with, with),
               WORD(reasons, d->why), function(d->at, at));

    return 0;
}

static int print_devices(unsigned int group, struct device_record *r,
                         char *name, uint32_t *generation)
{
    struct groups_op op = {
        .version = GROUPS_VERSION, .what = WHAT_DEVICES, .group = group,
        .buffer = (uintptr_t)r,
    };
    unsigned int i, place = 0;

    while ( op.first != GROUPS_END )
    {
        op.nr = ROOM;
        if ( xen_groups(&op) )
            return -1;
        for ( i = 0; i < op.nr; i++ )
            if ( print_device(&r[i], group, place++, name) )
                return -1;
        /* Whoever needs it right begins anew; here nothing is plugged. */
        if ( place > op.nr && op.generation != *generation )
        {
            errno = EAGAIN;
            return -1;
        }
        *generation = op.generation;
    }

    return 0;
}

int groups_print(void)
{
    struct group_record *g = xen_buffer(ROOM * sizeof(*g));
    struct device_record *d = xen_buffer(ROOM * sizeof(*d));
    char *name = xen_buffer(NAME_SIZE), who[16];
    struct groups_op op = { .version = GROUPS_VERSION, .what = WHAT_GROUPS };
    uint32_t generation = 0;
    unsigned int i, j;

    if ( !g || !d || !name )
        return -1;
    op.buffer = (uintptr_t)g;

    while ( op.first != GROUPS_END )
    {
        op.nr = ROOM;
        if ( xen_groups(&op) )
            return -1;
        for ( i = 0; i < op.nr; i++ )
        {
            printf("group %u %s %s %s %u", g[i].id, owner(g[i].owner, who),
                   WORD(domains, g[i].domain), WORD(policies, g[i].policy),
                   g[i].nr_devices);
            for ( j = 0; j < 32; j++ )
                if ( g[i].flags & 1U << j )
                    printf(" %s", WORD(group_flags, j));
            printf("\n");
            if ( print_devices(g[i].id, d, name, &generation) )
                return -1;
        }
    }

    return 0;
}
