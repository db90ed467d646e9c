/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuration space: tables of bytes, or a test's own accessors. */
#include <pthread.h>
#include <stdlib.h>

#include <xen/lib.h>
#include <xen/pci.h>

#include "host.h"
#include "internal.h"

#define CFG_SIZE 4096

struct function {
    struct function *next;
    pci_sbdf_t sbdf;
    const struct host_pci_model *model;
    void *arg;
    uint8_t cfg[CFG_SIZE];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct function *functions;
static const struct host_pci_ops *own;

static struct function *find(pci_sbdf_t sbdf)
{
    struct function *f;

    for ( f = functions; f; f = f->next )
        if ( f->sbdf.sbdf == sbdf.sbdf )
            return f;

    return NULL;
}

static struct function *new_function(pci_sbdf_t sbdf)
{
    struct function *f;

    host_pci_remove(sbdf);
    f = calloc(1, sizeof(*f));
    if ( !f )
        abort();
    f->sbdf = sbdf;

    return f;
}

static void list_function(struct function *f)
{
    pthread_mutex_lock(&mutex);
    f->next = functions;
    functions = f;
    pthread_mutex_unlock(&mutex);
}

uint8_t *host_pci_add(pci_sbdf_t sbdf, const void *cfg, size_t size)
{
    struct function *f = new_function(sbdf);

    memcpy(f->cfg, cfg, min(size, sizeof(f->cfg)));
    list_function(f);

    return f->cfg;
}

void host_pci_model_add(pci_sbdf_t sbdf, const struct host_pci_model *model,
                        void *arg)
{
    struct function *f = new_function(sbdf);

    f->model = model;
    f->arg = arg;
    list_function(f);
}

void host_pci_remove(pci_sbdf_t sbdf)
{
    struct function **pf, *f = NULL;

    pthread_mutex_lock(&mutex);
    for ( pf = &functions; *pf; pf = &(*pf)->next )
        if ( (*pf)->sbdf.sbdf == sbdf.sbdf )
        {
            f = *pf;
            *pf = f->next;
            break;
        }
    pthread_mutex_unlock(&mutex);
    free(f);
}

void host_pci_ops_set(const struct host_pci_ops *ops)
{
    own = ops;
}

static uint32_t conf_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
    uint32_t val = ~0u >> (32 - 8 * size);
    const struct host_pci_model *model = NULL;
    void *arg = NULL;
    struct function *f;

    if ( reg % size || reg + size > CFG_SIZE )
        host_fatal("PCI", "read of %u bytes at %#x of %pp", size, reg, &sbdf);

    if ( own )
        return own->read(sbdf, reg, size);

    pthread_mutex_lock(&mutex);
    f = find(sbdf);
    if ( f )
    {
        model = f->model;
        arg = f->arg;
        val = 0;
        memcpy(&val, f->cfg + reg, size);
    }
    pthread_mutex_unlock(&mutex);

    return model ? model->read(arg, reg, size) : val;
}

static void conf_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size,
                       uint32_t val)
{
    const struct host_pci_model *model = NULL;
    void *arg = NULL;
    struct function *f;

    if ( reg % size || reg + size > CFG_SIZE )
        host_fatal("PCI", "write of %u bytes at %#x of %pp", size, reg, &sbdf);

    if ( own )
    {
        own->write(sbdf, reg, size, val);
        return;
    }

    pthread_mutex_lock(&mutex);
    f = find(sbdf);
    if ( f && f->model )
    {
        model = f->model;
        arg = f->arg;
    }
    else if ( f )
        memcpy(f->cfg + reg, &val, size);
    pthread_mutex_unlock(&mutex);

    if ( model )
        model->write(arg, reg, size, val);
}

uint8_t pci_conf_read8(pci_sbdf_t sbdf, unsigned int reg)
{
    return conf_read(sbdf, reg, 1);
}

uint16_t pci_conf_read16(pci_sbdf_t sbdf, unsigned int reg)
{
    return conf_read(sbdf, reg, 2);
}

uint32_t pci_conf_read32(pci_sbdf_t sbdf, unsigned int reg)
{
    return conf_read(sbdf, reg, 4);
}

void pci_conf_write8(pci_sbdf_t sbdf, unsigned int reg, uint8_t data)
{
    conf_write(sbdf, reg, 1, data);
}

void pci_conf_write16(pci_sbdf_t sbdf, unsigned int reg, uint16_t data)
{
    conf_write(sbdf, reg, 2, data);
}

void pci_conf_write32(pci_sbdf_t sbdf, unsigned int reg, uint32_t data)
{
    conf_write(sbdf, reg, 4, data);
}

/* At most as many capabilities as fit into the space, against loops. */
static unsigned int next_cap(pci_sbdf_t sbdf, unsigned int ptr_reg,
                             unsigned int cap)
{
    unsigned int ttl = 48, pos = ptr_reg;

    while ( ttl-- )
    {
        unsigned int id;

        pos = pci_conf_read8(sbdf, pos);
        if ( pos < 0x40 )
            return 0;
        pos &= ~3u;
        id = pci_conf_read8(sbdf, pos + PCI_CAP_LIST_ID);
        if ( id == 0xff )
            return 0;
        if ( id == cap )
            return pos;
        pos += PCI_CAP_LIST_NEXT;
    }

    return 0;
}

unsigned int pci_find_cap_offset(pci_sbdf_t sbdf, unsigned int cap)
{
    if ( !(pci_conf_read16(sbdf, PCI_STATUS) & PCI_STATUS_CAP_LIST) )
        return 0;

    return next_cap(sbdf, (pci_conf_read8(sbdf, PCI_HEADER_TYPE) & 0x7f) ==
                          PCI_HEADER_TYPE_CARDBUS ? PCI_CB_CAPABILITY_LIST
                                                  : PCI_CAPABILITY_LIST, cap);
}

unsigned int pci_find_next_cap(pci_sbdf_t sbdf, unsigned int pos,
                               unsigned int cap)
{
    return next_cap(sbdf, pos + PCI_CAP_LIST_NEXT, cap);
}

bool pci_device_detect(uint16_t seg, uint8_t bus, uint8_t dev, uint8_t func)
{
    uint32_t id = pci_conf_read32(PCI_SBDF(seg, bus, dev, func),
                                  PCI_VENDOR_ID);

    return id && id != ~0u && id != 0xffff && id != 0xffff0000u;
}

void host_pci_config_reset(void)
{
    own = NULL;
    while ( functions )
        host_pci_remove(functions->sbdf);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
