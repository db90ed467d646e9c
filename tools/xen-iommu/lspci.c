/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads what `lspci -D -xxxx` prints. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "tool.h"

/* "1f0: 00 01 ...", sixteen bytes at most.  False: not such a line. */
static bool hex_line(struct record *r, const char *s)
{
    char *end;
    unsigned long at = strtoul(s, &end, 16);
    unsigned int nr = 0;

    if ( end == s || *end != ':' || !isxdigit((unsigned char)*s) )
        return false;

    for ( s = end + 1; nr < 16; s = end, nr++ )
    {
        unsigned long byte;

        while ( *s == ' ' )
            s++;
        if ( !isxdigit((unsigned char)*s) )
            break;
        byte = strtoul(s, &end, 16);
        if ( byte > 0xff || at + nr >= CFG_SIZE )
            return false;
        r->cfg[at + nr] = byte;
    }

    if ( !nr || at != r->size )
        return false;
    r->size += nr;

    return true;
}

/* A domain beyond 16 bits is made up by an operating system (Intel VMD). */
static bool made_up_domain(const char *s)
{
    size_t digits = strspn(s, "0123456789abcdefABCDEF");

    return digits > 4 && s[digits] == ':' && isxdigit((unsigned char)s[digits + 1]);
}

static bool read_line(struct machine *m, const char *line, struct record **r,
                      bool *skip)
{
    const char *rest;
    uint32_t sbdf;

    if ( made_up_domain(line) )
    {
        if ( !*skip )
            complain("warning: functions behind a VMD controller are left out: Xen does not see them");
        *skip = true;
        return true;
    }

    if ( parse_sbdf(line, &sbdf, &rest) && (*rest == ' ' || *rest == '\0') )
    {
        *skip = false;
        *r = record_add(m, sbdf);
        return *r;
    }

    /* Text in between, as with -v, is indented or starts no number. */
    if ( *skip || !*line || isspace((unsigned char)*line) ||
         !isxdigit((unsigned char)*line) || !strchr(line, ':') )
        return true;

    return *r && hex_line(*r, line);
}

bool read_lspci(struct machine *m, const char *file)
{
    FILE *in = strcmp(file, "-") ? fopen(file, "r") : stdin;
    char *line = NULL;
    size_t len = 0;
    unsigned int nr = 0;
    struct record *r = NULL;
    bool ok = true, skip = false;

    if ( !in )
    {
        complain("%s: %m", file);
        return false;
    }

    while ( ok && getline(&line, &len, in) >= 0 )
    {
        line[strcspn(line, "\r\n")] = '\0';
        nr++;
        ok = read_line(m, line, &r, &skip);
    }

    if ( !ok )
        complain("%s:%u: this is not what `lspci -D -xxxx` prints", file, nr);

    free(line);
    if ( in != stdin )
        fclose(in);

    return ok;
}
