/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_XVMALLOC_H
#define HOST_XEN_XVMALLOC_H

#include <xen/xmalloc.h>

#define xvmalloc(type)            xmalloc(type)
#define xvzalloc(type)            xzalloc(type)
#define xvmalloc_array(type, num) xmalloc_array(type, num)
#define xvzalloc_array(type, num) xzalloc_array(type, num)
#define xvrealloc_array(ptr, num) xrealloc_array(ptr, num)
#define xvmalloc_flex_struct(type, field, nr) \
    xmalloc_flex_struct(type, field, nr)
#define xvzalloc_flex_struct(type, field, nr) \
    xzalloc_flex_struct(type, field, nr)
#define xvfree(p)                 xfree(p)
#define XVFREE(p)                 XFREE(p)

#endif
