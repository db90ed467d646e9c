/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_MM_FRAME_H
#define HOST_XEN_MM_FRAME_H

#include <xen/kernel.h>
#include <xen/typesafe.h>

#define HOST_FRAME_(name, type)                                         \
    TYPE_SAFE(type, name)                                               \
    static inline name##_t __must_check name##_add(name##_t f,          \
                                                   unsigned long i)     \
    {                                                                   \
        return _##name(name##_x(f) + i);                                \
    }                                                                   \
    static inline bool name##_eq(name##_t a, name##_t b)                \
    {                                                                   \
        return name##_x(a) == name##_x(b);                              \
    }

HOST_FRAME_(mfn, unsigned long)
HOST_FRAME_(gfn, unsigned long)
TYPE_SAFE(unsigned long, pfn)

#define PRI_mfn "05lx"
#define PRI_gfn "05lx"
#define PRI_pfn "05lx"
#define INVALID_MFN_RAW (~0UL)
#define INVALID_MFN _mfn(INVALID_MFN_RAW)
#define INVALID_MFN_INITIALIZER { INVALID_MFN_RAW }
#define INVALID_GFN_RAW (~0UL)
#define INVALID_GFN _gfn(INVALID_GFN_RAW)
#define INVALID_GFN_INITIALIZER { INVALID_GFN_RAW }

static inline mfn_t mfn_max(mfn_t a, mfn_t b)
{
    return mfn_x(a) > mfn_x(b) ? a : b;
}

static inline mfn_t mfn_min(mfn_t a, mfn_t b)
{
    return mfn_x(a) < mfn_x(b) ? a : b;
}

#endif
