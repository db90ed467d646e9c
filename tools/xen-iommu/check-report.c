/* SPDX-License-Identifier: GPL-2.0-only */
/* The report as a whole: schema/check.json. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#undef snprintf
#undef vsnprintf

void check_say(struct check *c, const char *id, const char *result,
               const char *advice, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    json_array_append_new(json_object_get(c->report, "checks"),
                          need(json_pack("{s:s, s:s, s:s, s:s?}", "id", id,
                                         "result", result, "text", text,
                                         "advice", advice)));
}

unsigned int check_count(const json_t *report, const char *result)
{
    const json_t *check;
    unsigned int nr = 0;
    size_t i;

    json_array_foreach ( json_object_get(report, "checks"), i, check )
        nr += !strcmp(json_string_value(json_object_get(check, "result")) ?: "",
                      result);

    return nr;
}

static json_t *units(const struct check *c)
{
    json_t *to = need(json_array());
    unsigned int i;

    for ( i = 0; !c->assumed && i < c->p.nr_units; i++ )
    {
        const struct punit *u = &c->p.units[i];
        char base[24], caps[64] = "";

        snprintf(base, sizeof(base), "%#llx", (unsigned long long)u->unit.base);
        if ( u->ecap )
            snprintf(caps, sizeof(caps), "CAP %016llx ECAP %016llx",
                     (unsigned long long)u->cap, (unsigned long long)u->ecap);
        else if ( u->efr )
            snprintf(caps, sizeof(caps), "EFR %016llx",
                     (unsigned long long)u->efr);
        json_array_append_new(to, need(json_pack(
            "{s:s, s:s, s:s, s:b, s:s?}", "name", u->unit.name, "driver",
            u->driver ?: c->p.kind, "base", base, "used", u->used, "registers",
            *caps ? caps : NULL)));
    }

    return to;
}

/* Which earlier member each of the others is tied to, and why. */
static json_t *reasons(const struct check *c, const struct pfunc *first)
{
    struct record **members = need(calloc(c->p.nr + 1, sizeof(*members)));
    json_t *to = need(json_array());
    const struct pfunc *f;
    unsigned int nr = 0;
    char with[SBDF_LEN], at[SBDF_LEN];

    for ( f = first; f; f = f->next )
    {
        struct record *r = f->r;

        r->group = f->group;
        find_tie(r, members, nr);
        members[nr++] = r;
        if ( f == first )
            continue;
        if ( r->tie )
            json_array_append_new(to, need(json_pack(
                "{s:s, s:s, s:s, s:s?}", "device", f->dev.name, "with",
                print_sbdf(r->tie->func.sbdf.sbdf, with), "text",
                pci_why_text(r->why, r->why_at), "at", r->why_at
                ? print_sbdf(r->why_at->sbdf.sbdf, at) : NULL)));
        else
            /* By way of a function that no unit translates, or by an ID. */
            json_array_append_new(to, need(json_pack(
                "{s:s, s:s, s:s, s:n}", "device", f->dev.name, "with",
                first->dev.name, "text",
                "they have to do with a function between them, or the IOMMU sees one ID of both",
                "at")));
    }
    free(members);

    return to;
}

static json_t *groups(const struct check *c)
{
    json_t *to = need(json_array()), *devices;
    unsigned int i;

    for ( i = 0; i < c->p.nr_groups; i++ )
    {
        const struct pfunc *first = c->p.groups[i], *f;

        devices = need(json_array());
        for ( f = first; f; f = f->next )
            json_array_append_new(devices, json_string(f->dev.name));
        json_array_append_new(to, need(json_pack(
            "{s:i, s:o, s:o}", "id", i, "devices", devices, "why",
            c->complete ? reasons(c, first) : need(json_array()))));
    }

    return to;
}

/* Functions in no group of Xen's stand alone, as far as Linux is asked. */
static void number_the_rest(struct check *c)
{
    unsigned int i, next = c->p.nr_groups;

    for ( i = 0; i < c->p.nr; i++ )
        if ( c->p.funcs[i].group == ~0u )
            c->p.funcs[i].r->group = next++;
}

void check_report(struct check *c)
{
    json_t *devices = need(json_array());
    unsigned int i;

    c->report = need(json_pack(
        "{s:s, s:s, s:s, s:b, s:[], s:o, s:o}", "report", REPORT_VERSION,
        "version", tool_version(), "source", c->live ? "live" : "files",
        "complete", c->complete, "checks", "units", units(c), "groups",
        groups(c)));
    for ( i = 0; i < c->p.nr; i++ )
        json_array_append_new(devices, check_device(c, &c->p.funcs[i]));
    json_object_set_new(c->report, "devices", devices);

    number_the_rest(c);
    json_object_set_new(c->report, "differences",
                        c->complete && linux_known(&c->m) && c->p.nr_groups
                        ? differences_json(&c->m) : json_null());
    json_object_set(c->report, "messages", c->messages);
    check_machine(c);
}
