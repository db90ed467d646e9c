/* SPDX-License-Identifier: GPL-2.0-only */
/* What is so of the machine as a whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/pci.h>

#include "vtd/regs.h"
#include "amd/regs.h"

#include "check.h"
#include "layer.h"
#include "source.h"

#undef snprintf
#undef vsnprintf

/* PCI Firmware 3.3, 4.1.2. */
#define MCFG_ENTRIES    44
#define MCFG_ENTRY_SIZE 16
#define CONVENTIONAL    256

static bool is_x86(const struct check *c)
{
    return c->t.table[TABLE_DMAR].data || c->t.table[TABLE_IVRS].data;
}

/* ---- extended configuration space, as Xen's mmconfig-shared.c sees it ---- */

static uint64_t le(const uint8_t *p, unsigned int nr)
{
    uint64_t val = 0;

    while ( nr-- )
        val = val << 8 | p[nr];

    return val;
}

/* Firmware from 2016 on may leave the area out of its memory map. */
static bool may_be_hole(void)
{
    char *date = source_line("sys/class/dmi/id/bios_date"), *year;
    bool may;

    year = date ? strrchr(date, '/') : NULL;
    may = year && atoi(year + 1) >= 2016;
    free(date);

    return may;
}

/* The first bus of the entry at @e that cannot be reached. */
static unsigned int reachable(const uint8_t *e)
{
    unsigned int first = e[10], nr = e[11] + 1 - first;
    uint64_t base = le(e, 8) + ((uint64_t)first << 20);
    uint64_t size = (uint64_t)nr << 20;

    if ( e[11] < first || !le(e, 8) )
        return first;
    if ( may_be_hole() && !layer_memory_any(base, base + size - 1) )
        return first + nr;

    while ( !layer_memory_all(base, base + size - 1, MEMORY_RESERVED) )
        if ( (size >>= 1) < (16u << 20) )
            return first;

    return first + (size >> 20);
}

static bool has_mmconfig(const struct table *t, pci_sbdf_t sbdf)
{
    size_t at;

    for ( at = MCFG_ENTRIES; t->data && at + MCFG_ENTRY_SIZE <= t->len;
          at += MCFG_ENTRY_SIZE )
    {
        const uint8_t *e = t->data + at;

        if ( le(e + 8, 2) == sbdf.seg && sbdf.bus >= e[10] &&
             sbdf.bus < reachable(e) )
            return true;
    }

    return false;
}

void check_mmconfig(struct check *c)
{
    unsigned int i;

    if ( !c->live || !is_x86(c) || !layer_memory_known() )
        return;

    for ( i = 0; i < c->m.nr; i++ )
    {
        struct record *r = c->m.sorted[i];

        if ( r->size <= CONVENTIONAL ||
             has_mmconfig(&c->t.table[TABLE_MCFG], r->func.sbdf) )
            continue;
        r->size = CONVENTIONAL;
        c->nr_no_mmconfig++;
    }
}

static void say_mmconfig(struct check *c)
{
    if ( c->nr_no_mmconfig )
        check_say(c, "mmconfig", "warn",
                  "a firmware update, or its option for the PCI Express configuration area",
                  "Xen cannot reach the extended configuration space of %u functions when it forms groups, so it sees no ACS there: groups are larger than need be",
                  c->nr_no_mmconfig);
    else if ( c->live && is_x86(c) && layer_memory_known() )
        check_say(c, "mmconfig", "pass", NULL,
                  "Xen reaches all of configuration space");
}

/* ---- the units ---- */

static const char *brand(const struct check *c)
{
    return !strcmp(c->p.kind, "vtd") ? "Intel VT-d"
           : !strcmp(c->p.kind, "amd") ? "AMD-Vi" : "Arm SMMU";
}

/* What the owner of a machine without a table can do. */
static const char *how_to_switch_on(void)
{
    static char advice[160];
    size_t len;
    char *cpu = source_read(&len, "proc/cpuinfo");
    const char *what = "the IOMMU";

    if ( cpu && strstr(cpu, "GenuineIntel") )
        what = "\"Intel VT-d\"";
    else if ( cpu && strstr(cpu, "AuthenticAMD") )
        what = "\"IOMMU\" or \"AMD-Vi\"";
    free(cpu);
    snprintf(advice, sizeof(advice),
             "switch %s on in the firmware's setup; some machines have none",
             what);

    return advice;
}

static void say_no_iommu(struct check *c)
{
    unsigned int i;
    bool denied = false;

    for ( i = 0; i < NR_TABLES; i++ )
        denied |= c->t.table[i].denied;

    if ( c->p.nr_foreign )
        check_say(c, "iommu", "fail", NULL,
                  "%u IOMMU%s that Xen has no driver for, and none that it has: no device can be given to a guest",
                  c->p.nr_foreign, c->p.nr_foreign > 1 ? "s" : "");
    else if ( c->p.refused )
        check_say(c, "iommu", "fail", "a firmware update; messages below say what is wrong",
                  "Xen cannot use the IOMMU that firmware's %s describes",
                  c->p.table);
    else if ( denied )
        check_say(c, "iommu", "warn", "run this as root",
                  "only root may read what firmware says of the IOMMU");
    else
        check_say(c, "iommu", "fail", c->live ? how_to_switch_on() : NULL,
                  "firmware describes no IOMMU (no DMAR, IVRS, IORT or SMMU node)");
}

static void say_iommu(struct check *c)
{
    unsigned int i, used = 0;

    if ( c->assumed )
    {
        check_say(c, "iommu", "warn",
                  "add --dmar, --ivrs, --iort, --dtb or --acpidump",
                  "no table of firmware's was given: one IOMMU that translates everything is assumed");
        return;
    }
    if ( !c->p.kind )
    {
        say_no_iommu(c);
        return;
    }

    for ( i = 0; i < c->p.nr_units; i++ )
        used += c->p.units[i].used;
    check_say(c, "iommu", used == c->p.nr_units && !c->p.nr_foreign ? "pass"
                                                                    : "warn",
              used == c->p.nr_units ? NULL
              : "messages below say why; what is behind the others stays with dom0",
              "%s: %u of %u unit%s can be used%s", brand(c), used,
              c->p.nr_units, c->p.nr_units > 1 ? "s" : "",
              c->p.nr_foreign ? "; there are IOMMUs without a driver" : "");
}

/* "dmar0/intel-iommu/cap": hexadecimal without a prefix; of two, the last. */
static uint64_t register_of(const char *unit, const char *file)
{
    char *text = source_line("sys/class/iommu/%s/%s", unit, file), *colon;
    uint64_t val;

    if ( !text )
        return 0;
    colon = strrchr(text, ':');
    val = strtoull(colon ? colon + 1 : text, NULL, 16);
    free(text);

    return val;
}

/* Linux shows the registers of units that it uses. */
static void read_registers(struct check *c)
{
    char **names = source_list("sys/class/iommu"), **at;
    unsigned int i, nr_amd = 0;

    for ( at = names; *at; at++ )
    {
        uint64_t base = register_of(*at, "intel-iommu/address");
        uint64_t efr = register_of(*at, "amd-iommu/features");

        for ( i = 0; base && i < c->p.nr_units; i++ )
            if ( c->p.units[i].unit.base == base )
            {
                c->p.units[i].cap = register_of(*at, "intel-iommu/cap");
                c->p.units[i].ecap = register_of(*at, "intel-iommu/ecap");
            }
        if ( !strncmp(*at, "ivhd", 4) && nr_amd < c->p.nr_units )
        {
            if ( efr && c->p.kind && !strcmp(c->p.kind, "amd") )
                c->p.units[nr_amd].efr = efr;
            nr_amd++;
        }
    }
    source_list_free(names);
}

/* 1: all that are used; 0: not all; -1: not known of one. */
static int all_units(const struct check *c,
                     bool (*has)(const struct punit *u),
                     bool (*known)(const struct punit *u))
{
    unsigned int i;
    int all = 1;

    for ( i = 0; i < c->p.nr_units; i++ )
    {
        const struct punit *u = &c->p.units[i];

        if ( !u->used )
            continue;
        if ( !known(u) )
            all = -1;
        else if ( !has(u) )
            return 0;
    }

    return all;
}

static bool vtd_known(const struct punit *u) { return u->ecap; }
static bool amd_known(const struct punit *u) { return u->efr; }
static bool vtd_ir(const struct punit *u)
{
    return ECAP_IR(u->ecap) && ECAP_QI(u->ecap);
}
static bool vtd_eim(const struct punit *u) { return ECAP_EIM(u->ecap); }
static bool vtd_coherent(const struct punit *u) { return ECAP_C(u->ecap); }
static bool vtd_super(const struct punit *u) { return CAP_SLLPS_2M(u->cap); }
static bool vtd_ats(const struct punit *u) { return ECAP_DT(u->ecap); }
static bool amd_xt(const struct punit *u) { return EFR_XT_SUP(u->efr); }

static void say_feature(struct check *c, const char *id, int all,
                        const char *bad, const char *yes, const char *no)
{
    if ( all >= 0 )
        check_say(c, id, all ? "pass" : bad, NULL, "%s", all ? yes : no);
}

static void say_remapping(struct check *c)
{
    bool vtd = !strcmp(c->p.kind, "vtd");
    int all = !c->p.ir ? 0 : vtd ? all_units(c, vtd_ir, vtd_known) : 1;

    if ( !all )
        check_say(c, "interrupt-remapping", "warn",
                  "look for it, and for x2APIC, in the firmware's setup",
                  "%s: a guest's device can send any interrupt",
                  c->p.ir ? "not all units remap interrupts"
                          : "firmware says that interrupts are not remapped");
    else
        check_say(c, "interrupt-remapping", "pass", NULL,
                  "%s interrupts are remapped", all > 0 ? "devices'"
                  : "as far as firmware says, devices'");
}

static void say_x86(struct check *c)
{
    bool vtd = !strcmp(c->p.kind, "vtd");

    say_remapping(c);
    if ( vtd && c->p.x2apic_opt_out )
        check_say(c, "x2apic", "warn", "a firmware option, or Xen's x2apic=1",
                  "firmware asks not to use x2APIC");
    else
        say_feature(c, "x2apic", vtd ? all_units(c, vtd_eim, vtd_known)
                                     : all_units(c, amd_xt, amd_known), "info",
                    "units know x2APIC's interrupts",
                    "units do not know x2APIC's interrupts: CPUs use xAPIC");
    if ( !vtd )
        return;
    say_feature(c, "superpages", all_units(c, vtd_super, vtd_known), "info",
                "tables have superpages",
                "a unit has no superpages: its devices' tables take more memory");
    say_feature(c, "coherence", all_units(c, vtd_coherent, vtd_known), "info",
                "units see the CPU's caches",
                "a unit does not see the CPU's caches: changes of tables are slower");
    say_feature(c, "ats", all_units(c, vtd_ats, vtd_known), "info",
                "devices may use TLBs of their own (ATS)",
                "units do not serve devices' own TLBs (ATS)");
}

/* ---- what is around them ---- */

static void say_cpu(struct check *c)
{
    size_t len;
    char *cpu = source_read(&len, "proc/cpuinfo");
    bool x86 = cpu && strstr(cpu, "\nflags");
    /* dom0 of Xen does not see it. */
    bool xen = source_exists("proc/xen/capabilities");

    if ( x86 && !xen )
    {
        bool hvm = strstr(cpu, " vmx ") || strstr(cpu, " svm ");

        check_say(c, "cpu", hvm ? "pass" : "warn",
                  hvm ? NULL : "switch virtualisation (VT-x, SVM) on in the firmware's setup",
                  hvm ? "the CPU runs HVM and PVH guests"
                      : "the CPU's virtualisation is off or missing: only PV guests");
    }
    free(cpu);
}

static bool module_there(const char *release, const char *name)
{
    static const char *const forms[] = { "ko", "ko.xz", "ko.zst", "ko.gz" };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(forms); i++ )
        if ( source_exists("lib/modules/%s/kernel/drivers/xen/xen-pciback/%s.%s",
                           release, name, forms[i]) )
            return true;

    return false;
}

static void say_kernel(struct check *c)
{
    char *release = source_line("proc/sys/kernel/osrelease");
    char *cmdline = source_line("proc/cmdline");

    if ( release && source_exists("lib/modules/%s/kernel", release) )
    {
        bool there = module_there(release, "xen-pciback") ||
                     source_exists("sys/bus/pci/drivers/pciback");

        check_say(c, "kernel", there ? "pass" : "warn",
                  there ? NULL : "install a kernel with CONFIG_XEN_PCIDEV_BACKEND",
                  there ? "this kernel can be dom0's: it has xen-pciback"
                        : "this kernel has no module xen-pciback, which dom0 needs for giving devices away");
    }
    if ( cmdline && strstr(cmdline, "pcie_acs_override") )
        check_say(c, "acs-override", "warn", NULL,
                  "Linux runs with pcie_acs_override: its groups are not what hardware isolates, Xen's are");
    free(release);
    free(cmdline);
}

static void say_linux(struct check *c)
{
    char **names = source_list("sys/kernel/iommu_groups");
    unsigned int nr = 0;

    while ( names[nr] )
        nr++;
    source_list_free(names);
    check_say(c, "linux", "info", NULL,
              nr ? "Linux uses the IOMMU and has %u groups"
                 : "Linux does not use the IOMMU (%u groups): nothing to compare with",
              nr);
}

static void say_vmd(struct check *c)
{
    if ( c->m.nr_behind_vmd )
        check_say(c, "vmd", "warn",
                  "switch VMD (also called RST, RAID mode) off in the firmware's setup to give its disks away",
                  "%u functions are behind a volume management device (VMD): Xen sees that one alone, and gives away all or nothing",
                  c->m.nr_behind_vmd);
}

static void say_devices(struct check *c)
{
    unsigned int i, yes = 0, no = 0;

    for ( i = 0; i < c->p.nr; i++ )
        if ( check_is_device(&c->p.funcs[i]) )
        {
            if ( check_possible(c, &c->p.funcs[i]) )
                yes++;
            else
                no++;
        }

    if ( c->p.nr && c->complete )
        check_say(c, "devices", !yes ? "fail" : no ? "warn" : "pass", NULL,
                  "%u of %u devices can be given to a guest", yes, yes + no);
}

void check_machine(struct check *c)
{
    if ( c->live )
        read_registers(c);
    if ( c->live && !c->complete )
        check_say(c, "root", "warn", "run this as root",
                  "only root may read all of the devices' configuration: groups are Linux', Xen's may differ");

    say_iommu(c);
    if ( c->p.kind && is_x86(c) )
        say_x86(c);
    say_mmconfig(c);
    if ( c->live )
    {
        say_cpu(c);
        say_kernel(c);
        say_linux(c);
    }
    say_vmd(c);
    if ( json_array_size(c->messages) )
        check_say(c, "firmware", "warn", NULL,
                  "what firmware or devices say is not all right: %zu message%s, below",
                  json_array_size(c->messages),
                  json_array_size(c->messages) == 1 ? "" : "s");
    say_devices(c);
}
