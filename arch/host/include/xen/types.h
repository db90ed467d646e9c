/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_TYPES_H
#define HOST_XEN_TYPES_H

#include <sys/types.h>
#include <xen/compiler.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef unsigned long paddr_t;
#define INVALID_PADDR (~0UL)
#define PRIpaddr "016lx"
#define PADDR_BITS 52

typedef uint16_t domid_t;
typedef uint8_t nodeid_t;
typedef uint32_t __be32;
typedef uint64_t xen_pfn_t;
typedef unsigned long xen_ulong_t;

#define BITS_TO_LONGS(bits) (((bits) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

#define test_and_set_bool(b)   __atomic_exchange_n(&(b), true, __ATOMIC_SEQ_CST)
#define test_and_clear_bool(b) \
    __atomic_exchange_n(&(b), false, __ATOMIC_SEQ_CST)

#endif
