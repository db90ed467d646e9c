/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The probe: a guest kernel that does nothing but use devices, as it should and
 * as it should not. It boots in a moment where Linux takes an emulated CPU
 * seconds. ../README.md lists what dom0 may tell it.
 *
 * One CPU, no interrupts: it asks Xen to wake it when an event is pending.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen.h>
#include <event_channel.h>

#define PAGE   4096u
#define MS     1000000ull               /* in ns, as all times here */
#define SECOND (1000 * MS)

/* Results of commands, as those of guest/edu-dma.c. */
#define DONE      0
#define NOT_MOVED 1
#define NO_TEST   2

extern char virt_base[];

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

/* machine.c ----------------------------------------------------------- */

extern const struct start_info *start_info;

/* Finds its way in what Xen handed over. */
void machine_init(const struct start_info *si);

/* Its frame as the guest counts, and that this is another one of Xen's now. */
uint64_t pfn_of(const volatile void *va);
void moved(const volatile void *va, uint64_t mfn);
/* The address on the bus of what is mapped at va, one of the probe's pages. */
uint64_t bus_of(const volatile void *va);
/* A frame that the toolstack gave to the guest, which is mapped already. */
void *mapped_frame(uint64_t mfn);

#define PTE_READ_ONLY 0x65u             /* present, user, accessed, dirty */
#define PTE_MEMORY    (PTE_READ_ONLY | 2u)
#define PTE_REGISTERS (PTE_MEMORY | 0x18u) /* not cached */

/*
 * Maps a frame of any kind over a page of the probe's, whose own frame is out
 * of reach from then on; no flags map nothing. Returns Xen's error, 0 for none.
 */
int map_at(void *va, uint64_t mfn, uint64_t flags);
/* map_at() for a device's registers and for memory, anew each time. */
void *map_registers(uint64_t address);
void *map_memory(uint64_t mfn);

/* Since the machine was switched on. */
uint64_t now(void);

/* Ports whose events end a wait; they stay masked. */
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
void store_watch(const char *path);
/* True if something that is watched changed since the last call. */
bool store_changed(void);

/* pci.c --------------------------------------------------------------- */

#define PCI_COMMAND 0x04
#define PCI_BAR0    0x10

struct pci_dev {
    uint32_t domain, bus, devfn;
};

/* Follows the backend's state, as far as it has got. */
void pci_step(void);
/* The n-th function with these IDs (device in the upper half), or false. */
bool pci_find(unsigned int n, uint32_t id, struct pci_dev *dev);
/* Configuration space; false if the backend refuses. */
bool pci_read(const struct pci_dev *dev, int reg, int size, uint32_t *value);
bool pci_write(const struct pci_dev *dev, int reg, int size, uint32_t value);
/* Its message interrupt as an event port, from the backend; 0 for none. */
evtchn_port_t pci_msi_on(const struct pci_dev *dev, uint32_t *pirq);
void pci_msi_off(const struct pci_dev *dev, evtchn_port_t port);

/* edu.c --------------------------------------------------------------- */

/* `edu WORDS', `each_edu N WORDS', `nth_edu N WORDS'. */
int edu_command(const char *words);
int each_edu_command(const char *words);
int nth_edu_command(const char *words);
/* `edu_churn': transfers without end, beside what it is told next. */
int edu_churn(void);
/* `hold_page': prints a page's address on the bus. */
int hold_page(void);
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
/* Waits for its end; false after ten seconds. */
bool edu_busy(struct edu *edu);
bool edu_wait(struct edu *edu);

/* hostile.c ----------------------------------------------------------- */

/* What a PV guest may ask of Xen while its device writes to the page. */
int hostile(struct edu *edu, const char *words);

/* main.c -------------------------------------------------------------- */

/* Waits for a moment at most, and does what others are waiting for. */
void idle(uint64_t at_most);

#endif
