/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: any text as what lspci printed.  Reading ends, stays inside
 * of its memory and gives all of it back; what was read makes a partition.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The tool is no part of the library of the tests. */
#include "../../xen-iommu/lspci.c"
#include "../../xen-iommu/lspci-line.c"
#include "../../xen-iommu/lspci-head.c"
#include "../../xen-iommu/lspci-hex.c"
#include "../../xen-iommu/lspci-text.c"
#include "../../xen-iommu/lspci-link.c"
#include "../../xen-iommu/lspci-fill.c"
#include "../../xen-iommu/record.c"
#include "../../xen-iommu/doubts.c"
#include "../../xen-iommu/isolation.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned int complaints;

/* What is printed is one line, without the text's control characters. */
void complain(const char *fmt, ...)
{
    char line[1024];
    va_list args;
    char *s;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    for ( s = line; *s; s++ )
        if ( !isprint((unsigned char)*s) )
            abort();
    complaints++;
}

void *need(void *p)
{
    if ( !p )
        abort();

    return p;
}

const char *print_sbdf(uint32_t sbdf, char buf[SBDF_LEN])
{
    snprintf(buf, SBDF_LEN, "%04x:%02x:%02x.%x", sbdf >> 16,
             (sbdf >> 8) & 0xff, (sbdf >> 3) & 0x1f, sbdf & 7);

    return buf;
}

static void check_partition(struct machine *m)
{
    unsigned int i, members = 0;
    struct pci_func *f;

    for ( i = 0; i < m->nr; i++ )
        m->sorted[i]->group = ~0u;
    for ( i = 0; i < m->nr; i++ )
        if ( m->sorted[i]->group == ~0u )
            for ( f = pci_group_mark(&m->funcs, &m->sorted[i]->func); f;
                  f = f->next_marked, members++ )
                ((struct record *)f)->group = i;
    if ( members != m->nr )
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct machine m = { .funcs = LIST_HEAD_INIT(m.funcs), .file = "fuzz" };
    FILE *in;

    /* fmemopen() takes no empty file. */
    if ( !size )
        return 0;
    in = fmemopen((void *)data, size, "r");
    if ( !in )
        abort();

    complaints = 0;
    if ( lspci_read(&m, in, "fuzz") && record_read(&m) &&
         record_link(&m, data[0] & 1) )
        check_partition(&m);
    else if ( !complaints )
        abort();
    record_free(&m);
    fclose(in);

    return 0;
}
