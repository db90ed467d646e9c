/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test's side of arch/host: what no Xen code calls. Whatever needs undoing
 * after a test is undone by host_reset().
 */
#ifndef HOST_H
#define HOST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <iommu-arch.h>
#include <xen/acpi.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/time.h>

/*
 * Back to the state after program start: log, clock, failure injection,
 * parameters of the shims, interrupts, configuration space, ACPI tables,
 * domains. Memory that is still allocated stays so.
 */
void host_reset(void);

/* ---- fatal errors (assertions, lock order, bad memory, panic) ---- */

struct host_catch {
    jmp_buf env;
    struct host_catch *outer;
    unsigned int nr_held;
    unsigned long irq_flags;
};

struct host_catch *host_catch_begin(struct host_catch *c);
void host_catch_end(struct host_catch *c);
/* Text of the calling thread's last caught error. */
const char *host_fatal_text(void);

/*
 * Runs @stmt; true if it ended in a fatal error of this thread, whose text is
 * in host_fatal_text(). Locks taken since are released.
 */
#define HOST_CATCH(stmt) ({                                             \
    struct host_catch hc_;                                              \
    volatile bool hc_caught_ = true;                                    \
    if ( !setjmp(host_catch_begin(&hc_)->env) )                         \
    {                                                                   \
        stmt;                                                           \
        host_catch_end(&hc_);                                           \
        hc_caught_ = false;                                             \
    }                                                                   \
    hc_caught_; })

/* ---- log ---- */

void host_log_clear(void);
bool host_log_contains(const char *text);
/* Lines of exactly this level (XENLOG_ERR ...), or all with NULL. */
unsigned int host_log_lines(const char *level);
/* The whole log; valid until the next printk() or host_log_clear(). */
const char *host_log_text(void);
/* Let printk_ratelimit() refuse after @burst messages; 0: never (default). */
void host_log_ratelimit(unsigned int burst);

/* ---- failure injection and leaks ---- */

/*
 * Lets the @nth allocation from now (1: the next) fail, of any kind: small
 * ones and pages; 0: none. Counts from all threads.
 */
void host_fail_nth(unsigned long nth);
/* From the @nth allocation on every one fails. */
void host_fail_from(unsigned long nth);
/* Has the allocation asked for been reached? */
bool host_fail_reached(void);

/* What is allocated now. */
struct host_memory {
    unsigned long objects, bytes;       /* small allocations */
    unsigned long pages;
};

struct host_memory host_memory_now(void);
/* Allocations made since program start that are still there, with their
 * places, to stderr (@max lines). Returns their number. */
unsigned long host_leak_report(unsigned long max);

/* ---- machine memory, for hardware models ---- */

/* Is [ma, ma + len) allocated memory? */
bool host_mem_valid(uint64_t ma, size_t len);
/*
 * As a device reads and writes: 64-bit accesses are atomic. Returns false
 * where there is no memory; an access to a freed page is fatal.
 */
bool host_mem_read(uint64_t ma, void *buf, size_t len);
bool host_mem_write(uint64_t ma, const void *buf, size_t len);
bool host_mem_read64(uint64_t ma, uint64_t *val);

/*
 * For measurements: pages are reused at once and neither filled nor poisoned.
 */
void host_mem_fast(bool on);

typedef void host_cache_clean_fn(void *arg, uint64_t ma, size_t size);
/* More than one model may listen. */
void host_on_cache_clean(host_cache_clean_fn *fn, void *arg);
void host_off_cache_clean(host_cache_clean_fn *fn, void *arg);
/* Cache lines cleaned, and calls, since host_reset(). */
unsigned long host_cache_lines_cleaned(void);
unsigned long host_cache_cleans(void);

/* ---- clock ---- */

void host_time_advance(s_time_t ns);
/*
 * How far one cpu_relax() moves the clock (default 1 us); in a long wait, with
 * no register written meanwhile, the steps grow up to 1 ms.
 */
void host_time_step(s_time_t ns);
/* As early in boot: NOW() is 0 until it is known again. */
void host_time_unknown(bool on);
/* udelay() and cpu_relax() calls: "hardware waits". */
unsigned long host_waits(void);
/* Called in each of them: a model may go on with its work there. */
void host_on_wait(void (*fn)(void *arg), void *arg);

/* ---- registers ---- */

/* Called after each write to a register: something that happens meanwhile. */
void host_on_mmio_write(void (*fn)(void *arg), void *arg);

struct host_mmio_ops {
    uint64_t (*read)(void *arg, unsigned int off, unsigned int size);
    void (*write)(void *arg, unsigned int off, unsigned int size, uint64_t val);
};

void host_mmio_register(uint64_t base, size_t size,
                        const struct host_mmio_ops *ops, void *arg);
void host_mmio_unregister(uint64_t base);
/* ioremap()s without their iounmap(). */
unsigned int host_mmio_mapped(void);

/* ---- configuration space and devices ---- */

/*
 * A function with the configuration space @cfg (@size bytes are copied, the
 * rest reads 0). The returned copy may be changed by the test.
 */
uint8_t *host_pci_add(pci_sbdf_t sbdf, const void *cfg, size_t size);
void host_pci_remove(pci_sbdf_t sbdf);

/* A function whose configuration space a hardware model has. */
struct host_pci_model {
    uint32_t (*read)(void *arg, unsigned int reg, unsigned int size);
    void (*write)(void *arg, unsigned int reg, unsigned int size, uint32_t val);
};
void host_pci_model_add(pci_sbdf_t sbdf, const struct host_pci_model *model,
                        void *arg);

struct host_pci_ops {
    uint32_t (*read)(pci_sbdf_t sbdf, unsigned int reg, unsigned int size);
    void (*write)(pci_sbdf_t sbdf, unsigned int reg, unsigned int size,
                  uint32_t val);
};
/* A test's own configuration space; NULL: host_pci_add()'s again. */
void host_pci_ops_set(const struct host_pci_ops *ops);

/* A pci_dev, owned by dom_io, on Xen's lists; its type is read from the
 * configuration space. NULL: no memory. */
struct pci_dev *host_pdev_add(pci_sbdf_t sbdf);
void host_pdev_del(struct pci_dev *pdev);
/* pci_ro_device() was called for it since the last reset. */
bool host_pci_is_ro(pci_sbdf_t sbdf);

/* ---- domains ---- */

struct domain *host_domain_create(domid_t id, unsigned int options);
void host_domain_destroy(struct domain *d);
/* hardware_domain := @d (NULL at start). */
void host_hwdom_set(struct domain *d);
/*
 * From now on every domain lends a table with this root, and @levels and
 * @in_bits; levels 0: none does (default).
 */
void host_borrow_set(uint64_t root, unsigned int levels, unsigned int in_bits);
/* Why any domain may have any other one's frames; NULL (default): no reason. */
void host_foreign_why_set(const char *why);
/*
 * What it is looked up in, until the next
 * host_borrow_set().  NULL: it is empty.
 */
struct pt;
void host_borrow_look(const struct pt *pt);
/* The calling thread's current->domain. */
void host_current_set(struct domain *d);

/* ---- interrupts, softirqs, keys, parameters, tables ---- */

void host_irq_raise(unsigned int irq);
/* Each vector's handler, as a model's MSI would reach it. -ENOENT: none. */
int host_vector_raise(uint8_t vector);
unsigned int host_irqs_in_use(void);
void host_irq_context(bool in);
/* The interrupt moves to @cpu when it comes the next time. */
void host_irq_move(unsigned int irq, unsigned int cpu);
/* The APIC ID of a CPU, which is its number otherwise. */
void host_apicid_set(unsigned int cpu, uint32_t id);
/* A node has no memory and no CPUs, or is there again. */
void host_node_set(nodeid_t node, bool online);
unsigned int host_tasklets_run(void);
unsigned int host_timers_run(void);
/* None is set any more. */
void host_timers_forget(void);
void host_preempt_every(unsigned int n);
bool host_key_press(unsigned char key);
/* As on the command line: host_param_set("iommu", "off"). -ENOENT, -EINVAL. */
int host_param_set(const char *name, const char *value);
/* Runs all initcalls; the first error, or 0. */
int host_initcalls_run(void);
void host_acpi_set(const void *table);
void host_acpi_clear(void);
/* Stands for CPUs besides the caller's in num_online_cpus(). */
void host_cpus_online(unsigned int nr);

/*
 * hypfs, as the hypercall reads and writes it. Reading a leaf gives its
 * length, a directory its entries' names, a line each; -ENOENT, -ENOBUFS or
 * what the entry says. @buf is terminated.
 */
long host_hypfs_read(const char *path, char *buf, size_t size);
int host_hypfs_write(const char *path, const char *text);

/* Turns the order check off where a test must break it; default on. */
void host_lock_check(bool on);

#endif /* HOST_H */
