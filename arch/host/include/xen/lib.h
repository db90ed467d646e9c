/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_LIB_H
#define HOST_XEN_LIB_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <xen/bug.h>
#include <xen/macros.h>
#include <xen/string.h>
#include <xen/types.h>
#include <xen/xmalloc.h>

#define __ACCESS_ONCE(x) ({ (void)(typeof(x))0; (volatile typeof(x) *)&(x); })
#define ACCESS_ONCE(x) (*__ACCESS_ONCE(x))

struct domain;

/*
 * The log goes to a buffer (host_log_*() in host.h) and, with HOST_VERBOSE
 * set in the environment, to stderr. Xen's %pp, %pd and %pv are understood.
 */
void printk(const char *fmt, ...) __attribute__((__format__(__printf__, 1, 2)));
void vprintk(const char *fmt, va_list args)
    __attribute__((__format__(__printf__, 1, 0)));
void guest_printk(const struct domain *d, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
void noreturn panic(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
int printk_ratelimit(void);

#define printk_once(fmt, args...) ({            \
    static bool once_;                          \
    if ( !once_ )                               \
    {                                           \
        once_ = true;                           \
        printk(fmt, ## args);                   \
    } })
#define dprintk(lvl, fmt, args...) \
    printk(lvl "%s:%d: " fmt, __FILE__, __LINE__, ## args)
#define gprintk(lvl, fmt, args...) printk(XENLOG_GUEST lvl fmt, ## args)
#define gdprintk(lvl, fmt, args...) dprintk(XENLOG_GUEST lvl, fmt, ## args)

int host_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
    __attribute__((__format__(__printf__, 3, 0)));
int host_snprintf(char *buf, size_t size, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));
int scnprintf(char *buf, size_t size, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
    __attribute__((__format__(__printf__, 3, 0)));
#define snprintf host_snprintf
#define vsnprintf host_vsnprintf

long simple_strtol(const char *cp, const char **endp, unsigned int base);
unsigned long simple_strtoul(const char *cp, const char **endp,
                             unsigned int base);
long long simple_strtoll(const char *cp, const char **endp, unsigned int base);
unsigned long long simple_strtoull(const char *cp, const char **endp,
                                   unsigned int base);
unsigned long long parse_size_and_unit(const char *s, const char **ps);

/* Command line values, as Xen's common/kernel.c understands them. */
int parse_bool(const char *s, const char *e);
int parse_boolean(const char *name, const char *s, const char *e);
int parse_signed_integer(const char *name, const char *s, const char *e,
                         long long *val);
int cmdline_strcmp(const char *frag, const char *name);

#define add_taint(flag) ((void)(flag))

#endif
