/* SPDX-License-Identifier: GPL-2.0-only */
/* How strictly groups are kept together. */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/string.h>

#include <iommu-groups/pci-topology.h>
#include <iommu-groups/policy.h>
#include <iommu-groups/setup.h>

bool __read_mostly iommu_groups_warn;

static bool is_word(const char *s, size_t len, const char *word)
{
    return len == strlen(word) && !strncmp(s, word, len);
}

int iommu_policy_set(const char *word, size_t len)
{
    if ( is_word(word, len, "strict") )
        iommu_groups_warn = false;
    else if ( is_word(word, len, "warn") )
        iommu_groups_warn = true;
    else
        return -EINVAL;

    return 0;
}

const char *iommu_policy_name(void)
{
    return iommu_groups_warn ? "warn" : "strict";
}

static const char *const names[] = {
    [IOMMU_POLICY_MACHINE] = "machine",
    [IOMMU_POLICY_STRICT]  = "strict",
    [IOMMU_POLICY_WARN]    = "warn",
};

const char *iommu_group_policy_name(const struct iommu_group *group)
{
    return names[read_atomic(&group->policy)];
}

static void set_policy(struct iommu_group *group, unsigned int policy)
{
    ASSERT(pcidevs_locked());

    if ( policy == IOMMU_POLICY_WARN && group->policy != policy )
        printk(XENLOG_WARNING
               "IOMMU group %u: policy warn: a device that is taken out of it and the others may reach each other's memory past the IOMMU\n",
               group->id);
    write_atomic(&group->policy, policy);
}

int iommu_group_policy_set(struct iommu_group *group, const char *word)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(names); i++ )
        if ( !strcmp(word, names[i]) )
        {
            pcidevs_lock();
            set_policy(group, i);
            pcidevs_unlock();

            return 0;
        }

    return -EINVAL;
}

#ifdef CONFIG_HAS_PCI

/* By the function that names the group, since groups get numbers later. */
static struct exception {
    pci_sbdf_t sbdf;
    uint8_t policy;
    bool seen;
} exceptions[16];
static unsigned int __read_mostly nr_exceptions;

int __init iommu_policy_except(const char *word)
{
    unsigned int policy = *word == 'w' ? IOMMU_POLICY_WARN
                                       : IOMMU_POLICY_STRICT;
    unsigned int seg, bus, dev, func;
    const char *end;

    if ( !strncmp(word, "warn:", 5) )
        word += 5;
    else if ( !strncmp(word, "strict:", 7) )
        word += 7;
    else
        return -EINVAL;

    end = parse_pci(word, &seg, &bus, &dev, &func);
    if ( !end || (*end && *end != ',') )
        return -EINVAL;
    if ( nr_exceptions == ARRAY_SIZE(exceptions) )
        return -ENOSPC;

    exceptions[nr_exceptions++] = (struct exception){
        .sbdf = PCI_SBDF(seg, bus, dev, func), .policy = policy,
    };

    return 0;
}

void iommu_policy_note(const struct iommu_dev *dev)
{
    unsigned int i;

    for ( i = 0; i < nr_exceptions; i++ )
        if ( exceptions[i].sbdf.sbdf == dev->sbdf.sbdf )
        {
            exceptions[i].seen = true;
            set_policy(dev->group, exceptions[i].policy);
        }
}

static int __init cf_check name_missing(void)
{
    unsigned int i;

    for ( i = 0; i < nr_exceptions; i++ )
        if ( !exceptions[i].seen )
            printk(XENLOG_WARNING
                   "iommu=%s:%pp: no such device yet; its group gets the policy when it comes\n",
                   names[exceptions[i].policy], &exceptions[i].sbdf);

    return 0;
}
__initcall(name_missing);

#endif /* CONFIG_HAS_PCI */

/* pcidevs_lock held. */
static bool warns(const struct iommu_group *group)
{
    return group->policy == IOMMU_POLICY_WARN ||
           (group->policy == IOMMU_POLICY_MACHINE && iommu_groups_warn);
}

/* Sets parting in @dev and whatever shares an ID with it, near or far. */
static void mark(struct iommu_group *group, const struct iommu_dev *dev)
{
    struct iommu_dev *a;
    const struct iommu_dev *b;
    bool more;

    iommu_group_assert_locked(group);

    list_for_each_entry ( a, &group->devs, member )
        a->parting = a == dev;

    do {
        more = false;
        list_for_each_entry ( a, &group->devs, member )
            list_for_each_entry ( b, &group->devs, member )
                if ( !a->parting && b->parting && iommu_dev_share_id(a, b) )
                    a->parting = more = true;
    } while ( more );
}

/* Only what is parked moves.  1; 0; -ERESTART: it has to be blocked first. */
static int may_part(struct iommu_group *group, const struct iommu_dev *dev,
                    bool dry)
{
    const struct iommu_dev *other;
    bool blocked = true;

    mark(group, dev);
    list_for_each_entry ( other, &group->devs, member )
    {
        if ( !other->parting )
            continue;
        if ( other->next_owner != dom_io )
            return 0;
        blocked &= other->attached->type == S2_BLOCKED;
    }
    if ( blocked )
        return 1;
    /* Nothing waits for hardware here. */
    if ( group->broken || !group->s2 || group->owner != dom_io )
        return 0;

    return dry ? 1 : iommu_scratch_ask(group) ? -ERESTART : 0;
}

static int apply(struct iommu_group *group, struct iommu_dev *dev,
                 struct domain *d, bool dry)
{
    struct domain *holder = NULL;
    pci_sbdf_t in_way;
    int rc;

    if ( iommu_group_may_own(group, dev, d, &in_way, &holder) != -EBUSY ||
         in_way.sbdf == dev->sbdf.sbdf )
        return 0;

    rc = may_part(group, dev, dry);
    if ( rc < 0 )
        return rc;
    if ( !rc )
    {
        printk(XENLOG_G_WARNING
               "IOMMU group %u: %s cannot be taken apart from %pp: it is not quarantined, or shares its requester ID\n",
               group->id, dev->name, &in_way);
        return -EBUSY;
    }

    if ( dry )
        return 1;

    printk(XENLOG_WARNING
           "IOMMU group %u: %s is given to %pd though %pp belongs to %pd: the two may reach each other's memory past the IOMMU\n",
           group->id, dev->name, d, &in_way, holder);

    return iommu_group_part(group) ?: 1;
}

int iommu_policy_apply(struct iommu_dev *dev, struct domain *d, bool dry)
{
    struct iommu_group *group = dev->group;
    int rc;

    ASSERT(pcidevs_locked());

    if ( !group || !warns(group) || d == dom_io || d == hardware_domain )
        return 0;
    if ( !iommu_group_trylock(group) )
        return -ERESTART;

    rc = apply(group, dev, d, dry);
    iommu_group_unlock(group);

    return rc;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
