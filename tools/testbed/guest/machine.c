/* SPDX-License-Identifier: GPL-2.0-only */
#include "machine.h"

#include <elf.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xen/gntalloc.h>

#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_PFN     ((1ull << 55) - 1)

/* The two top bits of a P2M entry mark foreign and identity frames. */
#define P2M_FRAME       ((1ull << 62) - 1)

void fail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(2);
}

int machine_is_pv(void)
{
    char type[16] = "";
    FILE *f = fopen("/sys/hypervisor/guest_type", "r");

    if ( !f )
        return 0;
    if ( !fgets(type, sizeof(type), f) )
        type[0] = 0;
    fclose(f);
    return !strncmp(type, "PV\n", 3);
}

static uint64_t frame_of(const volatile void *va)
{
    uint64_t entry;
    int fd = open("/proc/self/pagemap", O_RDONLY);
    off_t at = (uintptr_t)va / PAGE * sizeof(entry);

    if ( fd < 0 || pread(fd, &entry, sizeof(entry), at) != sizeof(entry) )
        fail("cannot read /proc/self/pagemap");
    close(fd);
    if ( !(entry & PAGEMAP_PRESENT) || !(entry & PAGEMAP_PFN) )
        fail("the page is not present, or its frame is hidden");
    return entry & PAGEMAP_PFN;
}

static uint64_t search_symbol(const char *name)
{
    char line[256], found[128];
    unsigned long long addr;
    FILE *f = fopen("/proc/kallsyms", "r");

    while ( f && fgets(line, sizeof(line), f) )
    {
        if ( strstr(line, name) &&
             sscanf(line, "%llx %*c %127s", &addr, found) == 2 &&
             !strcmp(found, name) && addr )
        {
            fclose(f);
            return addr;
        }
    }
    fail("no kernel symbol %s", name);
}

/* It takes an emulated CPU seconds to print all symbols: once is enough. */
static uint64_t symbol(const char *name)
{
    char path[128];
    unsigned long long addr;
    FILE *f;

    snprintf(path, sizeof(path), "/tmp/symbol-%s", name);
    f = fopen(path, "r");
    if ( f && fscanf(f, "%llx", &addr) == 1 )
    {
        fclose(f);
        return addr;
    }

    addr = search_symbol(name);
    f = fopen(path, "w");
    if ( f )
    {
        fprintf(f, "%llx\n", addr);
        fclose(f);
    }

    return addr;
}

/* /proc/kcore is an ELF file whose segments are kernel virtual addresses. */
static uint64_t kernel_word(uint64_t addr)
{
    Elf64_Ehdr eh;
    Elf64_Phdr ph;
    uint64_t word;
    int i, fd = open("/proc/kcore", O_RDONLY);

    if ( fd < 0 || pread(fd, &eh, sizeof(eh), 0) != sizeof(eh) )
        fail("cannot read /proc/kcore");
    for ( i = 0; i < eh.e_phnum; i++ )
    {
        if ( pread(fd, &ph, sizeof(ph), eh.e_phoff + i * sizeof(ph)) != sizeof(ph) )
            break;
        if ( ph.p_type != PT_LOAD || addr < ph.p_vaddr ||
             addr - ph.p_vaddr + sizeof(word) > ph.p_memsz )
            continue;
        if ( pread(fd, &word, sizeof(word), ph.p_offset + (addr - ph.p_vaddr)) != sizeof(word) )
            break;
        close(fd);
        return word;
    }
    fail("/proc/kcore does not hold %#llx", (unsigned long long)addr);
}

static uint64_t bus_of(const volatile void *va)
{
    uint64_t frame = frame_of(va);

    if ( machine_is_pv() )
        frame = kernel_word(kernel_word(symbol("xen_p2m_addr")) +
                            frame * sizeof(uint64_t)) & P2M_FRAME;
    return frame * PAGE;
}

struct page page_alloc(void)
{
    struct page p;
    void *va = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);

    if ( va == MAP_FAILED )
        fail("no memory for a page");
    memset(va, 0, PAGE);
    p.va = va;
    p.bus = bus_of(p.va);
    return p;
}

/* The module's page is its caller's as long as the file is open. */
struct page page_granted(uint16_t dom, uint32_t *ref)
{
    struct ioctl_gntalloc_alloc_gref op = {
        .domid = dom, .flags = GNTALLOC_FLAG_WRITABLE, .count = 1,
    };
    struct page p;
    void *va;
    int fd = open("/dev/xen/gntalloc", O_RDWR);

    if ( fd < 0 || ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, &op) )
        fail("no page to grant");
    va = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, op.index);
    if ( va == MAP_FAILED )
        fail("the granted page cannot be mapped");
    memset(va, 0, PAGE);
    p.va = va;
    p.bus = bus_of(va);
    *ref = op.gref_ids[0];
    return p;
}
