/* SPDX-License-Identifier: GPL-2.0-only */
/* The way in: options, and units that the architecture has found. */

#include <xen/init.h>
#include <xen/lib.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>

#include "rviommu.h"

LIST_HEAD(rv_units);

const struct pt_format *__read_mostly rv_opt_format;
unsigned int __read_mostly rv_opt_levels;

struct iommu_driver rv_driver = {
    .name = "riscv",
    .dev = &rv_dev_ops,
    .tlb = &rv_tlb_ops,
    .unit = &rv_unit_ops,
};

static bool __init is_word(const char *s, const char *ss, const char *word)
{
    return ss - s == strlen(word) && !strncmp(s, word, ss - s);
}

int __init riscv_iommu_option(const char *s, const char *ss)
{
    static const struct {
        const char *name;
        const struct pt_format *fmt;
    } formats[] = {
        { "gstage=sv39x4", &pt_sv39x4 },
        { "gstage=sv48x4", &pt_sv48x4 },
        { "gstage=sv57x4", &pt_sv57x4 },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(formats); i++ )
        if ( is_word(s, ss, formats[i].name) )
        {
            rv_opt_format = formats[i].fmt;
            return 0;
        }

    if ( !strncmp(s, "ddt=", 4) && ss - s == 5 && s[4] >= '1' && s[4] <= '3' )
    {
        rv_opt_levels = s[4] - '0';
        return 0;
    }

    return !strncmp(s, "gstage=", 7) || !strncmp(s, "ddt=", 4) ? -EINVAL
                                                               : -ENOENT;
}

static int __init alloc_memory(struct rv_unit *u)
{
    return iommu_unit_alloc_tags(&u->unit, RV_GSCID_NONE + 1,
                                 1u << RV_GSCID_BITS) ?:
           rv_cmdq_alloc(u) ?: rv_faultq_alloc(u) ?: rv_ddt_alloc(u);
}

/* Off, whatever else went wrong.  Memory that it may still use stays its. */
static void __init give_up(struct rv_unit *u)
{
    bool off = rv_set_mode(u, DDTP_OFF);

    if ( rv_queues_off(u) && off )
    {
        rv_cmdq_free(u);
        rv_faultq_free(u);
        rv_ddt_free(u);
    }
    iommu_unit_free_tags(&u->unit);
    xfree(u);
}

static struct rv_unit *__init unit_alloc(const struct riscv_iommu_desc *desc)
{
    static unsigned int __initdata nr;
    struct rv_unit *u = xzalloc(struct rv_unit);

    if ( !u )
        return NULL;

    u->desc = *desc;
    u->unit.base = desc->base;
    u->unit.fw_handle = desc->phandle;
    iommu_unit_init(&u->unit, &rv_driver, nr++);
    u->cap = rv_readq(u, RV_CAPABILITIES);
    u->first_mode = DDTP_MODE(rv_readq(u, RV_DDTP));

    return u;
}

static int __init bring_up(struct rv_unit *u, const char **what)
{
    int rc;

    *what = rv_unit_check(u);
    if ( *what )
        return -EOPNOTSUPP;

    *what = "there is no memory for it";
    rc = alloc_memory(u);

    return rc ?: rv_unit_start(u, what);
}

static bool __init good_desc(const struct riscv_iommu_desc *desc)
{
    const struct rv_unit *u;

    for_each_rv_unit ( u )
        if ( u->desc.base == desc->base || u->desc.phandle == desc->phandle )
            return false;

    return desc->regs && desc->size >= RV_REGS_SIZE &&
           !(desc->base & (RV_REGS_SIZE - 1)) &&
           desc->phandle;
}

int __init riscv_iommu_add(const struct riscv_iommu_desc *desc)
{
    const char *what = "firmware describes it wrongly, or twice";
    struct rv_unit *u = NULL;
    int rc = -EINVAL;

    if ( good_desc(desc) )
    {
        what = "there is no memory for it";
        u = unit_alloc(desc);
        rc = u ? bring_up(u, &what) : -ENOMEM;
    }

    if ( rc )
    {
        printk(XENLOG_ERR
               "RISC-V IOMMU at %#"PRIpaddr" (%s) cannot be used: %s (%d)\n",
               desc->base, desc->where, what, rc);
        if ( u )
            give_up(u);
        return rc;
    }

    if ( list_empty(&rv_units) )
    {
        rv_fault_init();
        iommu_driver_register(&rv_driver);
    }
    list_add_tail(&u->list, &rv_units);
    iommu_unit_register(&u->unit, &rv_driver);
    u->unit.polled = !rv_irq_wired(u);
    u->up = true;

    printk(XENLOG_INFO
           "%s: RISC-V IOMMU %u.%u at %#"PRIpaddr" (%s), directory of %u levels, %s, %s\n",
           u->unit.name, (unsigned int)CAP_VERSION_MAJOR(u->cap),
           (unsigned int)CAP_VERSION_MINOR(u->cap), desc->base, desc->where,
           u->levels, rv_format_names(u),
           rv_irq_wired(u) ? "interrupts by wire" : "polled");

    return 0;
}
