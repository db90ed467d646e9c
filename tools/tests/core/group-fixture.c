/* SPDX-License-Identifier: GPL-2.0-only */
#include "group-fixture.h"

#include <xen/sched.h>

struct machine machine;

static const struct {
    pci_sbdf_t sbdf;
    bool multi;
    uint8_t bridge_to;      /* secondary bus */
    bool conventional;
} functions[] = {
    { .sbdf.bdf = 0x0008, .multi = true },
    { .sbdf.bdf = 0x0009, .multi = true },
    { .sbdf.bdf = 0x000a, .multi = true },
    { .sbdf.bdf = 0x0010 },
    { .sbdf.bdf = 0x00f0, .bridge_to = 5 },
    { .sbdf.bdf = 0x0500, .conventional = true },
    { .sbdf.bdf = 0x0508, .conventional = true },
    { .sbdf.bdf = 0x4000 },
    { .sbdf.sbdf = 0x10018 },
};

/* A vendor without quirks. */
static void config_of(unsigned int i, uint8_t cfg[256])
{
    unsigned int type = functions[i].bridge_to ? PCI_EXP_TYPE_PCI_BRIDGE
                                               : PCI_EXP_TYPE_RC_END;

    memset(cfg, 0, 256);
    cfg[PCI_VENDOR_ID] = 0x34;
    cfg[PCI_VENDOR_ID + 1] = 0x12;
    cfg[PCI_DEVICE_ID] = i + 1;
    cfg[PCI_CLASS_DEVICE + 1] = 0x02;
    cfg[PCI_HEADER_TYPE] = functions[i].multi ? 0x80 : 0;
    if ( functions[i].bridge_to )
    {
        cfg[PCI_CLASS_DEVICE] = 0x04;
        cfg[PCI_CLASS_DEVICE + 1] = 0x06;
        cfg[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
        cfg[PCI_SECONDARY_BUS] = functions[i].bridge_to;
        cfg[PCI_SUBORDINATE_BUS] = functions[i].bridge_to;
    }
    if ( functions[i].conventional )
        return;

    cfg[PCI_STATUS] = PCI_STATUS_CAP_LIST;
    cfg[PCI_CAPABILITY_LIST] = 0x40;
    cfg[0x40] = PCI_CAP_ID_EXP;
    cfg[0x40 + PCI_EXP_FLAGS] = 2 | type << 4;
}

static struct pci_dev *pdev_of(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    pcidevs_unlock();

    return pdev;
}

/* The function, and what iommu_groups_pci_add() said. */
static struct pci_dev *plug_in(pci_sbdf_t sbdf, struct domain *d, int *rc)
{
    struct pci_dev *pdev;
    uint8_t cfg[256];
    unsigned int i;

    for ( i = 0; functions[i].sbdf.sbdf != sbdf.sbdf; i++ )
        assert_true(i + 1 < ARRAY_SIZE(functions));
    config_of(i, cfg);
    host_pci_add(sbdf, cfg, sizeof(cfg));

    pdev = host_pdev_add(sbdf);
    assert_non_null(pdev);
    pcidevs_lock();
    pdev->domain = d;
    *rc = iommu_groups_pci_add(pdev);
    pcidevs_unlock();

    return pdev;
}

struct pci_dev *plug_as(pci_sbdf_t sbdf, struct domain *d, int expected)
{
    int rc;
    struct pci_dev *pdev = plug_in(sbdf, d, &rc);

    assert_int_equal(rc, expected);

    return pdev;
}

void plug_any(pci_sbdf_t sbdf)
{
    int rc;
    struct pci_dev *pdev;

    if ( pdev_of(sbdf) )
        return;

    pdev = plug_in(sbdf, dom_io, &rc);
    if ( !rc )
        return;

    pcidevs_lock();
    host_pdev_del(pdev);
    pcidevs_unlock();
    host_pci_remove(sbdf);
}

struct pci_dev *plug_rc(pci_sbdf_t sbdf, int expected)
{
    return plug_as(sbdf, dom_io, expected);
}

struct pci_dev *plug(pci_sbdf_t sbdf)
{
    return plug_rc(sbdf, 0);
}

void unplug(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev;

    iommu_groups_pci_retire(sbdf);

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    assert_non_null(pdev);
    assert_int_equal(iommu_groups_pci_may_remove(pdev), 0);
    iommu_groups_pci_remove(pdev);
    assert_null(pdev->iommu);
    host_pdev_del(pdev);
    pcidevs_unlock();

    host_pci_remove(sbdf);
}

struct iommu_dev *dev_of(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev = pdev_of(sbdf);

    return pdev ? pdev->iommu : NULL;
}

struct iommu_group *group_of(pci_sbdf_t sbdf)
{
    struct iommu_dev *dev = dev_of(sbdf);

    return dev ? dev->group : NULL;
}

int give(pci_sbdf_t sbdf, struct domain *d)
{
    struct iommu_group *group;
    struct iommu_dev *dev;
    int rc;

    pcidevs_lock();
    dev = pci_get_pdev(NULL, sbdf)->iommu;
    group = iommu_group_get(dev);
    pcidevs_unlock();

    rc = iommu_group_set_owner(group, dev, d);
    iommu_group_put(group);

    return rc;
}

struct domain *reaches(pci_sbdf_t sbdf)
{
    const struct s2_domain *s2 = mock_dev_reaches(dev_of(sbdf));

    if ( !s2 )
        return NULL;

    return s2->type == S2_IDENTITY ? machine.hwdom : s2->table->d;
}

void snapshot(char buf[SNAPSHOT_SIZE])
{
    unsigned int i, n = 0;

    for ( i = 0; i < ARRAY_SIZE(functions); i++ )
    {
        const struct iommu_dev *dev = dev_of(functions[i].sbdf);
        const struct iommu_group *group = dev ? dev->group : NULL;
        const struct s2_domain *hw;

        if ( !group )
            continue;

        hw = mock_dev_reaches(dev);
        n += scnprintf(buf + n, SNAPSHOT_SIZE - n,
                       "%s: group %u (%pd, s2 %p, %s) owner %pd pdev %pd"
                       " attached %d hw %p %d%s%s\n",
                       dev->name, group->id, group->owner, group->s2,
                       group->broken ? "broken" : "well", dev->next_owner,
                       dev->pdev->domain, dev->attached->type, hw,
                       hw ? hw->type : -1, dev->tainted ? " tainted" : "",
                       list_empty(&dev->member) ? " leaving" : "");
        /* The core's idea of the hardware is right. */
        assert_ptr_equal(dev->attached->type == S2_BLOCKED ? NULL
                                                           : dev->attached, hw);
    }
    n += scnprintf(buf + n, SNAPSHOT_SIZE - n, "domains %u+%u tags %u+%u\n",
                   mock_a.seen.domains_now, mock_b.seen.domains_now,
                   mock_tags(&mock_a), mock_tags(&mock_b));
}

void assert_unchanged(const char before[SNAPSHOT_SIZE])
{
    char now[SNAPSHOT_SIZE];

    snapshot(now);
    assert_string_equal(now, before);
}

/* May DMA of @dev reach what is @d's?  Parked ones read @d's scratch page. */
static bool entitled(const struct iommu_dev *dev, const struct domain *d)
{
    const struct iommu_dev *other;

    if ( d == dom_io || (dev->bridge && d == machine.hwdom) )
        return true;

    list_for_each_entry ( other, &dev->group->devs, member )
        if ( (other == dev || iommu_dev_share_id(dev, other)) &&
             (other->next_owner == d ||
              (other->next_owner == dom_xen && d == machine.hwdom)) )
            return true;

    return false;
}

/* Is @hw what @dev is attached to, or who it shares its ID with? */
static bool explained(const struct iommu_dev *dev, const struct s2_domain *hw)
{
    const struct iommu_dev *other;

    if ( dev->attached == (hw ?: &dev->unit->blocked) )
        return true;
    if ( dev->attached->type != S2_BLOCKED )
        return false;

    list_for_each_entry ( other, &dev->group->devs, member )
        if ( other->attached == hw && iommu_dev_share_id(dev, other) )
            return true;

    return false;
}

static void assert_dev_sound(const struct iommu_dev *dev)
{
    const struct s2_domain *hw = mock_dev_reaches(dev);
    const struct iommu_group *group = dev->group;
    const struct domain *d;

    if ( group->broken && (hw || group->s2) )
        fail_msg("%s: its group is broken, and not blocked", dev->name);
    if ( !explained(dev, hw) )
        fail_msg("%s: not attached as the core thinks", dev->name);
    if ( !hw )
    {
        if ( group->s2 && dev->next_owner == group->owner &&
             dev->next_owner != dom_io && !list_empty(&dev->member) )
            fail_msg("%s: its group is attached, and it is blocked", dev->name);
        return;
    }

    d = hw->type == S2_IDENTITY ? machine.hwdom : hw->table->d;
    if ( hw != group->s2 || (hw->type == S2_PAGING && hw->group != group) )
        fail_msg("%s: attached to what is another group's", dev->name);
    if ( group->owner != d || !entitled(dev, d) )
        fail_msg("%s: reaches what is %d's", dev->name, d->domain_id);
}

static bool apart(const struct iommu_dev *a, const struct iommu_dev *b)
{
    return (a->next_owner == dom_xen ? machine.hwdom : a->next_owner) !=
           (b->next_owner == dom_xen ? machine.hwdom : b->next_owner);
}

void assert_sound(void)
{
    const struct iommu_dev *dev, *other;

    pcidevs_lock();
    list_for_each_entry ( dev, &iommu_devs, all )
    {
        if ( !dev->group )
            continue;
        assert_dev_sound(dev);
        list_for_each_entry ( other, &iommu_devs, all )
        {
            if ( other == dev || !other->group || other->unit != dev->unit )
                continue;
            if ( other->group != dev->group )
            {
                if ( iommu_dev_share_id(dev, other) )
                    fail_msg("%s and %s share an ID", dev->name, other->name);
            }
            else if ( !dev->bridge && !other->bridge &&
                      dev->next_owner != dom_io &&
                      other->next_owner != dom_io && apart(dev, other) )
                fail_msg("%s and %s: two owners", dev->name, other->name);
        }
    }
    pcidevs_unlock();
}

struct domain *domain_up(domid_t id, unsigned int options)
{
    struct domain *d = host_domain_create(id, options);

    assert_non_null(d);
    if ( !id )
        host_hwdom_set(d);
    assert_int_equal(iommu_domain_init(d, 0), 0);

    return d;
}

void domain_down(struct domain *d)
{
    assert_int_equal(pci_release_devices(d), 0);
    assert_int_equal(iommu_free_pgtables(d), 0);
    iommu_domain_destroy(d);
    host_domain_destroy(d);
}

int machine_up(void **state)
{
    unsigned int i;

    host_reset();
    mock_setup();
    mock_forget();
    dom_io->options = 0;
    iommu_hwdom_strict = true;

    for ( i = 0; i < ARRAY_SIZE(functions); i++ )
        plug(functions[i].sbdf);

    machine.hwdom = domain_up(0, XEN_DOMCTL_CDF_iommu);
    machine.guest = domain_up(1, XEN_DOMCTL_CDF_iommu);
    machine.guest2 = domain_up(2, XEN_DOMCTL_CDF_iommu);
    machine.plain = domain_up(3, 0);

    host_log_clear();

    return 0;
}

int machine_down(void **state)
{
    unsigned int i;

    for ( i = ARRAY_SIZE(functions); i--; )
        if ( pdev_of(functions[i].sbdf) )
            unplug(functions[i].sbdf);

    domain_down(machine.plain);
    domain_down(machine.guest2);
    domain_down(machine.guest);
    domain_down(machine.hwdom);

    assert_true(list_empty(&iommu_groups));
    assert_true(list_empty(&iommu_devs));
    assert_int_equal(mock_tags(&mock_a) + mock_tags(&mock_b), 0);
    assert_int_equal(mock_a.seen.domains_now + mock_b.seen.domains_now, 0);
    host_pci_ops_set(NULL);

    return test_no_leak(state);
}
