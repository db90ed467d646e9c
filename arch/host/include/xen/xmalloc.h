/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Xen heap's small allocations. Each can be made to fail
 * (host_fail_nth()), is counted, and is reported with its place in the source
 * when it leaks (host_leak_report()).
 */
#ifndef HOST_XEN_XMALLOC_H
#define HOST_XEN_XMALLOC_H

#include <xen/bug.h>
#include <xen/types.h>

#define SMP_CACHE_BYTES 64

void *host_xmalloc(size_t size, size_t align, size_t num, bool zero,
                   const char *site);
void *host_xrealloc(void *ptr, size_t size, size_t align, size_t num,
                    const char *site);
void xfree(void *ptr);

#define xmalloc(type) \
    ((type *)host_xmalloc(sizeof(type), __alignof__(type), 1, false, HOST_SITE))
#define xzalloc(type) \
    ((type *)host_xmalloc(sizeof(type), __alignof__(type), 1, true, HOST_SITE))
#define xmalloc_array(type, num) \
    ((type *)host_xmalloc(sizeof(type), __alignof__(type), num, false, \
                          HOST_SITE))
#define xzalloc_array(type, num) \
    ((type *)host_xmalloc(sizeof(type), __alignof__(type), num, true, \
                          HOST_SITE))
#define xrealloc_array(ptr, num) \
    ((typeof(ptr))host_xrealloc(ptr, sizeof(typeof(*(ptr))), \
                                __alignof__(typeof(*(ptr))), num, HOST_SITE))
#define xmalloc_flex_struct(type, field, nr) \
    ((type *)host_xmalloc(offsetof(type, field[nr]), __alignof__(type), 1, \
                          false, HOST_SITE))
#define xzalloc_flex_struct(type, field, nr) \
    ((type *)host_xmalloc(offsetof(type, field[nr]), __alignof__(type), 1, \
                          true, HOST_SITE))
#define xrealloc_flex_struct(ptr, field, nr) \
    ((typeof(ptr))host_xrealloc(ptr, offsetof(typeof(*(ptr)), field[nr]), \
                                __alignof__(typeof(*(ptr))), 1, HOST_SITE))
#define xmalloc_bytes(bytes) \
    host_xmalloc(bytes, SMP_CACHE_BYTES, 1, false, HOST_SITE)
#define xzalloc_bytes(bytes) \
    host_xmalloc(bytes, SMP_CACHE_BYTES, 1, true, HOST_SITE)
#define xmemdup_bytes(src, nr) ({                               \
    size_t dup_nr_ = (nr);                                      \
    void *dup_ = xmalloc_bytes(dup_nr_);                        \
    if ( dup_ )                                                 \
        memcpy(dup_, src, dup_nr_);                             \
    dup_; })
#define xmemdup(ptr) ({                                         \
    typeof(*(ptr)) *dup_src_ = (ptr);                           \
    typeof(*(ptr)) *dup_dst_ = xmalloc(typeof(*(ptr)));         \
    if ( dup_dst_ )                                             \
        memcpy(dup_dst_, dup_src_, sizeof(*dup_dst_));          \
    dup_dst_; })

#define XFREE(p) do {                           \
    void *xfree_ptr_ = (p);                     \
    (p) = NULL;                                 \
    xfree(xfree_ptr_);                          \
} while ( false )

#endif
