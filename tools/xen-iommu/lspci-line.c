/* SPDX-License-Identifier: GPL-2.0-only */
/* What mail, web pages, logs and terminals put around a line, and its removal. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lspci.h"

/*
 * What stands for a blank, or for nothing, in the middle of a line.  Each begins
 * with '&', '<' or no ASCII.
 */
static const struct {
    const char *from, *to;
} replaced[] = {
    { "\xc2\xa0", " " },              /* no-break space */
    { "\xe2\x80\xaf", " " },          /* narrow no-break space */
    { "\xe3\x80\x80", " " },          /* ideographic space */
    { "\xe2\x80\x8b", "" },           /* zero width space */
    { "\xef\xbb\xbf", "" },           /* byte order mark */
    { "\xff\xfe", "" }, { "\xfe\xff", "" },     /* the same in UTF-16 */
    { "&nbsp;", " " }, { "&#160;", " " }, { "&#xa0;", " " },
    { "&gt;", ">" }, { "&lt;", "<" }, { "&quot;", "\"" }, { "&amp;", "&" },
    { "<br>", "" }, { "<br/>", "" }, { "<br />", "" },
    { "<pre>", "" }, { "</pre>", "" }, { "<code>", "" }, { "</code>", "" },
};

/* Length of a colour or the like: ESC [ ... letter.  0: there is none. */
static size_t escape_len(const char *s)
{
    size_t len;

    if ( s[0] != '\033' || s[1] != '[' )
        return 0;
    len = 2 + strspn(s + 2, "0123456789;?");

    return s[len] ? len + 1 : len;
}

/*
 * Quoted-printable mail (RFC 2045, 6.7).  Digits are upper case, those of
 * lspci's own "secondary=3d" are not; a tab is not behind a word, as the number
 * of "secondary=09" is.  0: it is none.
 */
static char printable(const char *s, char before)
{
    if ( !strncmp(s, "=3D", 3) )
        return '=';

    return !strncmp(s, "=09", 3) && (before == ' ' || before == ':') ? ' ' : 0;
}

static void replace(char *s)
{
    char *to = s, *begin = s, c;
    unsigned int i;
    size_t len;

    while ( *s )
    {
        len = escape_len(s);
        if ( len )
        {
            s += len;
            continue;
        }

        c = printable(s, to == begin ? ' ' : to[-1]);
        if ( c )
        {
            *to++ = c;
            s += 3;
            continue;
        }

        i = isascii((unsigned char)*s) && *s != '&' && *s != '<'
            ? ARRAY_SIZE(replaced) : 0;
        for ( ; i < ARRAY_SIZE(replaced); i++ )
            if ( !strncasecmp(s, replaced[i].from, strlen(replaced[i].from)) )
                break;
        if ( i < ARRAY_SIZE(replaced) )
        {
            s += strlen(replaced[i].from);
            if ( *replaced[i].to )
                *to++ = *replaced[i].to;
            continue;
        }

        /* In Latin-1 and in UTF-16 the no-break space is one byte. */
        *to = isspace((unsigned char)*s) ||
              (*s == '\xa0' && isascii((unsigned char)s[1])) ? ' ' : *s;
        to++;
        s++;
    }
    *to = '\0';
}

/* "[   12.345678] ": a kernel log's or journal's time.  0: it is not. */
static size_t bracket_len(const char *s)
{
    size_t len;

    if ( *s != '[' )
        return 0;
    len = 1 + strspn(s + 1, "0123456789.:-+TZ ");

    /* Not an ID such as [8086:1610], the end of a line that was wrapped. */
    return s[len] == ']' && (memchr(s, '.', len) || memchr(s, '-', len))
           ? len + 1 : 0;
}

/* "2026-01-08T12:00:00.123Z ", or with a blank between the two. */
static size_t date_len(const char *s)
{
    int len = 0;

    if ( sscanf(s, "%*4[0-9]-%*2[0-9]-%*2[0-9]%*1[T ]%*2[0-9]:%*2[0-9]:%*2[0-9]%n",
                &len) < 0 || !len )
        return 0;
    len += strspn(s + len, "0123456789.,:+-Z");

    return s[len] == ' ' ? len : 0;
}

/* "Jan  8 12:00:00 host program[123]: ". */
static size_t syslog_len(const char *s)
{
    int len = 0;

    if ( sscanf(s, "%*3[A-Za-z] %*2[0-9] %*2[0-9]:%*2[0-9]:%*2[0-9] %*s %*[^: ]:%n",
                &len) < 0 )
        return 0;

    return len;
}

/* "AB> ": a quotation with its writer's initials. */
static size_t initials_len(const char *s)
{
    size_t len = 0;

    while ( len < 4 && isalpha((unsigned char)s[len]) )
        len++;

    return len && s[len] == '>' ? len + 1 : 0;
}

/* What is before the line proper.  0: nothing more. */
static size_t prefix_len(const char *s)
{
    size_t len;

    if ( *s == ' ' || *s == '>' || *s == '|' || *s == '`' )
        return 1;
    if ( *s && strchr("*-+#", *s) && s[1] == ' ' )
        return 2;
    if ( *s == '+' )                            /* of a patch */
        return 1;
    if ( !strncmp(s, "\xe2\x80\xa2", 3) )       /* bullet */
        return 3;

    len = bracket_len(s) ?: initials_len(s);
    if ( !len )
        len = date_len(s);

    return len ?: syslog_len(s);
}

char *lspci_clean(char *s)
{
    size_t len;

    replace(s);
    while ( (len = prefix_len(s)) )
        s += len;

    len = strlen(s);
    if ( len >= 3 && !strcmp(s + len - 3, "=20") )
        s[len -= 3] = '\0';
    while ( len && strchr(" `|", s[len - 1]) )
        s[--len] = '\0';

    return s;
}

const char *lspci_quote(const char *s, char buf[QUOTE_LEN])
{
    unsigned int len = 0;

    for ( ; *s && len < QUOTE_LEN - 8; s++ )
        if ( isascii((unsigned char)*s) && isprint((unsigned char)*s) )
            buf[len++] = *s;
        else
            len += sprintf(buf + len, "\\x%02x", (unsigned char)*s);
    strcpy(buf + len, *s ? "..." : "");

    return buf;
}
