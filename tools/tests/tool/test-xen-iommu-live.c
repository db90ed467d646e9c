/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of the tool that ask Xen, whose libraries data/tool/fake-xen.c
 * plays on a directory.
 */
#include "xen-iommu-test.h"

/* 240 characters. */
#define TEN "bus@300000"
#define LONG_NODE TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN \
                  TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* A file of the fake Xen. */
static void put(const char *content, const char *fmt, ...)
{
    char path[256], full[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(path, sizeof(path), fmt, args);
    va_end(args);
    snprintf(full, sizeof(full), "xen/%s", path);
    assert_int_equal(run("mkdir -p \"$(dirname '%s/%s')\"", work_dir, full), 0);
    write_file(content, full);
}

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
    put("machine", "%s/policy", dir);
}

static int xen_up(void **state)
{
    static const char *const unit[] = { "name", "vtd0", "driver", "vtd",
                                        "base", "0xfed90000", "state", "ok",
                                        "commands", "12", "waits", "3",
                                        "faults", "5", "restarts", "1" };
    char dir[3 * PATH_MAX];
    unsigned int i;

    run("rm -rf '%s/xen'", work_dir);
    snprintf(dir, sizeof(dir), "%s/xen", work_dir);
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
    /* Platform devices: names of the length that real ones have, and more. */
    put_group(9, "d0", "attached",
              "/soc@0/bus@30800000/ethernet@30be0000 smmu0 d0 paging 0 device f001\n"
              "/soc@0/bus@30800000/dma-controller@30e10000 smmu0 quarantine blocked 0 device f001", "");
    put_group(10, "d5", "attached",
              "/soc@0/" LONG_NODE " smmu0 d5 paging 0 device,tainted f002", "");
    put_group(11, "quarantine", "blocked",
              "0000:00:01.0 vtd0 quarantine blocked 0 bridge,no-path 0008\n"
              "0000:01:00.0 vtd0 quarantine blocked 0 device,no-path 0100",
              "0000:01:00.0 0000:00:01.0: what leads to them does not answer, at 0000:00:01.0");
    put_group(13, "d0", "attached",
              "0000:07:00.0 vtd0 d0 identity 0 device,doubt 0700\n"
              "0000:07:00.1 vtd0 d0 identity 0 device 0701\n"
              "0000:07:00.2 vtd0 d0 identity 0 bridge,doubt 0702", "");
    put_group(12, "quarantine", "blocked",
              "0000:06:00.1 vtd0 quarantine blocked 0 device,stated 0601", "");
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
    run("rm -rf '%s/xen/hypfs/iommu'", work_dir);
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
    SAYS(1, "0000:01:00.0, or a bridge above it, does not answer",
         "explain 01:00.0");
    SAYS(1, "firmware leaves in doubt which unit translates 0000:07:00.0: it stays with dom0\n",
         "explain 07:00.0");
    SAYS(1, "which unit translates 0000:07:00.0: it stays with dom0, and is in the same group",
         "explain 07:00.1");
    LACKS("translates 0000:07:00.2");
    SAYS(1, "0000:00:01.0, or a bridge above it, does not answer",
         "explain 00:01.0");
    SAYS(0, "0000:06:00.1: isolated by its vendor's statement",
         "explain 06:00.1");
    SAYS(1, "xenhypfs write /iommu/groups/7/state mend", "explain 05:00.0");
    SAYS(1, "Xen itself uses", "explain 00:16.3");
    SAYS(1, "there is no device 0000:7e:00.0", "explain 7e:00.0");
    SAYS(1, "passthrough=\"enabled\"", "explain 05:00.0 plain");
    SAYS(1, "there is no domain nobody", "explain 05:00.0 nobody");

    SAYS(1, "/ethernet@30be0000 belongs to dom0 (driver none): a node with xen,passthrough",
         "explain /soc@0/bus@30800000/ethernet@30be0000");
    SAYS(1, "/ethernet@30be0000 belongs to dom0 (driver none) and is in the same group",
         "explain /soc@0/bus@30800000/dma-controller@30e10000 web");
    SAYS(1, "belongs to domain 5, which keeps it to its end",
         "explain /soc@0/" LONG_NODE " mail");
    SAYS(1, "there is no device /none", "explain /none");

    VALID("explain.json", "explain 00:02.0 --json");
    VALID("explain.json", "explain --json /soc@0/" LONG_NODE " mail");
    VALID("explain.json", "explain --json 03:00.1 web");
    VALID("explain.json", "explain --json 03:00.1 mail");
    VALID("explain.json", "explain --json 05:00.0");
    VALID("explain.json", "explain --json 7e:00.0 nobody");
    VALID("explain.json", "explain --json 00:16.3 plain");
    VALID("explain.json", "explain --json 02:00.0");
    SAYS(1, "\"code\": \"guest-owns\"", "explain --json 03:00.1 mail");
    SAYS(0, "\"possible\": true", "explain --json 03:00.1 web");

    /* One exception would do; for what shares an ID there is none. */
    SAYS(1, "xenhypfs write /iommu/groups/3/policy warn    (at boot: iommu=warn:0000:03:00.1)",
         "explain 03:00.1 mail");
    SAYS(1, "0000:04:00.0 cannot be given", "explain 04:00.0 mail");
    LACKS("narrowest");
    put("warn", "hypfs/iommu/groups/3/policy");
    SAYS(0, "group's policy is warn", "explain 03:00.1 mail");
    SAYS(0, "policy warn: parts of it may reach", "list");
    put("strict", "hypfs/iommu/groups/3/policy");

    /* What the policy lets pass is a risk; what shares an ID never passes. */
    put("warn", "hypfs/iommu/policy");
    SAYS(1, "0000:03:00.0 belongs to domain 5", "explain 03:00.1 mail");
    put("machine", "hypfs/iommu/groups/3/policy");
    SAYS(0, "0000:03:00.1 can be given to domain mail.", "explain 03:00.1 mail");
    SAYS(0, "policy is warn", "explain 03:00.1 mail");
    VALID("explain.json", "explain --json 03:00.1 mail");
    SAYS(1, "0000:04:00.0 cannot be given", "explain 04:00.0 mail");
    put_group(3, "d5", "attached",
              "0000:03:00.0 vtd0 d5 paging 5 device,ats 0300\n"
              "0000:03:00.1 vtd0 quarantine blocked 0 device 0301,0308\n"
              "0000:03:00.2 vtd0 quarantine blocked 0 device 0308,0300", "");
    SAYS(1, "0000:03:00.0 belongs to domain 5", "explain 03:00.1 mail");
}

/* What regions.c refuses is said before it is tried. */
static void test_shared_region(void **state)
{
    put("0000:04:00.1 0x7f000-0x7f00f,0x80000-0x80000 0000:05:00.0,0000:06:00.0\n"
        "0000:04:00.0 0x9000-0x9000 -", "hypfs/iommu/groups/4/reserved");
    put_group(4, "quarantine", "blocked",
              "0000:04:00.0 vtd0 quarantine blocked 0 device 0400\n"
              "0000:04:00.1 vtd0 quarantine blocked 0 device 0401", "");
    SAYS(0, "can be given to domain mail.", "explain 04:00.0 mail");
    /* Of one guest, or parked: nothing stands in the way. */
    put_group(5, "d6", "attached", "0000:05:00.0 vtd0 d6 paging 0 device 0500", "");
    put_group(6, "quarantine", "blocked",
              "0000:06:00.0 vtd0 quarantine blocked 0 device 0600", "");
    SAYS(0, "can be given to domain mail.", "explain 04:00.1 mail");

    put_group(6, "d0", "attached", "0000:06:00.0 vtd0 d0 paging 0 device 0600", "");
    SAYS(1, "memory that 0000:06:00.0 of dom0 reaches too", "explain 04:00.1 mail");
    LACKS("0000:05:00.0 of");
    assert_non_null(strstr(text, "rdm=\"strategy=host,policy=relaxed\""));
    assert_non_null(strstr(text, "xl pci-assignable-add 0000:06:00.0"));

    put_group(5, "d5", "attached", "0000:05:00.0 vtd0 d5 paging 0 device 0500", "");
    SAYS(1, "memory that 0000:05:00.0 of domain 5 reaches too", "explain 04:00.1 mail");
    assert_non_null(strstr(text, "memory that 0000:06:00.0 of dom0 reaches too"));
    assert_non_null(strstr(text, "xl pci-detach 5 0000:05:00.0"));
    SAYS(1, "0000:05:00.0 of domain 5 reaches too", "explain 04:00.1");
    VALID("explain.json", "explain --json 04:00.1 mail");
    SAYS(1, "\"code\": \"shared-region\"", "explain --json 04:00.1 mail");

    /* Whoever has it has it. */
    put_group(4, "d6", "attached",
              "0000:04:00.1 vtd0 d6 paging 0 device 0401", "");
    SAYS(1, "has 0000:04:00.1 already", "explain 04:00.1 mail");
    LACKS("rdm_policy");
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
                         out_dir, work_dir), 0);
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

/* The dashboard and the rules ask for nothing that is not there. */
static void test_operations(void **state)
{
    assert_int_equal(run(TOOL "metrics >'%s/metrics'; cd '%s/../../xen-iommu/operations' && "
                         "python3 -m json.tool grafana.json >/dev/null && "
                         "grep -oh 'xen_iommu_[a-z_]*' grafana.json alerts.yml | sort -u | "
                         "while read -r m; do grep -q \"^$m{\" '%s/metrics' || "
                         "{ echo \"$m\"; exit 1; }; done 2>&1", out_dir, work_dir,
                         data_dir, work_dir), 0);
    assert_int_equal(run("cd '%s/../../xen-iommu/operations' && "
                         "{ ! command -v promtool >/dev/null || promtool check rules alerts.yml; } && "
                         "python3 -c 'import configparser, sys; "
                         "[configparser.RawConfigParser().read_file(open(f)) for f in sys.argv[1:]]' "
                         "*.service *.timer 2>&1", data_dir), 0);
}

static void test_metrics(void **state)
{
    char *line, *save = NULL;
    bool eof = false;

    SAYS(0, "xen_iommu_faults_total{unit=\"vtd0\"} 5", "metrics");
    SAYS(0, "xen_iommu_restarts_total{unit=\"vtd0\"} 1", "metrics");
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

#define X(f) cmocka_unit_test_setup_teardown(f, xen_up, xen_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_xen), X(test_list), X(test_explain),
        X(test_shared_region),
        X(test_faults), X(test_dump), X(test_metrics), X(test_operations),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
