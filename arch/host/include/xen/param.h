/* SPDX-License-Identifier: GPL-2.0-only */
/* Command line parameters are collected; tests set them by host_param_set(). */
#ifndef HOST_XEN_PARAM_H
#define HOST_XEN_PARAM_H

#include <xen/init.h>
#include <xen/lib.h>

enum host_param_type { HOST_PARAM_BOOL, HOST_PARAM_INT, HOST_PARAM_SIZE,
                       HOST_PARAM_STR, HOST_PARAM_CUSTOM };

void host_param_register(const char *name, enum host_param_type type,
                         void *var, unsigned int len,
                         int (*func)(const char *s));

#ifdef HOST_TOOL
/* The command-line tool has no command line of Xen's: nothing calls @func. */
#define HOST_PARAM_(name, type, id, var, len, func)                     \
    static void *const __attribute__((__unused__)) host_param_##id =    \
        (void *)(func)
#else
#define HOST_PARAM_(name, type, id, var, len, func)                     \
    static void __attribute__((__constructor__)) host_param_##id(void)  \
    {                                                                   \
        host_param_register(name, type, var, len, func);                \
    }                                                                   \
    typedef int host_param_eat_##id##_t
#endif

#define custom_param(name, func) \
    HOST_PARAM_(name, HOST_PARAM_CUSTOM, func, NULL, 0, func)
#define boolean_param(name, var) \
    HOST_PARAM_(name, HOST_PARAM_BOOL, var, &(var), sizeof(var), NULL)
#define integer_param(name, var) \
    HOST_PARAM_(name, HOST_PARAM_INT, var, &(var), sizeof(var), NULL)
#define size_param(name, var) \
    HOST_PARAM_(name, HOST_PARAM_SIZE, var, &(var), sizeof(var), NULL)
#define string_param(name, var) \
    HOST_PARAM_(name, HOST_PARAM_STR, var, var, sizeof(var), NULL)
#define boolean_runtime_param(name, var) boolean_param(name, var)
#define integer_runtime_param(name, var) integer_param(name, var)
#define size_runtime_param(name, var)    size_param(name, var)
#define string_runtime_param(name, var)  string_param(name, var)

#define no_config_param(cfg, param, s, e) \
    ((void)(s), (void)(e), printk(XENLOG_INFO "CONFIG_%s disabled - " \
                                  "ignoring '%s'\n", cfg, param))

#endif
