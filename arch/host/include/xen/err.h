/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_ERR_H
#define HOST_XEN_ERR_H

#include <xen/compiler.h>
#include <xen/errno.h>
#include <xen/types.h>

#define MAX_ERRNO 4095
#define IS_ERR_VALUE(x) unlikely((x) >= (unsigned long)-MAX_ERRNO)

static inline void *__must_check ERR_PTR(long error)
{
    return (void *)error;
}

static inline long __must_check PTR_ERR(const void *ptr)
{
    return (long)ptr;
}

static inline long __must_check IS_ERR(const void *ptr)
{
    return IS_ERR_VALUE((unsigned long)ptr);
}

static inline long __must_check IS_ERR_OR_NULL(const void *ptr)
{
    return !ptr || IS_ERR_VALUE((unsigned long)ptr);
}

static inline int __must_check PTR_RET(const void *ptr)
{
    return IS_ERR(ptr) ? PTR_ERR(ptr) : 0;
}

#endif
