/* SPDX-License-Identifier: GPL-2.0-only */
#include "probe.h"

#include <stdarg.h>

#include <hypercall.h>
#include <sched.h>

void *memset(void *to, int byte, size_t size)
{
    char *d = to;

    while ( size-- )
        *d++ = byte;
    return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
    const char *s = from;
    char *d = to;

    while ( size-- )
        *d++ = *s++;
    return to;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while ( s[n] )
        n++;
    return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
    while ( n && *a && *a == *b )
        a++, b++, n--;
    return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, ~(size_t)0);
}

bool number(const char **s, uint64_t *value)
{
    const char *p = *s;
    unsigned int base = 10, digit;
    uint64_t n = 0;

    if ( p[0] == '0' && (p[1] == 'x' || p[1] == 'X') )
        base = 16, p += 2;
    for ( *s = p; ; p++ )
    {
        if ( *p >= '0' && *p <= '9' )
            digit = *p - '0';
        else if ( base == 16 && (*p | 0x20) >= 'a' && (*p | 0x20) <= 'f' )
            digit = (*p | 0x20) - 'a' + 10;
        else
            break;
        n = n * base + digit;
    }
    if ( p == *s )
        return false;
    *s = p;
    *value = n;
    return true;
}

struct out {
    char *buf;
    size_t size, len;
};

static void put(struct out *out, char c)
{
    if ( out->len + 1 < out->size )
        out->buf[out->len++] = c;
}

static void put_number(struct out *out, uint64_t n, unsigned int base,
                       unsigned int width, char pad)
{
    char digits[24];
    unsigned int i = 0;

    do {
        digits[i++] = "0123456789abcdef"[n % base];
        n /= base;
    } while ( n );
    while ( width > i )
        put(out, pad), width--;
    while ( i )
        put(out, digits[--i]);
}

static void put_signed(struct out *out, int64_t n, unsigned int width, char pad)
{
    if ( n < 0 )
        put(out, '-'), n = -n;
    put_number(out, n, 10, width, pad);
}

/* One conversion; returns the last character of it. */
static const char *convert(struct out *out, const char *f, va_list *ap)
{
    bool sharp = false, is_long = false;
    unsigned int width = 0;
    char pad = ' ';

    for ( ; *f == '#' || *f == '0'; f++ )
        *f == '#' ? (sharp = true) : (pad = '0');
    for ( ; *f >= '0' && *f <= '9'; f++ )
        width = width * 10 + *f - '0';
    for ( ; *f == 'l'; f++ )
        is_long = true;
    switch ( *f )
    {
    case 's':
        for ( const char *s = va_arg(*ap, const char *); *s; s++ )
            put(out, *s);
        break;
    case 'c':
        put(out, va_arg(*ap, int));
        break;
    case 'd':
        put_signed(out, is_long ? va_arg(*ap, long) : va_arg(*ap, int), width,
                   pad);
        break;
    case 'u':
    case 'x':
        if ( sharp )
            put(out, '0'), put(out, 'x');
        put_number(out, is_long ? va_arg(*ap, unsigned long) :
                                  va_arg(*ap, unsigned int),
                   *f == 'x' ? 16 : 10, width, pad);
        break;
    default:
        put(out, *f);
        break;
    }
    return f;
}

static size_t vformat(char *buf, size_t size, const char *fmt, va_list *ap)
{
    struct out out = { buf, size, 0 };

    for ( ; *fmt; fmt++ )
        if ( *fmt == '%' )
            fmt = convert(&out, fmt + 1, ap);
        else
            put(&out, *fmt);
    buf[out.len] = 0;
    return out.len;
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    size_t len;

    va_start(ap, fmt);
    len = vformat(buf, size, fmt, &ap);
    va_end(ap);
    return len;
}

void say(const char *fmt, ...)
{
    char buf[256];
    va_list ap;
    size_t len;

    va_start(ap, fmt);
    len = vformat(buf, sizeof(buf), fmt, &ap);
    va_end(ap);
    console_put(buf, len);
}

void die(const char *why)
{
    char buf[128];
    size_t len = format(buf, sizeof(buf), "probe: %s\n", why);

    hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, len,
              (unsigned long)buf, 0);
    shutdown(SHUTDOWN_crash);
}
