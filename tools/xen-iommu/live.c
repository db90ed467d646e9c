/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include <xen/pci_regs.h>

#include "layer.h"
#include "libpci.h"
#include "live.h"
#include "source.h"
#include "tool.h"

#define HEADER_SIZE 64

struct scan {
    struct machine *m;
    unsigned int nr_gone, nr_hidden;
    bool full;
};

static void take(void *ctx, unsigned int domain, unsigned int bus,
                 unsigned int dev, unsigned int fn, const uint8_t *cfg,
                 unsigned int size)
{
    struct scan *s = ctx;
    char buf[SBDF_LEN], *group, *pf;
    const char *rest;
    struct record *r;

    /* Linux' own numbers: behind a VMD, which Xen sees as one function. */
    if ( domain > 0xffff )
    {
        s->nr_hidden++;
        return;
    }
    if ( size < HEADER_SIZE )
    {
        s->nr_gone++;
        return;
    }
    if ( s->full )
        return;

    r = record_add(s->m, domain << 16 | bus << 8 | dev << 3 | fn);
    s->full = !r;
    if ( !r )
        return;

    r->size = size;
    r->cfg = need(malloc(CFG_SIZE));
    memcpy(r->cfg, cfg, CFG_SIZE);
    r->from = FROM_BYTES;

    print_sbdf(r->func.sbdf.sbdf, buf);
    group = source_link("sys/bus/pci/devices/%s/iommu_group", buf);
    if ( group )
        r->linux_group = strtoul(group, NULL, 10) + 1;
    free(group);

    pf = source_link("sys/bus/pci/devices/%s/physfn", buf);
    r->func.virtfn = pf && parse_sbdf(pf, &r->func.pf_sbdf.sbdf, &rest);
    free(pf);
}

/* A virtual function's own space does not have its IDs (SR-IOV 1.1, 3.4.1). */
static void fill_ids(struct record *r)
{
    unsigned long vendor, device;
    char buf[SBDF_LEN];

    print_sbdf(r->func.sbdf.sbdf, buf);
    if ( !r->func.virtfn ||
         !source_number(&vendor, "sys/bus/pci/devices/%s/vendor", buf) ||
         !source_number(&device, "sys/bus/pci/devices/%s/device", buf) )
        return;

    r->name_vendor = vendor;
    r->name_device = device;
}

bool live_read(struct machine *m)
{
    struct scan s = { .m = m };
    unsigned int i;

    m->file = "this machine";
    if ( !libpci_scan(take, &s) || s.full )
        return false;

    m->nr_behind_vmd = s.nr_hidden;
    if ( s.nr_gone )
        complain("%u function%s left while it was looked at: not in the report",
                 s.nr_gone, s.nr_gone > 1 ? "s" : "");
    if ( !record_index(m) )
        return false;
    for ( i = 0; i < m->nr; i++ )
        fill_ids(m->sorted[i]);

    return true;
}

/* A bridge's header is enough for nothing, so it is what counts. */
bool live_headers_only(const struct machine *m)
{
    unsigned int i;

    for ( i = 0; i < m->nr; i++ )
        if ( m->sorted[i]->size > HEADER_SIZE )
            return false;

    return m->nr;
}

static enum memory_is kind_of(const char *name)
{
    if ( !strcasecmp(name, "System RAM") )
        return MEMORY_RAM;
    if ( !strcasecmp(name, "Reserved") )
        return MEMORY_RESERVED;

    return MEMORY_OTHER;
}

/* Of what firmware said, before Linux made anything of it; for root. */
static void read_memmap(void)
{
    char **names = source_list("sys/firmware/memmap"), **at;

    for ( at = names; *at; at++ )
    {
        unsigned long first, last;
        char *type = source_line("sys/firmware/memmap/%s/type", *at);

        if ( type &&
             source_number(&first, "sys/firmware/memmap/%s/start", *at) &&
             source_number(&last, "sys/firmware/memmap/%s/end", *at) )
            layer_memory_add(first, last, kind_of(type));
        free(type);
    }
    source_list_free(names);
}

/* Zeroes for all but root, which are taken for nothing. */
static void read_iomem(void)
{
    size_t len;
    char *text = source_read(&len, "proc/iomem"), *line, *save = NULL;

    for ( line = text ? strtok_r(text, "\n", &save) : NULL; line;
          line = strtok_r(NULL, "\n", &save) )
    {
        unsigned long long first, last;
        int at = 0;

        if ( sscanf(line, " %llx-%llx : %n", &first, &last, &at) == 2 && at &&
             last )
            layer_memory_add(first, last, kind_of(line + at));
    }
    free(text);
}

void live_memory(void)
{
    layer_memory_forget();
    read_memmap();
    if ( !layer_memory_known() )
        read_iomem();
}
