/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of numbers as sorted, disjoint, non-adjacent ranges. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/rangeset.h>
#include <xen/xmalloc.h>

struct range {
    struct list_head list;
    unsigned long s, e;
};

struct rangeset {
    struct list_head ranges;
};

struct rangeset *rangeset_new(struct domain *d, const char *name,
                              unsigned int flags)
{
    struct rangeset *r = xzalloc(struct rangeset);

    if ( r )
        INIT_LIST_HEAD(&r->ranges);

    return r;
}

void rangeset_destroy(struct rangeset *r)
{
    struct range *x, *tmp;

    if ( !r )
        return;

    list_for_each_entry_safe ( x, tmp, &r->ranges, list )
    {
        list_del(&x->list);
        xfree(x);
    }
    xfree(r);
}

bool rangeset_is_empty(const struct rangeset *r)
{
    return !r || list_empty(&r->ranges);
}

int rangeset_add_range(struct rangeset *r, unsigned long s, unsigned long e)
{
    struct range *x, *tmp, *new = xzalloc(struct range);
    struct list_head *before = &r->ranges;

    ASSERT(s <= e);
    if ( !new )
        return -ENOMEM;

    list_for_each_entry_safe ( x, tmp, &r->ranges, list )
    {
        if ( x->e < s && x->e + 1 < s )
            continue;
        if ( x->s > e && x->s - 1 > e )
        {
            before = &x->list;
            break;
        }
        s = min(s, x->s);
        e = max(e, x->e);
        list_del(&x->list);
        xfree(x);
    }
    new->s = s;
    new->e = e;
    list_add_tail(&new->list, before);

    return 0;
}

int rangeset_remove_range(struct rangeset *r, unsigned long s, unsigned long e)
{
    struct range *x, *tmp, *rest = xzalloc(struct range);

    ASSERT(s <= e);
    if ( !rest )
        return -ENOMEM;

    list_for_each_entry_safe ( x, tmp, &r->ranges, list )
    {
        if ( x->e < s || x->s > e )
            continue;
        if ( x->s < s && x->e > e )
        {
            rest->s = e + 1;
            rest->e = x->e;
            x->e = s - 1;
            list_add(&rest->list, &x->list);
            return 0;
        }
        if ( x->s < s )
            x->e = s - 1;
        else if ( x->e > e )
            x->s = e + 1;
        else
        {
            list_del(&x->list);
            xfree(x);
        }
    }
    xfree(rest);

    return 0;
}

bool rangeset_contains_range(struct rangeset *r, unsigned long s,
                             unsigned long e)
{
    const struct range *x;

    if ( !r )
        return false;

    list_for_each_entry ( x, &r->ranges, list )
        if ( x->s <= s && e <= x->e )
            return true;

    return false;
}

bool rangeset_overlaps_range(struct rangeset *r, unsigned long s,
                             unsigned long e)
{
    const struct range *x;

    if ( !r )
        return false;

    list_for_each_entry ( x, &r->ranges, list )
        if ( x->s <= e && s <= x->e )
            return true;

    return false;
}

int rangeset_report_ranges(struct rangeset *r, unsigned long s,
                           unsigned long e,
                           int (*cb)(unsigned long s, unsigned long e,
                                     void *data), void *ctxt)
{
    struct range *x;
    int rc = 0;

    if ( !r )
        return 0;

    list_for_each_entry ( x, &r->ranges, list )
        if ( !rc && x->s <= e && s <= x->e )
            rc = cb(max(x->s, s), min(x->e, e), ctxt);

    return rc;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
