/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/iommu.h>
#include <xen/mm.h>
#include <xen/pci.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/unity.h>

#include "layer.h"
#include "tool.h"

#undef snprintf
#undef vsnprintf

static const struct machine *machine;

static struct memory {
    uint64_t first, last;
    enum memory_is is;
} *memory;
static unsigned int nr_memory;

/* ---- text ---- */

/* What they print begins with a level, "<1>", and ends in a new line. */
void printk(const char *fmt, ...)
{
    char line[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt[0] == '<' ? fmt + 3 : fmt, args);
    va_end(args);
    line[strcspn(line, "\n")] = '\0';
    complain("%s", line);
}

int host_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
    return vsnprintf(buf, size, fmt, args);
}

int host_snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(buf, size, fmt, args);
    va_end(args);

    return len;
}

/* ---- memory of this program ---- */

void *host_xmalloc(size_t size, size_t align, size_t num, bool zero,
                   const char *site)
{
    return need(calloc(num ?: 1, size));
}

void *host_xrealloc(void *ptr, size_t size, size_t align, size_t num,
                    const char *site)
{
    return need(realloc(ptr, size * num ?: 1));
}

void xfree(void *ptr)
{
    free(ptr);
}

/* ---- configuration space ---- */

void layer_use(const struct machine *m)
{
    machine = m;
}

static uint32_t conf_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int bytes)
{
    const struct record *r = NULL;
    uint32_t val = 0;

    if ( machine )
        r = (const struct record *)record_find(machine, sbdf.sbdf);
    if ( !r || reg + bytes > r->size )
        return ~0u >> (32 - 8 * bytes);

    memcpy(&val, r->cfg + reg, bytes);

    return val;
}

uint8_t pci_conf_read8(pci_sbdf_t sbdf, unsigned int reg)
{
    return conf_read(sbdf, reg, 1);
}

/* ---- the machine's memory ---- */

void layer_memory_add(uint64_t first, uint64_t last, enum memory_is is)
{
    if ( first > last )
        return;
    memory = need(realloc(memory, (nr_memory + 1) * sizeof(*memory)));
    memory[nr_memory++] = (struct memory){ first, last, is };
}

void layer_memory_forget(void)
{
    free(memory);
    memory = NULL;
    nr_memory = 0;
}

bool layer_memory_known(void)
{
    return nr_memory;
}

bool layer_memory_all(uint64_t first, uint64_t last, enum memory_is is)
{
    unsigned int i;

    for ( i = 0; i < nr_memory; i++ )
    {
        const struct memory *m = &memory[i];

        if ( m->is != is || m->first > first || m->last < first )
            continue;
        if ( m->last >= last )
            return true;
        /* The rest may be in others. */
        return layer_memory_all(m->last + 1, last, is);
    }

    return false;
}

bool layer_memory_any(uint64_t first, uint64_t last)
{
    unsigned int i;

    for ( i = 0; i < nr_memory; i++ )
        if ( memory[i].first <= last && first <= memory[i].last )
            return true;

    return false;
}

static bool is_ram(uint64_t first, uint64_t last)
{
    unsigned int i;

    for ( i = 0; i < nr_memory; i++ )
        if ( memory[i].is == MEMORY_RAM && memory[i].first <= last &&
             first <= memory[i].last )
            return true;

    return false;
}

int page_is_ram_type(unsigned long mfn, unsigned long type)
{
    uint64_t at = (uint64_t)mfn << PAGE_SHIFT;

    return (type & RAM_TYPE_CONVENTIONAL) &&
           layer_memory_all(at, at + PAGE_SIZE - 1, MEMORY_RAM);
}

bool iommu_dt_is_ram(paddr_t base, paddr_t size)
{
    return is_ram(base, base + size - 1);
}

/* As arch/x86/setup.c judges it: what is RAM in whole frames is refused. */
bool iommu_unity_region_ok(const char *prefix, mfn_t start, mfn_t end)
{
    unsigned long mfn;

    for ( mfn = mfn_x(start); mfn <= mfn_x(end); mfn++ )
        if ( page_is_ram_type(mfn, RAM_TYPE_CONVENTIONAL) )
        {
            complain("%s [%#lx, %#lx] left out: frame %lx is RAM", prefix,
                     mfn_x(start) << PAGE_SHIFT, mfn_x(end) << PAGE_SHIFT, mfn);
            return false;
        }

    return true;
}

/* Of Xen's own: its debug port is not in use on the machine as it is now. */
int iommu_get_extra_reserved_device_memory(iommu_grdm_t *func, void *ctxt)
{
    return 0;
}
