/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"
#include "tables.h"
#include "tool.h"

/* ACPI 6.5, 5.2.6: what all tables begin with.  DTSpec 0.4, 5.2. */
#define ACPI_HEADER 36
#define ACPI_LENGTH 4
#define FDT_HEADER  40

const char *const table_names[NR_TABLES] = {
    "DMAR", "IVRS", "IORT", "MCFG", "device tree",
};

static uint32_t le32(const uint8_t *p)
{
    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void put(struct tables *t, enum table_kind kind, char *data, size_t len,
                const char *from)
{
    struct table *to = &t->table[kind];

    free(to->data);
    free(to->from);
    to->data = (uint8_t *)data;
    to->len = len;
    to->from = need(strdup(from));
}

/* NULL: it looks like one; else what is wrong. */
static const char *judge(enum table_kind kind, const uint8_t *data, size_t len)
{
    static const uint8_t magic[4] = { 0xd0, 0x0d, 0xfe, 0xed };
    bool tree = kind == TABLE_DTB;

    if ( !len )
        return "is empty";
    if ( len < 4 || memcmp(data, tree ? (const void *)magic
                                      : table_names[kind], 4) )
        return "is something else";
    if ( len < (tree ? FDT_HEADER : ACPI_HEADER) ||
         (tree ? be32(data + 4) : le32(data + ACPI_LENGTH)) > len )
        return "is cut off";

    return NULL;
}

/*
 * "  0010: 01 02 ...  ..text" or "00000010  01 02 ...  |text|": the bytes of
 * one line that begins at @want.
 */
static unsigned int hex_line(const char *line, size_t want, uint8_t byte[16])
{
    unsigned int n = 0;
    size_t at;
    char *end;

    line += strspn(line, " \t");
    if ( !isxdigit((unsigned char)*line) )
        return 0;
    at = strtoul(line, &end, 16);
    if ( at != want || (*end != ':' && *end != ' ') )
        return 0;
    end += *end == ':';

    while ( n < 16 )
    {
        size_t gap = strspn(end, " ");

        /* Beyond a wider gap is what the bytes are as text. */
        end += gap;
        if ( gap < 1 || gap > (n % 8 ? 1 : 2) ||
             !isxdigit((unsigned char)end[0]) ||
             !isxdigit((unsigned char)end[1]) ||
             (end[2] && !isspace((unsigned char)end[2])) )
            break;
        byte[n++] = strtoul((char[]){ end[0], end[1], 0 }, NULL, 16);
        end += 2;
    }

    return n;
}

/* The bytes of consecutive lines from *@text on, to be freed. */
static char *hex_block(const char **text, size_t *len)
{
    uint8_t *data = NULL, byte[16];
    unsigned int n;

    for ( *len = 0; **text; *len += n )
    {
        const char *line = *text, *next = line + strcspn(line, "\n");
        char copy[128];

        snprintf(copy, sizeof(copy), "%.*s",
                 (int)strcspn(line, "\r\n"), line);
        n = hex_line(copy, *len, byte);
        if ( !n || *len + n > SOURCE_MAX )
            break;
        data = need(realloc(data, *len + n + 1));
        memcpy(data + *len, byte, n);
        *text = next + (*next == '\n');
    }

    return (char *)data;
}

/* Text is turned into the bytes that it shows. */
static void decode(char **data, size_t *len)
{
    const char *at = *data;
    char *bytes;
    size_t nr;

    if ( memchr(*data, '\0', *len) )
        return;
    for ( ; *at; at += strcspn(at, "\n"), at += *at == '\n' )
    {
        bytes = hex_block(&at, &nr);
        if ( !bytes )
            continue;
        free(*data);
        *data = bytes;
        *len = nr;
        return;
    }
}

bool tables_file(struct tables *t, enum table_kind kind, const char *file)
{
    const char *why;
    size_t len;
    char *data = source_read_file(file, &len);

    if ( !data )
    {
        complain("%s: %s", file, strerror(errno));
        return false;
    }

    decode(&data, &len);
    why = judge(kind, (uint8_t *)data, len);
    if ( why )
    {
        complain("%s: not a %s that can be used: it %s", file,
                 table_names[kind], why);
        free(data);
        return false;
    }
    put(t, kind, data, len, file);

    return true;
}

/* A table's first line: "DMAR @ 0x0000000000000000". */
static bool names_table(const char *line, enum table_kind *kind)
{
    unsigned int i;

    for ( i = 0; i < TABLE_DTB; i++ )
        if ( !strncmp(line, table_names[i], 4) &&
             !strncmp(line + 4, " @ ", 3) )
        {
            *kind = i;
            return true;
        }

    return false;
}

bool tables_acpidump(struct tables *t, const char *file)
{
    enum table_kind kind;
    const char *at, *why;
    unsigned int nr = 0;
    bool ok = true;
    size_t len;
    char *text = source_read_file(file, &len), *data;

    if ( !text )
    {
        complain("%s: %s", file, strerror(errno));
        return false;
    }

    for ( at = text; *at && ok; )
    {
        bool found = names_table(at, &kind);

        at += strcspn(at, "\n");
        at += *at == '\n';
        if ( !found )
            continue;

        data = hex_block(&at, &len);
        why = judge(kind, (uint8_t *)data, len);
        if ( why )
            complain("%s: the %s in it %s", file, table_names[kind], why);
        ok = !why;
        if ( ok )
            put(t, kind, data, len, file);
        else
            free(data);
        nr++;
    }
    free(text);

    if ( ok && !nr )
        complain("%s: there is no DMAR, IVRS, IORT or MCFG in it", file);

    return ok && nr;
}

/* Xen hides its table from dom0's drivers by turning the letters around. */
static const char *const live_names[NR_TABLES][2] = {
    { "sys/firmware/acpi/tables/DMAR", "sys/firmware/acpi/tables/RMAD" },
    { "sys/firmware/acpi/tables/IVRS" },
    { "sys/firmware/acpi/tables/IORT" },
    { "sys/firmware/acpi/tables/MCFG" },
    { "sys/firmware/fdt" },
};

void tables_live(struct tables *t)
{
    unsigned int kind, i;

    for ( kind = 0; kind < NR_TABLES; kind++ )
        for ( i = 0; i < 2 && live_names[kind][i]; i++ )
        {
            const char *name = live_names[kind][i], *why;
            size_t len = 0;
            char *data = source_read(&len, "%s", name);

            if ( !data )
            {
                t->table[kind].denied |= errno == EACCES || errno == EPERM;
                continue;
            }
            if ( i && len >= 4 )
                memcpy(data, table_names[kind], 4);
            why = judge(kind, (uint8_t *)data, len);
            if ( !why )
            {
                put(t, kind, data, len, name);
                break;
            }
            complain("/%s %s", name, why);
            free(data);
        }
}

void tables_free(struct tables *t)
{
    unsigned int i;

    for ( i = 0; i < NR_TABLES; i++ )
    {
        free(t->table[i].data);
        free(t->table[i].from);
    }
}
