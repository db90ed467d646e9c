/* SPDX-License-Identifier: GPL-2.0-only */
/* Header lines: "0000:00:1c.0 PCI bridge: ...", or with a path (-P, -PP). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lspci.h"
#include "tool.h"

/* Exactly @nr hexadecimal digits. */
static bool digits(const char **s, unsigned int nr, unsigned int *val)
{
    unsigned int i;

    for ( *val = i = 0; i < nr; i++, (*s)++ )
    {
        if ( !isxdigit((unsigned char)**s) )
            return false;
        *val = *val << 4 | (isdigit((unsigned char)**s)
                            ? **s - '0' : (**s | 0x20) - 'a' + 10);
    }

    return !isxdigit((unsigned char)**s);
}

static bool mark(const char **s, char c)
{
    return *(*s)++ == c;
}

/* "1c.0": device and function. */
static bool slot(const char **s, unsigned int *devfn)
{
    unsigned int dev, fn;

    if ( !digits(s, 2, &dev) || !mark(s, '.') || !digits(s, 1, &fn) ||
         dev > 0x1f || fn > 7 )
        return false;
    *devfn = dev << 3 | fn;

    return true;
}

/* "0a:1c.0", or in a path of -P "1c.0"; *bus is left alone then. */
static bool element(const char **s, bool *bus_known, uint32_t *bdf)
{
    unsigned int bus = 0, devfn;

    *bus_known = (*s)[0] && (*s)[1] && (*s)[2] == ':';
    if ( *bus_known && (!digits(s, 2, &bus) || !mark(s, ':')) )
        return false;
    if ( !slot(s, &devfn) )
        return false;
    *bdf = bus << 8 | devfn;

    return true;
}

/* Four digits or more, and a colon.  No domain is domain 0. */
static bool domain(const char **s, unsigned int *val)
{
    unsigned int nr = strspn(*s, "0123456789abcdefABCDEF");

    *val = 0;
    if ( nr == 2 )
        return true;

    return nr >= 4 && nr <= 8 && digits(s, nr, val) && mark(s, ':');
}

bool lspci_header(const char *s, struct lspci_func *f, const char **rest,
                  bool *made_up)
{
    char path[MAX_LINE + SBDF_LEN], sbdf[SBDF_LEN];
    unsigned int seg, len;
    uint32_t bdf;

    *made_up = f->above_known = false;
    if ( !domain(&s, &seg) || !element(&s, &f->bus_known, &bdf) ||
         !f->bus_known )
        return false;

    len = sprintf(path, "%s", print_sbdf(seg << 16 | bdf, sbdf));
    while ( *s == '/' )
    {
        f->above_known = f->bus_known;
        f->above = seg << 16 | bdf;
        s++;
        if ( !element(&s, &f->bus_known, &bdf) )
            return false;
        len += sprintf(path + len, "/%02x.%x", (bdf >> 3) & 0x1f, bdf & 7);
    }
    if ( *s && *s != ' ' )
        return false;

    *rest = s;
    *made_up = seg > 0xffff;
    if ( *made_up )
        return true;

    f->sbdf = seg << 16 | bdf;
    f->path = need(strdup(path));

    return true;
}
