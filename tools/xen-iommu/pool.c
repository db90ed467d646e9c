/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"
#include "run.h"
#include "source.h"
#include "tool.h"

bool pool_add(const struct xdev *dev)
{
    return run((const char *[]){ "xl", "pci-assignable-add", dev->name, NULL });
}

/* To a file of a driver in sysfs, as an administrator would by echo. */
static bool tell(const char *driver, const char *file, const char *sbdf)
{
    char name[PATH_MAX];
    bool done;
    int fd;

    snprintf(name, sizeof(name), "%s/sys/bus/pci/drivers/%s/%s", source_root(),
             driver, file);
    fd = open(name, O_WRONLY);
    if ( fd < 0 )
        return false;
    done = write(fd, sbdf, strlen(sbdf)) == (ssize_t)strlen(sbdf);
    close(fd);

    return done;
}

static bool pciback(const struct xdev *dev)
{
    return !strcmp(dev->driver, "pciback");
}

/* It is in quarantine.  What was hidden at boot had no other driver before. */
static bool release(const struct xdev *was)
{
    return run((const char *[]){ "xl", "pci-assignable-remove", "-r", was->name,
                                 NULL }) &&
           (!pciback(was) || (tell("pciback", "new_slot", was->name) &&
                              tell("pciback", "bind", was->name)));
}

/*
 * xl takes back only what Xen has in quarantine.  Before a device gets there,
 * its driver has lost it, and pciback may have its address or the device.
 */
static bool rebind(const struct xdev *now, const struct xdev *was)
{
    if ( pciback(was) )
        return pciback(now);
    if ( pciback(now) && !tell("pciback", "unbind", now->name) )
        return false;
    tell("pciback", "remove_slot", now->name);

    return !strcmp(now->driver, was->driver) || !strcmp(was->driver, "-") ||
           tell(was->driver, "bind", now->name);
}

bool pool_put_back(const struct xdev *dev)
{
    const struct xdev *now;
    struct xgroup *group;
    struct xstate s;
    bool done;

    if ( !xen_load(&s) )
        return false;

    now = xen_find(&s, dev->name, &group);
    if ( now && !strcmp(now->owner, "quarantine") )
        done = release(dev);
    else
        done = now && !strcmp(now->owner, dev->owner) && rebind(now, dev);
    if ( !done )
        complain("%s could not be put back", dev->name);
    xen_free(&s);

    return done;
}

bool pool_owner_is(const struct xdev *dev, const char *owner)
{
    const struct xdev *now;
    struct xgroup *group;
    struct xstate s;
    bool is;

    /* Nothing is known: it may be. */
    if ( !xen_load(&s) )
        return true;
    now = xen_find(&s, dev->name, &group);
    is = now && !strcmp(now->owner, owner);
    xen_free(&s);

    return is;
}
