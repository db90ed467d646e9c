/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of arch/host need of each other. */
#ifndef HOST_INTERNAL_H
#define HOST_INTERNAL_H

#include <stdbool.h>

#include <iommu-arch.h>

/* lock.c */
unsigned long host_thread_id(void);
unsigned int host_locks_depth(void);
/* There is no other thread that could be waited for. */
bool host_alone(void);
/* Releases the calling thread's locks down to @depth. */
void host_locks_unwind(unsigned int depth);
/* Fatal under a lock below which nothing slow may happen. */
void host_assert_may_wait(const char *what);
bool host_holds_class(enum lock_class class);

/* alloc.c: should this allocation fail? */
bool host_fail_now(void);
struct host_memory;
void host_alloc_stats(struct host_memory *m);
unsigned long host_alloc_report(unsigned long max);
void host_alloc_context(const char *site);

/* Parts of host_reset(). */
void host_log_reset(void);
void host_alloc_reset(void);
void host_clock_reset(void);
/* clock.c: the thread did something to hardware that it may now wait for. */
void host_clock_impatient(void);
void host_mmio_reset(void);
void host_pci_reset(void);
void host_pci_config_reset(void);
void host_domain_reset(void);
void host_irq_reset(void);
void host_defer_reset(void);
void host_misc_reset(void);
void host_mm_reset(void);

#endif
