/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu metrics: OpenMetrics 1.0 text. */
#include <stdio.h>
#include <string.h>

#include "tool.h"
#include "xen.h"

static void family(const char *name, const char *type, const char *help)
{
    printf("# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void units(const struct xstate *s)
{
    unsigned int i;

#define PER_UNIT(fmt, ...) \
    for ( i = 0; i < s->nr_units; i++ ) \
        printf(fmt "{unit=\"%s\"} %s\n", s->units[i].name, __VA_ARGS__)

    family("xen_iommu_unit_up", "gauge", "Whether the IOMMU answers.");
    PER_UNIT("xen_iommu_unit_up", strcmp(s->units[i].state, "ok") ? "0" : "1");
    family("xen_iommu_commands", "counter", "Commands given to the IOMMU.");
    PER_UNIT("xen_iommu_commands_total", s->units[i].commands);
    family("xen_iommu_waits", "counter", "Times that Xen waited for the IOMMU.");
    PER_UNIT("xen_iommu_waits_total", s->units[i].waits);
    family("xen_iommu_faults", "counter", "Requests that the IOMMU refused.");
    PER_UNIT("xen_iommu_faults_total", s->units[i].faults);
    family("xen_iommu_restarts", "counter",
           "Times that the IOMMU hung and was started anew.");
    PER_UNIT("xen_iommu_restarts_total", s->units[i].restarts);
#undef PER_UNIT
}

static void groups(const struct xstate *s)
{
    unsigned int i, j;

    family("xen_iommu_group_info", "gauge", "Who a group belongs to.");
    for ( i = 0; i < s->nr_groups; i++ )
        printf("xen_iommu_group_info{group=\"%u\",owner=\"%s\",domain=\"%s\"} 1\n",
               s->groups[i].id, s->groups[i].owner, s->groups[i].domain);

    family("xen_iommu_group_broken", "gauge",
           "Whether a group is blocked until somebody mends it.");
    for ( i = 0; i < s->nr_groups; i++ )
        printf("xen_iommu_group_broken{group=\"%u\"} %d\n", s->groups[i].id,
               !strncmp(s->groups[i].state, "broken", 6));

    family("xen_iommu_device_info", "gauge", "Which group a device is in.");
    for ( i = 0; i < s->nr_groups; i++ )
        for ( j = 0; j < s->groups[i].nr_devs; j++ )
            printf("xen_iommu_device_info{device=\"%s\",group=\"%u\",owner=\"%s\"} 1\n",
                   s->groups[i].devs[j].name, s->groups[i].id,
                   s->groups[i].devs[j].owner);

    family("xen_iommu_device_faults", "counter",
           "Requests of the device that were refused.");
    for ( i = 0; i < s->nr_groups; i++ )
        for ( j = 0; j < s->groups[i].nr_devs; j++ )
            printf("xen_iommu_device_faults_total{device=\"%s\",group=\"%u\"} %llu\n",
                   s->groups[i].devs[j].name, s->groups[i].id,
                   s->groups[i].devs[j].faults);
}

int cmd_metrics(const struct options *o)
{
    struct xstate s;

    if ( o->nr_args )
        return EXIT_USAGE;
    if ( !xen_open() )
        return EXIT_NO_XEN;
    if ( !xen_load(&s) )
        return EXIT_FAILED;

    units(&s);
    groups(&s);
    printf("# EOF\n");
    xen_free(&s);
    xen_close();

    return EXIT_OK;
}
