/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each rule for groups dropped in turn, in a copy of the source: one of the
 * tests of the rules must notice, and without a change none may complain.
 */
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "test.h"

#undef snprintf
#undef vsnprintf

struct mutant {
    const char *name;
    const char *file;
    const char *from;     /* once in the file */
    const char *to;
};

#define G "pci-groups.c"
#define F "pci-func.c"
#define Q "pci-quirks.c"

static const struct mutant mutants[] = {
    { "nothing", G, "", "" },
    { "path to the root: only the port above", G,
      "for ( ; f; f = f->parent )", "for ( ; f && !depth; f = f->parent )" },
    { "path: not at all", G, "if ( *at )\n            return PCI_OPEN_PATH;",
      "" },
    { "control register: the capability instead", G,
      "f->acs_cap & ~f->acs_ctrl)", "~f->acs_cap)" },
    { "control register: all controls whether there or not", G,
      "PCI_ACS_WANTED & f->acs_cap & ~f->acs_ctrl", "PCI_ACS_WANTED & ~f->acs_ctrl" },
    { "no capability counts as isolated", G, "return f->acs_pos && ",
      "return !f->acs_pos || " },
    { "source validation not needed", "include/iommu-groups/pci-rules.h",
      "(PCI_ACS_SV | ", "(" },
    { "request redirect not needed", "include/iommu-groups/pci-rules.h",
      "PCI_ACS_RR | ", "" },
    { "completion redirect not needed", "include/iommu-groups/pci-rules.h",
      "PCI_ACS_CR | ", "" },
    { "upstream forwarding not needed", "include/iommu-groups/pci-rules.h",
      "PCI_ACS_CR | PCI_ACS_UF", "PCI_ACS_CR" },
    { "translation blocking needed", "include/iommu-groups/pci-rules.h",
      "(PCI_ACS_SV | ", "(PCI_ACS_TB | PCI_ACS_SV | " },
    { "multifunction endpoints isolated", G,
      "return !in_multifunction(f) || acs_on(f);", "return true;" },
    { "single functions need ACS", G,
      "return !in_multifunction(f) || acs_on(f);", "return acs_on(f);" },
    { "multifunction devices: no rule", G, "return PCI_MULTIFUNCTION;",
      "return PCI_APART;" },
    { "one function without ACS takes the others in", G,
      "!a->holds && !b->holds )\n        return PCI_MULTI",
      "!(a->holds && b->holds) )\n        return PCI_MULTI" },
    { "function above 0 goes by the header bit", G,
      "return f->multi || (on_link(f) ? f->sbdf.devfn : f->sbdf.fn);",
      "return f->multi;" },
    { "devices, not functions, of a bus", G, "((on_link(a) && on_link(b)) || a->sbdf.dev == b->sbdf.dev)",
      "true" },
    { "ARI", G, "((on_link(a) && on_link(b)) || a->sbdf.dev", "(a->sbdf.dev" },
    { "ARI: functions above 7", G, "on_link(f) ? f->sbdf.devfn : f->sbdf.fn",
      "f->sbdf.fn" },
    { "virtual functions are functions of the device", G,
      "if ( f->virtfn )\n        return false;\n", "" },
    { "virtual functions: parent by their own bus", G,
      "find_parent(funcs, pf ?: f)", "find_parent(funcs, f)" },
    { "switches: good ports stay apart", G,
      "if ( is_port(f, PCI_EXP_TYPE_DOWNSTREAM) )\n        list_for",
      "if ( f == port )\n        list_for" },
    { "switches: ports in different slots stay apart", G,
      "return PCI_OPEN_SWITCH;", "return PCI_APART;" },
    { "event collectors: ACS believed", G, "    case PCI_EXP_TYPE_RC_END:\n",
      "    case PCI_EXP_TYPE_RC_END:\n    case PCI_EXP_TYPE_RC_EC:\n" },
    { "bridges to PCI: ACS believed", G, "    case PCI_EXP_TYPE_DOWNSTREAM:\n        return",
      "    case PCI_EXP_TYPE_DOWNSTREAM:\n    case PCI_EXP_TYPE_PCI_BRIDGE:\n        return" },
    { "bridges from PCI: ACS believed", G, "    case PCI_EXP_TYPE_DOWNSTREAM:\n        return",
      "    case PCI_EXP_TYPE_DOWNSTREAM:\n    case PCI_EXP_TYPE_PCIE_BRIDGE:\n        return" },
    { "conventional functions isolated", G,
      "if ( !f->express )\n        return false;",
      "if ( !f->express )\n        return true;" },
    { "upstream ports: always isolated", G, "    case PCI_EXP_TYPE_UPSTREAM:\n",
      "        return !in_multifunction(f) || acs_on(f);\n"
      "    case PCI_EXP_TYPE_UPSTREAM:\n        return true;\n" },
    { "requester IDs: no rule", G, "return PCI_SAME_ID;", "return PCI_APART;" },
    { "requester IDs: bridges", G, "        if ( takes_over(bridge) )", "        if ( 0 )" },
    { "requester IDs: nearest bridge, not topmost", G,
      "if ( takes_over(bridge) )\n", "if ( takes_over(bridge) && !top )\n" },
    { "requester IDs: secondary side of the bridge", G,
      "add_id(f, top->secondary << 8);", "add_id(f, f->ids[0]);" },
    { "requester IDs: the bridge's own", G, "    add_id(f, top->sbdf.bdf);\n", "" },
    { "phantom functions", G, "if ( f->phantom_stride )", "if ( 0 )" },
    { "phantom functions: as many as there are bits", F,
      "f->phantom_stride = 8u >> bits", "f->phantom_stride = 4" },
    { "segments", G, "a == b || a->sbdf.seg != b->sbdf.seg", "a == b" },
    { "quirks: integrated endpoints of Intel", Q,
      "f->port == PCI_EXP_TYPE_RC_END )", "f->port == 15 )" },
    { "quirks: all of Intel", Q,
      " && f->express && f->port == PCI_EXP_TYPE_RC_END", "" },
    { "quirks: 8086:10c9", Q, "0x10c9, 0x10c9", "0x0001, 0x0001" },
    { "quirks: bridges in disguise", Q, "           MATCHES(f, express_bridges)",
      "           0 && MATCHES(f, express_bridges)" },
    { "quirks: 8086:244e", Q, "0x8086, 0x244e, 0x244e", "0, 1, 0" },
    { "quirks: wherever it sits", Q,
      "f->parent && f->parent->express &&\n           f->parent->port != PCI_EXP_TYPE_PCI_BRIDGE &&\n", "" },
    { "quirks: network controllers", Q, "return MATCHES(f, no_loopback);\n}", "return false;\n}" },
    { "quirks: IDs of other functions", G,
      "nr = pci_quirk_aliases(f, devfns)", "nr = 0 * pci_quirk_aliases(f, devfns)" },
    { "quirks: DMA as function 0", Q, "if ( MATCHES(f, as_function_0) )", "if ( 0 )" },
    { "quirks: DMA as function 1", Q, "if ( MATCHES(f, as_function_1) )", "if ( 0 )" },
    { "quirks: DMA as a fixed function", Q, "f->sub_device == 0x02bb", "0" },
    { "quirks: DMA as three functions", Q, "return 3;", "return 2;" },
    { "quirks: wide ACS registers", F, "pci_quirk_wide_acs(f) ? 8", "0 ? 8" },
    { "enabling: more than is there", F, "(f->acs_cap & PCI_ACS_WANTED)",
      "PCI_ACS_WANTED" },
    { "enabling: believed without reading back", F,
      "f->acs_ctrl = get(f, cfg, acs_ctrl_reg(f), 2);\n    }",
      "f->acs_ctrl = ctrl;\n    }" },
    { "enabling: other controls lost", F, "ctrl = f->acs_ctrl | ", "ctrl = " },
    { "closure: neighbours only", G,
      "for ( at = func; at; at = at->next_marked )",
      "for ( at = func; at; at = NULL )" },
};

static const char *out_dir(void)
{
    static char dir[PATH_MAX];

    if ( !dir[0] )
    {
        snprintf(dir, sizeof(dir), "%s/mutants", getenv("TEST_BUILD") ?: "/tmp");
        mkdir(dir, 0755);
    }

    return dir;
}

static const char *top_dir(void)
{
    static char dir[PATH_MAX];

    snprintf(dir, sizeof(dir), "%s/../../..", getenv("TEST_DATA") ?: "data");

    return dir;
}

static int __attribute__((format(printf, 1, 2))) shell(const char *fmt, ...)
{
    char cmd[4 * PATH_MAX];
    va_list args;
    int rc;

    va_start(args, fmt);
    rc = vsnprintf(cmd, sizeof(cmd), fmt, args);
    va_end(args);
    assert_true(rc > 0 && rc < (int)sizeof(cmd));
    rc = system(cmd);
    assert_true(WIFEXITED(rc));

    return WEXITSTATUS(rc);
}

static char *read_source(const char *path)
{
    static char text[1 << 16];
    FILE *in = fopen(path, "r");
    size_t len;

    assert_non_null(in);
    len = fread(text, 1, sizeof(text) - 1, in);
    fclose(in);
    assert_true(len < sizeof(text) - 1);
    text[len] = '\0';

    return text;
}

static void mutate(const struct mutant *m, const char *dir)
{
    char path[2 * PATH_MAX], *text, *at;
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", dir, m->file);
    text = read_source(path);
    at = strstr(text, m->from);
    if ( !at )
        fail_msg("%s: not in %s any more: %s", m->name, m->file, m->from);

    out = fopen(path, "w");
    assert_non_null(out);
    fwrite(text, 1, at - text, out);
    fputs(m->to, out);
    fputs(at + strlen(m->from), out);
    assert_int_equal(fclose(out), 0);
}

#define CC "gcc -std=gnu99 -w -O0 -pipe -include xen/config.h " \
    "-I'%s/arch/host/include' -I'%s/arch/host' -I'%s/tools/tests' "

/* The rules, and both programs that test them as one. */
static const char *const sources[] = {
    "drivers/passthrough/pci-func", "drivers/passthrough/pci-groups",
    "drivers/passthrough/pci-quirks", "tools/tests/test-pci-groups",
    "tools/tests/test-pci-func",
};

/* Compiles @src with headers of the layer from @include to @dir/NAME.o. */
static int compile(const char *src, const char *include, const char *dir)
{
    const char *top = top_dir(), *name = strrchr(src, '/') + 1;
    const char *main_name = strchr(name, 'f') ? "main_func" : "main_groups";

    return shell(CC "-I'%s/include' -Dmain=%s -c '%s.c' -o '%s/%s.o'", top,
                 top, top, include, main_name, src, dir, name);
}

static int compile_all(const char *include, const char *dir)
{
    char src[PATH_MAX + 64];
    unsigned int i;
    int failed = 0;

    for ( i = 0; i < ARRAY_SIZE(sources); i++ )
    {
        snprintf(src, sizeof(src), "%s/%s", top_dir(), sources[i]);
        failed |= compile(src, include, dir);
    }

    return failed;
}

static int base(void **state)
{
    char layer[PATH_MAX + 32];

    snprintf(layer, sizeof(layer), "%s/drivers/passthrough", top_dir());

    return compile_all(layer, out_dir()) ||
           shell("cd '%s' && echo 'int main_func(void), main_groups(void);"
                 "int main(void) { return main_func() | main_groups(); }' | "
                 "gcc -x c -c -o main.o -", out_dir());
}

static void test_one(void **state)
{
    const struct mutant *m = *state;
    char dir[PATH_MAX + 32], src[PATH_MAX + 64], layer[PATH_MAX + 32];
    bool header = strchr(m->file, '/');
    int rc;

    snprintf(layer, sizeof(layer), "%s/drivers/passthrough", top_dir());
    snprintf(dir, sizeof(dir), "%s/%u", out_dir(),
             (unsigned int)(m - mutants));
    snprintf(src, sizeof(src), "%s/%.*s", dir, (int)strcspn(m->file, "."),
             m->file);
    assert_int_equal(shell("rm -rf '%s' && mkdir '%s' && cp -r '%s'/../*.o "
                           "'%s'/%s '%s'", dir, dir, dir, layer,
                           header ? "include" : m->file, dir), 0);
    if ( *m->from )
    {
        mutate(m, dir);
        if ( header ? compile_all(dir, dir) : compile(src, layer, dir) )
            fail_msg("%s: does not compile", m->name);
    }

    rc = shell("cd '%s' && gcc -o t *.o -lcmocka && { ./t >log 2>&1 || "
               "exit 3; }", dir);
    if ( *m->from && rc != 3 )
        fail_msg("%s: %s", rc ? "does not link" : "nobody noticed", m->name);
    if ( !*m->from && rc )
        fail_msg("tests fail without a change");

    shell("rm -rf '%s'", dir);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_SIZE(mutants)];
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(mutants); i++ )
        tests[i] = (struct CMUnitTest){
            .name = mutants[i].name, .test_func = test_one,
            .initial_state = (void *)&mutants[i],
        };

#ifdef __SANITIZE_THREAD__
    /* It would run the same programs again. */
    return _cmocka_run_group_tests("mutants", tests, 1, base, NULL);
#else
    return _cmocka_run_group_tests("mutants", tests, ARRAY_SIZE(tests), base,
                                   NULL);
#endif
}
