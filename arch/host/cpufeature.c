/* SPDX-License-Identifier: GPL-2.0-only */
#include <asm/cpufeature.h>

bool host_cpu_has_cx16 =
#ifdef __x86_64__
    true;
#else
    false;
#endif
