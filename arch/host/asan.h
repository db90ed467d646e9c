/* SPDX-License-Identifier: GPL-2.0-only */
/* AddressSanitizer's poisoning, or nothing. */
#ifndef HOST_ASAN_H
#define HOST_ASAN_H

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define host_asan_poison(p, n)   __asan_poison_memory_region(p, n)
#define host_asan_unpoison(p, n) __asan_unpoison_memory_region(p, n)
#define HOST_HAS_ASAN 1
#else
#define host_asan_poison(p, n)   ((void)(p), (void)(n))
#define host_asan_unpoison(p, n) ((void)(p), (void)(n))
#define HOST_HAS_ASAN 0
#endif

#endif
