/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupt controller and the host bridge's interrupt-map. */
#include <string.h>

#include <xen/device_tree.h>

#include <asm/gic_v3_its.h>
#include <asm/vgic.h>

#include "vpci-fixture.h"

#define GIC_PHANDLE 0x8002
#define MAX_CELLS 256
#define NR_IRQS 288

static struct dt_device_node bridge = { .name = "pcie" };
static struct dt_device_node gic = { .name = "gic" };
static struct domain *routed[NR_IRQS];
static uint32_t map[MAX_CELLS];
static unsigned int nr_cells, irq_cells = 3;

void line_give(unsigned int line, struct domain *d)
{
    assert_true(line >= 32 && line < NR_IRQS);
    routed[line] = d;
}

/* Masks as QEMU has them: two bits of the slot, three of the pin. */
static const void *mask_cells(uint32_t *len)
{
    static uint32_t mask[4];

    mask[0] = cpu_to_be32(0x1800);
    mask[3] = cpu_to_be32(7);
    *len = sizeof(mask);

    return mask;
}

#define ENTRY 10

void line_cells_set(unsigned int nr)
{
    irq_cells = nr;
}

/* At the end of the array: a read beyond it is found. */
void line_map_set(const uint32_t *cells, unsigned int nr)
{
    uint32_t entry[ENTRY] = { [4] = GIC_PHANDLE, [9] = 4 };
    unsigned int i;

    nr_cells = cells ? nr : HW_LINES * HW_LINES * ENTRY;
    assert_true(nr_cells <= MAX_CELLS);

    for ( i = 0; i < nr_cells; i++ )
    {
        unsigned int slot = i / ENTRY / HW_LINES, pin = i / ENTRY % HW_LINES;

        entry[0] = slot << 11;
        entry[3] = pin + 1;
        entry[8] = HW_FIRST_LINE - 32 + (slot + pin) % HW_LINES;
        map[MAX_CELLS - nr_cells + i] =
            cpu_to_be32(cells ? cells[i] : entry[i % ENTRY]);
    }
}

const void *dt_get_property(const struct dt_device_node *np, const char *name,
                            uint32_t *lenp)
{
    assert_ptr_equal(np, &bridge);
    if ( !strcmp(name, "interrupt-map-mask") )
        return mask_cells(lenp);
    assert_string_equal(name, "interrupt-map");
    *lenp = nr_cells * sizeof(*map);

    return nr_cells ? map + MAX_CELLS - nr_cells : NULL;
}

bool dt_property_read_u32(const struct dt_device_node *np, const char *name,
                          uint32_t *out_value)
{
    assert_ptr_equal(np, &gic);
    *out_value = strcmp(name, "#address-cells") ? irq_cells : 2;

    return true;
}

struct dt_device_node *dt_find_node_by_phandle(uint32_t handle)
{
    return handle == GIC_PHANDLE ? &gic : NULL;
}

int dt_irq_translate(const struct dt_raw_irq *raw, struct dt_irq *out_irq)
{
    assert_ptr_equal(raw->controller, &gic);
    assert_int_equal(raw->size, irq_cells);
    if ( raw->specifier[0] )
        return -EINVAL;
    out_irq->irq = raw->specifier[1] + 32;

    return 0;
}

const struct dt_device_node *
pci_find_host_bridge_node(const struct pci_dev *pdev)
{
    return &bridge;
}

bool gicv3_its_host_has_its(void)
{
    return true;
}

unsigned int vgic_num_irqs(const struct domain *d)
{
    return NR_IRQS;
}

struct irq_desc *vgic_get_hw_irq_desc(struct domain *d, struct vcpu *v,
                                      unsigned int virq)
{
    static int desc;

    assert_true(virq >= 32 && virq < NR_IRQS);
    /* Whose interrupt controller it would be. */
    assert_non_null(d->vcpu[0]);

    return routed[virq] == d ? (void *)&desc : NULL;
}
