/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command-line tool: recorded machines, both formats, bad input, and the
 * commands that ask Xen, with Xen's libraries played by data/tool/fake-xen.c.
 */
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#undef snprintf
#undef vsnprintf

#define MAX_TEXT (1 << 20)

static char out_dir[PATH_MAX], data_dir[PATH_MAX];
static char text[MAX_TEXT];

/* Runs a command; its output, errors included, is in text. */
static int __attribute__((format(printf, 1, 2))) run(const char *fmt, ...)
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

static void write_file(const char *content, const char *path)
{
    char name[2 * PATH_MAX];
    FILE *out;

    snprintf(name, sizeof(name), "%s/%s", out_dir, path);
    out = fopen(name, "w");
    assert_non_null(out);
    fputs(content, out);
    assert_int_equal(fclose(out), 0);
}

/* A file of the fake Xen. */
static void put(const char *content, const char *fmt, ...)
{
    char path[256], full[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(path, sizeof(path), fmt, args);
    va_end(args);
    snprintf(full, sizeof(full), "xen/%s", path);
    assert_int_equal(run("mkdir -p \"$(dirname '%s/%s')\"", out_dir, full), 0);
    write_file(content, full);
}

static int build(void **state)
{
    snprintf(data_dir, sizeof(data_dir), "%s", getenv("TEST_DATA") ?: "data");
    snprintf(out_dir, sizeof(out_dir), "%s/tool",
             getenv("TEST_BUILD") ?: "/tmp");
    if ( run("mkdir -p '%s' && "
             "gcc -g -O1 -Wall -Wextra -Werror -c '%s/tool/fake-xen.c' -o '%s/fake-xen.o' 2>&1 && "
             "flock '%s' make -s -C '%s/../../xen-iommu' OUT='%s' XEN_LIBS=y "
             "CFLAGS='-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined' "
             "LIBS='%s/fake-xen.o -ljansson' 2>&1",
             out_dir, data_dir, out_dir, out_dir, data_dir, out_dir, out_dir) )
    {
        fprintf(stderr, "%s\n", text);
        return -1;
    }
    unsetenv("FAKE_XEN");

    return 0;
}

/* ---- recorded machines ---- */

/* `{"groups": [...]' without what expected.json has behind it. */
static void cut_groups(char *s)
{
    char *end = strstr(s, "]]");

    if ( !end )
        fail_msg("no groups in: %s", s);
    end[2] = '\0';
}

static void compare_expected(unsigned int nr)
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

static void test_recorded(void **state)
{
    unsigned int nr;

    for ( nr = 0; nr < 30; nr++ )
    {
        assert_int_equal(run(TOOL "groups --json --topology "
                             "'%s/topology/%03u/topology.json' 2>/dev/null",
                             out_dir, data_dir, nr), 0);
        compare_expected(nr);
    }
}

/* The value of a string member; the files have one function a line. */
static const char *member(const char *line, const char *key, char val[16384])
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
static void convert(unsigned int nr)
{
    static char hex[16384];
    char sbdf[16384], path[2 * PATH_MAX], size[16384], *line, *save = NULL;
    unsigned int i, bytes;
    FILE *out;

    assert_int_equal(run("cat '%s/topology/%03u/topology.json'", data_dir, nr),
                     0);
    snprintf(path, sizeof(path), "%s/lspci.txt", out_dir);
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

static void test_recorded_lspci(void **state)
{
    unsigned int nr;

    for ( nr = 0; nr < 30; nr++ )
    {
        convert(nr);
        assert_int_equal(run(TOOL "groups --json --lspci '%s/lspci.txt' "
                             "2>/dev/null", out_dir, out_dir), 0);
        compare_expected(nr);
    }
}

static void test_enable_acs(void **state)
{
    /* 018: a root port whose controls are off. */
    SAYS(0, "note: ACS is off in 1 functions",
         "groups --topology '%s/topology/018/topology.json'", data_dir);
    SAYS(0, "Group",
         "groups --enable-acs --topology '%s/topology/018/topology.json'",
         data_dir);
    LACKS("note:");
    LACKS("at 0000:00:03.0");
}

static void test_people(void **state)
{
    SAYS(0, "0000:00:1f.2  8086:2922  PCI device              with "
         "0000:00:1f.0: functions of one device without ACS between them",
         "groups --topology '%s/topology/003/topology.json'", data_dir);
    SAYS(0, "virtual function",
         "groups --topology - <'%s/topology/006/topology.json'", data_dir);
    assert_int_equal(run(TOOL "groups --json --topology "
                         "'%s/topology/003/topology.json' 2>/dev/null | "
                         "python3 '%s/tool/validate.py' "
                         "'%s/../../xen-iommu/schema/groups.json'",
                         out_dir, data_dir, data_dir, data_dir), 0);
}

static void bad_topology(const char *json, const char *want)
{
    write_file(json, "bad.json");
    SAYS(3, want, "groups --topology '%s/bad.json'", out_dir);
}

static void bad_lspci(const char *content, const char *want)
{
    write_file(content, "bad.txt");
    SAYS(3, want, "groups --lspci '%s/bad.txt'", out_dir);
}

static void test_bad_input(void **state)
{
    SAYS(3, "No such file", "groups --lspci /nonexistent");
    SAYS(3, "unable to open", "groups --topology /nonexistent");
    bad_topology("", "");
    bad_topology("[]", "no array \"functions\"");
    bad_topology("{\"functions\": []}", "no PCI function");
    bad_topology("{\"functions\": [1]}", "no valid \"sbdf\"");
    bad_topology("{\"functions\": [{\"sbdf\": \"0000:00:20.0\"}]}",
                 "no valid \"sbdf\"");
    bad_topology("{\"functions\": [{\"sbdf\": \"0000:00:02.0\"}]}",
                 "not up to 4096 bytes");
    bad_topology("{\"functions\": [{\"sbdf\": \"0000:00:02.0\","
                 "\"config_hex\": \"8g\"}]}", "not up to 4096 bytes");
    bad_topology("{\"functions\": [{\"sbdf\": \"0000:00:02.0\","
                 "\"config_hex\": \"86\", \"config_size\": 5000}]}",
                 "not up to 4096 bytes");
    bad_topology("{\"functions\": [{\"sbdf\": \"0000:00:02.0\","
                 "\"config_hex\": \"8680\"}]}", "record it as root");
    bad_topology("{\"functions\": [{\"sbdf\": \"0000:00:02.0\","
                 "\"config_hex\": \"8680\", \"parent\": \"0000:00:01.0\"}]}",
                 "names no function of the file");
    bad_topology("{\"functions\": [{\"sbdf\": \"0000:00:02.0\","
                 "\"config_hex\": \"86\"}, {\"sbdf\": \"0000:00:02.0\","
                 "\"config_hex\": \"86\"}]}", "is there twice");
    bad_lspci("", "no PCI function");
    bad_lspci("nonsense\n", "no PCI function");
    bad_lspci("0000:00:01.0 Class\n00: 86 80\n", "record it as root");
    bad_lspci("0000:00:01.0 Class\n10: 86 80\n", "bad.txt:2: this is not");
    bad_lspci("0000:00:01.0 Class\n00: 1000\n", "bad.txt:2: this is not");
    bad_lspci("00: 00 11\n", "bad.txt:1: this is not");
    bad_lspci("0000:00:01.0 a\n00: 00\n0000:00:01.0 b\n", "is there twice");
}

static void test_command_line(void **state)
{
    SAYS(2, "Usage", "");
    SAYS(0, "Usage", "--help");
    SAYS(0, "SBDF [DOMAIN]", "explain --help");
    SAYS(2, "no command", "frobnicate");
    SAYS(2, "either", "groups");
    SAYS(2, "either", "groups --lspci a --topology b");
    SAYS(2, "has no option --follow", "list --follow");
    SAYS(2, "", "list --nonsense");
    SAYS(2, "needs a device", "explain");
    SAYS(2, "needs a device", "explain 00:02");
    SAYS(2, "needs a device", "assignable 0000:00:02.9");
    SAYS(2, "hexadecimal", "dump 00:02.0 xyz");
}

/* The man page and the completion know each command, option and exit code. */
static void test_documents(void **state)
{
    static const char *const words[] = {
        "list", "explain", "assignable", "faults", "dump", "metrics", "groups",
        "json", "follow", "enable", "topology", "lspci",
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(words); i++ )
        assert_int_equal(run("cd '%s/../../xen-iommu' && "
                             "grep -q '%s' xen-iommu.8 && "
                             "grep -q '%s' xen-iommu.bash", data_dir, words[i],
                             words[i]), 0);
    for ( i = 0; i <= 6; i++ )
        assert_int_equal(run("grep -qx '.B %u' '%s/../../xen-iommu/xen-iommu.8'",
                             i, data_dir), 0);

#define COMPLETES(words, at, want) do {                                 \
    run("bash -c '. \"%s/../../xen-iommu/xen-iommu.bash\"; "            \
        "COMP_WORDS=(xen-iommu " words "); COMP_CWORD=" at "; "         \
        "_xen_iommu; echo \"${COMPREPLY[*]}\"' 2>&1", data_dir);        \
    if ( strcmp(text, want "\n") )                                      \
        fail_msg("completion of %s: %s", words, text);                  \
} while ( 0 )
    COMPLETES("ex", "1", "explain");
    COMPLETES("fa", "1", "faults");
    COMPLETES("list --", "2", "--json");
    COMPLETES("groups --t", "2", "--topology");
    COMPLETES("faults --f", "2", "--follow");
}

static void test_install(void **state)
{
    static const char *const files[] = {
        "sbin/xen-iommu", "share/man/man8/xen-iommu.8",
        "share/bash-completion/completions/xen-iommu",
        "share/xen-iommu/schema/explain.json",
    };
    unsigned int i;

    /* Without Xen's libraries, as on a machine that has none. */
    assert_int_equal(run("make -s -C '%s/../../xen-iommu' install-tools "
                         "OUT='%s/offline' XEN_LIBS=n DESTDIR='%s/dest' "
                         "prefix=/opt 2>&1", data_dir, out_dir, out_dir), 0);
    for ( i = 0; i < ARRAY_SIZE(files); i++ )
        assert_int_equal(run("test -s '%s/dest/opt/%s'", out_dir, files[i]), 0);
    assert_int_equal(run("'%s/dest/opt/sbin/xen-iommu' list 2>&1", out_dir), 4);
    assert_non_null(strstr(text, "without Xen's libraries"));
    assert_int_equal(run("'%s/dest/opt/sbin/xen-iommu' groups --json "
                         "--topology '%s/topology/000/topology.json'", out_dir,
                         data_dir), 0);
    compare_expected(0);
}

/* ---- what a running Xen says ---- */

static void put_group(unsigned int id, const char *owner, const char *state,
                      const char *devices, const char *why)
{
    char dir[64];

    snprintf(dir, sizeof(dir), "hypfs/iommu/groups/%u", id);
    put(owner, "%s/owner", dir);
    put(state, "%s/state", dir);
    put(devices, "%s/devices", dir);
    put("paging", "%s/domain", dir);
    put("levels 4 root 0x1000 pages 3 leaves 1,2,3 groups 1 flushes 7 vtd0:5",
        "%s/table", dir);
    put("5", "%s/faults", dir);
    put(why, "%s/why", dir);
}

static int xen_up(void **state)
{
    static const char *const unit[] = { "name", "vtd0", "driver", "vtd",
                                        "base", "0xfed90000", "state", "ok",
                                        "commands", "12", "waits", "3",
                                        "faults", "5" };
    char dir[2 * PATH_MAX];
    unsigned int i;

    if ( !out_dir[0] && build(state) )
        return -1;
    run("rm -rf '%s/xen'", out_dir);
    snprintf(dir, sizeof(dir), "%s/xen", out_dir);
    setenv("FAKE_XEN", dir, 1);

    put("on", "hypfs/iommu/state");
    for ( i = 0; i < ARRAY_SIZE(unit); i += 2 )
        put(unit[i + 1], "hypfs/iommu/units/0/%s", unit[i]);
    put_group(0, "d0", "attached",
              "0000:00:02.0 vtd0 d0 paging 0 device 0010", "");
    put_group(3, "d5", "attached",
              "0000:03:00.0 vtd0 d5 paging 5 device,ats 0300\n"
              "0000:03:00.1 vtd0 quarantine blocked 0 device,tainted 0301\n"
              "0000:02:00.0 vtd0 d0 paging 0 bridge 0200",
              "0000:03:00.1 0000:03:00.0: functions of one device without ACS between them");
    put_group(4, "d0", "attached",
              "0000:04:00.0 vtd0 d0 paging 0 device 0400\n"
              "0000:04:00.1 vtd0 quarantine blocked 0 device 0401", "");
    put_group(7, "quarantine", "broken: a device keeps faulting",
              "0000:05:00.0 vtd0 quarantine blocked 9 device,stopped 0500", "");
    put_group(8, "xen", "attached",
              "0000:00:16.3 vtd0 xen paging 0 device 00b3", "");
    put("levels 4", "hypfs/iommu/domains/0/tables");
    put("0 4", "hypfs/iommu/domains/0/groups");
    put("levels 4", "hypfs/iommu/domains/5/tables");
    put("3", "hypfs/iommu/domains/5/groups");
    put("levels 4", "hypfs/iommu/domains/6/tables");
    put("", "hypfs/iommu/domains/6/groups");
    put("mfn 0x1234 order 9 rw-", "hypfs/iommu/translate/00000300@1000");
    put("Domain-0", "store/local/domain/0/name");
    put("web", "store/local/domain/5/name");
    put("mail", "store/local/domain/6/name");
    put("plain", "store/local/domain/7/name");
    put("0 12.000001 0 0000:03:00.0 3 d5 read 0x1000 0x6 not mapped\n"
        "1 12.5 0 0x700 - none write 0x2000 0x5 context entry not present",
        "hypfs/iommu/faults");

    return 0;
}

static int xen_down(void **state)
{
    unsetenv("FAKE_XEN");

    return 0;
}

static void test_no_xen(void **state)
{
    unsetenv("FAKE_XEN");
    SAYS(4, "`xen-iommu groups' works without", "list");
    SAYS(4, "may ask Xen", "explain 00:02.0");
    SAYS(4, "may ask Xen", "metrics");
    SAYS(4, "may ask Xen", "assignable 00:02.0");

    xen_up(state);
    put("off", "hypfs/iommu/state");
    SAYS(4, "no IOMMU here", "list");
    run("rm -rf '%s/xen/hypfs/iommu'", out_dir);
    SAYS(4, "stock Xen", "faults");
    xen_down(state);
}

#define VALID(schema, args, ...) do {                                   \
    if ( run(TOOL args " | python3 '%s/tool/validate.py' "              \
             "'%s/../../xen-iommu/schema/" schema "'", out_dir,         \
             ##__VA_ARGS__, data_dir, data_dir) )                       \
        fail_msg("%s: %s", args, text);                                 \
} while ( 0 )

static void test_list(void **state)
{
    SAYS(0, "Unit 0: vtd0 (vtd) at 0xfed90000, ok, 5 faults", "list");
    assert_non_null(strstr(text, "Group 3: attached, paging, owner d5"));
    assert_non_null(strstr(text, "0000:03:00.1   vtd0     owner quarantine"));
    assert_non_null(strstr(text, "5 (web)"));
    VALID("list.json", "list --json");

    put("0000:03:00.0 what", "hypfs/iommu/groups/3/devices");
    SAYS(0, "does not understand", "list");
}

static void test_explain(void **state)
{
    SAYS(1, "0000:00:02.0 cannot be given to a guest:", "explain 00:02.0");
    assert_non_null(strstr(text, "xl pci-assignable-add 0000:00:02.0"));

    /* The guest that has half of the group can have the rest. */
    SAYS(0, "0000:03:00.1 can be given to domain web.", "explain 03:00.1 web");
    assert_non_null(strstr(text, "functions of one device without ACS"));
    SAYS(0, "can be given to domain 5", "explain 03:00.1 5");
    SAYS(1, "0000:03:00.0 belongs to domain 5 and is in the same group",
         "explain 03:00.1 mail");
    assert_non_null(strstr(text, "xl pci-detach 5 0000:03:00.0"));
    LACKS("0000:02:00.0 belongs");
    SAYS(1, "has 0000:03:00.0 already", "explain 03:00.0 web");
    SAYS(1, "0000:04:00.0 belongs to dom0", "explain 04:00.1 web");
    SAYS(1, "is a bridge", "explain 02:00.0");
    SAYS(1, "xenhypfs write /iommu/groups/7/state mend", "explain 05:00.0");
    SAYS(1, "Xen itself uses", "explain 00:16.3");
    SAYS(1, "there is no device 0000:7e:00.0", "explain 7e:00.0");
    SAYS(1, "passthrough=\"enabled\"", "explain 05:00.0 plain");
    SAYS(1, "there is no domain nobody", "explain 05:00.0 nobody");

    VALID("explain.json", "explain 00:02.0 --json");
    VALID("explain.json", "explain --json 03:00.1 web");
    VALID("explain.json", "explain --json 03:00.1 mail");
    VALID("explain.json", "explain --json 05:00.0");
    VALID("explain.json", "explain --json 7e:00.0 nobody");
    VALID("explain.json", "explain --json 00:16.3 plain");
    VALID("explain.json", "explain --json 02:00.0");
    SAYS(1, "\"code\": \"guest-owns\"", "explain --json 03:00.1 mail");
    SAYS(0, "\"possible\": true", "explain --json 03:00.1 web");
}

static void test_faults(void **state)
{
    SAYS(0, "0000:03:00.0 (group 3, domain 5)  read of 0x1000 refused: not mapped (0x6)",
         "faults");
    assert_non_null(strstr(text, "0x700 (not known)  write of 0x2000"));
    SAYS(0, "\"seq\":1", "faults --json");
    if ( run(TOOL "faults --json | python3 '%s/tool/validate.py' "
             "'%s/../../xen-iommu/schema/faults.json' --lines", out_dir,
             data_dir, data_dir) )
        fail_msg("%s", text);

    /* What was overwritten before it was read is counted. */
    assert_int_equal(run("{ timeout 3 '%s'/xen-iommu faults --follow 2>&1; } & "
                         "sleep 1; printf '9 13.0 0 0000:03:00.0 3 d5 write "
                         "0x3000 0x5 late' > '%s/xen/hypfs/iommu/faults'; wait",
                         out_dir, out_dir), 0);
    assert_non_null(strstr(text, "write of 0x3000 refused: late"));
    assert_non_null(strstr(text, "7 faults came too fast"));
}

static void test_dump(void **state)
{
    SAYS(0, "0000:03:00.0: paging, group 3, owner d5, requester IDs 0300",
         "dump 03:00.0");
    SAYS(0, "frame 1000: mfn 0x1234 order 9 rw-", "dump 03:00.0 1000");
    SAYS(1, "in no group", "dump 7e:00.0");
    VALID("dump.json", "dump 03:00.0 1000 --json");
    VALID("dump.json", "dump --json 03:00.0");
}

static void test_metrics(void **state)
{
    char *line, *save = NULL;
    bool eof = false;

    SAYS(0, "xen_iommu_faults_total{unit=\"vtd0\"} 5", "metrics");
    assert_non_null(strstr(text, "xen_iommu_group_broken{group=\"7\"} 1"));
    assert_non_null(strstr(text, "xen_iommu_group_broken{group=\"3\"} 0"));
    assert_non_null(strstr(text, "xen_iommu_unit_up{unit=\"vtd0\"} 1"));

    /* OpenMetrics 1.0: "# EOF" last, a number at the end of each sample. */
    for ( line = strtok_r(text, "\n", &save); line;
          line = strtok_r(NULL, "\n", &save) )
    {
        char *val = strrchr(line, ' '), *end;

        assert_false(eof);
        eof = !strcmp(line, "# EOF");
        if ( *line == '#' )
            continue;
        assert_non_null(val);
        strtoull(val + 1, &end, 10);
        assert_true(end != val + 1 && !*end);
    }
    assert_true(eof);
}

/* xl in its place writes down what it was asked for, and fails for $XL_FAIL. */
static int with_xl(void **state)
{
    char path[2 * PATH_MAX];

    xen_up(state);
    write_file("#!/bin/sh\necho \"xl $*\"\n"
               "eval \"case '$*' in $XL_FAIL) exit 1 ;; esac\"\n", "xl");
    run("chmod +x '%s/xl'", out_dir);
    snprintf(path, sizeof(path), "%s:/usr/bin:/bin", out_dir);
    setenv("PATH", path, 1);
    setenv("XL_FAIL", "nothing", 1);

    return 0;
}

static void test_assignable(void **state)
{
    SAYS(0, "xl pci-assignable-add 0000:04:00.0\n", "assignable 04:00.1");
    LACKS("add 0000:04:00.1");
    assert_non_null(strstr(text, "assignable: 0000:04:00.0 0000:04:00.1"));

    SAYS(1, "belongs to domain 5", "assignable 03:00.1");
    LACKS("xl pci");
    SAYS(1, "in no group", "assignable 7e:00.0");

    put_group(4, "d0", "attached",
              "0000:04:00.0 vtd0 d0 paging 0 device 0400\n"
              "0000:04:00.1 vtd0 d0 paging 0 device 0401\n"
              "0000:04:00.2 vtd0 quarantine blocked 0 device 0402\n"
              "0000:04:00.3 vtd0 d0 paging 0 device 0403", "");
    setenv("XL_FAIL", "*add*04:00.3", 1);
    SAYS(5, "putting all back", "assignable 04:00.1");
    assert_non_null(strstr(text, "xl pci-assignable-remove -r 0000:04:00.1\n"
                                 "xl pci-assignable-remove -r 0000:04:00.0\n"));
    LACKS("remove -r 0000:04:00.2");
    LACKS("remove -r 0000:04:00.3");

    setenv("XL_FAIL", "*add*04:00.3|*remove*04:00.1", 1);
    SAYS(6, "0000:04:00.1 could not be put back", "assignable 04:00.1");
}

#define T(f) cmocka_unit_test(f)
#define X(f) cmocka_unit_test_setup_teardown(f, xen_up, xen_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_recorded), T(test_recorded_lspci), T(test_enable_acs),
        T(test_people), T(test_bad_input), T(test_command_line),
        T(test_documents), T(test_install),
        T(test_no_xen), X(test_list), X(test_explain), X(test_faults),
        X(test_dump), X(test_metrics),
        cmocka_unit_test_setup_teardown(test_assignable, with_xl, xen_down),
    };

    return cmocka_run_group_tests(tests, build, NULL);
}
