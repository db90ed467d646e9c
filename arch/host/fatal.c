/* SPDX-License-Identifier: GPL-2.0-only */
/* Fatal errors and how a test catches them; host_reset(). */
#include <stdlib.h>

#include <xen/lib.h>
#include <xen/kernel.h>

#include "host.h"
#include "internal.h"

static __thread struct host_catch *catching;
static __thread char text[512];

enum system_state system_state = SYS_STATE_active;

struct host_catch *host_catch_begin(struct host_catch *c)
{
    c->outer = catching;
    c->nr_held = host_locks_depth();
    c->irq_flags = local_irq_is_enabled();
    catching = c;

    return c;
}

void host_catch_end(struct host_catch *c)
{
    catching = c->outer;
}

const char *host_fatal_text(void)
{
    return text;
}

static void noreturn finish(void)
{
    struct host_catch *c = catching;

    if ( c )
    {
        catching = c->outer;
        host_locks_unwind(c->nr_held);
        host_irq_restore(c->irq_flags);
        longjmp(c->env, 1);
    }

    fprintf(stderr, "---- log ----\n%s---- %s ----\n", host_log_text(), text);
    abort();
}

void host_fatal(const char *kind, const char *fmt, ...)
{
    size_t len = host_snprintf(text, sizeof(text), "%s: ", kind);
    va_list args;

    va_start(args, fmt);
    host_vsnprintf(text + len, sizeof(text) - len, fmt, args);
    va_end(args);
    finish();
}

void panic(const char *fmt, ...)
{
    size_t len = host_snprintf(text, sizeof(text), "panic: ");
    va_list args;

    va_start(args, fmt);
    host_vsnprintf(text + len, sizeof(text) - len, fmt, args);
    va_end(args);
    finish();
}

void host_warn(const char *site)
{
    printk(XENLOG_WARNING "Xen WARN at %s\n", site);
}

void host_reset(void)
{
    host_log_reset();
    host_alloc_reset();
    host_clock_reset();
    host_irq_reset();
    host_defer_reset();
    host_mmio_reset();
    host_pci_reset();
    host_domain_reset();
    host_misc_reset();
    host_mm_reset();
    host_lock_check(true);
    system_state = SYS_STATE_active;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
