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

#define G "rules.c"
#define F "func.c"
#define Q "quirks.c"
#define P "path.c"
#define I "isolation.c"
#define C "chipset.c"
#define L "closure.c"

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
    { "virtual functions: parent by their own bus", P,
      "leads_to[pf->sbdf.bus]", "leads_to[f->sbdf.bus]" },
    { "switches: good ports stay apart", G,
      "if ( is_port(f, PCI_EXP_TYPE_DOWNSTREAM) )\n        for",
      "if ( f == ports )\n        for" },
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
      "add_id(f, top->secondary << 8);", "add_id(f, f->ids[0].first);" },
    { "requester IDs: the bridge's own", G, "    add_id(f, top->sbdf.bdf);\n", "" },
    { "interrupt messages: own ID only", G, "if ( differ )\n", "if ( 0 )\n" },
    { "interrupt messages: of any function", G,
      "differ & 1 ? 7 : differ & 2 ? 6 : 4", "7" },
    { "interrupt messages: of the device only", G, "if ( differ > 7 )", "if ( 0 )" },
    { "interrupt messages: of any device", G, "if ( differ > 7 )", "if ( 1 )" },
    { "interrupt messages: bridges send as themselves", G,
      "if ( !sends_as_secondary(top) )\n        return", "return" },
    { "interrupt messages: bridges do not matter", G,
      "(top ? msi_behind(f, top) : msi_own(f))", "msi_own(f)" },
    { "firmware's alias", G, "if ( f->has_alias )", "if ( 0 )" },
    { "phantom functions", G, "if ( f->phantom_stride )", "if ( 0 )" },
    { "phantom functions: as many as there are bits", F,
      "f->phantom_stride = 8u >> bits", "f->phantom_stride = 4" },
    { "segments", G, "a == b || a->sbdf.seg != b->sbdf.seg", "a == b" },
    { "statements: integrated endpoints of Intel", I,
      "f->port == PCI_EXP_TYPE_RC_END )", "f->port == 15 )" },
    { "statements: all of Intel", I,
      " && f->express && f->port == PCI_EXP_TYPE_RC_END", "" },
    { "statements: 8086:10c9", I, "0x10c9, 0x10c9", "0x0001, 0x0001" },
    { "statements: functions", G, "case PCI_STATED_FUNCTION:\n", "" },
    { "statements: ports", G, "case PCI_STATED_PORT:\n", "" },
    { "statements: ports of switches", G, "case PCI_STATED_SWITCH_PORT:\n", "" },
    { "statements: of functions, about ports", I,
      "return !root && !down && f->header == PCI_HEADER_TYPE_NORMAL;",
      "return true;" },
    { "statements: of root ports, about functions", I,
      "case PCI_STATED_WIDE_ACS:\n        return root;",
      "case PCI_STATED_WIDE_ACS:\n        return root || f->express;" },
    { "statements: of root ports, about switches", I,
      "case PCI_STATED_WIDE_ACS:\n        return root;",
      "case PCI_STATED_WIDE_ACS:\n        return root || down;" },
    { "statements: every device ID of a range", I,
      "!((f->device - s->first) % (s->step ?: 1)) &&\n", "" },
    { "statements: every vendor", I, "f->vendor == s->vendor && ", "" },
    { "southbridge: without an AMD IOMMU", G,
      "!f->parent && has_amd_iommu(funcs, f->sbdf.seg)", "!f->parent" },
    { "southbridge: anywhere", G,
      "return !f->parent && has_amd_iommu", "return has_amd_iommu" },
    { "southbridge: no statement", G,
      "!f->parent && has_amd_iommu(funcs, f->sbdf.seg)", "false" },
    { "AMD IOMMU: any function with the capability", F,
      "(get(f, cfg, pos + 2, 1) & 7) == 3", "true" },
    { "PCH: whatever the registers", G, "return f->chipset_set;",
      "return true;" },
    { "PCH: never", G, "return f->chipset_set;", "return false;" },
    { "PCH: peer decoding stays", C,
      "cfg->write_mem(cfg->ctx, rcba + RCBA_UPDCR, val & ~UPDCR_PORTS);", "" },
    { "PCH: other bits lost", C, "rcba + RCBA_UPDCR, val & ~UPDCR_PORTS",
      "rcba + RCBA_UPDCR, 0" },
    { "PCH: not read back", C, "val != ~0u && !(val & UPDCR_PORTS);", "true;" },
    { "PCH: half a strap", C, "(val & BSPR_NO_PEERS) == BSPR_NO_PEERS",
      "val & BSPR_NO_PEERS" },
    { "PCH: no strap", C,
      "if ( (val & BSPR_NO_PEERS) == BSPR_NO_PEERS )", "if ( 0 )" },
    { "PCH: strap of all ones", C,
      "rcba + RCBA_BSPR, &val) || val == ~0u", "rcba + RCBA_BSPR, &val)" },
    { "PCH: bus numbers not checked", C,
      "no_peers(cfg, rcba & RCBA_ADDR, wrote) &&\n           set_bits(cfg, f->sbdf, PORT_MPC, 4, MPC_IRBNCE, wrote)",
      "no_peers(cfg, rcba & RCBA_ADDR, wrote)" },
    { "PCH: base address switched off", C, "!(rcba & RCBA_ENABLE) || ", "" },
    { "PCH: base address zero", C, " || !(rcba & RCBA_ADDR)", "" },
    { "PCH: recording that says no", C,
      "if ( !cfg->write && (rcba == ~0u || !rcba) )", "if ( !cfg->write )" },
    { "registers: believed without reading back", C,
      "        val = get(cfg, sbdf, reg, bytes);\n    }",
      "        val |= bits;\n    }" },
    { "registers: other bits lost", C,
      "cfg->write(cfg->ctx, sbdf, reg, bytes, val | bits);",
      "cfg->write(cfg->ctx, sbdf, reg, bytes, bits);" },
    { "switch: whatever its mode", G,
      "if ( kind == PCI_STATED_STORE_FORWARD && !f->chipset_set )",
      "if ( 0 )" },
    { "switch: its mode is all", G, "    case PCI_STATED_PCH:\n",
      "    case PCI_STATED_PCH:\n    case PCI_STATED_STORE_FORWARD:\n" },
    { "source validation where it breaks", F,
      "if ( f->statement == PCI_STATED_NO_SV )", "if ( 0 )" },
    { "silent: as if it answered", F, "f->silent = is_silent(f, cfg);", "" },
    { "silent: virtual functions are", F,
      "           get(f, cfg, PCI_CLASS_REVISION, 4) == ~0u &&\n           get(f, cfg, PCI_HEADER_TYPE, 1) == 0xff;",
      "           true;" },
    { "silent: evidence of a multifunction device", G,
      "return f->leads;", "return true;" },
    { "silent: not one of the device that it leads from", G,
      "return f->leads;", "return false;" },
    { "unknown path: isolated", G, "return PCI_UNKNOWN_PATH;",
      "return PCI_APART;" },
    { "unknown path: holds what is below", G,
      "f->silent || f->lost || f->hole )\n        return false;",
      "f->silent )\n        return false;" },
    { "lost: also where a bridge may lead to a higher bus", P,
      " && other->sbdf.bus < f->sbdf.bus )", " )" },
    { "lost: other segments", P,
      "             other->sbdf.seg == f->sbdf.seg && other->sbdf.bus < f",
      "             other->sbdf.bus < f" },
    { "lost: root buses too", P, "if ( !root )", "" },
    { "lost: the bus of whoever came first", P,
      "!prev || prev->parent || prev->sbdf.seg", "!prev || prev->sbdf.seg" },
    { "lost: the same bus of another segment", P,
      "prev->parent || prev->sbdf.seg != f->sbdf.seg ||", "prev->parent ||" },
    { "lost: one bus for all", P,
      "prev->sbdf.seg != f->sbdf.seg ||\n                 prev->sbdf.bus != f->sbdf.bus )",
      "prev->sbdf.seg != f->sbdf.seg )" },
    { "lost: virtual functions too", P,
      "if ( f->silent || f->virtfn || f->parent_given )\n        return;",
      "if ( f->silent || f->parent_given )\n        return;" },
    { "lost: below something silent that is elsewhere", P,
      "astray(other) && !other->parent && ", "astray(other) && " },
    { "lost: a bridge to its own bus", P,
      "(pci_func_is_bridge(f) && f->secondary && !numbered(f))", "false" },
    { "lost: not after a scan", P, "f->lost = f->scanned && needs_bridge(f);", "" },
    { "lost: conventional functions after a scan", P,
      "f->scanned && needs_bridge(f)", "f->scanned" },
    { "lost: nobody", P, "f->lost = other->leads = true;", "{}" },
    { "hole: none", P, "f->lost = f->parent->hole = true;", "" },
    { "hole: only the one above", P, "f->lost = f->parent->hole = true;",
      "f->lost = true;" },
    { "contradictions: none", P, "f->hole = other->hole = true;", "{}" },
    { "contradictions: one of the two", P, "f->hole = other->hole = true;",
      "f->hole = true;" },
    { "contradictions: only where buses begin alike", P,
      "bus <= f->subordinate; bus++", "bus <= first; bus++" },
    { "contradictions: in the first segment", P,
      "if ( !prev || prev->sbdf.seg != f->sbdf.seg )", "if ( !prev )" },
    { "contradictions: the bridges stay apart", G, "return PCI_SAME_BUSES;",
      "return PCI_APART;" },
    { "contradictions: nested bridges", P, " &&\n           !has_bus(a, b) && !has_bus(b, a);",
      ";" },
    { "contradictions: other segments", P,
      "           a->sbdf.seg == b->sbdf.seg &&\n", "" },
    { "contradictions: the first of the list leads", P,
      "                  bridge->sbdf.sbdf < best->sbdf.sbdf",
      "                  false" },
    { "path known: whatever does not answer", P,
      "if ( f->silent || f->lost || f->hole )", "if ( 0 )" },
    { "path known: by itself only", P,
      "f && depth < PCI_FUNC_MAX_DEPTH; f = f->parent, depth++ )\n        if ( f->silent",
      "f && !depth; f = f->parent, depth++ )\n        if ( f->silent" },
    { "path known: a circle", P, "            return true;\n\n    return f;",
      "            return true;\n\n    return false;" },
    { "one that comes: nothing to others", G,
      "if ( !pci_func_find_path(funcs, f) )",
      "if ( !pci_func_find_path(funcs, f) && 0 )" },
    { "quirks: bridges in disguise", Q, "           MATCHES(f, express_bridges)",
      "           0 && MATCHES(f, express_bridges)" },
    { "quirks: 8086:244e", Q, "0x8086, 0x244e, 0x244e", "0, 1, 0" },
    { "quirks: wherever it sits", Q,
      "f->parent && f->parent->express &&\n           f->parent->port != PCI_EXP_TYPE_PCI_BRIDGE &&\n", "" },
    { "quirks: IDs of other functions", G,
      "nr = pci_quirk_aliases(f, aliases)", "nr = 0 * pci_quirk_aliases(f, aliases)" },
    { "quirks: DMA as function 0", Q, "if ( MATCHES(f, as_function_0) )", "if ( 0 )" },
    { "quirks: DMA as function 1", Q, "if ( MATCHES(f, as_function_1) )", "if ( 0 )" },
    { "quirks: DMA as a fixed function", Q, "f->sub_device == 0x02bb", "0" },
    { "quirks: DMA as three functions", Q, "return 3;", "return 2;" },
    { "quirks: proxy IDs", Q, "if ( has_proxies(f) )", "if ( 0 )" },
    { "quirks: proxy IDs of Switchtec's ports", Q,
      "f->class == CLASS_OTHER_BRIDGE && ", "" },
    { "statements: wide ACS registers", F,
      "return f->statement == PCI_STATED_WIDE_ACS;", "return false;" },
    { "enabling: more than is there", F, "(f->acs_cap & PCI_ACS_WANTED)",
      "PCI_ACS_WANTED" },
    { "enabling: believed without reading back", F,
      "f->acs_ctrl = get_acs_ctrl(f, cfg);\n    }",
      "f->acs_ctrl = ctrl;\n    }" },
    { "enabling: other controls lost", F, "ctrl = f->acs_ctrl | ", "ctrl = " },
    { "closure: neighbours only", G,
      "for ( at = func; at; at = at->next_marked )",
      "for ( at = func; at; at = NULL )" },
    { "all at once: not what is on one bus", L, "        tie_bus(funcs, f);\n", "" },
    { "all at once: not the bridge above", L, "tie(f, f->parent);", ";" },
    { "all at once: not bridges to the same bus", L, "if ( f->hole )", "if ( 0 )" },
    { "all at once: not what no bridge leads to", L, "tie(f, *unknown);", ";" },
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

/* The rules, and the programs that test them as one. */
static const char *const sources[] = {
    "drivers/passthrough/pci/chipset", "drivers/passthrough/pci/closure",
    "drivers/passthrough/pci/func",
    "drivers/passthrough/pci/rules", "drivers/passthrough/pci/isolation",
    "drivers/passthrough/pci/path", "drivers/passthrough/pci/quirks",
    "tools/tests/pci/test-pci-groups", "tools/tests/pci/test-pci-func",
    "tools/tests/pci/test-pci-isolation", "tools/tests/pci/test-pci-path",
};

/* Compiles @src with headers of the layer from @include to @dir/NAME.o. */
static int compile(const char *src, const char *include, const char *dir)
{
    const char *top = top_dir(), *name = strrchr(src, '/') + 1;
    const char *dash = strrchr(name, '-');

    return shell(CC "-I'%s/include' -Dmain=main_%s -c '%s.c' -o '%s/%s.o'",
                 top, top, top, include, dash ? dash + 1 : name, src, dir,
                 name);
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

    /* What an older tree left there would be linked as well. */
    return shell("rm -f '%s'/*.o", out_dir()) ||
           compile_all(layer, out_dir()) ||
           shell("cd '%s' && echo '"
                 "int main_func(void), main_groups(void), main_path(void);"
                 "int main_isolation(void);"
                 "int main(void) { return main_func() | main_groups() | "
                 "main_path() | main_isolation(); }' | "
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
                           "'%s'/%s%s '%s'", dir, dir, dir, layer,
                           header ? "" : "pci/", header ? "include" : m->file,
                           dir), 0);
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
