/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu dump: what the hardware makes of a device's addresses. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "xen.h"

static void print_one(const struct xgroup *g, const struct xdev *d,
                      const char *frame, const char *translation, bool json)
{
    json_t *o;

    if ( !json )
    {
        printf("%s: %s, group %u, owner %s, requester IDs %s\n", d->name,
               d->domain, g->id, d->owner, d->ids);
        printf("table: %s\n", g->table);
        if ( frame )
            printf("frame %s: %s\n", frame, translation);
        return;
    }

    o = need(json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s?, s:s?}",
                       "device", d->name, "domain", d->domain, "group", g->id,
                       "owner", d->owner, "ids", d->ids, "table", g->table,
                       "frame", frame, "translation", translation));
    json_dumpf(o, stdout, JSON_INDENT(1));
    printf("\n");
    json_decref(o);
}

int cmd_dump(const struct options *o)
{
    unsigned long long dfn = 0;
    struct xgroup *group;
    char *translation = NULL, *end = NULL, buf[SBDF_LEN];
    const struct xdev *dev;
    const char *rest;
    struct xstate s;
    uint32_t sbdf;
    int rc = EXIT_NO;

    if ( o->nr_args > 1 )
        dfn = strtoull(o->args[1], &end, 16);
    if ( o->nr_args < 1 || o->nr_args > 2 ||
         !parse_sbdf(o->args[0], &sbdf, &rest) || *rest ||
         (end && (*end || end == o->args[1])) )
    {
        complain("dump needs a device (dddd:bb:dd.f) and takes a frame number in hexadecimal");
        return EXIT_USAGE;
    }

    if ( !xen_open() )
        return EXIT_NO_XEN;
    if ( !xen_load(&s) )
        return EXIT_FAILED;

    dev = xen_find(&s, print_sbdf(sbdf, buf), &group);
    if ( !dev )
        complain("%s is in no group: its DMA is not translated", buf);
    else
    {
        if ( end )
            translation = xen_read("translate/%08x@%llx", sbdf, dfn);
        if ( end && !translation )
            complain("%s: %s", buf, strerror(errno));
        else
        {
            print_one(group, dev, end ? o->args[1] : NULL, translation,
                      o->json);
            rc = EXIT_OK;
        }
    }

    free(translation);
    xen_free(&s);
    xen_close();

    return rc;
}
