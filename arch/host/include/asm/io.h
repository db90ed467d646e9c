/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_IO_H
#define HOST_ASM_IO_H

#include <xen/bug.h>
#include <xen/vmap.h>

uint64_t host_mmio_read(const volatile void *addr, unsigned int size,
                        const char *site);
void host_mmio_write(volatile void *addr, unsigned int size, uint64_t val,
                     const char *site);

#define readb(a) ((uint8_t)host_mmio_read(a, 1, HOST_SITE))
#define readw(a) ((uint16_t)host_mmio_read(a, 2, HOST_SITE))
#define readl(a) ((uint32_t)host_mmio_read(a, 4, HOST_SITE))
#define readq(a) host_mmio_read(a, 8, HOST_SITE)
#define writeb(v, a) host_mmio_write(a, 1, (uint8_t)(v), HOST_SITE)
#define writew(v, a) host_mmio_write(a, 2, (uint16_t)(v), HOST_SITE)
#define writel(v, a) host_mmio_write(a, 4, (uint32_t)(v), HOST_SITE)
#define writeq(v, a) host_mmio_write(a, 8, (uint64_t)(v), HOST_SITE)
#define readl_relaxed(a) readl(a)
#define readq_relaxed(a) readq(a)
#define writel_relaxed(v, a) writel(v, a)
#define writeq_relaxed(v, a) writeq(v, a)

#endif
