/* SPDX-License-Identifier: GPL-2.0-only */
/* Searches in bitmaps; strings; numbers. */
#include <ctype.h>
#include <stdlib.h>

#include <xen/bitmap.h>
#include <xen/lib.h>

unsigned int find_next_bit(const unsigned long *addr, unsigned int size,
                           unsigned int offset)
{
    for ( ; offset < size; offset++ )
        if ( test_bit(offset, addr) )
            return offset;

    return size;
}

unsigned int find_next_zero_bit(const unsigned long *addr, unsigned int size,
                                unsigned int offset)
{
    for ( ; offset < size; offset++ )
        if ( !test_bit(offset, addr) )
            return offset;

    return size;
}

size_t host_strlcpy(char *dst, const char *src, size_t size)
{
    size_t len = strlen(src);

    if ( size )
    {
        size_t n = min(len, size - 1);

        memcpy(dst, src, n);
        dst[n] = 0;
    }

    return len;
}

size_t host_strlcat(char *dst, const char *src, size_t size)
{
    size_t len = strnlen(dst, size);

    return len + host_strlcpy(dst + len, src, size - len);
}

long simple_strtol(const char *cp, const char **endp, unsigned int base)
{
    return strtol(cp, (char **)endp, base);
}

unsigned long simple_strtoul(const char *cp, const char **endp,
                             unsigned int base)
{
    return strtoul(cp, (char **)endp, base);
}

long long simple_strtoll(const char *cp, const char **endp, unsigned int base)
{
    return strtoll(cp, (char **)endp, base);
}

unsigned long long simple_strtoull(const char *cp, const char **endp,
                                   unsigned int base)
{
    return strtoull(cp, (char **)endp, base);
}

unsigned long long parse_size_and_unit(const char *s, const char **ps)
{
    const char *end;
    unsigned long long v = strtoull(s, (char **)&end, 0);

    switch ( *end )
    {
    case 'T': case 't': v <<= 10; fallthrough;
    case 'G': case 'g': v <<= 10; fallthrough;
    case 'M': case 'm': v <<= 10; fallthrough;
    case 'K': case 'k': v <<= 10; fallthrough;
    case 'B': case 'b': end++; break;
    default: v <<= 10; break;
    }
    if ( ps )
        *ps = end;

    return v;
}

static bool is_one_of(const char *s, size_t len, const char *const *words)
{
    for ( ; *words; words++ )
        if ( strlen(*words) == len && !strncmp(*words, s, len) )
            return true;

    return false;
}

int parse_bool(const char *s, const char *e)
{
    static const char *const no[] = { "no", "off", "false", "disable", "0", NULL };
    static const char *const yes[] = { "yes", "on", "true", "enable", "1", NULL };
    size_t len = e ? (size_t)(e - s) : strlen(s);

    return is_one_of(s, len, no) ? 0 : is_one_of(s, len, yes) ? 1 : -1;
}

int parse_boolean(const char *name, const char *s, const char *e)
{
    size_t len = e ? (size_t)(e - s) : strlen(s), nlen = strlen(name);
    bool negated = len > 3 && !strncmp(s, "no-", 3);

    if ( negated )
        s += 3, len -= 3;

    if ( len < nlen || strncmp(s, name, nlen) )
        return -1;
    if ( len == nlen )
        return !negated;
    if ( s[nlen] == '=' && !negated )
    {
        int b = parse_bool(s + nlen + 1, s + len);

        return b >= 0 ? b : -2;
    }

    return s[nlen] == '=' ? -2 : -1;
}

int parse_signed_integer(const char *name, const char *s, const char *e,
                         long long *val)
{
    size_t len = e ? (size_t)(e - s) : strlen(s), nlen = strlen(name);
    const char *end;
    long long v;

    if ( len <= nlen || strncmp(s, name, nlen) )
        return -1;
    if ( s[nlen] != '=' || len == nlen + 1 )
        return -2;
    v = strtoll(s + nlen + 1, (char **)&end, 0);
    if ( end != s + len )
        return -2;
    *val = v;

    return 0;
}

int cmdline_strcmp(const char *frag, const char *name)
{
    for ( ; ; frag++, name++ )
    {
        unsigned char f = *frag, n = *name;
        int res = f - n;

        if ( !res && n )
            continue;
        if ( !n && (f == ',' || f == ';') )
            return 0;
        return res;
    }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
