/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command-line tool where there is no Xen: recorded machines in both
 * formats, bad input, the command line, what is installed.
 */
#include "xen-iommu-test.h"

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

static void test_recorded_lspci(void **state)
{
    unsigned int nr;

    for ( nr = 0; nr < 30; nr++ )
    {
        convert(nr);
        assert_int_equal(run(TOOL "groups --json --lspci '%s/lspci.txt' "
                             "2>/dev/null", out_dir, work_dir), 0);
        compare_expected(nr);
    }
}

static void test_enable_acs(void **state)
{
    /* 018: a root port whose controls are off. */
    SAYS(0, "note: ACS is off in 1 function that has it",
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
    SAYS(3, want, "groups --topology '%s/bad.json'", work_dir);
}

static void bad_lspci(const char *content, const char *want)
{
    write_file(content, "bad.txt");
    SAYS(3, want, "groups --lspci '%s/bad.txt'", work_dir);
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
    bad_lspci("0000:00:01.0 Class\n10: 86 80\n", "bad.txt:2: ");
}

static void test_command_line(void **state)
{
    SAYS(2, "Usage", "");
    SAYS(0, "xen-iommu 1", "--version");
    SAYS(0, "Usage", "--help");
    SAYS(0, "SBDF|PATH [DOMAIN]", "explain --help");
    SAYS(2, "no command", "frobnicate");
    SAYS(3, "no PCI bus here", "groups --root /nonexistent");
    SAYS(2, "either", "groups --lspci a --topology b");
    SAYS(2, "either", "groups --ivrs a");
    SAYS(2, "standard input", "groups --lspci - --ivrs -");
    SAYS(2, "has no option --ivrs", "list --ivrs a");
    SAYS(2, "has no option --follow", "list --follow");
    SAYS(2, "", "list --nonsense");
    SAYS(2, "needs a device", "explain");
    SAYS(2, "needs a device", "explain 00:02");
    SAYS(2, "needs a device", "assignable 0000:00:02.9");
    SAYS(2, "hexadecimal", "dump 00:02.0 xyz");
}

/* The other shells' completions know what bash's does. */
static void test_shells(void **state)
{
    assert_int_equal(run("cd '%s/../../xen-iommu' && "
                         "for w in $(sed -n \"s/.*words='\\([^']*\\)'.*/\\1/p\" "
                         "xen-iommu.bash); do for f in zsh fish; do "
                         "case $f$w in fish--help|fish--version) continue ;; esac; "
                         "grep -qE -- \"(^|[^a-z])${w#--}([^a-z]|$)\" xen-iommu.$f || "
                         "{ echo \"$f lacks $w\"; exit 1; }; done; done 2>&1",
                         data_dir), 0);
    /* zsh or fish is not on every host that has these tests. */
    assert_int_equal(run("cd '%s/../../xen-iommu'; "
                         "! command -v zsh >/dev/null || zsh -n xen-iommu.zsh; rc=$?; "
                         "! command -v fish >/dev/null || fish -n xen-iommu.fish || rc=1; "
                         "exit $rc", data_dir), 0);
}

static void test_pictures(void **state)
{
#define PICTURE(as) "groups " as " --topology '%s/topology/003/topology.json'"
    SAYS(0, "digraph groups {", PICTURE("--dot"), data_dir);
    assert_non_null(strstr(text, "subgraph \"cluster_3\" {\n    label=\"group 3\""));
    assert_non_null(strstr(text, "with 0000:00:1f.0: functions of one device without ACS"));
    assert_non_null(strstr(text, "\"0000:00\" -> \"0000:00:1f.2\""));
    SAYS(0, "</svg>", PICTURE("--svg"), data_dir);
    SAYS(0, "<input id=\"q\"", PICTURE("--html"), data_dir);
    assert_non_null(strstr(text, "</svg>"));
    /* Nothing is fetched: the one address is the name of SVG's name space. */
    LACKS("<!DOCTYPE svg");
    LACKS("src=");
    LACKS("<link");
    SAYS(2, "either --json or a picture", PICTURE("--json --dot"), data_dir);
    assert_int_equal(run("PATH=/nonexistent " TOOL PICTURE("--svg") " 2>&1",
                         out_dir, data_dir), 5);
    assert_non_null(strstr(text, "graphviz"));
    /* The one that the README shows: the same groups, functions and lines between. */
    assert_int_equal(run(TOOL "groups --svg --topology '%s/topology/012/topology.json' 2>/dev/null | "
                         "grep '<title>' | sort >'%s/titles'; grep '<title>' '%s/../../../docs/groups.svg' | "
                         "sort | cmp - '%s/titles' 2>&1",
                         out_dir, data_dir, work_dir, data_dir, work_dir), 0);
}

/* The man page and the completion know each command, option and exit code. */
static void test_documents(void **state)
{
    static const char *const words[] = {
        "list", "explain", "assignable", "faults", "dump", "metrics", "groups",
        "check", "attach", "detach", "hide", "match", "json", "svg", "html", "follow", "enable", "topology", "lspci", "ivrs",
        "dmar", "iort", "dtb", "acpidump", "verify", "markdown", "version",
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
    COMPLETES("check --m", "2", "--markdown");
    COMPLETES("list --", "2", "--root --json --dot --svg --html");
    COMPLETES("groups --d", "2", "--dmar --dtb --dot");
    COMPLETES("groups --t", "2", "--topology");
    COMPLETES("groups --iv", "2", "--ivrs");
    COMPLETES("faults --f", "2", "--follow");
}

static void test_install(void **state)
{
    static const char *const files[] = {
        "sbin/xen-iommu", "share/man/man8/xen-iommu.8",
        "share/bash-completion/completions/xen-iommu",
        "share/xen-iommu/schema/explain.json",
        "share/xen-iommu/schema/check.json",
        "share/zsh/vendor-completions/_xen-iommu",
        "share/fish/vendor_completions.d/xen-iommu.fish",
        "lib/systemd/system/xen-iommu-metrics.service",
        "lib/systemd/system/xen-iommu-metrics.timer",
        "share/xen-iommu/grafana.json", "share/xen-iommu/alerts.yml",
    };
    unsigned int i;

    /* Without Xen's libraries, as on a machine that has none. */
    assert_int_equal(run("make -s -C '%s/../../xen-iommu' install-tools "
                         "OUT='%s/offline' XEN_LIBS=n DESTDIR='%s/dest' "
                         "prefix=/opt 2>&1", data_dir, work_dir, work_dir), 0);
    for ( i = 0; i < ARRAY_SIZE(files); i++ )
        assert_int_equal(run("test -s '%s/dest/opt/%s'", work_dir, files[i]), 0);
    assert_int_equal(run("'%s/dest/opt/sbin/xen-iommu' list 2>&1", work_dir), 4);
    assert_non_null(strstr(text, "without Xen's libraries"));
    assert_int_equal(run("'%s/dest/opt/sbin/xen-iommu' groups --json "
                         "--topology '%s/topology/000/topology.json'", work_dir,
                         data_dir), 0);
    compare_expected(0);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_recorded), T(test_recorded_lspci), T(test_enable_acs),
        T(test_people), T(test_bad_input), T(test_command_line),
        T(test_documents), T(test_shells), T(test_pictures), T(test_install),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
