/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of bytes, as -x, -xxx and -xxxx print them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lspci.h"

static bool is_byte(const char *s)
{
    return isxdigit((unsigned char)s[0]) && isxdigit((unsigned char)s[1]) &&
           (s[2] == ' ' || !s[2]);
}

/* Bytes up to the row's end; returns what follows them. */
static const char *take_bytes(const char *s, struct lspci_row *row)
{
    for ( ; row->nr < ROW_BYTES; row->nr++ )
    {
        s += strspn(s, " ");
        if ( !is_byte(s) )
            break;
        row->byte[row->nr] = strtoul(s, NULL, 16);
        s += 2;
    }

    return s + strspn(s, " ");
}

/* Nothing is left, or the half of a byte where the line was cut. */
static bool at_end(const char *s)
{
    return !*s || (isxdigit((unsigned char)*s) && !s[1]) ||
           !strcmp(s, "...") || !strcmp(s, "\xe2\x80\xa6");
}

enum lspci_row_is lspci_row(const char *s, struct lspci_row *row)
{
    unsigned int digits = strspn(s, "0123456789abcdefABCDEF");

    if ( digits < 2 || digits > 3 || s[digits] != ':' || s[digits + 1] != ' ' )
        return ROW_NOT;

    row->at = strtoul(s, NULL, 16);
    row->nr = 0;
    s = take_bytes(s + digits + 1, row);
    if ( !row->nr )
        return ROW_NOT;
    if ( at_end(s) && row->at + row->nr <= CFG_SIZE )
        return ROW_OK;

    /* A word may look like a byte, two hardly do. */
    return row->nr > 1 ? ROW_BAD : ROW_NOT;
}

bool lspci_row_rest(const char *s, struct lspci_row *row)
{
    struct lspci_row longer = *row;

    s = take_bytes(s, &longer);
    if ( longer.nr == row->nr || !at_end(s) ||
         longer.at + longer.nr > CFG_SIZE )
        return false;
    *row = longer;

    return true;
}

bool lspci_add_row(struct lspci_hex *hex, const struct lspci_row *row,
                   unsigned int line, unsigned int *differs)
{
    unsigned int i;

    for ( i = 0; i < row->nr; i++ )
    {
        *differs = row->at + i;
        if ( *differs < hex->size && hex->cfg[*differs] != row->byte[i] )
            return false;
        if ( *differs > hex->size )
        {
            hex->hole = hex->hole ?: line;
            return true;
        }
        if ( *differs == hex->size )
        {
            hex->line[*differs / ROW_BYTES] = line;
            hex->cfg[hex->size++] = row->byte[i];
        }
    }

    return true;
}
