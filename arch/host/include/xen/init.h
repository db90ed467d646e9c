/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Section attributes vanish: a host program calls boot code whenever a test
 * wants to. Initcalls are collected and run by host_initcalls_run().
 */
#ifndef HOST_XEN_INIT_H
#define HOST_XEN_INIT_H

#include <xen/compiler.h>
#include <xen/macros.h>

#define __init
#define __exit
#define __cold
#define __initdata
#define __initconst
#define __initconstrel
#define __initdata_cf_clobber
#define __initconst_cf_clobber
#define __hwdom_init
#define __hwdom_initdata
#define __read_mostly
#define __ro_after_init
#define __section(s)

typedef int (*initcall_t)(void);
void host_initcall_register(const char *name, unsigned int level,
                            initcall_t fn);

#define HOST_INITCALL_(level, fn)                                       \
    static void __attribute__((__constructor__)) host_initcall_##fn(void) \
    {                                                                   \
        host_initcall_register(#fn, level, fn);                         \
    }
#define presmp_initcall(fn) HOST_INITCALL_(0, fn) typedef int host_eat_##fn##_t
#define __initcall(fn) HOST_INITCALL_(1, fn) typedef int host_eat_##fn##_t

#endif
