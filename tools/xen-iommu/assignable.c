/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu assignable: a whole group to the pool of assignable devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "source.h"
#include "tool.h"
#include "xen.h"

/* Is it dom0's, to be made assignable? */
static bool wanted(const struct xdev *dev)
{
    return !xdev_has(dev, "bridge") && !strcmp(dev->owner, "d0");
}

/* What no xl command here can change. */
static bool in_the_way(const struct xgroup *g)
{
    unsigned int i;

    for ( i = 0; i < g->nr_devs; i++ )
    {
        const struct xdev *dev = &g->devs[i];

        if ( xdev_has(dev, "bridge") || !strcmp(dev->owner, "d0") ||
             !strcmp(dev->owner, "quarantine") )
            continue;

        complain("%s, in the same group, belongs to %s%s: `xen-iommu explain' says more",
                 dev->name, *dev->owner == 'd' ? "domain " : "",
                 *dev->owner == 'd' ? dev->owner + 1 : dev->owner);
        return true;
    }

    return false;
}

static int make_assignable(const struct xgroup *g)
{
    int rc = EXIT_FAILED;
    unsigned int i;

    for ( i = 0; i < g->nr_devs; i++ )
        if ( wanted(&g->devs[i]) && !pool_add(&g->devs[i]) )
            break;

    if ( i == g->nr_devs )
        return EXIT_OK;

    complain("%s cannot be made assignable: putting all back",
             g->devs[i].name);

    /* The one that failed may be half-way. */
    for ( i++; i--; )
        if ( wanted(&g->devs[i]) && !pool_put_back(&g->devs[i]) )
            rc = EXIT_BROKEN;

    return rc;
}

int cmd_assignable(const struct options *o)
{
    struct xgroup *group;
    struct xstate s;
    const char *rest;
    char buf[SBDF_LEN];
    uint32_t sbdf;
    int rc = EXIT_NO;

    if ( o->nr_args != 1 || !parse_sbdf(o->args[0], &sbdf, &rest) || *rest )
    {
        complain("assignable needs a device (dddd:bb:dd.f)");
        return EXIT_USAGE;
    }

    source_set_root(o->root ?: "");
    if ( !xen_open() )
        return EXIT_NO_XEN;
    if ( !xen_load(&s) )
        return EXIT_FAILED;

    if ( !xen_find(&s, print_sbdf(sbdf, buf), &group) )
        complain("%s is in no group: `xen-iommu explain' says more", buf);
    else if ( !in_the_way(group) )
        rc = make_assignable(group);

    if ( rc == EXIT_OK )
    {
        unsigned int i;

        printf("assignable:");
        for ( i = 0; i < group->nr_devs; i++ )
            if ( !xdev_has(&group->devs[i], "bridge") )
                printf(" %s", group->devs[i].name);
        printf("\n");
    }

    xen_free(&s);
    xen_close();

    return rc;
}
