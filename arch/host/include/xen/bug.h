/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assertions end in host_fatal(), which a test may catch (HOST_CATCH() in
 * host.h); uncaught, it prints the log and aborts.
 */
#ifndef HOST_XEN_BUG_H
#define HOST_XEN_BUG_H

#include <xen/macros.h>
#include <xen/types.h>

#define HOST_SITE __FILE__ ":" STR(__LINE__)

void noreturn host_fatal(const char *kind, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
void host_warn(const char *site);

#define BUG() host_fatal("BUG", "at " HOST_SITE)
#define BUG_ON(p) do { if ( unlikely(p) ) BUG(); } while ( 0 )
#define WARN() host_warn(HOST_SITE)
#define WARN_ON(p) ({                           \
    bool warn_on_ = (p);                        \
    if ( unlikely(warn_on_) )                   \
        WARN();                                 \
    unlikely(warn_on_); })

#define ASSERT(p) do {                                                  \
    if ( unlikely(!(p)) )                                               \
        host_fatal("ASSERT", "%s at %s", #p, HOST_SITE);                \
} while ( 0 )
#define ASSERT_UNREACHABLE() host_fatal("ASSERT", "unreachable at " HOST_SITE)

#endif
