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

typedef uint64_t uint64_aligned_t;

DEFINE_XEN_GUEST_HANDLE_(uint32, uint32_t);
DEFINE_XEN_GUEST_HANDLE_(char, char);
DEFINE_XEN_GUEST_HANDLE_(void, void);
DEFINE_XEN_GUEST_HANDLE_(const_void, const void);

/* public/arch-arm.h: a guest's virtual host bridge. */
#define GUEST_VPCI_ECAM_BASE         0x10000000ULL
#define GUEST_VPCI_ECAM_SIZE         0x10000000ULL
#define GUEST_VPCI_MEM_ADDR          0x23000000ULL
#define GUEST_VPCI_MEM_SIZE          0x10000000ULL
#define GUEST_RAM0_BASE              0x40000000ULL
#define GUEST_VPCI_PREFETCH_MEM_ADDR 0x100000000ULL
#define GUEST_VPCI_PREFETCH_MEM_SIZE 0x100000000ULL

#endif
