/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frontend of PV PCI (public/io/pciif.h): configuration space and message
 * interrupts are asked for on a page that is shared with dom0. The states are
 * those of public/io/xenbus.h, the order of them Linux' xen-pciback's.
 */
#include "pv.h"

#include <io/pciif.h>
#include <io/xenbus.h>
#include <physdev.h>

#define FRONT "device/pci/0/"

/* Dom0 may be busy with another guest. */
#define ANSWER (120 * SECOND)

static volatile struct xen_pci_sharedinfo *page;
static evtchn_port_t port;
static uint32_t ref;
static char backend[96];

static unsigned int state_at(const char *path)
{
    char value[8];
    const char *s = value;
    uint64_t state;

    return store_read(path, value, sizeof(value)) && number(&s, &state) ?
           state : XenbusStateUnknown;
}

static bool backend_read(const char *key, unsigned int n, char *value,
                         size_t size)
{
    char path[128];

    format(path, sizeof(path), "%s/%s-%u", backend, key, n);
    return store_read(path, value, size);
}

static void set_state(unsigned int state)
{
    char value[8];

    format(value, sizeof(value), "%u", state);
    store_write(FRONT "state", value);
}

static void write_number(const char *path, unsigned int n)
{
    char value[16];

    format(value, sizeof(value), "%u", n);
    store_write(path, value);
}

static void disconnect(void)
{
    struct evtchn_close close = { .port = port };

    if ( !page )
        return;
    unlisten(port);
    hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_close, &close);
    unshare_page(ref);
    page = NULL;
}

static void offer(void)
{
    struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = 0 };

    disconnect();
    if ( hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound,
                    &alloc) )
        die("no event channel");
    port = alloc.port;
    listen(port);
    page = share_page(&ref);
    write_number(FRONT "pci-op-ref", ref);
    write_number(FRONT "event-channel", port);
    store_write(FRONT "magic", XEN_PCI_MAGIC);
    set_state(XenbusStateInitialised);
}

/* Follows the backend's state, as far as it has got. */
static void step(void)
{
    char path[128];
    unsigned int own;

    if ( !store_read(FRONT "backend", backend, sizeof(backend)) )
    {
        /* The last device has gone, and the backend with it. */
        disconnect();
        return;
    }
    own = state_at(FRONT "state");
    format(path, sizeof(path), "%s/state", backend);
    if ( own == XenbusStateInitialising )
    {
        store_watch(path, step);
        offer();
        return;
    }
    switch ( state_at(path) )
    {
    case XenbusStateConnected:
        if ( own == XenbusStateInitialised )
            set_state(XenbusStateConnected);
        break;
    case XenbusStateReconfiguring:
        if ( own == XenbusStateConnected )
            set_state(XenbusStateReconfiguring);
        break;
    case XenbusStateReconfigured:
        if ( own == XenbusStateReconfiguring )
            set_state(XenbusStateConnected);
        break;
    case XenbusStateClosing:
    case XenbusStateClosed:
        if ( own == XenbusStateClosed )
            break;
        disconnect();
        set_state(XenbusStateClosed);
        break;
    }
}

void pci_init(void)
{
    store_watch("device/pci", step);
    step();
}

/* What op asks for; false if dom0 refused, or did not answer. */
static bool ask(uint32_t cmd, const struct pci_dev *dev, int reg, int size,
                uint32_t *value)
{
    uint64_t end = now() + ANSWER;

    if ( !page || state_at(FRONT "state") != XenbusStateConnected )
        return false;
    page->op.cmd = cmd;
    page->op.domain = dev->domain;
    page->op.bus = dev->bus;
    page->op.devfn = dev->devfn;
    page->op.offset = reg;
    page->op.size = size;
    page->op.value = *value;
    __atomic_fetch_or(&page->flags, XEN_PCIF_active, __ATOMIC_SEQ_CST);
    notify(port);
    while ( *(volatile uint32_t *)&page->flags & XEN_PCIF_active )
    {
        had_event(port);
        if ( !(page->flags & XEN_PCIF_active) )
            break;
        if ( now() > end )
            return false;
        sleep_until(now() + 100 * MS);
    }
    *value = page->op.value;
    return page->op.err == XEN_PCI_ERR_success;
}

bool pci_read(const struct pci_dev *dev, int reg, int size, uint32_t *value)
{
    *value = 0;
    return ask(XEN_PCI_OP_conf_read, dev, reg, size, value);
}

bool pci_write(const struct pci_dev *dev, int reg, int size, uint32_t value)
{
    return ask(XEN_PCI_OP_conf_write, dev, reg, size, &value);
}

evtchn_port_t pci_msi_on(const struct pci_dev *dev, uint32_t *pirq)
{
    struct evtchn_bind_pirq bind = { .flags = 0 };

    *pirq = 0;
    if ( !ask(XEN_PCI_OP_enable_msi, dev, 0, 0, pirq) )
        return 0;
    bind.pirq = *pirq;
    if ( hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_pirq, &bind) )
        return 0;
    listen(bind.port);
    return bind.port;
}

void pci_msi_off(const struct pci_dev *dev, evtchn_port_t msi)
{
    struct evtchn_close close = { .port = msi };
    uint32_t none = 0;

    unlisten(msi);
    hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_close, &close);
    ask(XEN_PCI_OP_disable_msi, dev, 0, 0, &none);
}

static uint32_t hex(const char **s)
{
    uint32_t n = 0;
    char c;

    for ( ; (c = **s) && c != ':' && c != '.'; (*s)++ )
        n = n * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    if ( c )
        (*s)++;
    return n;
}

/* DDDD:BB:SS.FF, as the guest is to see it. */
static struct pci_dev parse(const char *s)
{
    struct pci_dev dev;

    dev.domain = hex(&s);
    dev.bus = hex(&s);
    dev.devfn = hex(&s) << 3;
    dev.devfn |= hex(&s);
    return dev;
}

bool pci_find(unsigned int n, uint32_t id, struct pci_dev *dev)
{
    char text[32];
    uint32_t got;
    unsigned int i;

    for ( i = 0; i < 32; i++ )
    {
        if ( !backend_read("vdev", i, text, sizeof(text)) )
            continue;
        *dev = parse(text);
        if ( pci_read(dev, 0, 4, &got) && got == id && !n-- )
            return true;
    }
    return false;
}
