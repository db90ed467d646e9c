/* SPDX-License-Identifier: GPL-2.0-only */
/* The VT-d model's registers, queue, fault records and errors on demand. */

#include "vtd-raw.h"

static struct raw raw, *const r = &raw;
RAW_TEARDOWN

static void test_command_rules(void **state)
{
    raw_start(r, &vtd_model_default);
    assert_int_equal(rd(r, R_GSTS), G_TE | G_SRTP | G_QIE);
    gcmd_off(r, G_TE);
    assert_int_equal(vtd_model_violations(r->m), 0);
    assert_false(rd(r, R_GSTS) & G_TE);

    wr(r, R_GCMD, G_TE);                        /* and QIE off */
    raw_violation(r, "at once");
    gcmd_on(r, G_SIRTP | G_WBF);
    raw_violation(r, "at once");
    gcmd_on(r, 1);
    raw_violation(r, "reserved bits");
    gcmd_on(r, G_EAFL);
    raw_violation(r, "advanced");
    raw_stop(r);

    raw_start(r, &vtd_model_default);
    wr64(r, R_IQA, 0x1000);
    raw_violation(r, "while it is enabled");
    wr64(r, R_CCMD, CCMD_ICC | 1ULL << 61);
    raw_violation(r, "beside the queue");
    wr64(r, R_IOTLB, IOTLB_IVT | 1ULL << 60);
    raw_violation(r, "beside the queue");
    wr(r, R_CAP, 1);
    raw_violation(r, "read-only");
    vtd_model_write(r->m, R_GCMD, 0, 8);
    raw_violation(r, "8 byte access");
    vtd_model_read(r->m, R_GSTS + 2, 4);
    raw_violation(r, "4 byte access");
    gcmd_on(r, G_IRE);
    raw_violation(r, "without table");
    raw_stop(r);
}

/* Invalidation through registers, with the granularity it tells. */
static void test_register_invalidation(void **state)
{
    raw_start(r, &vtd_model_default);
    gcmd_off(r, G_QIE);
    raw_map(r, 0, 0x5000, 3);
    assert_int_equal(raw_read(r, 0), 0);
    raw_map(r, 0, 0, 0);

    wr64(r, R_IVA, 0x1000);
    wr64(r, R_IOTLB, IOTLB_IVT | 3ULL << 60 | 5ULL << 32);
    assert_int_equal(rd64(r, R_IOTLB), 3ULL << 60 | 3ULL << 57 | 5ULL << 32);
    assert_int_equal(raw_read(r, 0), 0);
    wr64(r, R_IVA, 0);
    wr64(r, R_IOTLB, IOTLB_IVT | 3ULL << 60 | 5ULL << 32);
    assert_int_equal(raw_read(r, 0), FR_READ);

    raw_map(r, 0, 0x5000, 3);
    assert_int_equal(raw_read(r, 0), 0);
    raw_context(r, DEV, 0, virt_to_maddr(raw_page(r)), 4, 6);
    wr64(r, R_CCMD, CCMD_ICC | 2ULL << 61 | 6);
    assert_int_equal(rd64(r, R_CCMD), 2ULL << 61 | 2ULL << 59 | 6);
    assert_int_equal(raw_read(r, 0), 0);
    wr64(r, R_CCMD, CCMD_ICC | 3ULL << 61 | (uint64_t)DEV << 16 | 5);
    assert_int_equal(raw_read(r, 0), FR_READ);

    /* In halves, the high one starts it. */
    wr(r, R_IOTLB, 0);
    assert_int_equal(vtd_model_count(r->m, VTD_COUNT_IOTLB_GLOBAL), 0);
    wr(r, R_IOTLB + 4, (IOTLB_IVT | 1ULL << 60) >> 32);
    assert_int_equal(vtd_model_count(r->m, VTD_COUNT_IOTLB_GLOBAL), 1);

    wr64(r, R_IVA, 60);
    wr64(r, R_IOTLB, IOTLB_IVT | 3ULL << 60);
    assert_int_equal(BITS(rd64(r, R_IOTLB), 58, 57), 0);
    raw_violation(r, "address mask");
    raw_stop(r);
}

/* Round and round the ring; only the tail starts work. */
static void test_queue_wraps(void **state)
{
    unsigned int i;

    raw_start(r, &vtd_model_default);
    *r->status = 0;
    for ( i = 0; i < 1000; i++ )
    {
        qi_put(r, 2 | 1 << 4, 0);
        if ( i % 7 )
            continue;
        assert_int_not_equal(*r->status, i + 1);
        qi_put(r, WAIT_SW | (uint64_t)(i + 1) << 32, virt_to_maddr(r->status));
        assert_int_not_equal(*r->status, i + 1);
        qi_go(r);
        assert_int_equal(*r->status, i + 1);
        assert_int_equal(rd64(r, R_IQH), r->tail * 16);
    }
    qi_go(r);
    assert_int_equal(vtd_model_count(r->m, VTD_COUNT_QI_IOTLB), 1000);
    assert_int_equal(vtd_model_count(r->m, VTD_COUNT_QI_WAIT), 143);
    assert_int_equal(vtd_model_count(r->m, VTD_COUNT_TAIL), 145);
    raw_stop(r);
}

static void test_wait_interrupt(void **state)
{
    raw_start(r, &vtd_model_default);
    wr(r, R_IEDATA, 0x41);
    wr(r, R_IEADDR, 0xfee00000);
    assert_int_equal(rd(r, R_IECTL), CTL_IM);

    qi_put(r, 5 | BIT64(4), 0);
    qi_go(r);
    assert_int_equal(r->nr_events, 0);
    assert_int_equal(rd(r, R_ICS), ICS_IWC);
    assert_int_equal(rd(r, R_IECTL), CTL_IM | CTL_IP);
    wr(r, R_IECTL, 0);
    assert_int_equal(r->nr_events, 1);
    assert_int_equal(r->event_data, 0x41);

    /* None while the first is not acknowledged. */
    qi_put(r, 5 | BIT64(4), 0);
    qi_go(r);
    assert_int_equal(r->nr_events, 1);
    wr(r, R_ICS, ICS_IWC);
    qi_put(r, 5 | BIT64(4), 0);
    qi_go(r);
    assert_int_equal(r->nr_events, 2);
    raw_stop(r);
}

/* Each bad descriptor stops the queue until software repairs it. */
static void test_queue_errors(void **state)
{
    static const struct {
        uint64_t lo, hi;
        unsigned int info;
    } bad[] = {
        { 0, 0, IQEI_TYPE }, { 6, 0, IQEI_TYPE }, { 2 | 1 << 9, 0, IQEI_TYPE },
        { 1, 0, IQEI_TYPE }, { 2, 0, IQEI_TYPE },
        { 1 | 1 << 4, 1, IQEI_RESERVED },
        { 1 | 1 << 4 | 1 << 6, 0, IQEI_RESERVED },
        { 2 | 1 << 4 | BIT64(32), 0, IQEI_RESERVED },
        { 2 | 3 << 4, 1 << 7, IQEI_RESERVED },
        { 2 | 3 << 4, 19, IQEI_RESERVED },
        { 3, 2, IQEI_RESERVED }, { 3 | BIT64(21), 0, IQEI_RESERVED },
        { 4 | 1 << 5, 0, IQEI_RESERVED }, { 4, 1, IQEI_RESERVED },
        { WAIT_SW, 1, IQEI_RESERVED }, { WAIT_SW | 1 << 12, 0, IQEI_RESERVED },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        raw_start(r, &vtd_model_default);
        qi_put(r, 2 | 1 << 4, 0);
        qi_put(r, bad[i].lo, bad[i].hi);
        qi_put(r, WAIT_SW | 7ULL << 32, virt_to_maddr(r->status));
        qi_go(r);
        vtd_model_forgive(r->m);
        assert_int_equal(rd(r, R_FSTS), FSTS_IQE);
        assert_int_equal(rd64(r, R_IQERCD), bad[i].info);
        assert_int_equal(rd64(r, R_IQH), 16);
        assert_int_equal(*r->status, 0);

        /* Nothing moves until IQE is cleared. */
        qi_go(r);
        assert_int_equal(rd64(r, R_IQH), 16);
        r->queue[2] = 2 | 1 << 4;
        r->queue[3] = 0;
        wr(r, R_FSTS, FSTS_IQE);
        assert_int_equal(*r->status, 7);
        assert_int_equal(rd64(r, R_IQERCD), 0);
        assert_int_equal(rd(r, R_FSTS), 0);
        raw_stop(r);
    }

    /* A tail beyond the queue, and a queue that is no memory. */
    raw_start(r, &vtd_model_default);
    wr(r, R_IQT, 0x1000);
    assert_int_equal(rd(r, R_FSTS), FSTS_IQE);
    assert_int_equal(rd64(r, R_IQERCD), IQEI_TAIL);
    raw_stop(r);
    raw_start(r, &vtd_model_default);
    gcmd_off(r, G_QIE);
    wr64(r, R_IQA, 0x1000);
    gcmd_on(r, G_QIE);
    wr(r, R_IQT, 16);
    assert_int_equal(rd64(r, R_IQERCD), IQEI_FETCH);
    raw_stop(r);
    raw_start(r, &vtd_model_default);
    gcmd_off(r, G_QIE);
    wr64(r, R_IQA, virt_to_maddr(r->queue) | IQA_DW);
    gcmd_on(r, G_QIE);
    wr(r, R_IQT, 32);
    assert_int_equal(rd64(r, R_IQERCD), IQEI_WIDTH);
    raw_stop(r);
}

/* A device that does not answer: ITE, and the wait is lost or repeated. */
static void test_device_timeout(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    bool keeps;

    for ( keeps = false; ; keeps = true )
    {
        cfg.ite_keeps_head = keeps;
        raw_start(r, &cfg);
        vtd_model_ats_dead(r->m, DEV, true);
        assert_true(qi_run(r, 3 | (uint64_t)(DEV + 1) << 32, 0));
        assert_false(qi_run(r, 3 | (uint64_t)DEV << 32, 0));
        assert_int_equal(rd(r, R_FSTS), FSTS_ITE);
        assert_int_equal(rd64(r, R_IQERCD) >> 32, DEV);
        assert_int_equal(rd64(r, R_IQH), (keeps ? 3 : 4) * 16);

        /* Stopped until ITE is cleared. */
        qi_put(r, WAIT_SW | 9ULL << 32, virt_to_maddr(r->status));
        qi_go(r);
        assert_int_equal(*r->status, 0);
        wr(r, R_FSTS, FSTS_ITE);
        assert_int_equal(*r->status, 9);
        vtd_model_ats_dead(r->m, DEV, false);
        assert_true(qi_run(r, 3 | (uint64_t)DEV << 32, 0));
        raw_stop(r);
        if ( keeps )
            break;
    }
}

static void test_fault_records(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    unsigned int i;
    uint64_t addr;
    uint16_t sid;
    bool write;

    cfg.nfr = 3;
    raw_start(r, &cfg);
    wr(r, R_FEADDR, 0xfee01000);
    wr(r, R_FEUADDR, 0x100);
    wr(r, R_FEDATA, 0x51);
    wr(r, R_FECTL, 0);

    assert_int_equal(raw_write(r, 0x7000), FR_WRITE);
    assert_int_equal(r->nr_events, 1);
    assert_int_equal(r->event_data, 0x51);
    assert_int_equal(r->event_addr, 0x100fee01000);
    assert_int_equal(raw_read(r, 0x8000), FR_READ);
    assert_int_equal(r->nr_events, 1);
    assert_int_equal(raw_read(r, 0x8000), FR_READ);     /* collapsed */
    assert_int_equal(raw_read(r, 0x9000), FR_READ);
    assert_int_equal(rd(r, R_FSTS), FSTS_PPF);
    assert_int_equal(raw_read(r, 0xa000), FR_READ);
    assert_int_equal(rd(r, R_FSTS), FSTS_PPF | FSTS_PFO);
    assert_int_equal(r->nr_events, 1);

    /* In order; while overflow stands nothing new is recorded. */
    assert_int_equal(raw_fault(r, &sid, &addr, &write), FR_WRITE);
    assert_int_equal(sid, DEV);
    assert_int_equal(addr, 0x7000);
    assert_true(write);
    assert_int_equal(raw_read(r, 0xb000), FR_READ);
    assert_int_equal(raw_fault(r, &sid, &addr, &write), FR_READ);
    assert_int_equal(addr, 0x8000);
    assert_false(write);
    assert_int_equal(raw_fault(r, &sid, &addr, &write), FR_READ);
    assert_int_equal(addr, 0x9000);
    assert_int_equal(raw_fault(r, &sid, &addr, &write), 0);
    assert_int_equal(rd(r, R_FSTS), FSTS_PFO);
    assert_int_equal(raw_read(r, 0xb000), FR_READ);
    assert_int_equal(rd(r, R_FSTS), FSTS_PFO);
    assert_int_equal(r->nr_events, 1);
    wr(r, R_FSTS, FSTS_PFO);
    assert_int_equal(rd(r, R_FSTS), 0);

    /* The ring goes on where it was. */
    for ( i = 0; i < 10; i++ )
    {
        assert_int_equal(raw_read(r, 0x10000 + i * 0x1000), FR_READ);
        assert_int_equal(r->nr_events, 2 + i);
        assert_int_equal(raw_fault(r, &sid, &addr, &write), FR_READ);
        assert_int_equal(addr, 0x10000 + i * 0x1000);
    }

    /* Masked: pending, and sent when the mask goes. */
    wr(r, R_FECTL, CTL_IM);
    assert_int_equal(raw_read(r, 0x1000), FR_READ);
    assert_int_equal(rd(r, R_FECTL), CTL_IM | CTL_IP);
    wr(r, R_FECTL, 0);
    assert_int_equal(r->nr_events, 12);
    assert_int_equal(rd(r, R_FECTL), 0);
    raw_fault(r, &sid, &addr, &write);

    /* Serviced while masked: no longer pending. */
    wr(r, R_FECTL, CTL_IM);
    assert_int_equal(raw_read(r, 0x1000), FR_READ);
    raw_fault(r, &sid, &addr, &write);
    assert_int_equal(rd(r, R_FECTL), CTL_IM);

    /* Fault processing disabled in the context. */
    raw_context(r, DEV, 0, virt_to_maddr(r->slpt) | CTX_FPD, 4, 5);
    qi_context_global(r);
    assert_int_equal(raw_read(r, 0x1000), FR_READ);
    assert_int_equal(rd(r, R_FSTS), 0);
    raw_stop(r);
}

/* Every command in turn, in each way. */
static void test_failures(void **state)
{
    unsigned int n;

    for ( n = 1; n <= 2; n++ )
    {
        raw_start(r, &vtd_model_default);
        vtd_model_fail_nth(r->m, n, VTD_MODEL_DROP);
        assert_false(qi_run(r, 2 | 1 << 4, 0));
        assert_true(vtd_model_failed(r->m));
        assert_int_equal(rd64(r, R_IQH), 32);
        assert_true(qi_run(r, 2 | 1 << 4, 0));
        raw_stop(r);

        raw_start(r, &vtd_model_default);
        vtd_model_fail_nth(r->m, n, VTD_MODEL_ERROR);
        assert_false(qi_run(r, 2 | 1 << 4, 0));
        assert_int_equal(rd(r, R_FSTS), FSTS_IQE);
        assert_int_equal(rd64(r, R_IQH), (n - 1) * 16);
        wr(r, R_FSTS, FSTS_IQE);
        assert_int_equal(rd(r, R_FSTS), FSTS_IQE);
        assert_int_equal(*r->status, 0);
        r->queue[(n - 1) * 2] = WAIT_SW | 1ULL << 32;
        r->queue[(n - 1) * 2 + 1] = virt_to_maddr(r->status) + 4;
        wr(r, R_FSTS, FSTS_IQE);
        assert_int_equal(r->status[n == 2], 1);
        assert_int_equal(rd64(r, R_IQH), 32);
        raw_stop(r);

        raw_start(r, &vtd_model_default);
        vtd_model_fail_nth(r->m, n, VTD_MODEL_DIE);
        assert_false(qi_run(r, 2 | 1 << 4, 0));
        assert_int_equal(rd64(r, R_IQH), (n - 1) * 16);
        assert_false(qi_run(r, 2 | 1 << 4, 0));
        gcmd_off(r, G_TE);
        assert_true(rd(r, R_GSTS) & G_TE);
        raw_stop(r);
    }

    raw_start(r, &vtd_model_default);
    vtd_model_fail_nth(r->m, 1, VTD_MODEL_DROP);
    gcmd_on(r, G_SRTP);
    assert_false(rd(r, R_GSTS) & G_SRTP);
    gcmd_on(r, G_SRTP);
    assert_true(rd(r, R_GSTS) & G_SRTP);
    vtd_model_die(r->m, true);
    assert_int_equal(rd(r, R_GSTS), 0xffffffff);
    assert_int_equal(rd64(r, R_CAP), ~0ULL);
    vtd_model_revive(r->m);
    gcmd_off(r, G_TE);
    assert_false(rd(r, R_GSTS) & G_TE);
    gcmd_off(r, G_QIE);
    vtd_model_fail_nth(r->m, 1, VTD_MODEL_DROP);
    wr64(r, R_CCMD, CCMD_ICC | 1ULL << 61);
    assert_true(rd64(r, R_CCMD) & CCMD_ICC);
    vtd_model_reset(r->m);
    assert_int_equal(rd(r, R_GSTS), 0);
    assert_int_equal(rd64(r, R_CCMD), 0);
    raw_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RAW_TEST(test_command_rules),
        RAW_TEST(test_register_invalidation),
        RAW_TEST(test_queue_wraps),
        RAW_TEST(test_wait_interrupt),
        RAW_TEST(test_queue_errors),
        RAW_TEST(test_device_timeout),
        RAW_TEST(test_fault_records),
        RAW_TEST(test_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
