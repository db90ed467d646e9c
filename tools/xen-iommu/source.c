/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source.h"
#include "tool.h"

/* The C library's, here. */
#undef snprintf
#undef vsnprintf

static const char *root = "";

void source_set_root(const char *dir)
{
    root = dir;
}

const char *source_root(void)
{
    return root;
}

static const char *path(char buf[PATH_MAX], const char *fmt, va_list args)
{
    int len = snprintf(buf, PATH_MAX, "%s/", root);

    if ( len > 0 && len < PATH_MAX )
        vsnprintf(buf + len, PATH_MAX - len, fmt, args);

    return buf;
}

#define PATH(buf, fmt) do {                                             \
    va_list args_;                                                      \
    va_start(args_, fmt);                                               \
    path(buf, fmt, args_);                                              \
    va_end(args_);                                                      \
} while ( 0 )

bool source_exists(const char *fmt, ...)
{
    char name[PATH_MAX];

    PATH(name, fmt);

    return !access(name, F_OK);
}

static char *read_stream(FILE *in, size_t *len)
{
    size_t room = 4096, got = 0, n;
    char *text = need(malloc(room + 1));

    while ( (n = fread(text + got, 1, room - got, in)) > 0 )
    {
        got += n;
        if ( got > SOURCE_MAX )
            break;
        if ( got == room )
            text = need(realloc(text, (room *= 2) + 1));
    }
    if ( ferror(in) || got > SOURCE_MAX )
    {
        if ( !ferror(in) )
            errno = EFBIG;
        free(text);
        return NULL;
    }
    text[got] = '\0';
    *len = got;

    return text;
}

static char *read_name(const char *name, size_t *len)
{
    FILE *in = fopen(name, "rb");
    char *text = in ? read_stream(in, len) : NULL;
    int err = errno;

    if ( in )
        fclose(in);
    errno = err;

    return text;
}

char *source_read(size_t *len, const char *fmt, ...)
{
    char name[PATH_MAX];

    PATH(name, fmt);

    return read_name(name, len);
}

char *source_read_file(const char *name, size_t *len)
{
    return strcmp(name, "-") ? read_name(name, len) : read_stream(stdin, len);
}

/* Cuts the first line off, as plain ASCII. */
static char *first_line(char *text)
{
    char *at;

    text[strcspn(text, "\n")] = '\0';
    for ( at = text; *at; at++ )
        if ( *at < ' ' || *at > '~' )
            *at = '?';

    return text;
}

char *source_line(const char *fmt, ...)
{
    char name[PATH_MAX], *text;
    size_t len;

    PATH(name, fmt);
    text = read_name(name, &len);

    return text ? first_line(text) : NULL;
}

bool source_number(unsigned long *val, const char *fmt, ...)
{
    char name[PATH_MAX], *text, *end;
    size_t len;
    bool ok;

    PATH(name, fmt);
    text = read_name(name, &len);
    if ( !text )
        return false;
    errno = 0;
    *val = strtoul(text, &end, 0);
    ok = !errno && end != text && (!*end || *end == '\n');
    free(text);

    return ok;
}

char *source_link(const char *fmt, ...)
{
    char name[PATH_MAX], target[PATH_MAX], *last;
    ssize_t len;

    PATH(name, fmt);
    len = readlink(name, target, sizeof(target) - 1);
    if ( len < 0 )
        return NULL;
    target[len] = '\0';
    last = strrchr(target, '/');

    return first_line(need(strdup(last ? last + 1 : target)));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **source_list(const char *fmt, ...)
{
    char name[PATH_MAX], **names = need(calloc(1, sizeof(*names)));
    struct dirent *e;
    size_t nr = 0;
    DIR *dir;

    PATH(name, fmt);
    dir = opendir(name);
    while ( dir && (e = readdir(dir)) )
    {
        if ( !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") )
            continue;
        names = need(realloc(names, (nr + 2) * sizeof(*names)));
        names[nr++] = need(strdup(e->d_name));
    }
    if ( dir )
        closedir(dir);
    names[nr] = NULL;
    qsort(names, nr, sizeof(*names), by_name);

    return names;
}

void source_list_free(char **names)
{
    char **at;

    for ( at = names; *at; at++ )
        free(*at);
    free(names);
}
