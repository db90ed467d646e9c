/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_RANGESET_H
#define HOST_XEN_RANGESET_H

#include <xen/types.h>

struct domain;
struct rangeset;

#define RANGESETF_prettyprint_hex (1U << 0)
#define RANGESETF_no_print        (1U << 1)

struct rangeset *rangeset_new(struct domain *d, const char *name,
                              unsigned int flags);
void rangeset_destroy(struct rangeset *r);
bool __must_check rangeset_is_empty(const struct rangeset *r);
int __must_check rangeset_add_range(struct rangeset *r, unsigned long s,
                                    unsigned long e);
int __must_check rangeset_remove_range(struct rangeset *r, unsigned long s,
                                       unsigned long e);
bool __must_check rangeset_contains_range(struct rangeset *r, unsigned long s,
                                          unsigned long e);
bool __must_check rangeset_overlaps_range(struct rangeset *r, unsigned long s,
                                          unsigned long e);
int rangeset_report_ranges(struct rangeset *r, unsigned long s,
                           unsigned long e,
                           int (*cb)(unsigned long s, unsigned long e,
                                     void *data), void *ctxt);
#define rangeset_add_singleton(r, s) rangeset_add_range(r, s, s)
#define rangeset_remove_singleton(r, s) rangeset_remove_range(r, s, s)
#define rangeset_contains_singleton(r, s) rangeset_contains_range(r, s, s)

#endif
