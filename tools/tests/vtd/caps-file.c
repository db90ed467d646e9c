/* SPDX-License-Identifier: GPL-2.0-only */
/* See caps-file.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "caps-file.h"

#define NR_FIELDS 9

enum { MACHINE, UNIT, BASE, VER, CAP, ECAP, ALL, HAW };

/* All of @s is a number, or it is "-", and *@known false. */
static bool number(const char *s, int base, uint64_t *val, bool *known)
{
    char *end;

    *val = 0;
    if ( !strcmp(s, "-") )
    {
        *known = false;
        return true;
    }

    errno = 0;
    *val = strtoull(s, &end, base);

    return end != s && !*end && *s != '-' && !errno;
}

static bool version(const char *s, uint32_t *ver, bool *known)
{
    unsigned int major, minor;
    char after;

    *ver = 0;
    if ( !strcmp(s, "-") )
    {
        *known = false;
        return true;
    }
    if ( sscanf(s, "%u:%u%c", &major, &minor, &after) != 2 || major > 15 ||
         minor > 15 )
        return false;
    *ver = major << 4 | minor;

    return true;
}

static unsigned int split(char *line, char *field[NR_FIELDS])
{
    char *save = NULL, *f = strtok_r(line, " \t\r\n", &save);
    unsigned int nr = 0;

    for ( ; f && nr < NR_FIELDS; f = strtok_r(NULL, " \t\r\n", &save) )
        field[nr++] = f;

    return nr;
}

/* @field in one unit more of @m. */
static bool add_unit(struct caps_machine *m, char *field[NR_FIELDS])
{
    struct caps_unit u = { .known = true };
    bool has_base = true, has_all = true, has_haw = true;
    uint64_t all, haw;

    if ( m->nr == CAPS_MAX_UNITS ||
         !number(field[BASE], 16, &u.base, &has_base) ||
         !version(field[VER], &u.ver, &u.known) ||
         !number(field[CAP], 16, &u.cap, &u.known) ||
         !number(field[ECAP], 16, &u.ecap, &u.known) ||
         !number(field[ALL], 10, &all, &has_all) || all > 1 ||
         !number(field[HAW], 10, &haw, &has_haw) || haw > 64 )
        return false;

    u.include_all = all;
    if ( haw )
        m->haw = haw;
    m->unit[m->nr++] = u;

    return true;
}

bool caps_next(FILE *f, struct caps_machine *m)
{
    char line[512];
    long at;

    memset(m, 0, sizeof(*m));

    for ( ; at = ftell(f), fgets(line, sizeof(line), f); )
    {
        char *field[NR_FIELDS];
        unsigned int nr = split(line, field);

        if ( !nr || field[0][0] == '#' || !strcmp(field[0], "machine") )
            continue;

        if ( !m->name[0] )
            snprintf(m->name, sizeof(m->name), "%s", field[MACHINE]);
        else if ( strncmp(m->name, field[MACHINE], sizeof(m->name) - 1) )
        {
            /* The next machine's. */
            fseek(f, at, SEEK_SET);
            break;
        }

        /* Nobody needs to know how often it was seen. */
        if ( nr < NR_FIELDS - 1 || !add_unit(m, field) )
            m->bad++;
    }

    return m->name[0];
}
