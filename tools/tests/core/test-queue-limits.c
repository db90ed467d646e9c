/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queues of commands that are full, to the entry: a batch that just fits is
 * queued, one that does not waits, and neither is lost; on all drivers' models,
 * with hardware that does nothing meanwhile, or says that it is where it cannot
 * be.
 */
#include <pthread.h>
#include <unistd.h>

#include "riscv-fixture.h"
#include "smmu-fixture.h"
#include "vtd-fixture.h"

#define MAX_THREADS 40

/* One driver's queue; entries and positions are counted in commands. */
struct queue {
    const char *name;
    unsigned int entries;       /* that can be queued at once */
    unsigned int indices;       /* of the register, wrap bit included */
    unsigned int most;          /* in one batch, without what ends it */
    void (*up)(void), (*down)(void);
    /* @nr commands; what the driver says. */
    int (*run)(unsigned int nr);
    unsigned int (*head)(void), (*tail)(void);
    unsigned long (*count)(void);   /* commands carried out, of those of run() */
    void (*pause)(unsigned int nr);
    /* The head's register reads @raw; NULL: what it should. */
    void (*lie)(const uint64_t *raw);
    unsigned long (*told)(void);
    uint64_t (*raw)(unsigned int head);
    bool (*failed)(void);
    unsigned int (*violations)(void);
};

/* ---- VT-d ---- */

static void v_up(void)
{
    vtd_machine_up(&vtd_model_default, 1);
}

static int v_run(unsigned int nr)
{
    struct vtd_desc desc[VTD_BATCH_MAX];
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        desc[i] = vtd_desc_iotlb_domain(0, 7);

    return vtd_invalidate(unit_nr(0), desc, nr);
}

static unsigned int v_head(void)
{
    return vtd_model_read(model[0], 0x80, 8) / 16;
}

static unsigned int v_tail(void)
{
    return vtd_model_read(model[0], 0x88, 8) / 16;
}

static unsigned long v_count(void)
{
    return vtd_model_count(model[0], VTD_COUNT_QI_IOTLB);
}

static void v_pause(unsigned int nr)
{
    vtd_model_pause(model[0], nr);
}

static unsigned long v_told(void)
{
    return vtd_model_told(model[0]);
}

static void v_lie(const uint64_t *raw)
{
    vtd_model_lie(model[0], raw ? 0x80 : ~0U, raw ? *raw : 0);
}

static uint64_t v_raw(unsigned int head)
{
    return head * 16;
}

static bool v_failed(void)
{
    return unit_nr(0)->unit.failed;
}

static unsigned int v_violations(void)
{
    return vtd_model_violations(model[0]);
}

static const struct queue vtd_queue = {
    "VT-d", VTD_QI_ENTRIES - 1, VTD_QI_ENTRIES, VTD_BATCH_MAX, v_up,
    vtd_machine_down, v_run, v_head, v_tail, v_count, v_pause, v_lie, v_told, v_raw,
    v_failed, v_violations,
};

/* ---- RISC-V ---- */

static void r_up(void)
{
    rv_machine_up(&rvm_default, NULL);
}

static int r_run(unsigned int nr)
{
    struct rv_cmd cmd[RV_BATCH_MAX];
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        cmd[i] = rv_cmd_gvma_page(7, i << PAGE_SHIFT);

    return rv_cmdq_run(rv_unit_nr(0), cmd, nr);
}

static unsigned int r_head(void)
{
    return rvm_read(rvm[0], RV_CQH, 4);
}

static unsigned int r_tail(void)
{
    return rvm_read(rvm[0], RV_CQT, 4);
}

static unsigned long r_count(void)
{
    return rvm_count(rvm[0], RVM_COUNT_GVMA_PAGE);
}

static void r_pause(unsigned int nr)
{
    rvm_pause(rvm[0], nr);
}

static unsigned long r_told(void)
{
    return rvm_told(rvm[0]);
}

static void r_lie(const uint64_t *raw)
{
    rvm_lie(rvm[0], raw ? RV_CQH : ~0U, raw ? *raw : 0);
}

static uint64_t r_raw(unsigned int head)
{
    return head;
}

static bool r_failed(void)
{
    return rv_unit_nr(0)->unit.failed;
}

static unsigned int r_violations(void)
{
    return rvm_violations(rvm[0]);
}

static const struct queue rv_queue = {
    "RISC-V", RV_CQ_ENTRIES - 1, RV_CQ_ENTRIES, RV_BATCH_MAX, r_up,
    rv_machine_down, r_run, r_head, r_tail, r_count, r_pause, r_lie, r_told, r_raw,
    r_failed, r_violations,
};

/* ---- SMMUv3 ---- */

static void s_up(void)
{
    sm_up(&smmu_model_default, 1);
}

static int s_run(unsigned int nr)
{
    struct smmu_cmd cmd[SMMU_BATCH_MAX];
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        cmd[i] = smmu_cmd_tlbi_vmid(7);

    return smmu_run(sm_unit(0), cmd, nr);
}

static unsigned int s_head(void)
{
    return smmu_model_read(sm_model[0], SMMU_CMDQ_CONS, 4) & 0x1ff;
}

static unsigned int s_tail(void)
{
    return smmu_model_read(sm_model[0], SMMU_CMDQ_PROD, 4) & 0x1ff;
}

static unsigned long s_count(void)
{
    return smmu_model_count(sm_model[0], 0x28);
}

static void s_pause(unsigned int nr)
{
    smmu_model_pause(sm_model[0], nr);
}

static unsigned long s_told(void)
{
    return smmu_model_told(sm_model[0]);
}

static void s_lie(const uint64_t *raw)
{
    smmu_model_lie(sm_model[0], raw ? SMMU_CMDQ_CONS : ~0U, raw ? *raw : 0);
}

static bool s_failed(void)
{
    return sm_unit(0)->unit.failed;
}

static unsigned int s_violations(void)
{
    return smmu_model_violations(sm_model[0]);
}

static const struct queue sm_queue = {
    "SMMUv3", 1 << SMMU_CMDQ_BITS, 2 << SMMU_CMDQ_BITS, SMMU_BATCH_MAX, s_up,
    sm_down, s_run, s_head, s_tail, s_count, s_pause, s_lie, s_told, r_raw, s_failed,
    s_violations,
};

/* ---- threads that queue ---- */

struct batch {
    pthread_t thread;
    unsigned int nr;
    int rc;
    bool done;
};

static const struct queue *q;
static struct batch batches[MAX_THREADS];
static unsigned int nr_batches;

static unsigned int queued(void)
{
    return (q->tail() - q->head()) % q->indices;
}

static void *submit(void *arg)
{
    struct batch *b = arg;

    b->rc = q->run(b->nr);
    __atomic_store_n(&b->done, true, __ATOMIC_RELEASE);

    return NULL;
}

/* Another CPU with @nr commands and what ends them. */
static struct batch *start(unsigned int nr)
{
    struct batch *b = &batches[nr_batches++];

    assert_true(nr_batches <= MAX_THREADS);
    b->nr = nr;
    b->done = false;
    pthread_create(&b->thread, NULL, submit, b);

    return b;
}

/* Within a second of real time. */
static bool reaches_count(unsigned int nr)
{
    unsigned int i;

    for ( i = 0; i < 5000 && queued() != nr; i++ )
        usleep(200);

    return queued() == nr;
}

static void fill(unsigned int upto)
{
    while ( queued() < upto )
    {
        unsigned int now = queued(), nr = min(q->most, upto - now - 1);

        start(nr);
        assert_true(reaches_count(now + nr + 1));
    }
}

/* Hardware goes on: everybody is served, and nothing was lost or repeated. */
static void finish(unsigned long before)
{
    unsigned long sum = 0;
    unsigned int i;

    q->pause(MODEL_GOES_ON);
    for ( i = 0; i < nr_batches; i++ )
    {
        pthread_join(batches[i].thread, NULL);
        sum += batches[i].nr;
    }
    for ( i = 0; i < nr_batches; i++ )
        assert_int_equal(batches[i].rc, 0);
    assert_int_equal(q->count() - before, sum);
    assert_int_equal(queued(), 0);
    assert_false(q->failed());
    assert_int_equal(q->violations(), 0);
    nr_batches = 0;
}

/*
 * Everybody who waits has looked at the head's register, which says @raw, often
 * enough to act on it.
 */
static void let_look(uint64_t raw)
{
    unsigned int i;

    q->lie(&raw);
    for ( i = 0; i < 50000 && q->told() < 20 * nr_batches; i++ )
        usleep(100);
    assert_true(q->told() >= 20 * nr_batches);
    q->lie(NULL);
}

/* With room for @room commands comes a batch of @nr. */
static void at_limit(unsigned int room, unsigned int nr)
{
    unsigned long before = q->count();
    struct batch *b;

    q->pause(0);
    fill(q->entries - room);
    b = start(nr);
    if ( room > nr )
        assert_true(reaches_count(q->entries - room + nr + 1));
    else
    {
        let_look(q->raw(q->head()));
        assert_int_equal(queued(), q->entries - room);
    }
    assert_false(__atomic_load_n(&b->done, __ATOMIC_ACQUIRE));

    /* Room for a part of it is none. */
    if ( room <= nr && nr > room + 1 )
    {
        q->pause(1);
        let_look(q->raw(q->head()));
        assert_int_equal(queued(), q->entries - room - 1);
    }
    finish(before);
}

static void test_limits(void **state)
{
    unsigned int i, around, nr[3];

    q = *state;
    q->up();
    /* Nobody loses patience: no time passes. */
    host_time_step(0);
    nr[0] = 0;
    nr[1] = 5;
    nr[2] = q->most;
    for ( i = 0; i < 3; i++ )
        for ( around = 0; around < 5; around++ )
            if ( nr[i] + around >= 2 )
                at_limit(nr[i] + around - 2, nr[i]);
    q->down();
}

/*
 * All is done but what ends the batch: whoever waits goes on waiting, by what
 * he reads without the lock and, as time passes, by a closer look.
 */
static void test_last(void **state)
{
    unsigned long before;
    struct batch *b;
    unsigned int i;

    q = *state;
    q->up();
    host_time_step(0);
    before = q->count();
    q->pause(0);
    b = start(5);
    assert_true(reaches_count(6));
    q->pause(5);
    assert_true(reaches_count(1));
    usleep(20000);
    assert_false(__atomic_load_n(&b->done, __ATOMIC_ACQUIRE));
    for ( i = 0; i < 20; i++ )
    {
        host_time_advance(MICROSECS(50));
        usleep(1000);
    }
    assert_false(__atomic_load_n(&b->done, __ATOMIC_ACQUIRE));
    finish(before);
    q->down();
}

/*
 * The head's register says what cannot be: that is no room, and nobody is told
 * that his commands were carried out.
 */
static void test_garbage(void **state)
{
    unsigned long before;
    unsigned int i, n;

    q = *state;
    q->up();
    host_time_step(0);
    /* Not at the beginning, where much is zero. */
    assert_int_equal(q->run(q->most), 0);

    before = q->count();
    q->pause(0);
    fill(q->entries - 3);
    start(5);
    {
        const uint64_t lies[] = {
            ~0ULL, 0xffffffff, q->raw((q->tail() + 1) % q->indices),
            q->raw((q->head() + q->indices - 1) % q->indices),
            q->raw((q->head() + q->indices - 2) % q->indices),
        };

        for ( i = 0; i < ARRAY_SIZE(lies); i++ )
        {
            let_look(lies[i]);
            assert_int_equal(queued(), q->entries - 3);
            for ( n = 0; n < nr_batches; n++ )
                assert_false(__atomic_load_n(&batches[n].done,
                                             __ATOMIC_ACQUIRE));
        }
    }
    finish(before);
    q->down();
}

#define EACH(fn)                                                            \
    { "vtd_" #fn, fn, NULL, NULL, (void *)&vtd_queue },                     \
    { "riscv_" #fn, fn, NULL, NULL, (void *)&rv_queue },                    \
    { "smmuv3_" #fn, fn, NULL, NULL, (void *)&sm_queue }

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(test_limits), EACH(test_last), EACH(test_garbage),
    };

    return cmocka_run_group_tests_name("queue-limits", tests, NULL, NULL);
}
