/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The look-up protocol (docs/locking.md), checked exhaustively with spin.
 *
 * A path finds a device under pcidevs_lock, takes a reference to its group,
 * lets go, takes the group's lock, and only then learns whether the device is
 * still a member. Meanwhile the device, the group's last one, can be removed
 * and another one can be plugged in. Two such paths, a remover, a plugger and
 * a walk over the groups of a segment run against each other.
 *
 * Checked in every interleaving:
 *  - nobody touches a group or a device that was freed;
 *  - a device that is gone was blocked before it went, and stays so;
 *  - a path that reports success attached the very device it was asked for;
 *  - nobody waits for ever (spin's invalid end states);
 *  - in the end only members hold references: no group is leaked.
 *
 * The checks themselves are tested: with -DBUG_NO_RECHECK, -DBUG_NO_REF or
 * -DBUG_NO_RETIRE spin must find an error (run.py).
 */

#define NG 3            /* groups that can come to exist */
#define ND 3            /* devices likewise; numbers are not used twice */
#define NONE 255

byte pcidevs = NONE;            /* holder of pcidevs_lock */
byte glock[NG];                 /* holder of each group's lock */

byte present = 0;               /* device in the slot, or NONE */
bool dev_freed[ND];
byte dev_group[ND];
bool attached[ND];              /* what the hardware does for it */

bool group_freed[NG];
bool listed[NG];
byte refs[NG];
byte members[NG];               /* with those that are leaving */
bool is_member[9];              /* group * ND + device */
byte next_group = 1, next_dev = 1;

#define MEMBER(g, d) is_member[(g) * ND + (d)]

inline lock_pcidevs() { atomic { pcidevs == NONE; pcidevs = _pid } }
inline unlock_pcidevs() { assert(pcidevs == _pid); pcidevs = NONE }

inline lock_group(g)
{
    assert(!group_freed[g]);
    atomic { glock[g] == NONE; glock[g] = _pid }
    assert(!group_freed[g])
}

inline unlock_group(g)
{
    assert(!group_freed[g] && glock[g] == _pid);
    glock[g] = NONE
}

inline get(g)
{
#ifndef BUG_NO_REF
    assert(!group_freed[g]);
    refs[g]++
#else
    skip
#endif
}

inline drop(g)
{
    atomic {
        assert(!group_freed[g] && refs[g] > 0);
        refs[g]--;
        if
        :: refs[g] == 0 ->
            assert(members[g] == 0 && glock[g] == NONE);
            group_freed[g] = true
        :: else
        fi
    }
}

inline put(g)
{
#ifndef BUG_NO_REF
    drop(g)
#else
    skip
#endif
}

/* A domctl: attach, or detach (the device goes back to being blocked). */
proctype path(bool want)
{
    byte d, g;

    lock_pcidevs();
    d = present;
    if
    :: d == NONE ->
        unlock_pcidevs();
        goto done
    :: else
    fi;
    g = dev_group[d];
    get(g);
    unlock_pcidevs();

    lock_group(g);
#ifdef BUG_NO_RECHECK
    if
    :: true ->
#else
    if
    :: MEMBER(g, d) ->
#endif
        assert(!dev_freed[d] && MEMBER(g, d));
        /* The hardware takes its time; the lock is held. */
        attached[d] = want;
        assert(!dev_freed[d])
#ifdef BUG_NO_RECHECK
    :: false
#else
    :: else         /* -ENODEV */
#endif
    fi;
    unlock_group(g);
    put(g);
done:
    skip
}

/* pci_remove_device(): retire, then remove. */
proctype remover()
{
    byte d, g;

    lock_pcidevs();
    d = present;
    if
    :: d == NONE ->
        unlock_pcidevs();
        goto done
    :: else
    fi;
    g = dev_group[d];
    get(g);
    unlock_pcidevs();

#ifndef BUG_NO_RETIRE
    lock_group(g);
    if
    :: MEMBER(g, d) ->
        attached[d] = false;
        MEMBER(g, d) = false
    :: else
    fi;
    unlock_group(g);
#endif
    put(g);

    lock_pcidevs();
    if
    :: present == d ->
        assert(!attached[d] && !MEMBER(g, d));
        members[g]--;
        if
        :: members[g] == 0 -> listed[g] = false
        :: else
        fi;
        drop(g);
        present = NONE;
        dev_freed[d] = true
    :: else
    fi;
    unlock_pcidevs();
done:
    skip
}

/*
 * pci_add_device(): into the group that is there, or a new one. The group's
 * lock is tried, never waited for, with pcidevs_lock held.
 */
proctype plugger()
{
    byte d, g;
    bool again = true;

    do
    :: again ->
        again = false;
        lock_pcidevs();
        if
        :: present == NONE && next_dev < ND ->
            d = next_dev;
            if
            :: listed[0] -> g = 0
            :: !listed[0] && next_group < NG -> g = next_group
            fi;
            atomic {
                if
                :: glock[g] == NONE -> glock[g] = _pid
                :: else -> again = true
                fi
            }
            if
            :: again
            :: else ->
                assert(!group_freed[g]);
                next_dev++;
                if
                :: g == next_group ->
                    next_group++;
                    listed[g] = true
                :: else
                fi;
                dev_group[d] = g;
                refs[g]++;
                MEMBER(g, d) = true;
                members[g]++;
                unlock_group(g);
                present = d
            fi
        :: else
        fi;
        unlock_pcidevs()
    :: else -> break
    od
}

/* iommu_unit_any_group_lock(): on to the next one where a group emptied. */
proctype walk()
{
    byte g = 0, found;

    do
    :: g < NG ->
        found = NONE;
        lock_pcidevs();
        do
        :: g < NG && listed[g] -> found = g; break
        :: g < NG && !listed[g] -> g++
        :: g >= NG -> break
        od;
        if
        :: found != NONE -> get(found)
        :: else
        fi;
        unlock_pcidevs();
        if
        :: found == NONE -> break
        :: else
        fi;

        lock_group(found);
        if
        :: MEMBER(found, 0) || MEMBER(found, 1) || MEMBER(found, 2) ->
            /* Whoever is first in it is alive while the lock is held. */
            if
            :: MEMBER(found, 0) -> assert(!dev_freed[0])
            :: MEMBER(found, 1) -> assert(!dev_freed[1])
            :: MEMBER(found, 2) -> assert(!dev_freed[2])
            fi;
            unlock_group(found);
            put(found);
            break
        :: else
        fi;
        unlock_group(found);
        put(found);
        g++
    :: else -> break
    od
}

init
{
    byte i;

    atomic {
        i = 0;
        do
        :: i < NG -> glock[i] = NONE; i++
        :: else -> break
        od;
        /* One device, the only member of group 0. */
        listed[0] = true;
        refs[0] = 1;
        members[0] = 1;
        MEMBER(0, 0) = true;

        run path(true);
        run path(false);
        run remover();
        run remover();
        run plugger();
        run walk()
    }

    /* All have ended: what is left must be what the members need. */
    _nr_pr == 1;
    i = 0;
    do
    :: i < NG ->
        assert(refs[i] == members[i]);
        assert(group_freed[i] || members[i] > 0 || i >= next_group);
        assert(glock[i] == NONE);
        i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < ND ->
        assert(!dev_freed[i] || !attached[i]);
        i++
    :: else -> break
    od
}
