/* SPDX-License-Identifier: GPL-2.0-only */
/* See pt-stores.h. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <xen/lib.h>
#include <xen/mm.h>

#include "pt-stores.h"

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)

#define EFLAGS_TF 0x100

static struct sigaction old_segv, old_trap;
static stores_fn *observer;
static void *observer_arg;
static unsigned long nr_stores;
static unsigned char *open_page;
static const uint64_t *open_word;
static uint64_t open_value;
static unsigned char *watched[4096];
static bool is_watched[HOST_ARENA_PAGES];
static unsigned int nr_watched;

static unsigned long page_nr(const unsigned char *page)
{
    return (page - host_arena) / PAGE_SIZE;
}

static void protect(unsigned char *at, unsigned long size, int prot)
{
    if ( mprotect(at, size, prot) )
        abort();
}

/* A store was tried: let it through, and stop after the instruction. */
static void on_segv(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    unsigned char *at = (unsigned char *)((unsigned long)info->si_addr &
                                          PAGE_MASK);

    /* Not ours, or one instruction that stores to two pages. */
    if ( at < host_arena || at >= host_arena + HOST_ARENA_PAGES * PAGE_SIZE ||
         open_page )
    {
        sigaction(SIGSEGV, &old_segv, NULL);
        return;
    }

    open_page = at;
    open_word = (void *)((unsigned long)info->si_addr & ~7UL);
    open_value = *open_word;
    protect(at, PAGE_SIZE, PROT_READ | PROT_WRITE);
    uc->uc_mcontext.gregs[REG_EFL] |= EFLAGS_TF;
}

static void on_trap(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

    uc->uc_mcontext.gregs[REG_EFL] &= ~EFLAGS_TF;
    protect(open_page, PAGE_SIZE, PROT_READ);
    nr_stores++;
    open_page = NULL;
    observer(observer_arg, open_word, open_value);
}

bool stores_possible(void)
{
    return true;
}

void stores_begin(stores_fn *observe, void *arg)
{
    struct sigaction action = { .sa_sigaction = on_segv,
                                .sa_flags = SA_SIGINFO | SA_NODEFER };

    observer = observe;
    observer_arg = arg;
    nr_stores = 0;
    sigaction(SIGSEGV, &action, &old_segv);
    action.sa_sigaction = on_trap;
    sigaction(SIGTRAP, &action, &old_trap);
}

bool stores_watch(void *page)
{
    if ( is_watched[page_nr(page)] )
        return false;

    if ( nr_watched == ARRAY_SIZE(watched) )
        abort();
    is_watched[page_nr(page)] = true;
    watched[nr_watched++] = page;
    protect(page, PAGE_SIZE, PROT_READ);

    return true;
}

unsigned long stores_end(void)
{
    while ( nr_watched )
    {
        unsigned char *page = watched[--nr_watched];

        is_watched[page_nr(page)] = false;
        protect(page, PAGE_SIZE, PROT_READ | PROT_WRITE);
    }
    sigaction(SIGSEGV, &old_segv, NULL);
    sigaction(SIGTRAP, &old_trap, NULL);

    return nr_stores;
}

#else

bool stores_possible(void)
{
    return false;
}

void stores_begin(stores_fn *observe, void *arg)
{
}

bool stores_watch(void *page)
{
    return false;
}

unsigned long stores_end(void)
{
    return 0;
}

#endif
