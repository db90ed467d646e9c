/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_PAGE_H
#define HOST_ASM_PAGE_H

#include <xen/types.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (-(unsigned long)PAGE_SIZE)
#define PAGE_OFFSET(p) ((unsigned long)(p) & ~PAGE_MASK)

#define PAGE_SHIFT_4K 12
#define PAGE_SIZE_4K  (1UL << PAGE_SHIFT_4K)
#define PAGE_MASK_4K  (-PAGE_SIZE_4K)
#define PAGE_SHIFT_2M 21
#define PAGE_SIZE_2M  (1UL << PAGE_SHIFT_2M)
#define PAGE_SHIFT_1G 30
#define PAGE_SIZE_1G  (1UL << PAGE_SHIFT_1G)
#define PAGE_ORDER_4K 0
#define PAGE_ORDER_2M 9
#define PAGE_ORDER_1G 18

#define PAGE_ALIGN(x) (((x) + PAGE_SIZE - 1) & PAGE_MASK)
#define PFN_UP(x)   (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define paddr_to_pfn(pa) ((unsigned long)((pa) >> PAGE_SHIFT))
#define pfn_to_paddr(pfn) ((paddr_t)(pfn) << PAGE_SHIFT)
#define mfn_to_maddr(mfn) ((paddr_t)mfn_x(mfn) << PAGE_SHIFT)
#define maddr_to_mfn(ma)  _mfn((ma) >> PAGE_SHIFT)
#define gfn_to_gaddr(gfn) ((paddr_t)gfn_x(gfn) << PAGE_SHIFT)
#define gaddr_to_gfn(ga)  _gfn((ga) >> PAGE_SHIFT)

static inline void clear_page(void *page)
{
    __builtin_memset(page, 0, PAGE_SIZE);
}

static inline void copy_page(void *to, const void *from)
{
    __builtin_memcpy(to, from, PAGE_SIZE);
}

#endif
