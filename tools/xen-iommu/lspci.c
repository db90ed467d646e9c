/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what lspci prints.  Each line is a header, a row of bytes, or text; the
 * three are told apart by what is in them, since indentation gets lost.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lspci.h"
#include "tool.h"

/* Text of one function; a whole lspci -vvv of a large one is a quarter. */
#define MAX_BODY 65536

struct reader {
    struct lspci_file file;
    FILE *in;
    unsigned int joined;      /* lines that the last one was broken into, - 1 */
    char *body;
    unsigned int body_len;
    struct lspci_func *func;  /* whose lines these are; NULL: nobody's */
    bool skip;                /* those of a function that is left out */
    bool said_skip;
    uint32_t group;           /* of the heading above, + 1; 0: there is none */
    uint32_t func_group;      /* the same for the function's header */
    struct lspci_row row;     /* the last, if the line before was one */
    unsigned int first;       /* line that has something in it, and what */
    char first_quoted[QUOTE_LEN];
};

/*
 * Up to the line's end (LF, CR, or both), cut to @room.  NUL bytes go: what is
 * left of ASCII in UTF-16 is ASCII.  False: the file ends before that.
 */
static bool read_to_end(FILE *in, char *line, unsigned int room)
{
    unsigned int len = 0;
    int c;

    while ( (c = getc(in)) != EOF && c != '\n' && c != '\r' )
        if ( c && len < room - 1 )
            line[len++] = c;
    line[len] = '\0';

    if ( c == '\r' )
    {
        while ( (c = getc(in)) == '\r' || !c )
            ;
        if ( c != '\n' && c != EOF )
            ungetc(c, in);
        c = '\r';
    }

    return c != EOF;
}

/*
 * Quoted-printable mail breaks long lines, at 76 columns or a little before,
 * and marks that with "=" (RFC 2045, 6.7).  A row of "=" is a heading's.
 */
static bool broken(const char *part)
{
    size_t len = strlen(part);

    return len > 60 && len <= 76 && part[len - 1] == '=' &&
           part[len - 2] != '=';
}

/* The next line, without its end. */
static bool next_line(struct reader *r, char line[MAX_LINE])
{
    unsigned int len = 0;
    bool more = read_to_end(r->in, line, MAX_LINE), any = more || *line;

    r->file.line += any + r->joined;
    r->joined = 0;
    while ( more && broken(line + len) && len + 160 < MAX_LINE )
    {
        len = strlen(line) - 1;
        more = read_to_end(r->in, line + len, MAX_LINE - len);
        r->joined++;
    }

    return any;
}

static void __attribute__((format(printf, 3, 4)))
complain_line(struct reader *r, const char *line, const char *fmt, ...)
{
    char what[256], quoted[QUOTE_LEN];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    complain("%s:%u: \"%s\": %s", r->file.name, r->file.line,
             lspci_quote(line, quoted), what);
}

/* The function's text is complete. */
static void end_func(struct reader *r)
{
    if ( r->func )
    {
        lspci_decode(r->body, &r->func->text);
        if ( !r->func->text.linux_group )
            r->func->text.linux_group = r->func_group;
    }
    r->func = NULL;
    r->body_len = 0;
    r->body[0] = '\0';
}

static void add_text(struct reader *r, const char *line)
{
    unsigned int len = strlen(line);

    if ( !r->func || !len || r->body_len + len + 2 > MAX_BODY )
        return;
    r->body[r->body_len++] = ' ';
    memcpy(r->body + r->body_len, line, len + 1);
    r->body_len += len;
}

static struct lspci_func *new_func(struct lspci_file *file)
{
    if ( file->nr == file->room )
    {
        file->room = file->room * 2 ?: 64;
        file->funcs = need(realloc(file->funcs,
                                   file->room * sizeof(*file->funcs)));
    }

    return file->funcs[file->nr++] = need(calloc(1, sizeof(struct lspci_func)));
}

static bool read_header(struct reader *r, const struct lspci_func *head,
                        const char *rest)
{
    end_func(r);
    r->skip = false;
    if ( r->file.nr == MAX_FUNCTIONS )
    {
        free(head->path);
        complain("%s:%u: more than %u functions", r->file.name, r->file.line,
                 MAX_FUNCTIONS);
        return false;
    }

    r->func = new_func(&r->file);
    *r->func = *head;
    r->func->line = r->file.line;
    r->func_group = r->group;
    add_text(r, rest);

    return true;
}

static void skip_made_up(struct reader *r)
{
    end_func(r);
    if ( !r->said_skip )
        complain("warning: functions behind a VMD controller are left out: Xen does not see them");
    r->said_skip = r->skip = true;
}

static bool read_row(struct reader *r, const char *line)
{
    struct lspci_func *f = r->func;
    unsigned int at;

    if ( !f )
    {
        complain_line(r, line, "bytes of no function: expected a line such as \"0000:00:1c.0 PCI bridge: ...\" before");
        return false;
    }

    if ( !f->hex )
        f->hex = need(calloc(1, sizeof(*f->hex)));
    if ( lspci_add_row(f->hex, &r->row, r->file.line, &at) )
        return true;

    complain_line(r, line, "byte %03x is %02x here and %02x in line %u, of the same function",
                  at, r->row.byte[at - r->row.at], f->hex->cfg[at],
                  f->hex->line[at / ROW_BYTES]);

    return false;
}

/* "Flags: ..., IRQ 35," of -v goes on with "IOMMU group 7" where it broke. */
static bool goes_on(const struct reader *r)
{
    return r->func && r->body_len && r->body[r->body_len - 1] == ',';
}

/*
 * "IOMMU Group 7:" above header lines, or before each of them, as scripts print
 * it.  Returns what follows.
 */
static const char *take_heading(struct reader *r, const char *line)
{
    unsigned int group;
    int len = 0;

    if ( strncasecmp(line, "IOMMU group ", 12) || goes_on(r) ||
         sscanf(line + 12, "%9u%n", &group, &len) != 1 )
        return line;
    r->group = group + 1;
    line += 12 + len;

    return line + strspn(line, ": ");
}

/* What lspci -k has below each function, in a list with headings, too. */
static bool of_list(const char *line)
{
    return !strncmp(line, "Kernel ", 7) || !strncmp(line, "Subsystem: ", 11) ||
           !strncmp(line, "DeviceName: ", 12);
}

static bool read_line(struct reader *r, const char *line)
{
    struct lspci_func head = {};
    const char *rest;
    bool made_up;

    rest = take_heading(r, line);
    if ( rest != line && !*rest )
    {
        end_func(r);
        return true;
    }
    line = rest;

    if ( lspci_header(line, &head, &rest, &made_up) )
    {
        r->row.nr = 0;
        if ( !made_up )
            return read_header(r, &head, rest);
        skip_made_up(r);
        return true;
    }
    if ( !of_list(line) )
        r->group = 0;

    if ( r->row.nr && r->row.nr < ROW_BYTES && lspci_row_rest(line, &r->row) )
        return read_row(r, line);

    if ( r->skip )
        return true;

    switch ( lspci_row(line, &r->row) )
    {
    case ROW_OK:
        return read_row(r, line);

    case ROW_BAD:
        complain_line(r, line, "expected up to %u bytes of two hexadecimal digits, below offset %x",
                      ROW_BYTES, CFG_SIZE);
        return false;

    default:
        r->row.nr = 0;
        add_text(r, line);
        return true;
    }
}

static bool read_lines(struct reader *r)
{
    char *line = need(malloc(MAX_LINE)), *clean;
    bool ok = true;

    while ( ok && next_line(r, line) )
    {
        if ( !r->first && line[strspn(line, " \t")] )
        {
            r->first = r->file.line;
            lspci_quote(line, r->first_quoted);
        }
        clean = lspci_clean(line);
        ok = read_line(r, clean);
    }
    end_func(r);
    free(line);

    return ok;
}

static bool nothing(const struct reader *r)
{
    if ( !r->first )
        complain("%s: there is no PCI function in it: it is empty",
                 r->file.name);
    else
        complain("%s:%u: \"%s\": there is no PCI function in it: expected what `lspci -D -nn -vv -xxxx` prints",
                 r->file.name, r->first, r->first_quoted);

    return false;
}

static void free_file(struct lspci_file *file)
{
    unsigned int i;

    for ( i = 0; i < file->nr; i++ )
    {
        free(file->funcs[i]->path);
        free(file->funcs[i]->hex);
        free(file->funcs[i]);
    }
    free(file->funcs);
}

bool lspci_read(struct machine *m, FILE *in, const char *name)
{
    struct reader r = { .in = in, .file = { .name = name } };
    bool ok;

    r.body = need(calloc(1, MAX_BODY));
    ok = read_lines(&r);
    if ( ok && ferror(in) )
    {
        complain("%s: %m", name);
        ok = false;
    }
    else if ( ok )
        ok = r.file.nr ? lspci_records(&r.file, m) : nothing(&r);

    free_file(&r.file);
    free(r.body);

    return ok;
}

bool read_lspci(struct machine *m, const char *file)
{
    FILE *in = strcmp(file, "-") ? fopen(file, "r") : stdin;
    bool ok;

    if ( !in )
    {
        complain("%s: %m", file);
        return false;
    }

    ok = lspci_read(m, in, strcmp(file, "-") ? file : "standard input");
    if ( in != stdin )
        fclose(in);

    return ok;
}
