/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_SORT_H
#define HOST_XEN_SORT_H

#include <stdlib.h>

#define sort(base, num, size, cmp, swap) \
    ((void)(swap), qsort(base, num, size, cmp))

#endif
