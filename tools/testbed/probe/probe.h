/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The probe: a guest kernel that does nothing but use devices, as it should and
 * as it should not. It boots in a moment where Linux takes an emulated CPU
 * seconds. ../README.md lists what dom0 may tell it.
 *
 * One CPU, no interrupts: it asks Xen to wake it when an event is pending. What
 * depends on the kind of guest is in x86/ (PV) and arm64/.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen.h>
#include <event_channel.h>
#include <grant_table.h>

#define PAGE   4096u
#define MS     1000000ull               /* in ns, as all times here */
#define SECOND (1000 * MS)

/* Results of commands, as those of guest/edu-dma.c. */
#define DONE      0
#define NOT_MOVED 1
#define NO_TEST   2

/* print.c ------------------------------------------------------------- */

/* %s %c %d %u %x %lu %lx with width, 0 and # for x; to the guest's console. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same into a buffer; the length without the final zero. */
size_t format(char *buf, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A line in Xen's log, and the end: for what must not happen. */
void die(const char *why) __attribute__((noreturn));

void *memset(void *to, int byte, size_t size);
void *memcpy(void *to, const void *from, size_t size);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
/* A number in C's notation at *s, which is left behind it. False: none. */
bool number(const char **s, uint64_t *value);

/* ARCH/machine.c ------------------------------------------------------ */

/* Finds its way in what Xen handed over, to be called first; sets these two. */
void machine_init(const void *handed_over);
extern struct shared_info *shared_info;
extern grant_entry_v1_t *grants;

/* A page that is shared with the toolstack, and the event of news on it. */
struct ring {
    void *page;
    evtchn_port_t port;
};
struct ring console_ring(void);
struct ring store_ring(void);

/* The address on the bus of what is mapped at va, one of the probe's pages. */
uint64_t bus_of(const volatile void *va);
/* Maps a device's registers, anew each time; NULL if Xen refuses. */
void *map_registers(uint64_t address);

/* In ns of Xen's. */
uint64_t now(void);

/* machine.c ----------------------------------------------------------- */

/* Ports whose events end a wait. */
void listen(evtchn_port_t port);
void unlisten(evtchn_port_t port);
/* True if there was an event since the last call. */
bool had_event(evtchn_port_t port);
void notify(evtchn_port_t port);
/* Sleeps until an event that is listened for, or the time. */
void sleep_until(uint64_t when);

/* Allows dom0 one page, the only one; never one that dom0 still has in use. */
void *share_page(uint32_t *ref);
void unshare_page(uint32_t ref);

void shutdown(unsigned int reason) __attribute__((noreturn));
/* To be saved, with what Xen handed over; returns when nothing came of it. */
void suspend(const void *handed_over);

/* console.c ----------------------------------------------------------- */

void console_init(void);
void console_put(const char *s, size_t len);
/* The next complete line, or NULL. It stays until the next call. */
const char *console_line(void);
/* True if something came in that nobody has read. */
bool console_waits(void);

/* store.c ------------------------------------------------------------- */

void store_init(void);
/* The value at path (size includes a final zero), or false. */
bool store_read(const char *path, char *value, size_t size);
void store_write(const char *path, const char *value);
/* Has changed() called when something changes there or elsewhere. */
void store_watch(const char *path, void (*changed)(void));
/* Calls them, if something changed since the last call: true. */
bool store_step(void);

/* ARCH/pci.c ---------------------------------------------------------- */

#define PCI_COMMAND 0x04
#define PCI_BAR0    0x10

struct pci_dev {
    uint32_t domain, bus, devfn;
};

/* Finds what devices are behind. */
void pci_init(void);
/* The n-th function with these IDs (device in the upper half), or false. */
bool pci_find(unsigned int n, uint32_t id, struct pci_dev *dev);
/* Configuration space; false if the backend refuses. */
bool pci_read(const struct pci_dev *dev, int reg, int size, uint32_t *value);
bool pci_write(const struct pci_dev *dev, int reg, int size, uint32_t value);

/* edu.c --------------------------------------------------------------- */

/* `edu WORDS', `each_edu N WORDS', `nth_edu N WORDS'. */
int edu_command(const char *words);
int each_edu_command(const char *words);
int nth_edu_command(const char *words);
/* `edu_churn': transfers without end, beside what it is told next. */
int edu_churn(void);
/* `hold_page': prints a page's address on the bus. */
int hold_page(void);
/* `release_pci IDS': edu devices neither decode nor move anything any more. */
int release_pci(const char *words);
/* `grant_page 0': the same of one that dom0 may map, and its reference. */
int grant_page(const char *words);
/* One transfer more, if it was told to go on for ever. */
void edu_churn_step(void);

struct edu {
    struct pci_dev pci;
    volatile uint8_t *bar;
};

/* Starts a transfer of count bytes between the device and an address. */
void edu_start(struct edu *edu, uint64_t bus, uint64_t count, bool to_ram);
bool edu_busy(struct edu *edu);
/* Waits for its end; false after a minute. */
bool edu_wait(struct edu *edu);
/* The first one, when it is there: switched on, its registers mapped. */
bool edu_first(struct edu *edu);

/* ARCH/own.c ---------------------------------------------------------- */

/* An order: a word with others behind it, or alone. */
struct command {
    const char *word;
    int (*with)(const char *words);
    int (*alone)(void);
};

/* Those of this kind of guest; the last one has no word. */
extern const struct command own_commands[];

/* main.c -------------------------------------------------------------- */

/* Waits for a moment at most, and does what others are waiting for. */
void idle(uint64_t at_most);

#endif
