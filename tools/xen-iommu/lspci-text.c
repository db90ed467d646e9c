/* SPDX-License-Identifier: GPL-2.0-only */
/* Decoded text: what -v and -vv say of a function. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/pci.h>
#include <xen/pci_regs.h>

#include "lspci.h"

/* What follows @what in [@s, @end).  NULL: it is not there. */
static const char *after(const char *s, const char *end, const char *what)
{
    const char *at = memmem(s, end - s, what, strlen(what));

    return at ? at + strlen(what) : NULL;
}

static bool has(const char *s, const char *end, const char *what)
{
    return after(s, end, what);
}

/* A number behind @what, no greater than @max.  False: there is none. */
static bool number(const char *s, const char *end, const char *what,
                   unsigned int base, unsigned long max, unsigned long *val)
{
    const char *at = after(s, end, what);

    if ( !at || !isxdigit((unsigned char)*at) )
        return false;
    *val = strtoul(at, NULL, base);

    return *val <= max;
}

/* "8086:1e10" with nothing else of a number around it. */
static bool parse_id(const char *s, uint32_t *id)
{
    unsigned int vendor, device;

    if ( strspn(s, "0123456789abcdefABCDEF") != 4 || s[4] != ':' ||
         strspn(s + 5, "0123456789abcdefABCDEF") != 4 ||
         sscanf(s, "%4x:%4x", &vendor, &device) != 2 )
        return false;
    *id = device << 16 | vendor;

    return true;
}

/* The last in brackets (-nn), else the first that stands alone (-n). */
static uint32_t find_id(const char *s, const char *end)
{
    uint32_t id = 0, bare = 0, val;
    const char *at;

    for ( at = s; at + 9 <= end; at++ )
    {
        bool bracket = at > s && at[-1] == '[' && at[9] == ']';

        if ( at > s && !bracket && at[-1] != ' ' )
            continue;
        if ( !parse_id(at, &val) )
            continue;
        if ( bracket )
            id = val;
        else if ( !bare )
            bare = val;
    }

    return id ?: bare;
}

/* Names of devices have "PCI bridge" in them too, of classes only this form. */
static bool names_class(const char *s, const char *end, const char *class)
{
    const char *next = after(s, end, class);

    return next && (*next == ':' || *next == '"');
}

/* "0604: ..." (-n), "PCI bridge [0604]: ..." (-nn), or what can be told. */
static uint16_t find_class(const char *s, const char *end)
{
    const char *at;
    unsigned int val;

    for ( at = s; at + 6 <= end; at++ )
        if ( strspn(at, "0123456789abcdef") == 4 &&
             ((at == s && at[4] == ':') ||
              (at > s && at[-1] == '[' && at[4] == ']' &&
               (at[5] == ':' || at[5] == '"'))) &&
             sscanf(at, "%4x", &val) == 1 )
            return val;

    if ( names_class(s, end, "CardBus bridge") )
        return CLASS_CARDBUS;

    return names_class(s, end, "PCI bridge") ? CLASS_PCI_BRIDGE : 0;
}

/* The header line, though it may have been wrapped, ends before these. */
static const char *head_end(const char *body)
{
    static const char *const next[] = {
        " Subsystem: ", " Control: ", " Flags: ", " DeviceName: ", " Kernel ",
        " Physical Slot: ", " Capabilities: ", " DT node: ", " Latency: ",
        " Device tree node: ",
        " Interrupt: ", " NUMA node: ", " IOMMU group: ", " Region ",
        " Memory at ", " I/O ports at ", " Bus: ", " !!! ",
    };
    const char *end = body + strlen(body), *at;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(next); i++ )
        if ( (at = after(body, end, next[i])) )
            end = at - strlen(next[i]);

    return end;
}

/* Flags of a register: "SrcValid+ TransBlk- ...".  Unsaid ones are left. */
static void acs_flags(const char *s, const char *end, uint16_t *reg)
{
    static const char *const names[] = {
        "SrcValid", "TransBlk", "ReqRedir", "CmpltRedir", "UpstreamFwd",
        "EgressCtrl", "DirectTrans",
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(names); i++ )
    {
        const char *at = after(s, end, names[i]);

        if ( at && *at == '+' )
            *reg |= 1u << i;
        else if ( at && *at == '-' )
            *reg &= ~(1u << i);
    }
}

/*
 * -v names the capability and no more, and a line may have been cut: whatever
 * is not said is there to be switched on, and off.
 */
static void decode_acs(const char *s, const char *end, struct lspci_text *t)
{
    const char *cap = after(s, end, "ACSCap:"), *ctrl = after(s, end, "ACSCtl:");

    t->acs = true;
    t->acs_cap = PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF;
    t->acs_ctrl = 0;
    if ( cap )
        acs_flags(cap, ctrl && ctrl > cap ? ctrl : end, &t->acs_cap);
    if ( ctrl )
        acs_flags(ctrl, cap && cap > ctrl ? cap : end, &t->acs_ctrl);
}

static void decode_express(const char *s, const char *end, struct lspci_text *t)
{
    /* Those that others are a part of come first. */
    static const struct {
        const char *name;
        uint8_t port;
    } types[] = {
        { "Root Complex Integrated Endpoint", PCI_EXP_TYPE_RC_END },
        { "Root Complex Event Collector", PCI_EXP_TYPE_RC_EC },
        { "Root Port", PCI_EXP_TYPE_ROOT_PORT },
        { "Upstream Port", PCI_EXP_TYPE_UPSTREAM },
        { "Downstream Port", PCI_EXP_TYPE_DOWNSTREAM },
        { "PCI/PCI-X to PCI-Express Bridge", PCI_EXP_TYPE_PCIE_BRIDGE },
        { "PCI-Express to PCI/PCI-X Bridge", PCI_EXP_TYPE_PCI_BRIDGE },
        { "Legacy Endpoint", PCI_EXP_TYPE_LEG_END },
        { "Endpoint", PCI_EXP_TYPE_ENDPOINT },
    };
    const char *cap = after(s, end, "DevCap:");
    unsigned long phantom;
    unsigned int i;

    t->express = true;
    t->port = 0xf;                     /* none that the rules trust */
    for ( i = 0; i < ARRAY_SIZE(types); i++ )
        if ( has(s, cap ?: end, types[i].name) )
        {
            t->port = types[i].port;
            break;
        }

    /* The number of them that there are beside the function itself. */
    if ( cap && number(cap, end, "PhantFunc ", 10, 7, &phantom) )
        t->phantom = phantom > 3 ? 3 : phantom > 1 ? 2 : phantom;
}

static void decode_sriov(const char *s, const char *end, struct lspci_text *t)
{
    unsigned long nr, offset, stride;
    const char *ctrl = after(s, end, "IOVCtl:");

    if ( !ctrl || !number(s, end, "Number of VFs: ", 10, 0xffff, &nr) ||
         !number(s, end, "VF offset: ", 10, 0xffff, &offset) ||
         !number(s, end, ", stride: ", 10, 0xffff, &stride) )
        return;

    ctrl += strspn(ctrl, " ");
    t->sriov = !strncmp(ctrl, "Enable+", 7);
    t->nr_vfs = nr;
    t->vf_offset = offset;
    t->vf_stride = stride;
}

static void decode_caps(const char *body, struct lspci_text *t)
{
    static const char cap[] = "Capabilities: [";
    const char *all = body + strlen(body), *s, *end, *name;

    for ( s = after(body, all, cap); s; s = end )
    {
        end = after(s, all, cap);
        name = after(s, end ?: all, "] ");
        if ( !name )
            continue;

        if ( !strncmp(name, "Express ", 8) )
            decode_express(name, end ?: all, t);
        else if ( !strncmp(name, "Access Control Services", 23) )
            decode_acs(name, end ?: all, t);
        else if ( !strncmp(name, "Single Root I/O Virtualization", 30) )
            decode_sriov(name, end ?: all, t);
        else if ( !strncmp(name, "Secure device", 13) )
            t->iommu = true;
    }
}

void lspci_decode(const char *body, struct lspci_text *t)
{
    const char *end = body + strlen(body), *head = head_end(body), *at;
    unsigned long val, sub;

    memset(t, 0, sizeof(*t));
    while ( *body == ' ' )
        body++;
    if ( head < body )
        head = body;

    t->id = find_id(body, head);
    t->class = find_class(body, head);
    at = after(head, end, "Subsystem: ");
    if ( at )
        t->sub_id = find_id(at, head_end(at));
    /* -vv has a line of its own for it, -v the end of the flags. */
    if ( number(head, end, " IOMMU group: ", 10, 1ul << 30, &val) ||
         number(head, end, ", IOMMU group ", 10, 1ul << 30, &val) )
        t->linux_group = val + 1;

    t->silent = has(head, end, "Unknown header type 7f");
    if ( t->silent )
        t->detail = TEXT_VV;
    else if ( has(head, end, " Control: I/O") )
        t->detail = TEXT_VV;
    else if ( has(head, end, " Flags: ") )
        t->detail = TEXT_V;
    else
        t->silent = has(body, head, "(rev ff)");

    if ( number(head, end, "secondary=", 16, 0xff, &val) &&
         number(head, end, "subordinate=", 16, 0xff, &sub) )
    {
        t->bus = true;
        t->secondary = val;
        t->subordinate = sub;
    }

    decode_caps(head, t);
    t->no_caps = has(head, end, "<access denied>");
    if ( t->no_caps && t->detail )
        t->detail = TEXT_DENIED;
}
