/* SPDX-License-Identifier: GPL-2.0-only */
/* Device scopes of DMAR structures: VT-d rev 4.1, §8.3.1. */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include "dmar-parse.h"

/* NULL, or why the scope names no device that can exist. */
static const char *__init bad_path(const struct dmar_scope *scope)
{
    const struct dmar_path *path = (const void *)(scope + 1);
    unsigned int i, bytes = scope->length - sizeof(*scope);

    if ( !bytes )
        return "device scope without a path left out";
    if ( bytes % sizeof(*path) )
        return "device scope with half a path element left out";
    if ( bytes / sizeof(*path) > VTD_SCOPE_PATH_MAX )
        return "device scope with too long a path left out";

    for ( i = 0; i < bytes / sizeof(*path); i++ )
        if ( path[i].dev > 0x1f || path[i].fn > 7 )
            return "device scope with an impossible path left out";

    return NULL;
}

static bool __init fits(const struct dmar_scope *scope, uint32_t room)
{
    return room >= sizeof(*scope) && scope->length >= sizeof(*scope) &&
           scope->length <= room;
}

/* Is what @scope names, as far as it can be read, a PCI device? */
static bool __init names_pci(const struct dmar_scope *scope)
{
    return scope->type == DMAR_SCOPE_ENDPOINT ||
           scope->type == DMAR_SCOPE_SUB_HIERARCHY;
}

static void __init take(const struct dmar_scope *from, struct vtd_scope *to)
{
    to->type = from->type;
    to->enum_id = from->enum_id;
    to->start_bus = from->start_bus;
    to->nr_path = (from->length - sizeof(*from)) / sizeof(*to->path);
    memcpy(to->path, from + 1, to->nr_path * sizeof(*to->path));
}

int __init dmar_parse_scopes(const struct dmar_parse *p, uint32_t off,
                             uint32_t end, struct vtd_scopes *scopes,
                             bool *lost)
{
    /* The shortest scope has one path element. */
    unsigned int most = (end - off) / (sizeof(struct dmar_scope) +
                                       sizeof(struct dmar_path));
    const struct dmar_scope *scope;

    if ( most && !(scopes->scope = xzalloc_array(struct vtd_scope, most)) )
        return -ENOMEM;

    for ( ; off < end; off += scope->length )
    {
        const char *why;

        scope = (const void *)(p->table + off);
        if ( !fits(scope, end - off) )
        {
            dmar_warn(p->out, off,
                      "device scope does not fit into its structure: the rest of that is lost");
            *lost = true;
            break;
        }

        if ( !scope->type || scope->type > DMAR_SCOPE_NAMESPACE )
            dmar_warn(p->out, off, "device scope of unknown type %u ignored",
                      scope->type);
        else if ( (why = bad_path(scope)) != NULL )
        {
            dmar_warn(p->out, off, "%s", why);
            *lost |= names_pci(scope);
        }
        else
            take(scope, &scopes->scope[scopes->nr++]);
    }

    if ( !scopes->nr )
        XFREE(scopes->scope);

    return 0;
}
