/* SPDX-License-Identifier: GPL-2.0-only */
/* libxenhypfs and libxenstore on a directory: $FAKE_XEN/{hypfs,store}. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenhypfs.h>
#include <xenstore.h>

static char *slurp(const char *kind, const char *path)
{
    char name[512], *text;
    size_t len;
    FILE *in;

    snprintf(name, sizeof(name), "%s/%s%s", getenv("FAKE_XEN"), kind, path);
    in = fopen(name, "r");
    if ( !in )
        return NULL;
    text = calloc(1, 65536);
    len = fread(text, 1, 65535, in);
    fclose(in);
    if ( !len && errno == EISDIR )
    {
        free(text);
        return NULL;
    }
    if ( len && text[len - 1] == '\n' )
        text[len - 1] = '\0';

    return text;
}

xenhypfs_handle *xenhypfs_open(struct xentoollog_logger *logger,
                               unsigned int flags)
{
    (void)logger;
    (void)flags;
    if ( getenv("FAKE_XEN") )
        return (xenhypfs_handle *)1;
    errno = ENOENT;

    return NULL;
}

int xenhypfs_close(xenhypfs_handle *h)
{
    (void)h;

    return 0;
}

char *xenhypfs_read(xenhypfs_handle *h, const char *path)
{
    (void)h;

    return slurp("hypfs", path);
}

struct xenhypfs_dirent *xenhypfs_readdir(xenhypfs_handle *h, const char *path,
                                         unsigned int *nr)
{
    /* As the library does: one block, names behind the entries. */
    struct xenhypfs_dirent *entries = calloc(64, sizeof(*entries) + 16);
    char name[512], *names = (char *)(entries + 64);
    struct dirent *e;
    DIR *dir;

    (void)h;
    snprintf(name, sizeof(name), "%s/hypfs%s", getenv("FAKE_XEN"), path);
    dir = opendir(name);
    if ( !dir )
    {
        free(entries);
        return NULL;
    }
    *nr = 0;
    while ( (e = readdir(dir)) && *nr < 64 )
    {
        if ( e->d_name[0] == '.' )
            continue;
        entries[*nr].name = names;
        entries[(*nr)++].type = xenhypfs_type_dir;
        names = stpcpy(names, e->d_name) + 1;
    }
    closedir(dir);

    return entries;
}

struct xs_handle *xs_open(unsigned long flags)
{
    (void)flags;

    return (struct xs_handle *)1;
}

void xs_close(struct xs_handle *h)
{
    (void)h;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
              unsigned int *len)
{
    (void)h;
    (void)t;
    (void)len;

    return slurp("store", path);
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
                    unsigned int *nr)
{
    unsigned int i;
    struct xenhypfs_dirent *entries;
    char sub[256], **names;

    (void)h;
    (void)t;
    snprintf(sub, sizeof(sub), "/../store%s", path);
    entries = xenhypfs_readdir(NULL, sub, nr);
    if ( !entries )
        return NULL;

    names = calloc(1, *nr * (sizeof(*names) + 16) + 1);
    for ( i = 0; i < *nr; i++ )
    {
        names[i] = (char *)(names + *nr) + 16 * i;
        strncpy(names[i], entries[i].name, 15);
    }
    free(entries);

    return names;
}
