/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu attach, detach: a whole group to a domain and back, by the commands
 * that an administrator would type, in order; what failed half-way is undone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "pool.h"
#include "run.h"
#include "source.h"
#include "tool.h"
#include "xen.h"

/* What was done to a device, in the order in which it is undone. */
struct step {
    struct xdev *dev;
    bool hidden;              /* it is put out of the way, and not attached */
    bool assignable, attached;    /* or tried, and perhaps half done */
};

struct plan {
    struct xgroup *group;
    char domain[16];          /* its number: names may have changed meanwhile */
    char owner[16];           /* "d5" */
    struct step *steps;
    unsigned int nr;
    bool hide_rest;
};

static bool is_device(const struct xdev *dev)
{
    return !xdev_has(dev, "bridge");
}

/* ---- what there is to do ---- */

/*
 * Of a group of which one device was named, dom0 may be using the others.  The
 * chipset's own functions have no driver there, and nobody misses them: those
 * are hidden, assignable but not the guest's.  False, after a complaint: @dev
 * stands in the way.
 */
static bool take(struct plan *p, struct xdev *dev, const struct xdev *asked)
{
    struct step *s = &p->steps[p->nr];
    bool dom0 = !strcmp(dev->owner, "d0");

    if ( !strcmp(dev->owner, p->owner) )
        return true;

    s->dev = dev;
    s->hidden = dom0 && asked && asked != dev;
    if ( !dom0 && strcmp(dev->owner, "quarantine") )
        complain("%s, in the same group, belongs to %s%s", dev->name,
                 *dev->owner == 'd' ? "domain " : "",
                 *dev->owner == 'd' ? dev->owner + 1 : dev->owner);
    else if ( s->hidden && strcmp(dev->driver, "-") )
        complain("%s, in the same group, is dom0's (driver %s): give it along by the group's number, %u",
                 dev->name, dev->driver, p->group->id);
    else if ( s->hidden && !p->hide_rest )
        complain("%s, in the same group, is dom0's, without a driver: --hide-rest puts it out of the way",
                 dev->name);
    else
    {
        p->nr++;
        return true;
    }

    return false;
}

/* @asked: NULL where the group was named.  False, after a complaint. */
static bool make_plan(struct plan *p, const struct xdev *asked)
{
    unsigned int i;

    p->steps = need(calloc(p->group->nr_devs + 1, sizeof(*p->steps)));
    for ( i = 0; i < p->group->nr_devs; i++ )
        if ( is_device(&p->group->devs[i]) &&
             !take(p, &p->group->devs[i], asked) )
            return false;

    return true;
}

/* ---- doing and undoing ---- */

static bool pci_attach(const struct plan *p, const struct xdev *dev)
{
    return run((const char *[]){ "xl", "pci-attach", p->domain, dev->name,
                                 NULL });
}

/* xl says that it took a device away where it did not (unplugged, say). */
static bool pci_detach(const struct plan *p, const struct xdev *dev)
{
    run((const char *[]){ "xl", "pci-detach", p->domain, dev->name, NULL });

    return !pool_owner_is(dev, p->owner);
}

/*
 * xl may fail after Xen has given the device away; a domain that died has none
 * any more.
 */
static bool take_back(const struct plan *p, const struct xdev *dev)
{
    if ( !pool_owner_is(dev, p->owner) || pci_detach(p, dev) )
        return true;
    complain("%s could not be taken back", dev->name);

    return false;
}

/* All of it, last things first.  EXIT_FAILED, or EXIT_BROKEN. */
static int roll_back(struct plan *p)
{
    int rc = EXIT_FAILED;
    unsigned int i;

    for ( i = p->nr; i--; )
        if ( p->steps[i].attached && !take_back(p, p->steps[i].dev) )
        {
            p->steps[i].assignable = false;
            rc = EXIT_BROKEN;
        }
    for ( i = p->nr; i--; )
        if ( p->steps[i].assignable && !pool_put_back(p->steps[i].dev) )
            rc = EXIT_BROKEN;

    return rc;
}

/* First all are assignable, since Xen gives no part of a group away. */
static int carry_out(struct plan *p)
{
    unsigned int i;

    for ( i = 0; i < p->nr; i++ )
    {
        struct step *s = &p->steps[i];

        if ( !strcmp(s->dev->owner, "quarantine") )
            continue;
        s->assignable = true;
        if ( !pool_add(s->dev) )
        {
            complain("%s cannot be made assignable: putting all back",
                     s->dev->name);
            return roll_back(p);
        }
    }
    for ( i = 0; i < p->nr; i++ )
    {
        struct step *s = &p->steps[i];

        if ( s->hidden )
            continue;
        s->attached = true;
        if ( !pci_attach(p, s->dev) )
        {
            complain("%s cannot be attached: taking all back; `xen-iommu explain' says more",
                     s->dev->name);
            return roll_back(p);
        }
    }

    return EXIT_OK;
}

/* ---- the commands ---- */

/* "7" is a group, "0000:03:00.0" a device.  False, after a complaint. */
static bool find_group(const struct options *o, const struct xstate *s,
                       struct xgroup **group, const struct xdev **asked)
{
    const char *rest, *what = o->args[0];
    char buf[SBDF_LEN], *end;
    unsigned long id;
    unsigned int i;
    uint32_t sbdf;

    *asked = NULL;
    if ( parse_sbdf(what, &sbdf, &rest) && !*rest )
    {
        *asked = xen_find(s, print_sbdf(sbdf, buf), group);
        if ( !*asked )
            complain("%s is in no group: `xen-iommu explain' says more", buf);
        return *asked && identity_holds(o->match, (*asked)->name);
    }

    id = strtoul(what, &end, 10);
    for ( i = 0; *what && !*end && i < s->nr_groups; i++ )
        if ( s->groups[i].id == id )
        {
            *group = &s->groups[i];
            if ( o->match )
                complain("--match is about a device, not a group");
            return !o->match;
        }
    complain("there is no group '%s'", what);

    return false;
}

static bool find_domain(const char *which, const struct xstate *s,
                        struct plan *p)
{
    const struct xdomain *d = xen_domain(s, which);

    if ( !d || !d->id )
    {
        complain(d ? "dom0 gets devices back by `xen-iommu detach' and `xl pci-assignable-remove'"
                   : "there is no domain %s that can have devices (passthrough=\"enabled\")",
                 which);
        return false;
    }
    snprintf(p->domain, sizeof(p->domain), "%u", d->id);
    snprintf(p->owner, sizeof(p->owner), "d%u", d->id);

    return true;
}

static void say(const char *what, const struct plan *p)
{
    unsigned int i;

    printf("%s:", what);
    for ( i = 0; i < p->nr; i++ )
        printf(" %s%s", p->steps[i].dev->name,
               p->steps[i].hidden ? " (hidden)" : "");
    printf("%s\n", p->nr ? "" : " nothing to do");
}

static int attach(struct plan *p, const struct xdev *asked)
{
    int rc;

    if ( asked && !is_device(asked) )
    {
        complain("%s is a bridge: Xen gives bridges to no guest", asked->name);
        return EXIT_NO;
    }
    if ( !make_plan(p, asked) )
        return EXIT_NO;
    rc = carry_out(p);
    if ( rc == EXIT_OK )
        say("attached", p);

    return rc;
}

/* Gives back what it can; dom0's drivers get none of it by this. */
static int detach(struct plan *p, const struct xdev *asked)
{
    unsigned int i;

    p->steps = need(calloc(p->group->nr_devs + 1, sizeof(*p->steps)));
    for ( i = 0; i < p->group->nr_devs; i++ )
        if ( is_device(&p->group->devs[i]) &&
             !strcmp(p->group->devs[i].owner, p->owner) )
            p->steps[p->nr++].dev = &p->group->devs[i];

    for ( i = 0; i < p->nr; i++ )
        if ( !pci_detach(p, p->steps[i].dev) )
        {
            complain("%s cannot be detached: attaching all again",
                     p->steps[i].dev->name);
            while ( i-- )
                if ( !pci_attach(p, p->steps[i].dev) )
                {
                    complain("%s could not be put back",
                             p->steps[i].dev->name);
                    return EXIT_BROKEN;
                }
            return EXIT_FAILED;
        }
    say("detached", p);

    return EXIT_OK;
}

static int with_group(const struct options *o,
                      int (*fn)(struct plan *p, const struct xdev *asked))
{
    struct plan p = { .hide_rest = o->hide_rest };
    const struct xdev *asked;
    struct xstate s;
    int rc = EXIT_NO;

    if ( o->nr_args != 2 )
    {
        complain("a device (dddd:bb:dd.f) or the number of a group is needed, and a domain");
        return EXIT_USAGE;
    }
    if ( o->match && !identity_valid(o->match) )
        return EXIT_USAGE;
    source_set_root(o->root ?: "");
    if ( !xen_open() )
        return EXIT_NO_XEN;
    if ( !xen_load(&s) )
        return EXIT_FAILED;

    if ( find_group(o, &s, &p.group, &asked) &&
         find_domain(o->args[1], &s, &p) )
        rc = fn(&p, asked);

    free(p.steps);
    xen_free(&s);
    xen_close();

    return rc;
}

int cmd_attach(const struct options *o)
{
    return with_group(o, attach);
}

int cmd_detach(const struct options *o)
{
    return with_group(o, detach);
}
