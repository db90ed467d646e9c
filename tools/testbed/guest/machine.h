/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of this program whose address on the bus is known.
 *
 * Behind an IOMMU table that mirrors the guest's memory map a device uses
 * guest-physical addresses; in a PV guest it uses machine addresses.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

#define PAGE 4096u

struct page {
    volatile uint32_t *va;
    uint64_t bus;
};

/* Locks a page in memory and finds its bus address. Exits with 2 on failure. */
struct page page_alloc(void);

/* The same, and domain @dom may map it, by @ref. */
struct page page_granted(uint16_t dom, uint32_t *ref);

/* True in a guest whose kernel keeps a physical-to-machine table (PV). */
int machine_is_pv(void);

void fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
