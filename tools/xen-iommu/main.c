/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu: IOMMU groups, for the administrator. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "tool.h"
#include "version.h"

struct command {
    const char *name;
    const char *args;
    const char *help;
    int (*run)(const struct options *o);
    const char *options;    /* letters of those it takes */
};

static const struct command commands[] = {
    { "list", "[--root DIR] [--json | --dot | --svg | --html]",
      "units, groups, their devices, owners and faults", cmd_list, "jR123" },
    { "explain", "SBDF|PATH [DOMAIN] [--json]",
      "can the device be given to the guest, and what stands in the way",
      cmd_explain, "j" },
    { "assignable", "SBDF",
      "make all devices of its group assignable, or none", cmd_assignable, "R" },
    { "attach", "SBDF|GROUP DOMAIN [--hide-rest] [--match ID]",
      "give a whole group to a domain, or change nothing", cmd_attach, "HMR" },
    { "detach", "SBDF|GROUP DOMAIN [--match ID]",
      "take it back", cmd_detach, "MR" },
    { "faults", "[--follow] [--json]",
      "what the IOMMU has refused", cmd_faults, "fj" },
    { "dump", "SBDF [DFN] [--json]",
      "what the hardware translates for the device", cmd_dump, "j" },
    { "prove", "[--json]",
      "walk what the hardware uses: does any device reach what is not its owner's",
      cmd_prove, "j" },
    { "metrics", "",
      "OpenMetrics text, for node_exporter's textfile collector",
      cmd_metrics, "" },
    { "check", "[--lspci FILE | --topology FILE.json] [--dmar FILE | --ivrs FILE | --iort FILE | --dtb FILE | --acpidump FILE] [--root DIR] [--json | --markdown]\n  check --verify REPORT.json",
      "what Xen will make of a machine, before it is installed there",
      cmd_check, "jmtldirbAVR" },
    { "groups", "[--topology FILE.json | --lspci FILE] [--ivrs FILE] [--dmar FILE | --iort FILE | --dtb FILE] [--root DIR] [--enable-acs] [--json | --dot | --svg | --html]",
      "groups that Xen would form here or on a recorded machine; works anywhere",
      cmd_groups, "jtlaidrbR123" },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void (*complaints)(const char *line);

void complain_to(void (*fn)(const char *line))
{
    complaints = fn;
}

const char *tool_version(void)
{
    return VERSION;
}

void complain(const char *fmt, ...)
{
    char line[1024];
    va_list args;

    if ( complaints )
    {
        va_start(args, fmt);
        vsnprintf(line, sizeof(line), fmt, args);
        va_end(args);
        complaints(line);
        return;
    }

    fputs("xen-iommu: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

void *need(void *p)
{
    if ( !p )
    {
        complain("out of memory");
        exit(EXIT_FAILED);
    }

    return p;
}

bool parse_sbdf(const char *s, uint32_t *sbdf, const char **rest)
{
    unsigned int seg = 0, bus, dev, fn;
    int len = 0;

    if ( (sscanf(s, "%4x:%2x:%2x.%1x%n", &seg, &bus, &dev, &fn, &len) != 4 ||
          !len) &&
         (seg = 0, sscanf(s, "%2x:%2x.%1x%n", &bus, &dev, &fn, &len) != 3 ||
          !len) )
        return false;

    if ( dev > 0x1f || fn > 7 )
        return false;

    *sbdf = seg << 16 | bus << 8 | dev << 3 | fn;
    *rest = s + len;

    return true;
}

const char *print_sbdf(uint32_t sbdf, char buf[SBDF_LEN])
{
    snprintf(buf, SBDF_LEN, "%04x:%02x:%02x.%x", sbdf >> 16,
             (sbdf >> 8) & 0xff, (sbdf >> 3) & 0x1f, sbdf & 7);

    return buf;
}

static void usage(FILE *out)
{
    unsigned int i;

    fprintf(out, "Usage: xen-iommu COMMAND | --help | --version\n\n");
    for ( i = 0; i < NR_COMMANDS; i++ )
        fprintf(out, "  %s %s\n      %s\n", commands[i].name, commands[i].args,
                commands[i].help);
    fprintf(out,
            "\nSBDF is dddd:bb:dd.f or bb:dd.f, DOMAIN a name or number; see xen-iommu(8).\n");
}

static const struct command *find(const char *name)
{
    unsigned int i;

    for ( i = 0; i < NR_COMMANDS; i++ )
        if ( !strcmp(commands[i].name, name) )
            return &commands[i];

    return NULL;
}

/* False, after a complaint: the command takes no such option. */
static bool parse(const struct command *cmd, struct options *o, int argc,
                  char **argv)
{
    static const struct option longs[] = {
        { "json", no_argument, NULL, 'j' },
        { "follow", no_argument, NULL, 'f' },
        { "enable-acs", no_argument, NULL, 'a' },
        { "topology", required_argument, NULL, 't' },
        { "lspci", required_argument, NULL, 'l' },
        { "dmar", required_argument, NULL, 'd' },
        { "ivrs", required_argument, NULL, 'i' },
        { "iort", required_argument, NULL, 'r' },
        { "dtb", required_argument, NULL, 'b' },
        { "acpidump", required_argument, NULL, 'A' },
        { "root", required_argument, NULL, 'R' },
        { "verify", required_argument, NULL, 'V' },
        { "markdown", no_argument, NULL, 'm' },
        { "dot", no_argument, NULL, '1' },
        { "svg", no_argument, NULL, '2' },
        { "html", no_argument, NULL, '3' },
        { "hide-rest", no_argument, NULL, 'H' },
        { "match", required_argument, NULL, 'M' },
        { "help", no_argument, NULL, 'h' },
        {}
    };
    int c, at = 0;

    while ( (c = getopt_long(argc, argv, "", longs, &at)) != -1 )
    {
        switch ( c )
        {
        case 'j': o->json = true; break;
        case 'f': o->follow = true; break;
        case 'a': o->enable_acs = true; break;
        case 't': o->topology = optarg; break;
        case 'l': o->lspci = optarg; break;
        case 'd': o->dmar = optarg; break;
        case 'i': o->ivrs = optarg; break;
        case 'r': o->iort = optarg; break;
        case 'b': o->dtb = optarg; break;
        case 'A': o->acpidump = optarg; break;
        case 'R': o->root = optarg; break;
        case 'V': o->verify = optarg; break;
        case 'm': o->markdown = true; break;
        case '1': o->picture = PICTURE_DOT; break;
        case '2': o->picture = PICTURE_SVG; break;
        case '3': o->picture = PICTURE_HTML; break;
        case 'H': o->hide_rest = true; break;
        case 'M': o->match = optarg; break;
        case 'h':
            printf("Usage: xen-iommu %s %s\n  %s\n", cmd->name, cmd->args,
                   cmd->help);
            exit(EXIT_OK);
        default:
            return false;
        }

        if ( !strchr(cmd->options, c) )
        {
            complain("%s has no option --%s", cmd->name, longs[at].name);
            return false;
        }
    }

    o->args = argv + optind;
    o->nr_args = argc - optind;

    return true;
}

int main(int argc, char **argv)
{
    const struct command *cmd;
    struct options o = {};
    int rc;

    if ( argc < 2 )
    {
        usage(stderr);
        return EXIT_USAGE;
    }
    if ( !strcmp(argv[1], "--help") || !strcmp(argv[1], "help") )
    {
        usage(stdout);
        return EXIT_OK;
    }
    if ( !strcmp(argv[1], "--version") )
    {
        printf("xen-iommu %s\n", VERSION);
        return EXIT_OK;
    }

    cmd = find(argv[1]);
    if ( !cmd )
    {
        complain("there is no command '%s'; --help lists them", argv[1]);
        return EXIT_USAGE;
    }

    if ( !parse(cmd, &o, argc - 1, argv + 1) )
        return EXIT_USAGE;

    rc = cmd->run(&o);

    if ( fflush(stdout) || ferror(stdout) )
    {
        complain("writing failed: %m");
        return EXIT_FAILED;
    }

    return rc;
}
