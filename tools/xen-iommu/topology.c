/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a recorded topology: JSON, schema "pci-groups/1". */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "tool.h"

static int nibble(char c)
{
    const char *digits = "0123456789abcdef", *p = c ? strchr(digits, c | 0x20)
                                                    : NULL;

    return p ? (int)(p - digits) : -1;
}

/* @size: where it is more than there are digits, zeroes make up for them. */
static bool read_hex(struct record *r, const char *hex, json_int_t size)
{
    size_t i, len = strlen(hex);

    if ( len % 2 || len / 2 > CFG_SIZE || size > CFG_SIZE )
        return false;

    r->cfg = need(calloc(1, CFG_SIZE));
    for ( i = 0; i < len; i += 2 )
    {
        int hi = nibble(hex[i]), lo = nibble(hex[i + 1]);

        if ( hi < 0 || lo < 0 )
            return false;
        r->cfg[i / 2] = hi << 4 | lo;
    }
    r->size = size > (json_int_t)(len / 2) ? size : (json_int_t)(len / 2);

    return true;
}

/* A string member that names a function.  0: null or not there; -1: neither. */
static int get_sbdf(const json_t *f, const char *key, uint32_t *sbdf)
{
    const json_t *v = json_object_get(f, key);
    const char *rest;

    if ( !v || json_is_null(v) )
        return 0;

    return json_is_string(v) && parse_sbdf(json_string_value(v), sbdf, &rest) &&
           !*rest ? 1 : -1;
}

static bool read_function(struct machine *m, const json_t *f)
{
    const char *hex = json_string_value(json_object_get(f, "config_hex"));
    struct record *r;
    uint32_t sbdf;
    int pf;

    if ( get_sbdf(f, "sbdf", &sbdf) <= 0 )
    {
        complain("a function has no valid \"sbdf\"");
        return false;
    }

    r = record_add(m, sbdf);
    if ( !r )
        return false;

    if ( !hex ||
         !read_hex(r, hex,
                   json_integer_value(json_object_get(f, "config_size"))) )
    {
        complain("%s: \"config_hex\" is not up to %d bytes in hexadecimal",
                 json_string_value(json_object_get(f, "sbdf")), CFG_SIZE);
        return false;
    }

    pf = get_sbdf(f, "physfn", &r->func.pf_sbdf.sbdf);
    if ( pf < 0 )
    {
        complain("%s: \"physfn\" names no function",
                 json_string_value(json_object_get(f, "sbdf")));
        return false;
    }
    r->func.virtfn = pf > 0 || json_is_true(json_object_get(f, "is_virtfn"));

    return true;
}

/* Bridges can come after what is below them. */
static bool link_parent(struct machine *m, const json_t *f)
{
    pci_sbdf_t sbdf = {}, above = {};
    struct pci_func *func;
    int rc;

    if ( !json_object_get(f, "parent") )
        return true;

    rc = get_sbdf(f, "parent", &above.sbdf);
    get_sbdf(f, "sbdf", &sbdf.sbdf);
    func = record_find(m, sbdf.sbdf);
    func->parent_given = true;
    func->parent = rc > 0 ? record_find(m, above.sbdf) : NULL;

    if ( rc < 0 || (rc > 0 && !func->parent) || func->parent == func )
    {
        complain("%s: \"parent\" names no function of the file",
                 json_string_value(json_object_get(f, "sbdf")));
        return false;
    }

    return true;
}

static bool read_functions(struct machine *m, const json_t *functions)
{
    const json_t *f;
    size_t i;

    if ( !json_is_array(functions) )
    {
        complain("there is no array \"functions\"");
        return false;
    }

    json_array_foreach ( functions, i, f )
        if ( !read_function(m, f) )
            return false;

    if ( !record_index(m) )
        return false;

    json_array_foreach ( functions, i, f )
        if ( !link_parent(m, f) )
            return false;

    return true;
}

bool read_topology(struct machine *m, const char *file)
{
    json_error_t err;
    json_t *root = strcmp(file, "-") ? json_load_file(file, 0, &err)
                                     : json_loadf(stdin, 0, &err);
    bool ok;

    if ( !root )
    {
        complain("%s: line %d: %s", file, err.line, err.text);
        return false;
    }

    ok = read_functions(m, json_object_get(root, "functions"));
    if ( !ok )
        complain("%s: not a topology that can be used", file);
    json_decref(root);

    return ok;
}
