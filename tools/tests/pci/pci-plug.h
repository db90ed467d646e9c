/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions written by hand, in the configuration space of the host build. */
#ifndef TESTS_PCI_PLUG_H
#define TESTS_PCI_PLUG_H

#include "group-fixture.h"
#include "pci-build.h"

#include <public/domctl.h>
#include <xsm/xsm.h>

#include <iommu-groups/pci-topology.h>

#define SBDF(name) sbdf_of(name)

static pci_sbdf_t plugged[16];
static unsigned int nr_plugged;

static inline uint8_t *space_of(const struct fn *fn)
{
    uint8_t cfg[4096];

    build_cfg(fn, cfg);

    return host_pci_add(SBDF(fn->name), cfg, sizeof(cfg));
}

/* A function that Xen's list has, and the layer does not know yet. */
static inline uint8_t *list_fn(const struct fn *fn)
{
    uint8_t *cfg = space_of(fn);
    struct pci_dev *pdev = host_pdev_add(SBDF(fn->name));

    assert_non_null(pdev);
    if ( fn->vf_of )
    {
        pdev->info.is_virtfn = true;
        pdev->info.physfn.bus = SBDF(fn->vf_of).bus;
        pdev->info.physfn.devfn = SBDF(fn->vf_of).devfn;
    }
    plugged[nr_plugged++] = pdev->sbdf;

    return cfg;
}

static inline int take_in(const char *name)
{
    int rc;

    pcidevs_lock();
    rc = iommu_groups_pci_add(pci_get_pdev(NULL, SBDF(name)));
    pcidevs_unlock();

    return rc;
}

#define ADD(...) ({                                                     \
    const struct fn fn_ = { __VA_ARGS__ };                              \
    uint8_t *cfg_ = list_fn(&fn_);                                      \
    assert_int_equal(take_in(fn_.name), 0);                             \
    cfg_; })

/* As the toolstack does, so that Xen's lists follow. */
static inline int domctl(unsigned int cmd, const char *name, struct domain *d)
{
    struct xen_domctl op = {
        .cmd = cmd,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI,
                             .u.pci.machine_sbdf = SBDF(name).sbdf },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };

    host_current_set(machine.hwdom);

    return iommu_do_domctl(&op, d, handle);
}

static inline int assign(const char *name, struct domain *d)
{
    return domctl(XEN_DOMCTL_assign_device, name, d);
}

static inline int down(void **state)
{
    while ( nr_plugged )
        unplug(plugged[--nr_plugged]);

    return machine_down(state);
}

static inline bool together(const char *a, const char *b)
{
    return group_of(SBDF(a)) == group_of(SBDF(b));
}

static inline uint16_t acs_ctrl(const uint8_t *cfg)
{
    return cfg[0x106] | cfg[0x107] << 8;
}

#endif /* TESTS_PCI_PLUG_H */
