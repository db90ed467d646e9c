/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: any bytes as a DMAR table.  The checksum is made right,
 * else nothing would get past it; what parses is matched against a made-up
 * topology, and all memory has to come back.
 */

#include <host.h>
#include <xen/lib.h>

#include "vtd/dmar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every function is a bridge with bus numbers that depend on where it is. */
static uint32_t conf_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
    static const uint8_t header = 1;

    if ( reg == 0x0e )
        return sbdf.fn == 7 ? 0 : header;

    return sbdf.bus * 3 + sbdf.dev + reg;
}

static const struct host_pci_ops topology = { .read = conf_read };

static void match(const struct vtd_dmar *dmar)
{
    enum vtd_claim claim;
    struct vtd_drhd *other;
    unsigned int i;
    pci_sbdf_t sid;

    for ( i = 0; i < 64; i++ )
    {
        pci_sbdf_t sbdf = { .sbdf = i * 0x0123 };

        vtd_dmar_find_drhd(dmar, sbdf, &claim, &other);
        vtd_dmar_atsr_allows(dmar, sbdf);
        vtd_dmar_find_ioapic(dmar, i, &sid);
        vtd_dmar_find_hpet(dmar, i, &sid);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned long before = host_memory_now().bytes;
    struct vtd_dmar dmar;
    uint8_t *table, sum = 0;
    size_t i, len;

    host_log_clear();
    host_pci_ops_set(&topology);

    /* Own memory of the exact size, so that ASan sees one byte too far. */
    table = malloc(size + 1);
    if ( !table )
        return 0;
    memcpy(table, data, size);
    if ( size >= 48 )
    {
        len = table[4] | table[5] << 8;
        for ( i = 0; i < len && i < size; i++ )
            sum += table[i];
        table[9] -= sum;
    }

    if ( !vtd_dmar_parse(table, size, &dmar) )
        match(&dmar);
    else if ( host_log_lines(XENLOG_ERR) != 1 )
        __builtin_trap();
    vtd_dmar_free(&dmar);
    free(table);

    if ( host_memory_now().bytes != before )
        __builtin_trap();

    return 0;
}
