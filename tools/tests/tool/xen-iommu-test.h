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

/* ---- recorded machines ---- */

/* `{"groups": [...]' without what expected.json has behind it. */
static inline void cut_groups(char *s)
{
    char *end = strstr(s, "]]");

    if ( !end )
        fail_msg("no groups in: %s", s);
    end[2] = '\0';
}

static inline void compare_expected(unsigned int nr)
{
    static char got[65536];

    cut_groups(text);
    assert_true(strlen(text) < sizeof(got));
    strcpy(got, text);
    assert_int_equal(run("cat '%s/topology/%03u/expected.json'", data_dir, nr),
                     0);
    cut_groups(text);
    if ( strcmp(got, text) )
        fail_msg("recorded machine %03u:\n got %s\nwant %s", nr, got, text);
}

/* The value of a string member; the files have one function a line. */
static inline const char *member(const char *line, const char *key, char val[16384])
{
    const char *at = strstr(line, key);
    size_t len;

    assert_non_null(at);
    at += strlen(key);
    at += strspn(at, "\": ");
    len = strcspn(at, "\",}");
    assert_true(len < 16384);
    memcpy(val, at, len);
    val[len] = '\0';

    return val;
}

/* The same machine as lspci prints it: no parents, no word of which is a VF. */
static inline void convert(unsigned int nr)
{
    static char hex[16384];
    char sbdf[16384], path[3 * PATH_MAX], size[16384], *line, *save = NULL;
    unsigned int i, bytes;
    FILE *out;

    assert_int_equal(run("cat '%s/topology/%03u/topology.json'", data_dir, nr),
                     0);
    snprintf(path, sizeof(path), "%s/lspci.txt", work_dir);
    out = fopen(path, "w");
    assert_non_null(out);

    for ( line = strtok_r(text, "\n", &save); line;
          line = strtok_r(NULL, "\n", &save) )
    {
        if ( !strstr(line, "config_hex") )
            continue;
        member(line, "config_hex", hex);
        bytes = atoi(member(line, "config_size", size));
        fprintf(out, "%s Class: \"of something\"\n",
                member(line, "\"sbdf", sbdf));
        for ( i = 0; i < bytes; i++ )
        {
            size_t len = strlen(hex);

            if ( i % 16 == 0 )
                fprintf(out, "%02x:", i);
            fprintf(out, " %.2s", 2 * i < len ? hex + 2 * i : "00");
            if ( i % 16 == 15 )
                fprintf(out, "\n");
        }
        fprintf(out, "\n");
    }
    assert_int_equal(fclose(out), 0);
}

static inline int prepare(void **state)
{
    snprintf(data_dir, sizeof(data_dir), "%s", getenv("TEST_DATA") ?: "data");
    snprintf(out_dir, sizeof(out_dir), "%s/tool",
             getenv("TEST_BUILD") ?: "/tmp");
    snprintf(work_dir, sizeof(work_dir), "%s/work-%d", out_dir, getpid());

    /* make builds it, with the tests. */
    if ( run("test -x '%s/xen-iommu' && mkdir -p '%s'", out_dir, work_dir) )
    {
        fprintf(stderr, "%s/xen-iommu: make -C tools/tests tool\n", out_dir);
        return -1;
    }
    unsetenv("FAKE_XEN");
    /* What the host's list has is not the tests'. */
    setenv("XEN_IOMMU_PCI_IDS", "/dev/null", 1);

    return 0;
}

static inline int clean(void **state)
{
    return run("rm -rf '%s'", work_dir);
}

#endif /* TESTS_XEN_IOMMU_TEST_H */
