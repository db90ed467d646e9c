/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small machine for tests of groups, ownership and assignment, on the mock
 * drivers.
 *
 *   unit mocka0, segment 0:
 *     00:01.0, .1, .2   one device of three functions without ACS: one group
 *     00:02.0           on its own
 *     00:1e.0           PCIe-to-PCI bridge to bus 05
 *       05:00.0, 05:01.0  behind it: all three share requester IDs
 *   unit mockb1, segment 0, another format:
 *     40:00.0           on its own
 *   unit mocka2, segment 1:
 *     00:03.0           on its own
 *
 * and domains: hardware domain 0, guests 1 and 2, and 3 that was created
 * without passthrough=.
 */
#ifndef TESTS_GROUP_FIXTURE_H
#define TESTS_GROUP_FIXTURE_H

#include "test.h"

#include <iommu-groups/group.h>
#include "models/mock-driver.h"

#define F0     PCI_SBDF(0, 0, 1, 0)
#define F1     PCI_SBDF(0, 0, 1, 1)
#define F2     PCI_SBDF(0, 0, 1, 2)
#define SINGLE PCI_SBDF(0, 0, 2, 0)
#define BRIDGE PCI_SBDF(0, 0, 0x1e, 0)
#define BEHIND0 PCI_SBDF(0, 5, 0, 0)
#define BEHIND1 PCI_SBDF(0, 5, 1, 0)
#define OTHER  PCI_SBDF(0, 0x40, 0, 0)
#define SEG1   PCI_SBDF(1, 0, 3, 0)

struct machine {
    struct domain *hwdom, *guest, *guest2, *plain;
};

extern struct machine machine;

/* cmocka setup and teardown; the latter finds leaks. */
int machine_up(void **state);
int machine_down(void **state);

/* Plugs a function in, with its configuration space; asserts rc. */
struct pci_dev *plug(pci_sbdf_t sbdf);
/* The same, and iommu_groups_pci_add() says @expected. */
struct pci_dev *plug_rc(pci_sbdf_t sbdf, int expected);
/* The same of a function that is @d's already: dom_xen, say. */
struct pci_dev *plug_as(pci_sbdf_t sbdf, struct domain *d, int expected);
/* Plugs it in if it is not, and lets it go again if it is not taken. */
void plug_any(pci_sbdf_t sbdf);
/* What Xen's pci_remove_device() does. */
void unplug(pci_sbdf_t sbdf);
struct iommu_dev *dev_of(pci_sbdf_t sbdf);
struct iommu_group *group_of(pci_sbdf_t sbdf);
/* iommu_group_set_owner() by name. */
int give(pci_sbdf_t sbdf, struct domain *d);
/* What DMA of the function reaches: a domain (its table's), "identity" as
 * hwdom with identity, NULL: blocked. */
struct domain *reaches(pci_sbdf_t sbdf);

/*
 * Everything that must be as before after a failure: owners, attachments,
 * hardware, of all devices; in words, so that a difference can be read.
 */
#define SNAPSHOT_SIZE 4096
void snapshot(char buf[SNAPSHOT_SIZE]);
void assert_unchanged(const char before[SNAPSHOT_SIZE]);

/*
 * What holds whatever has happened, by what DMA reaches: a function is attached
 * through its own group only, to a domain that owns it or a function with the
 * same requester ID; those with one ID are in one group; no group has two
 * owners; what is broken is blocked; what has an owner is attached as its group
 * is.
 */
void assert_sound(void);

/* The domain's side, with Xen's domain.c paths. */
struct domain *domain_up(domid_t id, unsigned int options);
void domain_down(struct domain *d);

#define GROUP_TEST(name) \
    cmocka_unit_test_setup_teardown(name, machine_up, machine_down)

#endif /* TESTS_GROUP_FIXTURE_H */
