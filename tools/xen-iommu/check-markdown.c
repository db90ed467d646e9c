/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report for a bug report, with what it was made from, so that others can
 * repeat it; without what identifies one machine.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

#undef snprintf
#undef vsnprintf

#define EXT_CAPS     0x100
#define EXT_DSN      0x0003      /* PCIe 6.0, 7.9.3 */
#define MAX_EXT_CAPS 480

static const char *str(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key)) ?: "";
}

/* "52:54:00:12:34:56" or with dashes, as some descriptions of NICs have it. */
static bool is_mac(const char *s)
{
    unsigned int i;

    for ( i = 0; i < 17; i++ )
        if ( i % 3 == 2 ? s[i] != s[2] || (s[i] != ':' && s[i] != '-')
                        : !isxdigit((unsigned char)s[i]) )
            return false;

    return !isxdigit((unsigned char)s[17]);
}

/* Nothing of it is taken for a table, for HTML or for a MAC's digits. */
static void put(const char *s)
{
    for ( ; *s; s++ )
        if ( is_mac(s) )
        {
            printf("xx:xx:xx:xx:xx:xx");
            s += 16;
        }
        else if ( *s == '|' )
            printf("\\|");
        else if ( *s == '<' )
            printf("&lt;");
        else
            putchar(*s);
}

static void put_checks(const json_t *report)
{
    const json_t *check;
    size_t i;

    printf("| result | what |\n|---|---|\n");
    json_array_foreach ( json_object_get(report, "checks"), i, check )
    {
        printf("| %s | ", str(check, "result"));
        put(str(check, "text"));
        printf(" |\n");
    }
}

static void put_devices(const json_t *report)
{
    const json_t *d, *o;
    size_t i, j;

    printf("\n| group | device | IDs | name | driver | to a guest |\n|---|---|---|---|---|---|\n");
    json_array_foreach ( json_object_get(report, "devices"), i, d )
    {
        const json_t *group = json_object_get(d, "group");

        if ( json_is_null(group) )
            printf("| - ");
        else
            printf("| %lld ", (long long)json_integer_value(group));
        printf("| `%s` | `%s:%s` | ", str(d, "sbdf"), str(d, "vendor"),
               str(d, "device"));
        put(str(d, "name"));
        printf(" | %s | ", str(d, "driver"));
        if ( json_is_true(json_object_get(d, "possible")) )
            printf("yes");
        json_array_foreach ( json_object_get(d, "obstacles"), j, o )
            printf("%s%s", j ? ", " : "", str(o, "code"));
        printf(" |\n");
    }
}

static void put_list(const char *title, const json_t *list)
{
    const json_t *line;
    size_t i;

    if ( json_array_size(list) )
        printf("\n%s:\n\n", title);
    json_array_foreach ( list, i, line )
    {
        printf("* ");
        put(json_string_value(line) ?: "");
        printf("\n");
    }
}

/* A device's serial number, often its MAC, is a capability of its own. */
static void hide_serial(uint8_t *cfg, unsigned int size)
{
    unsigned int pos = EXT_CAPS, i;

    for ( i = 0; i < MAX_EXT_CAPS && pos >= EXT_CAPS && pos + 12 <= size; i++ )
    {
        if ( (cfg[pos] | cfg[pos + 1] << 8) == EXT_DSN )
            memset(cfg + pos + 4, 0, 8);
        pos = (cfg[pos + 2] >> 4 | cfg[pos + 3] << 4) & 0xffc;
    }
}

/* As lspci -D -n -xxxx: `xen-iommu check --lspci' reads it again. */
static void put_function(const struct record *r)
{
    char name[SBDF_LEN];
    uint8_t cfg[CFG_SIZE];
    unsigned int at;

    memcpy(cfg, r->cfg, CFG_SIZE);
    hide_serial(cfg, r->size);
    printf("%s %04x: %04x:%04x\n", print_sbdf(r->func.sbdf.sbdf, name),
           r->func.class, r->func.vendor, r->func.device);
    for ( at = 0; at < r->size; at++ )
    {
        if ( at % 16 == 0 )
            printf("%02x:", at);
        printf(" %02x%s", cfg[at], at % 16 == 15 || at + 1 == r->size ? "\n"
                                                                      : "");
    }
    printf("\n");
}

/* As acpidump: `xen-iommu check --acpidump' reads it again. */
static void put_table(const char *name, const struct table *t)
{
    size_t at;

    printf("%s @ 0x0000000000000000\n", name);
    for ( at = 0; at < t->len; at++ )
    {
        if ( at % 16 == 0 )
            printf("    %04zX:", at);
        printf(" %02X%s", t->data[at], at % 16 == 15 || at + 1 == t->len ? "\n"
                                                                         : "");
    }
    printf("\n");
}

static void put_input(const struct check *c)
{
    bool bytes = true;
    unsigned int i;

    for ( i = 0; i < c->m.nr; i++ )
        bytes &= c->m.sorted[i]->from == FROM_BYTES;

    printf("\n<details><summary>Input</summary>\n\n```\n");
    for ( i = 0; bytes && i < c->m.nr; i++ )
        put_function(c->m.sorted[i]);
    for ( i = 0; i < TABLE_DTB; i++ )
        if ( c->t.table[i].data )
            put_table(table_names[i], &c->t.table[i]);
    printf("```\n\n</details>\n");
}

void check_markdown(const struct check *c)
{
    printf("# xen-iommu check\n\nxen-iommu %s\n\n", str(c->report, "version"));
    put_checks(c->report);
    put_devices(c->report);
    put_list("Messages", json_object_get(c->report, "messages"));
    put_input(c);
}
