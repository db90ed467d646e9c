/* SPDX-License-Identifier: GPL-2.0-only */
#include <pthread.h>

#include <iommu-arch.h>

#include "together.h"

#define MAX_DEVS 256

static struct iommu_group groups[MAX_DEVS];
static struct iommu_dev *devs[MAX_DEVS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void join(struct iommu_group *group, struct iommu_dev *dev)
{
    if ( !dev->group )
        list_add_tail(&dev->member, &group->devs);
    dev->group = group;
}

/* Two that share an ID are in the group of the first one's number. */
void together_add(struct iommu_dev *dev)
{
    unsigned int i, free = MAX_DEVS;

    dev->attached = &dev->unit->blocked;
    pthread_mutex_lock(&lock);
    for ( i = MAX_DEVS; i--; )
    {
        if ( !devs[i] )
            free = i;
        else if ( iommu_dev_share_id(dev, devs[i]) )
        {
            if ( !devs[i]->group )
            {
                INIT_LIST_HEAD(&groups[i].devs);
                spin_lock_init(&groups[i].lock);
                lock_class_set(&groups[i].lock, LOCK_GROUP);
            }
            BUG_ON(dev->group && devs[i]->group &&
                   dev->group != devs[i]->group);
            join(dev->group ?: devs[i]->group ?: &groups[i], devs[i]);
            join(devs[i]->group, dev);
        }
    }
    BUG_ON(free == MAX_DEVS);
    devs[free] = dev;
    pthread_mutex_unlock(&lock);
}

void together_del(struct iommu_dev *dev)
{
    unsigned int i;

    pthread_mutex_lock(&lock);
    for ( i = 0; i < MAX_DEVS; i++ )
        if ( devs[i] == dev )
            devs[i] = NULL;
    if ( dev->group )
        list_del(&dev->member);
    dev->group = NULL;
    pthread_mutex_unlock(&lock);
}

int together_move(struct iommu_dev *dev, struct s2_domain *s2)
{
    struct iommu_group *group = dev->group;
    int rc;

    if ( group )
        iommu_group_lock(group);
    rc = iommu_dev_move(dev, s2);
    if ( group )
        iommu_group_unlock(group);

    return rc;
}
