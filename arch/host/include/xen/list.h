/* SPDX-License-Identifier: GPL-2.0-only */
/* Doubly linked lists with Xen's names; deleted entries are poisoned. */
#ifndef HOST_XEN_LIST_H
#define HOST_XEN_LIST_H

#include <xen/macros.h>
#include <xen/types.h>

struct list_head {
    struct list_head *next, *prev;
};

#define LIST_POISON1 ((struct list_head *)0x00100100)
#define LIST_POISON2 ((struct list_head *)0x00200200)

#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)
#define LIST_HEAD_READ_MOSTLY(name) LIST_HEAD(name)
#define LIST_HEAD_RO_AFTER_INIT(name) LIST_HEAD(name)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
    head->next = head->prev = head;
}

static inline bool list_head_is_null(const struct list_head *head)
{
    return !head->next && !head->prev;
}

static inline void host_list_insert(struct list_head *entry,
                                    struct list_head *prev,
                                    struct list_head *next)
{
    entry->prev = prev;
    entry->next = next;
    prev->next = entry;
    next->prev = entry;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
    host_list_insert(entry, head, head->next);
}

static inline void list_add_tail(struct list_head *entry,
                                 struct list_head *head)
{
    host_list_insert(entry, head->prev, head);
}

static inline void host_list_unlink(struct list_head *entry)
{
    entry->prev->next = entry->next;
    entry->next->prev = entry->prev;
}

static inline void list_del(struct list_head *entry)
{
    host_list_unlink(entry);
    entry->next = LIST_POISON1;
    entry->prev = LIST_POISON2;
}

static inline void list_del_init(struct list_head *entry)
{
    host_list_unlink(entry);
    INIT_LIST_HEAD(entry);
}

static inline void list_move(struct list_head *entry, struct list_head *head)
{
    host_list_unlink(entry);
    list_add(entry, head);
}

static inline void list_move_tail(struct list_head *entry,
                                  struct list_head *head)
{
    host_list_unlink(entry);
    list_add_tail(entry, head);
}

static inline int list_empty(const struct list_head *head)
{
    return head->next == head;
}

static inline int list_is_singular(const struct list_head *head)
{
    return !list_empty(head) && head->next == head->prev;
}

static inline int list_is_last(const struct list_head *entry,
                               const struct list_head *head)
{
    return entry->next == head;
}

static inline void host_list_join(struct list_head *list,
                                  struct list_head *prev,
                                  struct list_head *next)
{
    prev->next = list->next;
    list->next->prev = prev;
    next->prev = list->prev;
    list->prev->next = next;
}

static inline void list_splice(struct list_head *list, struct list_head *head)
{
    if ( !list_empty(list) )
        host_list_join(list, head, head->next);
}

static inline void list_splice_init(struct list_head *list,
                                    struct list_head *head)
{
    list_splice(list, head);
    INIT_LIST_HEAD(list);
}

static inline void list_splice_tail_init(struct list_head *list,
                                         struct list_head *head)
{
    if ( !list_empty(list) )
        host_list_join(list, head->prev, head);
    INIT_LIST_HEAD(list);
}

#define list_add_rcu list_add
#define list_add_tail_rcu list_add_tail
#define list_del_rcu list_del

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(ptr, type, member) \
    list_entry((ptr)->next, type, member)
#define list_last_entry(ptr, type, member) list_entry((ptr)->prev, type, member)
#define list_first_entry_or_null(ptr, type, member) \
    (!list_empty(ptr) ? list_first_entry(ptr, type, member) : NULL)
#define list_last_entry_or_null(ptr, type, member) \
    (!list_empty(ptr) ? list_last_entry(ptr, type, member) : NULL)
#define list_next_entry(pos, member) \
    list_entry((pos)->member.next, typeof(*(pos)), member)
#define list_prev_entry(pos, member) \
    list_entry((pos)->member.prev, typeof(*(pos)), member)

#define list_for_each(pos, head) \
    for ( (pos) = (head)->next; (pos) != (head); (pos) = (pos)->next )
#define list_for_each_safe(pos, n, head)                        \
    for ( (pos) = (head)->next, (n) = (pos)->next;              \
          (pos) != (head); (pos) = (n), (n) = (pos)->next )
#define list_for_each_entry(pos, head, member)                  \
    for ( (pos) = list_entry((head)->next, typeof(*(pos)), member); \
          &(pos)->member != (head);                             \
          (pos) = list_next_entry(pos, member) )
#define list_for_each_entry_reverse(pos, head, member)          \
    for ( (pos) = list_entry((head)->prev, typeof(*(pos)), member); \
          &(pos)->member != (head);                             \
          (pos) = list_prev_entry(pos, member) )
#define list_for_each_entry_continue(pos, head, member)         \
    for ( (pos) = list_next_entry(pos, member);                 \
          &(pos)->member != (head);                             \
          (pos) = list_next_entry(pos, member) )
#define list_for_each_entry_from(pos, head, member)             \
    for ( ; &(pos)->member != (head); (pos) = list_next_entry(pos, member) )
#define list_for_each_entry_continue_reverse(pos, head, member) \
    for ( (pos) = list_prev_entry(pos, member);                 \
          &(pos)->member != (head);                             \
          (pos) = list_prev_entry(pos, member) )
#define list_for_each_entry_safe(pos, n, head, member)          \
    for ( (pos) = list_entry((head)->next, typeof(*(pos)), member), \
          (n) = list_next_entry(pos, member);                   \
          &(pos)->member != (head);                             \
          (pos) = (n), (n) = list_next_entry(n, member) )
#define list_for_each_entry_safe_reverse(pos, n, head, member)  \
    for ( (pos) = list_entry((head)->prev, typeof(*(pos)), member), \
          (n) = list_prev_entry(pos, member);                   \
          &(pos)->member != (head);                             \
          (pos) = (n), (n) = list_prev_entry(n, member) )
#define list_for_each_entry_rcu list_for_each_entry

#endif
