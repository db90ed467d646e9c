/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_COMPILER_H
#define HOST_XEN_COMPILER_H

#define barrier()      __asm__ __volatile__ ( "" ::: "memory" )
#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)
#define always_inline  inline __attribute__((__always_inline__))
#define noinline       __attribute__((__noinline__))
#define noreturn       __attribute__((__noreturn__))
#define __packed       __attribute__((__packed__))
#define __weak         __attribute__((__weak__))
#define __aligned(a)   __attribute__((__aligned__(a)))
#define __used         __attribute__((__used__))
#define __maybe_unused __attribute__((__unused__))
#define __must_check   __attribute__((__warn_unused_result__))
#define __pure         __attribute__((__pure__))
#define attr_const     __attribute__((__const__))
#define fallthrough    __attribute__((__fallthrough__))
#define unreachable()  __builtin_unreachable()
#define cf_check
#define __iomem
#define __user
#define __force
#define asmlinkage

#ifndef alignof
#define alignof __alignof__
#endif

#define __must_be_array(a) \
    BUILD_BUG_ON_ZERO(__builtin_types_compatible_p(typeof(a), typeof(&(a)[0])))

#define OPTIMIZER_HIDE_VAR(var) __asm__ ( "" : "+g" (var) )

#endif
