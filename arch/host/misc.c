/* SPDX-License-Identifier: GPL-2.0-only */
/* Parameters, initcalls, keys, ACPI tables, cache cleaning. */
#include <stdlib.h>

#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/keyhandler.h>
#include <xen/lib.h>
#include <xen/param.h>

#include "host.h"
#include "internal.h"

#define MAX_PARAMS    64
#define MAX_INITCALLS 32
#define MAX_TABLES    16
#define MAX_LISTENERS 32

static struct param {
    const char *name;
    enum host_param_type type;
    void *var;
    unsigned int len;
    int (*func)(const char *s);
} params[MAX_PARAMS];
static unsigned int nr_params;

static struct initcall {
    const char *name;
    unsigned int level;
    initcall_t fn;
} initcalls[MAX_INITCALLS];
static unsigned int nr_initcalls;

static keyhandler_fn_t *keys[256];

static struct acpi_table_header *tables[MAX_TABLES];
static unsigned int nr_tables;
bool acpi_disabled;

static struct listener {
    host_cache_clean_fn *fn;
    void *arg;
} listeners[MAX_LISTENERS];
static unsigned long lines_cleaned, cleans;

void host_param_register(const char *name, enum host_param_type type,
                         void *var, unsigned int len,
                         int (*func)(const char *s))
{
    ASSERT(nr_params < MAX_PARAMS);
    params[nr_params++] = (struct param){ name, type, var, len, func };
}

static int set_integer(const struct param *p, unsigned long long v)
{
    if ( p->len < 8 && v >> (8 * p->len) )
        return -EOVERFLOW;
    memcpy(p->var, &v, p->len);

    return 0;
}

static int set_param(const struct param *p, const char *value)
{
    const char *end = "";
    unsigned long long v;
    int b;

    switch ( p->type )
    {
    case HOST_PARAM_BOOL:
        b = *value ? parse_bool(value, NULL) : 1;
        if ( b < 0 )
            return -EINVAL;
        *(bool *)p->var = b;
        return 0;

    case HOST_PARAM_INT:
        v = simple_strtoull(value, &end, 0);
        return *end ? -EINVAL : set_integer(p, v);

    case HOST_PARAM_SIZE:
        v = parse_size_and_unit(value, &end);
        return *end ? -EINVAL : set_integer(p, v);

    case HOST_PARAM_STR:
        strlcpy(p->var, value, p->len);
        return 0;

    case HOST_PARAM_CUSTOM:
        return p->func(value);
    }

    return -EINVAL;
}

int host_param_set(const char *name, const char *value)
{
    unsigned int i;
    int rc = -ENOENT;

    for ( i = 0; i < nr_params; i++ )
        if ( !strcmp(params[i].name, name) )
            rc = set_param(&params[i], value);

    return rc;
}

void host_initcall_register(const char *name, unsigned int level,
                            initcall_t fn)
{
    ASSERT(nr_initcalls < MAX_INITCALLS);
    initcalls[nr_initcalls++] = (struct initcall){ name, level, fn };
}

int host_initcalls_run(void)
{
    unsigned int i, level;
    int rc = 0, err;

    for ( level = 0; level < 2; level++ )
        for ( i = 0; i < nr_initcalls; i++ )
            if ( initcalls[i].level == level )
            {
                err = initcalls[i].fn();
                rc = rc ?: err;
            }

    return rc;
}

void register_keyhandler(unsigned char key, keyhandler_fn_t *fn,
                         const char *desc, bool diagnostic)
{
    ASSERT(!keys[key] || keys[key] == fn);
    keys[key] = fn;
}

bool host_key_press(unsigned char key)
{
    if ( keys[key] )
        keys[key](key);

    return keys[key];
}

void host_acpi_set(const void *table)
{
    const struct acpi_table_header *h = table;
    struct acpi_table_header *copy = malloc(h->length);

    ASSERT(copy && nr_tables < MAX_TABLES);
    memcpy(copy, table, h->length);
    tables[nr_tables++] = copy;
}

void host_acpi_clear(void)
{
    while ( nr_tables )
        free(tables[--nr_tables]);
}

acpi_status acpi_get_table(const char *signature, acpi_native_uint instance,
                           struct acpi_table_header **out)
{
    unsigned int i;

    for ( i = 0; i < nr_tables; i++ )
        if ( !memcmp(tables[i]->signature, signature, ACPI_NAME_SIZE) &&
             instance-- <= 1 )
        {
            *out = tables[i];
            return AE_OK;
        }

    return AE_NOT_FOUND;
}

acpi_status acpi_get_table_phys(acpi_string signature,
                                acpi_native_uint instance,
                                acpi_physical_address *addr,
                                acpi_native_uint *len)
{
    struct acpi_table_header *table;
    acpi_status rc = acpi_get_table(signature, instance, &table);

    if ( ACPI_SUCCESS(rc) )
    {
        *addr = (unsigned long)table;
        *len = table->length;
    }

    return rc;
}

int acpi_table_parse(const char *id, acpi_table_handler handler)
{
    struct acpi_table_header *table;

    if ( ACPI_FAILURE(acpi_get_table(id, 0, &table)) )
        return -ENODEV;

    return handler(table);
}

void host_on_cache_clean(host_cache_clean_fn *fn, void *arg)
{
    unsigned int i;

    for ( i = 0; i < MAX_LISTENERS && listeners[i].fn; i++ )
        continue;
    ASSERT(i < MAX_LISTENERS);
    listeners[i] = (struct listener){ fn, arg };
}

void host_off_cache_clean(host_cache_clean_fn *fn, void *arg)
{
    unsigned int i;

    for ( i = 0; i < MAX_LISTENERS; i++ )
        if ( listeners[i].fn == fn && listeners[i].arg == arg )
            listeners[i].fn = NULL;
}

void arch_iommu_cache_clean(const void *addr, size_t size)
{
    unsigned long start = ROUNDDOWN((unsigned long)addr, 64UL);
    unsigned long end = ROUNDUP((unsigned long)addr + size, 64UL);
    unsigned int i;

    if ( !size )
        return;

    __atomic_add_fetch(&cleans, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&lines_cleaned, (end - start) / 64, __ATOMIC_RELAXED);
    for ( i = 0; i < MAX_LISTENERS; i++ )
        if ( listeners[i].fn )
            listeners[i].fn(listeners[i].arg, virt_to_maddr(start),
                            end - start);
}

unsigned long host_cache_lines_cleaned(void)
{
    return __atomic_load_n(&lines_cleaned, __ATOMIC_RELAXED);
}

unsigned long host_cache_cleans(void)
{
    return __atomic_load_n(&cleans, __ATOMIC_RELAXED);
}

void host_misc_reset(void)
{
    host_acpi_clear();
    acpi_disabled = false;
    memset(keys, 0, sizeof(keys));
    memset(listeners, 0, sizeof(listeners));
    __atomic_store_n(&lines_cleaned, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&cleans, 0, __ATOMIC_RELAXED);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
