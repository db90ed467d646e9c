/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_UNALIGNED_H
#define HOST_XEN_UNALIGNED_H

#define get_unaligned(p) ({                                     \
    const struct { typeof(*(p)) x; } __packed *gu_ = (const void *)(p); \
    gu_->x; })
#define put_unaligned(v, p) ({                                  \
    struct { typeof(*(p)) x; } __packed *pu_ = (void *)(p);     \
    pu_->x = (v); })

#endif
