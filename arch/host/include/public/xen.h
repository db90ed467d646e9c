/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_PUBLIC_XEN_H
#define HOST_PUBLIC_XEN_H

#include <xen/types.h>

#define DOMID_FIRST_RESERVED ((domid_t)0x7ff0)
#define DOMID_SELF    ((domid_t)0x7ff0)
#define DOMID_IO      ((domid_t)0x7ff1)
#define DOMID_XEN     ((domid_t)0x7ff2)
#define DOMID_COW     ((domid_t)0x7ff3)
#define DOMID_INVALID ((domid_t)0x7ff4)
#define DOMID_IDLE    ((domid_t)0x7fff)

/* A guest's pointer: here one of the host program. */
#define DEFINE_XEN_GUEST_HANDLE_(name, type) \
    typedef struct { type *p; } guest_handle_##name
#define DEFINE_XEN_GUEST_HANDLE(name) DEFINE_XEN_GUEST_HANDLE_(name, name)
#define XEN_GUEST_HANDLE(name)       guest_handle_##name
#define XEN_GUEST_HANDLE_64(name)    guest_handle_##name
#define XEN_GUEST_HANDLE_PARAM(name) guest_handle_##name

DEFINE_XEN_GUEST_HANDLE_(uint32, uint32_t);
DEFINE_XEN_GUEST_HANDLE_(char, char);
DEFINE_XEN_GUEST_HANDLE_(void, void);
DEFINE_XEN_GUEST_HANDLE_(const_void, const void);

#endif
