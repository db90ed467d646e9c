/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's edu device, with the words of guest/edu-dma.c, which is for Linux. */
#include "probe.h"

#include <hypercall.h>

#define EDU_ID      0x11e81234u
#define EDU_SRC     0x80
#define EDU_DST     0x88
#define EDU_COUNT   0x90
#define EDU_CMD     0x98
#define EDU_START   1u
#define EDU_TO_RAM  2u
#define EDU_BUFFER  0x40000u

#define MEM_AND_MASTER 6

#define WORDS       (PAGE / 4)
#define SENTINEL    0x5a5a5a5au
#define HELD        0xd0d0cafeu

/* A device that is being given appears a little later. */
#define APPEARS     (45 * SECOND)

struct page {
    uint32_t word[WORDS];
} __attribute__((aligned(PAGE)));

static volatile struct page out, in, held, churned;
static struct edu churning;
static bool is_churning, churn_to_ram;

static void fill(volatile struct page *p, uint32_t seed, uint32_t step)
{
    unsigned int i;

    for ( i = 0; i < WORDS; i++ )
        p->word[i] = seed + i * step;
}

static void reg64(struct edu *edu, unsigned int reg, uint64_t value)
{
    *(volatile uint64_t *)(edu->bar + reg) = value;
}

bool edu_busy(struct edu *edu)
{
    return *(volatile uint64_t *)(edu->bar + EDU_CMD) & EDU_START;
}

void edu_start(struct edu *edu, uint64_t bus, uint64_t count, bool to_ram)
{
    barrier();
    reg64(edu, EDU_SRC, to_ram ? EDU_BUFFER : bus);
    reg64(edu, EDU_DST, to_ram ? bus : EDU_BUFFER);
    reg64(edu, EDU_COUNT, count);
    reg64(edu, EDU_CMD, EDU_START | (to_ram ? EDU_TO_RAM : 0));
}

/* The device waits 100 ms before it moves anything. */
bool edu_wait(struct edu *edu)
{
    uint64_t end = now() + 60 * SECOND;

    while ( edu_busy(edu) )
    {
        if ( now() > end )
        {
            say("the device did not finish in a minute\n");
            return false;
        }
        idle(20 * MS);
    }
    barrier();
    return true;
}

static bool move(struct edu *edu, const volatile void *va, uint64_t count,
                 bool to_ram)
{
    edu_start(edu, bus_of(va), count, to_ram);
    return edu_wait(edu);
}

/* The n-th edu device, switched on, its registers mapped; or an explanation. */
static bool open(struct edu *edu, unsigned int n)
{
    uint32_t command, bar;

    if ( !pci_find(n, EDU_ID, &edu->pci) )
        return false;
    if ( !pci_read(&edu->pci, PCI_COMMAND, 2, &command) ||
         !pci_write(&edu->pci, PCI_COMMAND, 2, command | MEM_AND_MASTER) ||
         !pci_read(&edu->pci, PCI_COMMAND, 2, &command) ||
         (command & MEM_AND_MASTER) != MEM_AND_MASTER )
    {
        say("COMMAND stays %04x: bus master or memory is off\n", command);
        return false;
    }
    if ( !pci_read(&edu->pci, PCI_BAR0, 4, &bar) ||
         !(edu->bar = map_registers(bar & ~15u)) )
    {
        say("cannot map BAR 0 (%08x)\n", bar);
        return false;
    }
    command = *(volatile uint32_t *)edu->bar;
    if ( (command & 0xff) != 0xed )
        say("BAR 0 reads %08x: not reachable\n", command);
    return (command & 0xff) == 0xed;
}

static unsigned int count_edus(void)
{
    struct pci_dev dev;
    unsigned int n = 0;

    while ( pci_find(n, EDU_ID, &dev) )
        n++;
    return n;
}

static bool edus_appear(unsigned int wanted)
{
    uint64_t end = now() + APPEARS;

    while ( count_edus() < wanted )
    {
        if ( now() > end )
        {
            say("edu devices: %u\n", count_edus());
            return false;
        }
        idle(200 * MS);
    }
    return true;
}

static int roundtrip(struct edu *edu)
{
    unsigned int i, wrong = 0;

    fill(&out, (uint32_t)now(), 0x01000193);
    fill(&in, SENTINEL, 0);
    if ( !move(edu, &out, PAGE, false) || !move(edu, &in, PAGE, true) )
        return NO_TEST;
    for ( i = 0; i < WORDS; i++ )
        wrong += in.word[i] != out.word[i];
    say("roundtrip %#lx -> device -> %#lx: %u of %u words wrong\n",
        bus_of(&out), bus_of(&in), wrong, WORDS);
    return wrong ? NOT_MOVED : DONE;
}

/* A known word in the device, so that what it holds later is evidence. */
static bool prime(struct edu *edu, uint32_t word)
{
    fill(&out, word, 0);
    fill(&in, ~word, 0);
    if ( move(edu, &out, 64, false) && move(edu, &in, 64, true) &&
         in.word[0] == word )
        return true;
    say("the device cannot reach its own guest's page\n");
    return false;
}

static int load(struct edu *edu, uint64_t bus)
{
    edu_start(edu, bus, 4, false);
    if ( !edu_wait(edu) )
        return NO_TEST;
    say("load %#lx: asked for\n", bus);
    return DONE;
}

static int fetch(struct edu *edu)
{
    fill(&in, SENTINEL, 0);
    if ( !move(edu, &in, 4, true) )
        return NO_TEST;
    say("the device holds %08x%s\n", in.word[0],
        in.word[0] == HELD ? ", the secret" : "");
    return in.word[0] == HELD ? DONE : NOT_MOVED;
}

static int steal(struct edu *edu, uint64_t bus)
{
    if ( !prime(edu, SENTINEL) || load(edu, bus) )
        return NO_TEST;
    return fetch(edu);
}

static int poke(struct edu *edu, uint64_t bus, uint64_t value, uint64_t count)
{
    if ( !prime(edu, value) )
        return NO_TEST;
    edu_start(edu, bus, count, true);
    if ( !edu_wait(edu) )
        return NO_TEST;
    say("poke %#lx: %08x sent\n", bus, (uint32_t)value);
    return DONE;
}

/* Registers written as fast as it goes, while a transfer is under way. */
static int hammer(struct edu *edu)
{
    uint32_t i, wrong = 0;

    fill(&out, SENTINEL, 1);
    fill(&in, 0, 0);
    edu_start(edu, bus_of(&out), PAGE, false);
    for ( i = 0; i < 20000; i++ )
    {
        *(volatile uint32_t *)(edu->bar + 4) = i;
        wrong += *(volatile uint32_t *)(edu->bar + 4) != ~i;
    }
    if ( !edu_wait(edu) || !move(edu, &in, PAGE, true) )
        return NO_TEST;
    for ( i = 0; i < WORDS; i++ )
        wrong += in.word[i] != out.word[i];
    say("20000 writes, %u words wrong\n", wrong);
    return wrong ? NOT_MOVED : DONE;
}

static int churn(struct edu *edu)
{
    churning = *edu;
    is_churning = true;
    edu_churn_step();
    return DONE;
}

void edu_churn_step(void)
{
    if ( !is_churning || edu_busy(&churning) )
        return;
    churn_to_ram = !churn_to_ram;
    edu_start(&churning, bus_of(&churned), PAGE, churn_to_ram);
}

/* The word before a blank; what follows it in *rest. */
static bool is(const char *words, const char *word, const char **rest)
{
    size_t len = strlen(word);

    if ( strncmp(words, word, len) || (words[len] && words[len] != ' ') )
        return false;
    for ( words += len; *words == ' '; )
        words++;
    *rest = words;
    return true;
}

static bool next_number(const char **words, uint64_t *n)
{
    if ( !number(words, n) )
        return false;
    while ( **words == ' ' )
        (*words)++;
    return true;
}

static int command(struct edu *edu, const char *words)
{
    uint64_t a, b, n = 4;

    if ( is(words, "roundtrip", &words) )
        return roundtrip(edu);
    if ( is(words, "fetch", &words) )
        return fetch(edu);
    if ( is(words, "churn", &words) )
        return churn(edu);
    if ( is(words, "hammer", &words) )
        return hammer(edu);
    if ( is(words, "load", &words) && next_number(&words, &a) )
        return load(edu, a);
    if ( is(words, "steal", &words) && next_number(&words, &a) )
        return steal(edu, a);
    if ( is(words, "poke", &words) && next_number(&words, &a) &&
         next_number(&words, &b) && (!*words || next_number(&words, &n)) )
        return poke(edu, a, b, n);
    say("edu: what is '%s'?\n", words);
    return NO_TEST;
}

static int command_of(unsigned int n, const char *words)
{
    struct edu edu;

    return open(&edu, n) ? command(&edu, words) : NO_TEST;
}

bool edu_first(struct edu *edu)
{
    return edus_appear(1) && open(edu, 0);
}

int edu_command(const char *words)
{
    struct edu edu;

    return edu_first(&edu) ? command(&edu, words) : NO_TEST;
}

int each_edu_command(const char *words)
{
    uint64_t n, i;
    int rc = NO_TEST;

    if ( !next_number(&words, &n) || !edus_appear(n) )
        return NO_TEST;
    for ( i = 0; i < n && !(rc = command_of(i, words)); i++ )
        ;
    return rc;
}

int nth_edu_command(const char *words)
{
    uint64_t n;

    return next_number(&words, &n) && n && edus_appear(n) ?
           command_of(n - 1, words) : NO_TEST;
}

int release_pci(const char *words)
{
    struct pci_dev dev;
    unsigned int n;

    is_churning = false;
    for ( n = 0; pci_find(n, EDU_ID, &dev); n++ )
        if ( !pci_write(&dev, PCI_COMMAND, 2, 0) )
            return NO_TEST;
    return *words ? DONE : NO_TEST;
}

int edu_churn(void)
{
    return edu_command("churn");
}

int hold_page(void)
{
    fill(&held, HELD, 0);
    say("PAGE %#lx HOLDS %08x\n", bus_of(&held), HELD);
    return DONE;
}

int grant_page(const char *words)
{
    volatile struct page *page;
    uint64_t domain;
    uint32_t ref;

    if ( !next_number(&words, &domain) || domain )
        return NO_TEST;
    page = share_page(&ref);
    fill(page, HELD, 0);
    say("PAGE %#lx HOLDS %08x REF %u\n", bus_of(page), HELD, ref);
    return DONE;
}
