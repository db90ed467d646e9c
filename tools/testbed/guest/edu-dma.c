/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * edu-dma: drive the DMA engine of QEMU's edu device from user space.
 *
 *   edu-dma SBDF roundtrip            own page -> device -> another own page
 *   edu-dma SBDF steal ADDR           read ADDR through the device; does it hold
 *                                     what "hold" put there?
 *   edu-dma SBDF poke ADDR VALUE [N]  write N (4) bytes of VALUE to ADDR
 *   edu-dma SBDF keep                 keep the BAR mapped; at a line on stdin
 *                                     say whether it can still be reached
 *   edu-dma SBDF load ADDR            move a word from ADDR into the device, not
 *                                     asking whether its own page can be reached
 *   edu-dma SBDF fetch                is the word in the device what "hold" put
 *                                     somewhere?
 *   edu-dma SBDF churn                roundtrip without end
 *   edu-dma hold [FIRST]              print a page's bus address, FIRST or
 *                                     beyond; at a line on stdin say whether
 *                                     the page changed
 *   edu-dma grant DOM                 the same with a page that domain DOM may
 *                                     map, and the reference by which
 *
 * Exit: 0 the data moved (hold: page unchanged; keep: out of reach), 1 it did
 * not (hold: changed; keep: in reach), 2 the test could not be made.
 */
#include "machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EDU_ID       0x11e81234u
#define EDU_SRC      0x80
#define EDU_DST      0x88
#define EDU_COUNT    0x90
#define EDU_CMD      0x98
#define EDU_START    1u
#define EDU_TO_RAM   2u
#define EDU_BUFFER   0x40000u
#define EDU_BAR_SIZE 0x100000u

#define COMMAND      4
#define MEM_AND_MASTER 6

#define SENTINEL     0x5a5a5a5au
#define HELD         0xd0d0cafeu

static volatile uint8_t *bar;

static int sysfs(const char *sbdf, const char *file, int flags)
{
    char path[128];

    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", sbdf, file);
    return open(path, flags);
}

static void edu_open(const char *sbdf)
{
    uint32_t id = 0;
    uint16_t cmd = 0;
    int fd = sysfs(sbdf, "enable", O_WRONLY);

    /* Enabling is refused for a device that is on already; COMMAND decides. */
    if ( fd >= 0 )
    {
        if ( write(fd, "1", 1) != 1 )
            fprintf(stderr, "%s: not enabled through sysfs\n", sbdf);
        close(fd);
    }
    fd = sysfs(sbdf, "config", O_RDWR);
    if ( fd < 0 || pread(fd, &id, 4, 0) != 4 )
        fail("no device %s", sbdf);
    if ( id != EDU_ID )
        fail("%s is %08x, not an edu device", sbdf, id);
    if ( pread(fd, &cmd, 2, COMMAND) != 2 )
        fail("%s: cannot read COMMAND", sbdf);
    cmd |= MEM_AND_MASTER;
    if ( pwrite(fd, &cmd, 2, COMMAND) != 2 || pread(fd, &cmd, 2, COMMAND) != 2 )
        fail("%s: cannot write COMMAND", sbdf);
    close(fd);
    if ( (cmd & MEM_AND_MASTER) != MEM_AND_MASTER )
        fail("%s: COMMAND stays %04x: bus master or memory is off", sbdf, cmd);

    fd = sysfs(sbdf, "resource0", O_RDWR | O_SYNC);
    bar = fd < 0 ? MAP_FAILED :
          mmap(NULL, EDU_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if ( bar == MAP_FAILED )
        fail("%s: cannot map BAR 0", sbdf);
    close(fd);
    if ( (*(volatile uint32_t *)bar & 0xff) != 0xed )
        fail("%s: BAR 0 reads %08x: not reachable", sbdf, *(volatile uint32_t *)bar);
}

static void reg64(unsigned int reg, uint64_t val)
{
    *(volatile uint64_t *)(bar + reg) = val;
}

/* The device waits 100 ms before it moves anything. */
static void run(uint64_t src, uint64_t dst, uint64_t count, unsigned int dir)
{
    const struct timespec tick = { .tv_nsec = 20 * 1000 * 1000 };
    unsigned int i;

    reg64(EDU_SRC, src);
    reg64(EDU_DST, dst);
    reg64(EDU_COUNT, count);
    reg64(EDU_CMD, EDU_START | dir);
    for ( i = 0; i < 3000; i++ )
    {
        nanosleep(&tick, NULL);
        if ( !(*(volatile uint64_t *)(bar + EDU_CMD) & EDU_START) )
            return;
    }
    fail("the device did not finish in a minute");
}

static void to_device(uint64_t bus, uint64_t count)
{
    run(bus, EDU_BUFFER, count, 0);
}

static void from_device(uint64_t bus, uint64_t count)
{
    run(EDU_BUFFER, bus, count, EDU_TO_RAM);
}

static void fill(struct page p, uint32_t seed, uint32_t step)
{
    unsigned int i;

    for ( i = 0; i < PAGE / 4; i++ )
        p.va[i] = seed + i * step;
}

static int roundtrip(void)
{
    struct page out = page_alloc(), in = page_alloc();
    unsigned int i, wrong = 0;

    fill(out, (uint32_t)time(NULL) ^ (uint32_t)getpid() << 16, 0x01000193);
    fill(in, SENTINEL, 0);
    to_device(out.bus, PAGE);
    from_device(in.bus, PAGE);
    for ( i = 0; i < PAGE / 4; i++ )
        wrong += in.va[i] != out.va[i];
    printf("roundtrip %#llx -> device -> %#llx: %u of %u words wrong\n",
           (unsigned long long)out.bus, (unsigned long long)in.bus, wrong, PAGE / 4);
    return wrong ? 1 : 0;
}

/* Put one known word into the device, so that what it holds later is evidence. */
static int prime(struct page own, uint32_t word)
{
    fill(own, word, 0);
    to_device(own.bus, 64);
    fill(own, ~word, 0);
    from_device(own.bus, 64);
    return own.va[0] == word;
}

static int load(uint64_t addr)
{
    to_device(addr, 4);
    printf("load %#llx: asked for\n", (unsigned long long)addr);
    return 0;
}

/* A refused read leaves the old word or zeros, as the bus likes it. */
static int fetch(void)
{
    struct page own = page_alloc();

    fill(own, SENTINEL, 0);
    from_device(own.bus, 4);
    printf("the device holds %08x%s\n", own.va[0],
           own.va[0] == HELD ? ", the secret" : "");
    return own.va[0] == HELD ? 0 : 1;
}

static int steal(uint64_t addr)
{
    struct page own = page_alloc();

    if ( !prime(own, SENTINEL) )
        fail("the device cannot reach its own guest's page");
    load(addr);
    return fetch();
}

/* For what happens while DMA is under way. */
static void __attribute__((noreturn)) churn(void)
{
    struct page own = page_alloc();

    for ( ; ; )
    {
        to_device(own.bus, PAGE);
        from_device(own.bus, PAGE);
    }
}

/* What arrived at ADDR is for its owner to say; here only the attempt is made. */
static int poke(uint64_t addr, uint32_t value, uint64_t count)
{
    struct page own = page_alloc();

    if ( !prime(own, value) )
        fail("the device cannot reach its own guest's page");
    from_device(addr, count);
    printf("poke %#llx: %08x sent\n", (unsigned long long)addr, value);
    return 0;
}

/* Reading what is not there may be fatal: that is for a child to do. */
static int keep(void)
{
    char line[16];
    int status;
    pid_t child;

    printf("KEPT\n");
    fflush(stdout);
    if ( !fgets(line, sizeof(line), stdin) )
        fail("no line on stdin");
    child = fork();
    if ( !child )
        _exit((*(volatile uint32_t *)bar & 0xff) == 0xed);
    if ( child < 0 || waitpid(child, &status, 0) != child )
        fail("no child");
    if ( WIFSIGNALED(status) )
        printf("the BAR is out of reach: signal %d\n", WTERMSIG(status));
    else
        printf("the BAR reads as %s\n", WEXITSTATUS(status) ? "edu's" : "something else");

    return WIFSIGNALED(status) ? 0 : WEXITSTATUS(status);
}

/* Its content is the caller's, who has also said where it is. */
static int keep_watch(struct page p)
{
    unsigned int i, changed = 0;
    char line[16];

    fflush(stdout);
    if ( !fgets(line, sizeof(line), stdin) )
        fail("no line on stdin");
    for ( i = 0; i < PAGE / 4; i++ )
        changed += p.va[i] != HELD;
    printf("%u of %u words changed, first %08x\n", changed, PAGE / 4, p.va[0]);
    return changed ? 1 : 0;
}

static int hold(uint64_t first)
{
    struct page p = page_alloc();
    unsigned int i;

    /* Pages that were not wanted stay this program's, so that others come. */
    for ( i = 0; p.bus < first && i < 1u << 16; i++ )
        p = page_alloc();
    if ( p.bus < first )
        fail("no page from %#llx on", (unsigned long long)first);
    fill(p, HELD, 0);
    printf("PAGE %#llx HOLDS %08x\n", (unsigned long long)p.bus, HELD);

    return keep_watch(p);
}

static int grant(uint64_t dom)
{
    uint32_t ref;
    struct page p = page_granted(dom, &ref);

    fill(p, HELD, 0);
    printf("PAGE %#llx HOLDS %08x REF %u\n", (unsigned long long)p.bus, HELD,
           ref);

    return keep_watch(p);
}

static uint64_t number(const char *s)
{
    char *end;
    uint64_t n = strtoull(s, &end, 0);

    if ( end == s || *end )
        fail("'%s' is not a number", s);
    return n;
}

int main(int argc, char **argv)
{
    if ( argc >= 2 && argc <= 3 && !strcmp(argv[1], "hold") )
        return hold(argc == 3 ? number(argv[2]) : 0);
    if ( argc == 3 && !strcmp(argv[1], "grant") )
        return grant(number(argv[2]));
    if ( argc < 3 )
        fail("usage: edu-dma SBDF roundtrip|keep|steal ADDR|poke ADDR VALUE [BYTES]|load ADDR|fetch|churn; edu-dma hold [FIRST]; edu-dma grant DOM");
    edu_open(argv[1]);
    if ( !strcmp(argv[2], "roundtrip") && argc == 3 )
        return roundtrip();
    if ( !strcmp(argv[2], "keep") && argc == 3 )
        return keep();
    if ( !strcmp(argv[2], "fetch") && argc == 3 )
        return fetch();
    if ( !strcmp(argv[2], "churn") && argc == 3 )
        churn();
    if ( !strcmp(argv[2], "load") && argc == 4 )
        return load(number(argv[3]));
    if ( !strcmp(argv[2], "steal") && argc == 4 )
        return steal(number(argv[3]));
    if ( !strcmp(argv[2], "poke") && (argc == 5 || argc == 6) )
        return poke(number(argv[3]), number(argv[4]), argc == 6 ? number(argv[5]) : 4);
    fail("unknown command '%s'", argv[2]);
}
