/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine memory: one arena, addressed by machine addresses that do not fit
 * 32 bits, with a struct page_info for each page. Freed pages are poisoned;
 * hardware models reach memory only through host_mem_*() (host.h), which
 * refuses freed pages.
 */
#ifndef HOST_XEN_MM_H
#define HOST_XEN_MM_H

#include <xen/bug.h>
#include <xen/list.h>
#include <xen/mm-frame.h>
#include <xen/spinlock.h>
#include <xen/types.h>
#include <asm/io.h>
#include <asm/page.h>

struct domain;
struct page_info;

struct page_list_entry {
    struct page_info *next, *prev;
};

struct page_info {
    struct page_list_entry list;
    unsigned long count_info;
    union {
        struct {
            unsigned long type_info;
        } inuse;
    } u;
    union {
        struct {
            struct domain *_domain;
        } inuse;
    } v;
    /* The host allocator's own. */
    unsigned char host_state;
    unsigned char host_order;
    const char *host_site;
};

#define PGC_xen_heap  (1UL << 62)
#define PGC_allocated (1UL << 63)
#define is_xen_heap_page(pg) ((pg)->count_info & PGC_xen_heap)
#define page_get_owner(pg) ((pg)->v.inuse._domain)
#define page_set_owner(pg, d) ((pg)->v.inuse._domain = (d))

/* Machine memory: 1 GiB of address space, touched only as it is used. */
#define HOST_ARENA_BASE  0x240000000UL
#define HOST_ARENA_PAGES (1UL << 18)

extern struct page_info *host_frame_table;
void noreturn host_bad_address(const char *what, unsigned long addr,
                               const char *site);

#define frame_table host_frame_table
extern unsigned long max_page;

#define HOST_IN_ARENA_(ma) \
    ((ma) - HOST_ARENA_BASE < HOST_ARENA_PAGES * PAGE_SIZE)

/*
 * Benchmarks give the arena a constant address, as Xen's direct map has, and
 * then translation is as cheap as there: without checks.
 */
#ifdef HOST_ARENA_FIXED
#define host_arena ((unsigned char *)HOST_ARENA_FIXED)
#define HOST_CHECK_ADDRESSES 0
#else
extern unsigned char *host_arena;
#define HOST_CHECK_ADDRESSES 1
#endif

static inline void *host_maddr_to_virt(paddr_t ma, const char *site)
{
    if ( HOST_CHECK_ADDRESSES && unlikely(!HOST_IN_ARENA_(ma)) )
        host_bad_address("machine address", ma, site);

    return host_arena + (ma - HOST_ARENA_BASE);
}

static inline paddr_t host_virt_to_maddr(unsigned long va, const char *site)
{
    unsigned long off = va - (unsigned long)host_arena;

    if ( HOST_CHECK_ADDRESSES &&
         unlikely(off >= HOST_ARENA_PAGES * PAGE_SIZE) )
        host_bad_address("virtual address", va, site);

    return HOST_ARENA_BASE + off;
}

#define maddr_to_virt(ma) host_maddr_to_virt(ma, HOST_SITE)
#define virt_to_maddr(va) host_virt_to_maddr((unsigned long)(va), HOST_SITE)
#define __va(ma) maddr_to_virt(ma)
#define __pa(va) virt_to_maddr(va)
#define virt_to_mfn(va) (virt_to_maddr(va) >> PAGE_SHIFT)
#define mfn_to_virt(mfn) maddr_to_virt((paddr_t)(mfn) << PAGE_SHIFT)
#define maddr_to_page(ma) \
    (host_frame_table + ((unsigned char *)maddr_to_virt(ma) - host_arena) \
                        / PAGE_SIZE)
#define page_to_maddr(pg) \
    (HOST_ARENA_BASE + (paddr_t)((pg) - host_frame_table) * PAGE_SIZE)
#define virt_to_page(va) \
    (host_frame_table + ((virt_to_maddr(va) - HOST_ARENA_BASE) >> PAGE_SHIFT))
#define page_to_virt(pg) ((void *)(host_arena + ((pg) - host_frame_table) \
                                                * PAGE_SIZE))
#define mfn_to_page(mfn) maddr_to_page(mfn_to_maddr(mfn))
#define page_to_mfn(pg) maddr_to_mfn(page_to_maddr(pg))
#define mfn_valid(mfn) HOST_IN_ARENA_(mfn_to_maddr(mfn))

#define MEMF_no_refcount (1U << 0)
#define MEMF_no_owner    (1U << 5)
#define MEMF_no_scrub    (1U << 8)
#define MEMF_iommu_groups (1U << 9)
#define MEMF_node(n)     ((((n) + 1u) & 0xff) << 16)
#define MEMF_bits(n)     ((unsigned int)(n) << 24)
#define MAX_ORDER 20

void *host_alloc_pages(unsigned int order, unsigned int memflags,
                       unsigned long count_info, struct domain *d,
                       const char *site);
void host_free_pages(void *va, unsigned int order, const char *site);
/* Called with what is about to be free, unless NULL. */
extern void (*host_watch_free)(struct page_info *pg);

#define alloc_xenheap_pages(order, memflags) \
    host_alloc_pages(order, memflags, PGC_xen_heap, NULL, HOST_SITE)
#define free_xenheap_pages(va, order) host_free_pages(va, order, HOST_SITE)
#define alloc_xenheap_page() alloc_xenheap_pages(0, 0)
#define free_xenheap_page(va) free_xenheap_pages(va, 0)
#define FREE_XENHEAP_PAGES(p, o) do {           \
    void *fxp_ = (p);                           \
    (p) = NULL;                                 \
    free_xenheap_pages(fxp_, o);                \
} while ( false )
#define FREE_XENHEAP_PAGE(p) FREE_XENHEAP_PAGES(p, 0)

#define alloc_domheap_pages(d, order, memflags) ({                          \
    void *adp_ = host_alloc_pages(order, memflags, 0, d, HOST_SITE);        \
    adp_ ? virt_to_page(adp_) : NULL; })
#define alloc_domheap_page(d, memflags) alloc_domheap_pages(d, 0, memflags)
#define free_domheap_pages(pg, order) ({                                    \
    struct page_info *fdp_ = (pg);                                          \
    if ( fdp_ )                                                             \
        host_free_pages(page_to_virt(fdp_), order, HOST_SITE); })
#define free_domheap_page(pg) free_domheap_pages(pg, 0)

unsigned long avail_domheap_pages(void);

static inline unsigned int get_order_from_pages(unsigned long nr)
{
    return nr > 1 ? 64 - __builtin_clzl(nr - 1) : 0;
}

static inline unsigned int get_order_from_bytes(paddr_t size)
{
    return get_order_from_pages((size + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

struct page_list_head {
    struct page_info *next, *tail;
};

#define PAGE_LIST_HEAD_INIT(name) { NULL, NULL }
#define PAGE_LIST_HEAD(name) \
    struct page_list_head name = PAGE_LIST_HEAD_INIT(name)
#define INIT_PAGE_LIST_HEAD(head) ((head)->next = (head)->tail = NULL)
#define INIT_PAGE_LIST_ENTRY(ent) ((ent)->next = (ent)->prev = NULL)

static inline bool page_list_empty(const struct page_list_head *head)
{
    return !head->next;
}

static inline struct page_info *
page_list_first(const struct page_list_head *head)
{
    return head->next;
}

static inline struct page_info *
page_list_next(const struct page_info *pg, const struct page_list_head *head)
{
    return pg != head->tail ? pg->list.next : NULL;
}

static inline void page_list_add(struct page_info *pg,
                                 struct page_list_head *head)
{
    pg->list.prev = NULL;
    pg->list.next = head->next;
    if ( head->next )
        head->next->list.prev = pg;
    else
        head->tail = pg;
    head->next = pg;
}

static inline void page_list_add_tail(struct page_info *pg,
                                      struct page_list_head *head)
{
    pg->list.next = NULL;
    pg->list.prev = head->tail;
    if ( head->tail )
        head->tail->list.next = pg;
    else
        head->next = pg;
    head->tail = pg;
}

static inline void page_list_del(struct page_info *pg,
                                 struct page_list_head *head)
{
    if ( pg->list.prev )
        pg->list.prev->list.next = pg->list.next;
    else
        head->next = pg->list.next;
    if ( pg->list.next )
        pg->list.next->list.prev = pg->list.prev;
    else
        head->tail = pg->list.prev;
}

static inline struct page_info *
page_list_remove_head(struct page_list_head *head)
{
    struct page_info *pg = head->next;

    if ( pg )
        page_list_del(pg, head);

    return pg;
}

static inline void page_list_move(struct page_list_head *dst,
                                  struct page_list_head *src)
{
    *dst = *src;
    INIT_PAGE_LIST_HEAD(src);
}

static inline void page_list_splice(struct page_list_head *list,
                                    struct page_list_head *head)
{
    if ( !list->next )
        return;
    list->tail->list.next = head->next;
    if ( head->next )
        head->next->list.prev = list->tail;
    else
        head->tail = list->tail;
    head->next = list->next;
}

#define page_list_for_each(pos, head) \
    for ( (pos) = (head)->next; (pos); (pos) = page_list_next(pos, head) )
#define page_list_for_each_safe(pos, tmp, head)                         \
    for ( (pos) = (head)->next;                                         \
          (pos) ? ((tmp) = page_list_next(pos, head), true) : false;    \
          (pos) = (tmp) )

extern struct domain *dom_xen, *dom_io;

/* x86, of PV domains: types of pages, and, a test's, references to them. */
#define PGT_writable_page (7UL << 61)
#define PGT_validated     (1UL << 58)
void iommu_groups_pv_assign(struct domain *d, struct page_info *page,
                            unsigned int nr);
bool get_page(struct page_info *page, const struct domain *d);
void put_page(struct page_info *page);

#define RAM_TYPE_CONVENTIONAL 1
#define RAM_TYPE_RESERVED     2
#define RAM_TYPE_UNUSABLE     4
#define RAM_TYPE_ACPI         8
#define RAM_TYPE_UNKNOWN      16
/* x86, a test's: the types of what is in the frame. */
unsigned int page_get_ram_type(mfn_t mfn);
#ifdef HOST_TOOL
/* Of the command-line tool, which looks at a real machine. */
int page_is_ram_type(unsigned long mfn, unsigned long type);
#else
/* No memory map: nothing is reserved. */
static inline int page_is_ram_type(unsigned long mfn, unsigned long type)
{
    return (type & RAM_TYPE_CONVENTIONAL) && mfn_valid(_mfn(mfn));
}
#endif

#endif
