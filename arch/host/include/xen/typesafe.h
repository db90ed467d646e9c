/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_TYPESAFE_H
#define HOST_XEN_TYPESAFE_H

/* A type of its own around an integer, as in Xen's debug builds. */
#define TYPE_SAFE(type_, name_)                                         \
    typedef struct { type_ name_; } name_##_t;                          \
    static inline name_##_t _##name_(type_ n)                           \
    {                                                                   \
        return (name_##_t){ n };                                        \
    }                                                                   \
    static inline type_ name_##_x(name_##_t n)                          \
    {                                                                   \
        return n.name_;                                                 \
    }

#endif
