/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices and configuration space. The space is a model: either the
 * tables that host_pci_add() was given or a test's own accessors (host.h).
 */
#ifndef HOST_XEN_PCI_H
#define HOST_XEN_PCI_H

#include <xen/list.h>
#include <xen/mm-frame.h>
#include <xen/numa.h>
#include <xen/pci_regs.h>
#include <xen/spinlock.h>
#include <xen/types.h>
#include <asm/page.h>

#define PCI_SEG(sbdf)  (((sbdf) >> 16) & 0xffff)
#define PCI_BUS(bdf)   (((bdf) >> 8) & 0xff)
#undef PCI_SLOT
#undef PCI_FUNC
#define PCI_SLOT(bdf)  (((bdf) >> 3) & 0x1f)
#define PCI_FUNC(bdf)  ((bdf) & 0x07)

#undef PCI_DEVFN
#define PCI_DEVFN1_(df)   ((df) & 0xff)
#define PCI_DEVFN2_(d, f) ((((d) & 0x1f) << 3) | ((f) & 7))
#define PCI_SBDF4_(s, b, d, f...) \
    ((pci_sbdf_t){ .sbdf = (((s) & 0xffffu) << 16) | PCI_BDF(b, d, ##f) })
#define PCI_SBDF3_ PCI_SBDF4_
#define PCI_SBDF2_(s, bdf) \
    ((pci_sbdf_t){ .sbdf = (((s) & 0xffffu) << 16) | ((bdf) & 0xffff) })
#define PCI__(what, nr) PCI_##what##nr##_
#define PCI_(what, nr)  PCI__(what, nr)
#define PCI_DEVFN(d, f...)   PCI_(DEVFN, count_args(d, ##f))(d, ##f)
#define PCI_BDF(b, d, f...)  ((((b) & 0xff) << 8) | PCI_DEVFN(d, ##f))
#define PCI_SBDF(s, b, d...) PCI_(SBDF, count_args(s, b, ##d))(s, b, ##d)

typedef union {
    uint32_t sbdf;
    struct {
        union {
            uint16_t bdf;
            struct {
                union {
                    struct {
                        uint8_t fn : 3, dev : 5;
                    };
                    uint8_t devfn, extfunc;
                };
                uint8_t bus;
            };
        };
        uint16_t seg;
    };
} pci_sbdf_t;

struct pci_dev_info {
    bool is_extfn;
    bool is_virtfn;
    struct {
        uint8_t bus;
        uint8_t devfn;
    } physfn;
};

struct arch_pci_dev {
    uint16_t pseudo_domid;
};

struct iommu_dev;
struct pci_dev {
    struct list_head alldevs_list;
    struct list_head domain_list;
    struct list_head msi_list;
    struct arch_msix *msix;
    struct domain *domain;
    const union {
        struct {
            uint8_t devfn;
            uint8_t bus;
            uint16_t seg;
        };
        pci_sbdf_t sbdf;
    };
    uint8_t msi_pos;
    uint8_t msix_pos;
    uint8_t msi_maxvec;
    uint8_t phantom_stride;
    nodeid_t node;
    bool quarantine;
    bool ignore_bars;
    bool broken;
    enum pdev_type {
        DEV_TYPE_PCI_UNKNOWN,
        DEV_TYPE_PCIe_ENDPOINT,
        DEV_TYPE_PCIe_BRIDGE,
        DEV_TYPE_PCIe2PCI_BRIDGE,
        DEV_TYPE_PCI2PCIe_BRIDGE,
        DEV_TYPE_LEGACY_PCI_BRIDGE,
        DEV_TYPE_PCI_HOST_BRIDGE,
        DEV_TYPE_PCI,
    } type;
    struct pci_dev_info info;
    struct arch_pci_dev arch;
    struct {
        struct list_head list;
        unsigned int cap_pos;
        unsigned int queue_depth;
    } ats;
    struct {
        s_time_t time;
        unsigned int count;
#define PT_FAULT_THRESHOLD 10
    } fault;
    struct list_head vf_list;
    const struct pci_dev *pf_pdev;
    struct vpci *vpci;
    /* Added to Xen's by xen-patches/. */
    struct iommu_dev *iommu;
    bool no_master;
};

#define for_each_pdev(domain, pdev) \
    list_for_each_entry(pdev, &(domain)->pdev_list, domain_list)

void host_pcidevs_lock(const char *site);
void host_pcidevs_unlock(const char *site);
bool host_pcidevs_trylock(const char *site);
#define pcidevs_lock() host_pcidevs_lock(HOST_SITE)
#define pcidevs_unlock() host_pcidevs_unlock(HOST_SITE)
#define pcidevs_trylock() host_pcidevs_trylock(HOST_SITE)
bool pcidevs_locked(void);
#define ASSERT_PDEV_LIST_IS_READ_LOCKED(d) \
    ASSERT(pcidevs_locked() || ((d) && rw_is_locked(&(d)->pci_lock)))

int pci_release_devices(struct domain *d);
/* Each of dom_io's devices, with its phantom functions, goes to @d. */
void setup_hwdom_pci_devices(struct domain *d,
                             int (*handler)(uint8_t devfn,
                                            struct pci_dev *pdev));
int arch_pci_clean_pirqs(struct domain *d);
bool pci_known_segment(uint16_t seg);
/* A test's. */
void pci_segments_init(void);
int pci_add_segment(uint16_t seg);
int scan_pci_devices(void);
bool pci_device_detect(uint16_t seg, uint8_t bus, uint8_t dev, uint8_t func);
enum pdev_type pdev_type(uint16_t seg, uint8_t bus, uint8_t devfn);
int find_upstream_bridge(uint16_t seg, uint8_t *bus, uint8_t *devfn,
                         uint8_t *secbus);
struct pci_dev *pci_get_pdev(const struct domain *d, pci_sbdf_t sbdf);
struct pci_dev *pci_get_real_pdev(pci_sbdf_t sbdf);
void pci_check_disable_device(uint16_t seg, uint8_t bus, uint8_t devfn);
int pci_iterate_devices(int (*handler)(struct pci_dev *pdev, void *arg),
                        void *arg);
struct dt_device_node;
/* A test's. */
const struct dt_device_node *
pci_find_host_bridge_node(const struct pci_dev *pdev);

static inline bool is_pci_passthrough_enabled(void)
{
    return true;
}

/* For a test of the code that sizes BARs to define. */
#define PCI_BAR_LAST (1u << 1)
unsigned int pci_size_mem_bar(pci_sbdf_t sbdf, unsigned int pos,
                              uint64_t *paddr, uint64_t *psize,
                              unsigned int flags);
bool pci_check_bar(const struct pci_dev *pdev, mfn_t start, mfn_t end);

uint8_t pci_conf_read8(pci_sbdf_t sbdf, unsigned int reg);
uint16_t pci_conf_read16(pci_sbdf_t sbdf, unsigned int reg);
uint32_t pci_conf_read32(pci_sbdf_t sbdf, unsigned int reg);
void pci_conf_write8(pci_sbdf_t sbdf, unsigned int reg, uint8_t data);
void pci_conf_write16(pci_sbdf_t sbdf, unsigned int reg, uint16_t data);
void pci_conf_write32(pci_sbdf_t sbdf, unsigned int reg, uint32_t data);
unsigned int pci_find_cap_offset(pci_sbdf_t sbdf, unsigned int cap);
unsigned int pci_find_next_cap(pci_sbdf_t sbdf, unsigned int pos,
                               unsigned int cap);
struct pci_dev;
static inline bool pcie_aer_get_firmware_first(const struct pci_dev *pdev)
{
    return false;
}
int pci_ro_device(int seg, int bus, int devfn);
const char *parse_pci(const char *s, unsigned int *seg_p, unsigned int *bus_p,
                      unsigned int *dev_p, unsigned int *func_p);
const char *parse_pci_seg(const char *s, unsigned int *seg_p,
                          unsigned int *bus_p, unsigned int *dev_p,
                          unsigned int *func_p, bool *def_seg);

typedef struct pci_dev device_t;
#define dev_is_pci(dev) ((void)(dev), true)
#define pci_to_dev(pdev) (pdev)
#define dev_to_pci(dev) (dev)

#endif
