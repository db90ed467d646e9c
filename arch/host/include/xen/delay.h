/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_DELAY_H
#define HOST_XEN_DELAY_H

void udelay(unsigned long usecs);
static inline void mdelay(unsigned long msecs)
{
    udelay(msecs * 1000);
}

#endif
