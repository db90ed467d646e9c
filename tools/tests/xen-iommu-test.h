/* SPDX-License-Identifier: GPL-2.0-only */
/* Running the command-line tool and looking at what it says. */
#ifndef TESTS_XEN_IOMMU_TEST_H
#define TESTS_XEN_IOMMU_TEST_H

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#undef snprintf
#undef vsnprintf

#define MAX_TEXT (1 << 20)

/* The program; the test data; what this run alone writes. */
static char out_dir[PATH_MAX], data_dir[PATH_MAX], work_dir[2 * PATH_MAX];
static char text[MAX_TEXT];

/* Runs a command; its output, errors included, is in text. */
static inline int __attribute__((format(printf, 1, 2))) run(const char *fmt, ...)
{
    char cmd[8 * PATH_MAX];
    va_list args;
    size_t len;
    FILE *in;
    int rc;

    va_start(args, fmt);
    rc = vsnprintf(cmd, sizeof(cmd), fmt, args);
    va_end(args);
    assert_true(rc > 0 && rc < (int)sizeof(cmd));

    in = popen(cmd, "r");
    assert_non_null(in);
    len = fread(text, 1, sizeof(text) - 1, in);
    text[len] = '\0';
    rc = pclose(in);
    assert_true(WIFEXITED(rc));

    return WEXITSTATUS(rc);
}

#define TOOL "'%s'/xen-iommu "
/* xen-iommu with @args must exit with @code and say @want. */
#define SAYS(code, want, args, ...) do {                                \
    int rc_ = run(TOOL args " 2>&1", out_dir, ##__VA_ARGS__);           \
    if ( rc_ != (code) || !strstr(text, want) )                         \
        fail_msg("exit %d, and not %d with \"%s\":\n%s", rc_, code,     \
                 want, text);                                           \
} while ( 0 )

#define LACKS(what) do {                                                \
    if ( strstr(text, what) )                                           \
        fail_msg("\"%s\" is in\n%s", what, text);                       \
} while ( 0 )

static inline void write_file(const char *content, const char *path)
{
    char name[3 * PATH_MAX];
    FILE *out;

    snprintf(name, sizeof(name), "%s/%s", work_dir, path);
    out = fopen(name, "w");
    assert_non_null(out);
    fputs(content, out);
    assert_int_equal(fclose(out), 0);
}

static inline int build(void **state)
{
    snprintf(data_dir, sizeof(data_dir), "%s", getenv("TEST_DATA") ?: "data");
    snprintf(out_dir, sizeof(out_dir), "%s/tool",
             getenv("TEST_BUILD") ?: "/tmp");
    snprintf(work_dir, sizeof(work_dir), "%s/work-%d", out_dir, getpid());

    /* Other programs and flavours build it as well. */
    if ( run("mkdir -p '%s' && flock '%s' sh -c \""
             "gcc -g -O1 -Wall -Wextra -Werror -c '%s/tool/fake-xen.c' -o '%s/fake-xen.o' && "
             "make -s -C '%s/../../xen-iommu' OUT='%s' XEN_LIBS=y "
             "CFLAGS='-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined' "
             "LIBS='%s/fake-xen.o -ljansson'\" 2>&1",
             work_dir, out_dir, data_dir, out_dir, data_dir, out_dir, out_dir) )
    {
        fprintf(stderr, "%s\n", text);
        return -1;
    }
    unsetenv("FAKE_XEN");

    return 0;
}

static inline int clean(void **state)
{
    return run("rm -rf '%s'", work_dir);
}

#endif /* TESTS_XEN_IOMMU_TEST_H */
