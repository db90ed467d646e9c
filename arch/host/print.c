/* SPDX-License-Identifier: GPL-2.0-only */
/* printk() into a buffer, with Xen's own conversions. */
#include <pthread.h>
#include <stdlib.h>

#include <xen/lib.h>
#include <xen/sched.h>

#include "host.h"
#include "internal.h"

/* The C library's, under the names that lib.h covers. */
#undef snprintf
#undef vsnprintf

#define LOG_SIZE (256 * 1024)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char log_buf[LOG_SIZE];
static size_t log_len;
static unsigned int burst, spent;

struct out {
    char *buf;
    size_t size, len;
};

static void put(struct out *o, const char *s, size_t n)
{
    while ( n-- )
    {
        if ( o->len + 1 < o->size )
            o->buf[o->len] = *s;
        o->len++, s++;
    }
}

static const char *domain_text(const struct domain *d, char *buf, size_t size)
{
    if ( !d )
        return "NULL";

    switch ( d->domain_id )
    {
    case DOMID_IO:   return "d[IO]";
    case DOMID_XEN:  return "d[XEN]";
    case DOMID_COW:  return "d[COW]";
    case DOMID_IDLE: return "d[IDLE]";
    }
    snprintf(buf, size, "d%d", d->domain_id);

    return buf;
}

/* The letter after %p; returns how many letters it used up. */
static unsigned int pointer(const char *suffix, const void *p, char *buf,
                            size_t size)
{
    const pci_sbdf_t *sbdf = p;
    const struct vcpu *v = p;
    char dom[16];

    switch ( *suffix )
    {
    case 'p':
        snprintf(buf, size, "%04x:%02x:%02x.%u", sbdf->seg, sbdf->bus,
                 sbdf->dev, sbdf->fn);
        return 1;

    case 'd':
        snprintf(buf, size, "%s", domain_text(p, dom, sizeof(dom)));
        return 1;

    case 'v':
        snprintf(buf, size, "%sv%d",
                 domain_text(v ? v->domain : NULL, dom, sizeof(dom)),
                 v ? v->vcpu_id : -1);
        return 1;

    case 's':
    case 'S':
        snprintf(buf, size, "%p", p);
        return 1;
    }
    snprintf(buf, size, "%016lx", (unsigned long)p);

    return 0;
}

static void integer(char *buf, size_t size, char *spec, size_t n,
                    unsigned int longs, char conv, va_list *args)
{
    bool is_signed = conv == 'd' || conv == 'i';

    if ( longs == 2 )
        strcpy(spec + n, "ll");
    else if ( longs == 1 )
        strcpy(spec + n, "l");
    else
        spec[n] = 0;
    n = strlen(spec);
    spec[n] = conv;
    spec[n + 1] = 0;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if ( longs == 2 )
        snprintf(buf, size, spec, va_arg(*args, unsigned long long));
    else if ( longs == 1 )
        snprintf(buf, size, spec, va_arg(*args, unsigned long));
    else if ( is_signed )
        snprintf(buf, size, spec, va_arg(*args, int));
    else
        snprintf(buf, size, spec, va_arg(*args, unsigned int));
#pragma GCC diagnostic pop
}

int host_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct out o = { .buf = buf, .size = size };
    va_list args;

    va_copy(args, ap);

    for ( ; *fmt; fmt++ )
    {
        char spec[64], text[160];
        unsigned int longs = 0, halves = 0, n = 0;
        int precision = -1;

        if ( *fmt != '%' )
        {
            put(&o, fmt, 1);
            continue;
        }

        spec[n++] = *fmt++;
        while ( *fmt && strchr("-+ #0123456789.*", *fmt) && n < 40 )
        {
            if ( *fmt == '*' )
            {
                int v = va_arg(args, int);

                if ( n && spec[n - 1] == '.' )
                    precision = v;
                n += snprintf(spec + n, sizeof(spec) - n, "%d", v);
                fmt++;
                continue;
            }
            if ( *fmt == '.' )
                precision = 0;
            else if ( precision >= 0 && *fmt >= '0' && *fmt <= '9' )
                precision = precision * 10 + *fmt - '0';
            spec[n++] = *fmt++;
        }
        for ( ; *fmt == 'l' || *fmt == 'h' || *fmt == 'z' || *fmt == 'Z';
              fmt++ )
            if ( *fmt == 'h' )
                halves++;
            else
                longs++;

        spec[n] = 0;
        switch ( *fmt )
        {
        case '%':
            put(&o, "%", 1);
            break;

        case 'c':
            text[0] = va_arg(args, int);
            put(&o, text, 1);
            break;

        case 's':
        {
            const char *s = va_arg(args, const char *) ?: "<NULL>";
            size_t len = precision >= 0 ? strnlen(s, precision) : strlen(s);
            int width = atoi(spec + 1 + strspn(spec + 1, "-+ #0"));
            bool left = memchr(spec, '-', n);

            for ( ; !left && width > (int)len; width-- )
                put(&o, " ", 1);
            put(&o, s, len);
            for ( ; left && width > (int)len; width-- )
                put(&o, " ", 1);
            break;
        }

        case 'p':
            fmt += pointer(fmt + 1, va_arg(args, const void *), text,
                           sizeof(text));
            put(&o, text, strlen(text));
            break;

        case 'd': case 'i': case 'u': case 'x': case 'X': case 'o':
            for ( ; halves; halves-- )
                spec[n++] = 'h';
            integer(text, sizeof(text), spec, n, longs, *fmt, &args);
            put(&o, text, strlen(text));
            break;

        default:
            fprintf(stderr, "printk: Xen does not know %%%c\n", *fmt);
            abort();
        }
    }

    va_end(args);
    if ( size )
        buf[min(o.len, size - 1)] = 0;

    return o.len;
}

int host_snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list args;
    int rc;

    va_start(args, fmt);
    rc = host_vsnprintf(buf, size, fmt, args);
    va_end(args);

    return rc;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
    int len = host_vsnprintf(buf, size, fmt, args);

    return !size ? 0 : len < (int)size ? len : (int)size - 1;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list args;
    int rc;

    va_start(args, fmt);
    rc = vscnprintf(buf, size, fmt, args);
    va_end(args);

    return rc;
}

void vprintk(const char *fmt, va_list args)
{
    static int verbose = -1;
    char line[1024];
    size_t len;

    if ( verbose < 0 )
        verbose = !!getenv("HOST_VERBOSE");

    vscnprintf(line, sizeof(line), fmt, args);
    len = strlen(line);

    pthread_mutex_lock(&mutex);
    /* The oldest half goes when there is no room. */
    if ( log_len + len >= LOG_SIZE )
    {
        memmove(log_buf, log_buf + log_len / 2, log_len - log_len / 2);
        log_len -= log_len / 2;
    }
    memcpy(log_buf + log_len, line, len + 1);
    log_len += len;
    if ( verbose )
        fputs(line, stderr);
    pthread_mutex_unlock(&mutex);
}

void printk(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vprintk(fmt, args);
    va_end(args);
}

void guest_printk(const struct domain *d, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vprintk(fmt, args);
    va_end(args);
}

int printk_ratelimit(void)
{
    int allow;

    pthread_mutex_lock(&mutex);
    allow = !burst || spent++ < burst;
    pthread_mutex_unlock(&mutex);

    return allow;
}

void host_log_ratelimit(unsigned int nr)
{
    burst = nr;
    spent = 0;
}

void host_log_clear(void)
{
    pthread_mutex_lock(&mutex);
    log_len = 0;
    log_buf[0] = 0;
    pthread_mutex_unlock(&mutex);
}

const char *host_log_text(void)
{
    return log_buf;
}

bool host_log_contains(const char *text)
{
    bool found;

    pthread_mutex_lock(&mutex);
    found = strstr(log_buf, text);
    pthread_mutex_unlock(&mutex);

    return found;
}

unsigned int host_log_lines(const char *level)
{
    unsigned int n = 0;
    const char *line;

    pthread_mutex_lock(&mutex);
    for ( line = log_buf; *line; line += strcspn(line, "\n"), line += !!*line )
    {
        const char *l = line;

        if ( !strncmp(l, XENLOG_GUEST, 3) )
            l += 3;
        n += !level || !strncmp(l, level, strlen(level));
    }
    pthread_mutex_unlock(&mutex);

    return n;
}

void host_log_reset(void)
{
    host_log_clear();
    host_log_ratelimit(0);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
