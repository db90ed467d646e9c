/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds IVRS tables byte by byte, right and wrong ones, for the tests; and
 * tables of the shapes that public machines have.
 */

#ifndef TESTS_IVRS_BUILD_H
#define TESTS_IVRS_BUILD_H

#include <stdint.h>
#include <string.h>

#define IVRS_BLOCKS 48          /* where the first block is */

struct ivrs_buf {
    uint8_t b[8192];
    size_t len;
    size_t open;                /* where the block being built starts */
};

static inline void iv_put(struct ivrs_buf *t, uint64_t val, unsigned int bytes)
{
    while ( bytes-- )
    {
        t->b[t->len++] = val;
        val >>= 8;
    }
}

static inline void iv_put_at(struct ivrs_buf *t, size_t off, uint64_t val,
                             unsigned int bytes)
{
    size_t len = t->len;

    t->len = off;
    iv_put(t, val, bytes);
    t->len = len;
}

/* Checksum of the whole table; again after each manipulation. */
static inline void iv_sum(struct ivrs_buf *t)
{
    uint8_t sum = 0;
    size_t i;

    t->b[9] = 0;
    for ( i = 0; i < t->len; i++ )
        sum += t->b[i];
    t->b[9] = -sum;
}

static inline void iv_end(struct ivrs_buf *t)
{
    iv_put_at(t, 4, t->len, 4);
    iv_sum(t);
}

/* @info: [0] EFR images are valid, [14:8] bits of physical addresses. */
static inline void iv_begin(struct ivrs_buf *t, uint32_t info)
{
    memset(t, 0, sizeof(*t));
    memcpy(t->b, "IVRS\0\0\0\0\2\0TESTS TESTS   ", 24);
    t->len = 36;
    iv_put(t, info, 4);
    iv_put(t, 0, 8);
}

#define IV_INFO 0x00203041

static inline void iv_close(struct ivrs_buf *t)
{
    iv_put_at(t, t->open + 2, t->len - t->open, 2);
}

/* The header of an IVHD; entries follow, and iv_close(). */
static inline size_t iv_unit(struct ivrs_buf *t, uint8_t kind, uint16_t seg,
                             uint16_t devid, uint64_t base, uint64_t efr)
{
    t->open = t->len;
    iv_put(t, kind, 1);
    iv_put(t, 0xb0, 1);
    iv_put(t, 0, 2);
    iv_put(t, devid, 2);
    iv_put(t, 0x40, 2);
    iv_put(t, base, 8);
    iv_put(t, seg, 2);
    iv_put(t, 0, 2);
    iv_put(t, kind == 0x10 ? 0x80048f6f : 0x00040200, 4);
    if ( kind != 0x10 )
    {
        iv_put(t, efr, 8);
        iv_put(t, 0, 8);
    }

    return t->open;
}

static inline size_t iv_dev4(struct ivrs_buf *t, uint8_t type, uint16_t devid,
                             uint8_t dte)
{
    iv_put(t, type, 1);
    iv_put(t, devid, 2);
    iv_put(t, dte, 1);

    return t->len - 4;
}

static inline size_t iv_range(struct ivrs_buf *t, uint16_t first, uint16_t last)
{
    size_t off = iv_dev4(t, 0x03, first, 0);

    iv_dev4(t, 0x04, last, 0);

    return off;
}

/* Alias select (42h) and the beginning of an alias range (43h). */
static inline size_t iv_alias(struct ivrs_buf *t, uint8_t type, uint16_t devid,
                              uint16_t alias)
{
    iv_dev4(t, type, devid, 0);
    iv_put(t, 0, 1);
    iv_put(t, alias, 2);
    iv_put(t, 0, 1);

    return t->len - 8;
}

static inline void iv_alias_range(struct ivrs_buf *t, uint16_t first,
                                  uint16_t last, uint16_t alias)
{
    iv_alias(t, 0x43, first, alias);
    iv_dev4(t, 0x04, last, 0);
}

static inline size_t iv_ext(struct ivrs_buf *t, uint8_t type, uint16_t devid,
                            uint8_t dte, uint32_t ext)
{
    iv_dev4(t, type, devid, dte);
    iv_put(t, ext, 4);

    return t->len - 8;
}

#define IV_IOAPIC 1
#define IV_HPET   2

static inline size_t iv_special(struct ivrs_buf *t, uint8_t variety,
                                uint8_t handle, uint16_t source, uint8_t dte)
{
    iv_dev4(t, 0x48, 0, dte);
    iv_put(t, handle, 1);
    iv_put(t, source, 2);
    iv_put(t, variety, 1);

    return t->len - 8;
}

static inline size_t iv_acpi(struct ivrs_buf *t, uint16_t devid,
                             const char *hid, const char *uid)
{
    size_t off = iv_dev4(t, 0xf0, devid, 0x40);

    memcpy(t->b + t->len, hid, 8);
    t->len += 16;
    iv_put(t, *uid ? 2 : 0, 1);
    iv_put(t, strlen(uid), 1);
    memcpy(t->b + t->len, uid, strlen(uid));
    t->len += strlen(uid);

    return off;
}

static inline size_t iv_memory(struct ivrs_buf *t, uint8_t type, uint8_t flags,
                               uint16_t devid, uint16_t last, uint64_t base,
                               uint64_t bytes)
{
    size_t off = t->len;

    iv_put(t, type, 1);
    iv_put(t, flags, 1);
    iv_put(t, 32, 2);
    iv_put(t, devid, 2);
    iv_put(t, last, 2);
    iv_put(t, 0, 8);
    iv_put(t, base, 8);
    iv_put(t, bytes, 8);

    return off;
}

/*
 * What a desktop or laptop has: everything behind one unit, the legacy bridge
 * @bridge standing for bus ff, two IO-APICs and an HPET.
 */
static inline void iv_desktop_unit(struct ivrs_buf *t, uint8_t kind,
                                   uint64_t base, uint16_t first,
                                   uint16_t bridge, uint8_t ioapic)
{
    iv_unit(t, kind, 0, 0x0002, base, 0x206d73ef22254adeULL);
    iv_range(t, first, 0xfffe);
    iv_alias_range(t, 0xff00, 0xffff, bridge);
    if ( first == 0x0008 )
        iv_dev4(t, 0x00, 0, 0);
    iv_special(t, IV_HPET, 0, 0x00a0, 0);
    iv_special(t, IV_IOAPIC, ioapic, 0x00a0, 0xd7);
    iv_special(t, IV_IOAPIC, ioapic + 1, 0x0001, 0);
    if ( kind == 0x40 )
    {
        iv_acpi(t, 0x00a5, "AMDI0020", "\\_SB.FUR0");
        iv_acpi(t, 0x00a5, "AMDI0020", "\\_SB.FUR1");
        iv_acpi(t, 0x0099, "PNPD0040", "");
    }
    iv_close(t);
}

/* A server of four nodes: each a unit with an IO-APIC, buses in descending order. */
static inline void iv_server(struct ivrs_buf *t)
{
    static const uint64_t base[4] = {
        0xb3180000, 0xb2180000, 0xfa600000, 0xe2200000,
    };
    unsigned int i, kind;

    iv_begin(t, IV_INFO);
    for ( i = 0; i < 3; i++ )
        for ( kind = 0x10; kind <= 0x11; kind++ )
        {
            uint16_t bus = 0x6000 - i * 0x2000;

            iv_unit(t, kind, 0, bus | 2, base[i], 0x58f77ef22294adeULL);
            iv_range(t, bus | 8, i ? bus + 0x1ffe : 0xfffe);
            iv_special(t, IV_IOAPIC, 0x81 + i, bus | 1, 0);
            iv_close(t);
        }
    for ( kind = 0x10; kind <= 0x11; kind++ )
    {
        iv_unit(t, kind, 0, 0x0002, base[3], 0x58f77ef22294adeULL);
        iv_range(t, 0x0008, 0x1ffe);
        iv_alias_range(t, 0xff00, 0xffff, 0x00a4);
        iv_special(t, IV_HPET, 0, 0x00a0, 0);
        iv_special(t, IV_IOAPIC, 0x80, 0x00a0, 0xd7);
        iv_special(t, IV_IOAPIC, 0x84, 0x0001, 0);
        iv_close(t);
    }
    iv_end(t);
}

#endif /* TESTS_IVRS_BUILD_H */
