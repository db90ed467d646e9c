/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu faults: what the IOMMUs have refused. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"
#include "xen.h"

struct fault {
    unsigned long long seq;
    char time[32], device[32], group[16], owner[16], access[16];
    char address[24], code[16], reason[128];
    unsigned int unit;
};

/* See docs/hypfs.md. */
static bool parse(const char *line, struct fault *f)
{
    return sscanf(line, "%llu %31s %u %31s %15s %15s %15s %23s %15s %127[^\n]",
                  &f->seq, f->time, &f->unit, f->device, f->group, f->owner,
                  f->access, f->address, f->code, f->reason) == 10;
}

static void print_fault(const struct fault *f)
{
    printf("%s  unit %u  %s", f->time, f->unit, f->device);
    if ( strcmp(f->group, "-") )
        printf(" (group %s, %s%s)", f->group,
               *f->owner == 'd' ? "domain " : "",
               *f->owner == 'd' ? f->owner + 1 : f->owner);
    else
        printf(" (not known)");
    printf("  %s of %s refused: %s (%s)\n", f->access, f->address, f->reason,
           f->code);
}

static void print_json(const struct fault *f)
{
    json_t *o = need(json_pack(
        "{s:I, s:s, s:i, s:s, s:o, s:s, s:s, s:s, s:s, s:s}",
        "seq", (json_int_t)f->seq, "time", f->time, "unit", f->unit,
        "device", f->device, "group",
        strcmp(f->group, "-") ? json_integer(strtoul(f->group, NULL, 10))
                              : json_null(),
        "owner", f->owner, "access", f->access, "address", f->address,
        "code", f->code, "reason", f->reason));

    json_dumpf(o, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(o);
}

/* Prints those from *@next on.  False: Xen does not answer any more. */
static bool print_new(unsigned long long *next, bool json)
{
    char *text = xen_read("faults"), line[384];
    const char *at = text;
    struct fault f;

    if ( !text )
    {
        complain("the log cannot be read: %m");
        return false;
    }

    while ( next_line(&at, line, sizeof(line)) )
    {
        if ( !parse(line, &f) || f.seq < *next )
            continue;
        if ( f.seq > *next && *next )
            complain("%llu faults came too fast to be kept", f.seq - *next);
        *next = f.seq + 1;
        (json ? print_json : print_fault)(&f);
    }
    free(text);

    return true;
}

int cmd_faults(const struct options *o)
{
    unsigned long long next = 0;
    bool ok;

    if ( o->nr_args )
        return EXIT_USAGE;
    if ( !xen_open() )
        return EXIT_NO_XEN;

    do {
        ok = print_new(&next, o->json);
        if ( o->follow && ok )
        {
            fflush(stdout);
            sleep(1);
        }
    } while ( o->follow && ok && !ferror(stdout) );

    xen_close();

    return ok ? EXIT_OK : EXIT_FAILED;
}
