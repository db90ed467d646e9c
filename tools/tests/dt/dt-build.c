/* SPDX-License-Identifier: GPL-2.0-only */
/* The device tree that the tests start from. */
#include "dt-test.h"

static void unit(struct dt_tree *t, const char *path, uint32_t reg,
                 uint32_t phandle)
{
    dt_string(t, path, "compatible", "arm,smmu-v3");
    dt_set(t, path, "reg", reg, 0x2000);
    dt_set(t, path, "#iommu-cells", 1);
    dt_set(t, path, "phandle", phandle);
}

static void bridge(struct dt_tree *t, const char *path, uint32_t seg)
{
    dt_string(t, path, "compatible", "pci-host-ecam-generic");
    dt_string(t, path, "device_type", "pci");
    dt_set(t, path, "#address-cells", 3);
    dt_set(t, path, "#size-cells", 2);
    dt_set(t, path, "bus-range", 0, 0xff);
    dt_set(t, path, "linux,pci-domain", seg);
}

void dt_build(struct dt_tree *t)
{
    dt_empty(t);
    dt_set(t, "/", "#address-cells", 2);
    dt_set(t, "/", "#size-cells", 2);

    /* Bus address 0 is machine address 4 GiB. */
    dt_set(t, "/soc", "#address-cells", 1);
    dt_set(t, "/soc", "#size-cells", 1);
    dt_set(t, "/soc", "ranges", 0, 1, 0, 0x40000000);

    unit(t, DT_SMMU0, 0x1000, 1);
    unit(t, DT_SMMU1, 0x9000, 2);
    dt_string(t, DT_SMMU1, "status", "okay");
    dt_bytes(t, DT_SMMU1, "dma-coherent", NULL, 0);

    bridge(t, DT_PCI0, 0);
    /* Bus 0 at one unit, buses 1 and 2 at the other, others nowhere. */
    dt_set(t, DT_PCI0, "iommu-map", 0, 1, 0x10000, 0x100,
           0x100, 2, 0, 0x200);

    bridge(t, DT_PCI1, 5);
    dt_string(t, DT_FUNC, "compatible", "riscv,pci-iommu");
    dt_set(t, DT_FUNC, "reg", 0x1000, 0, 0, 0, 0);
    dt_set(t, DT_FUNC, "#iommu-cells", 1);
    dt_set(t, DT_FUNC, "phandle", 3);
    dt_set(t, DT_PCI1, "iommu-map", 0, 3, 0, 0x10, 0, 3, 0, 0,
           0x11, 3, 0x11, 0xffef);

    dt_set(t, DT_UART, "iommus", 1, 0x20, 1, 0x21, 1, 0x20);

    dt_set(t, "/reserved-memory", "#address-cells", 2);
    dt_set(t, "/reserved-memory", "#size-cells", 2);
    dt_bytes(t, "/reserved-memory", "ranges", NULL, 0);
    dt_set(t, DT_FB, "reg", 0, 0x80000000, 0, 0x800000);
    dt_set(t, DT_FB, "phandle", 10);
    dt_set(t, DT_FB, "iommu-addresses", 11, 0x80000000, 0x800000);
    dt_set(t, DT_DISP, "iommus", 2, 0x33);
    dt_set(t, DT_DISP, "phandle", 11);
    dt_set(t, DT_DISP, "memory-region", 10);

    dt_set(t, "/reserved-memory/fw@90000000", "reg", 0, 0x90000000, 0, 0x1000);
    dt_set(t, "/reserved-memory/fw@90000000", "phandle", 12);
    dt_set(t, "/reserved-memory/fw@90000000", "iommu-addresses",
           13, 0, 0, 0x90000000, 0, 0x1000);
    dt_set(t, DT_NIC, "reg", 0x1800, 0, 0, 0, 0);
    dt_set(t, DT_NIC, "phandle", 13);
    dt_set(t, DT_NIC, "memory-region", 12);
}
