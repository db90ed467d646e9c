/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies to and from a guest: a NULL handle is an address that faults. */
#ifndef HOST_XEN_GUEST_ACCESS_H
#define HOST_XEN_GUEST_ACCESS_H

#include <xen/string.h>
#include <public/xen.h>

#define guest_handle_is_null(h) (!(h).p)
#define copy_to_guest_offset(h, off, src, nr) \
    (!(h).p ? (unsigned long)(nr) : \
     (memcpy((h).p + (off), src, (nr) * sizeof(*(h).p)), 0UL))
#define copy_from_guest_offset(dst, h, off, nr) \
    (!(h).p ? (unsigned long)(nr) : \
     (memcpy(dst, (h).p + (off), (nr) * sizeof(*(h).p)), 0UL))
#define guest_handle_add_offset(h, nr) ((h).p += (nr))
#define copy_to_guest(h, src, nr) copy_to_guest_offset(h, 0, src, nr)
#define copy_from_guest(dst, h, nr) copy_from_guest_offset(dst, h, 0, nr)
#define __copy_to_guest copy_to_guest
#define __copy_field_to_guest(h, ptr, field) \
    (!(h).p ? 1UL : ((h).p->field = (ptr)->field, 0UL))

#endif
