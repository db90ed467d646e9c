/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: any bytes as an IVRS table.  The checksum is made right, else
 * each table would have one line more.  All IDs are looked up, in runs that have
 * to be as long as they say, and all memory has to come back.
 */

#include <host.h>
#include <xen/lib.h>

#include "amd/ivrs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if ( !ok )
        __builtin_trap();
}

static bool known(const struct amd_ivrs *ivrs, const struct amd_ivhd *ivhd)
{
    return !ivhd || (ivhd >= ivrs->ivhd && ivhd < ivrs->ivhd + ivrs->nr_ivhd);
}

/* Runs cover all IDs, and one in the middle of a run says what the run says. */
static void look_up(const struct amd_ivrs *ivrs, uint16_t seg)
{
    uint32_t id = 0;

    while ( id < 0x10000 )
    {
        struct amd_found found, middle;
        uint16_t last = 0xffff, at;

        amd_ivrs_find(ivrs, seg, id, &last, &found);
        check(last >= id && known(ivrs, found.ivhd) &&
              known(ivrs, found.other));
        check(!found.ivhd == (found.claim == AMD_CLAIM_NONE));

        at = id + (last - id) / 2;
        amd_ivrs_find(ivrs, seg, at, NULL, &middle);
        check(middle.claim == found.claim && middle.ivhd == found.ivhd &&
              middle.dte == found.dte && middle.no_ats == found.no_ats &&
              middle.alias == (found.alias == id ? at : found.alias));
        id = last + 1;
    }
}

static void use(struct amd_ivrs *ivrs)
{
    uint16_t source = 0;
    unsigned int i;

    check(ivrs->nr_ivmd <= AMD_IVMD_MAX_BLOCKS);
    for ( i = 0; i < ivrs->nr_ivmd; i++ )
    {
        const struct amd_ivmd *m = &ivrs->ivmd[i];

        check(m->first <= m->last && m->base < m->limit);
        check(!((m->limit + 1) & 0xfff) && !(m->base & 0xfff));
        check(m->read || m->write);
    }

    for ( i = 0; i < ivrs->nr_ivhd && i < 4; i++ )
    {
        look_up(ivrs, ivrs->ivhd[i].segment);
        check(ivrs->ivhd[i].lost || !(ivrs->ivhd[i].base & 0x3fff));
    }

    for ( i = 0; i < 256; i++ )
        check(known(ivrs, amd_ivrs_find_special(ivrs, 1 + i % 2, i, &source)));

    if ( !amd_ivrs_override(ivrs, IVHD_SPECIAL_HPET, 7, 0, 0x00a0) )
        check(amd_ivrs_find_special(ivrs, IVHD_SPECIAL_HPET, 7, &source) &&
              source == 0x00a0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned long before = host_memory_now().bytes;
    struct amd_ivrs ivrs;
    uint8_t *table, sum = 0;
    size_t i, len;

    host_log_clear();

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

    if ( !amd_ivrs_parse(table, size, &ivrs) )
        use(&ivrs);
    else
        check(host_log_lines(XENLOG_ERR) == 1);
    amd_ivrs_free(&ivrs);
    free(table);

    check(host_memory_now().bytes == before);

    return 0;
}
