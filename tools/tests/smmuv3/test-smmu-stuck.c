/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that stop answering half way up, and come to life later: what they were
 * told of stays theirs.  Reading or writing memory that was freed is fatal in
 * the host's model of memory.  No leak is looked for at the end.
 */
#include "smmu-fixture.h"

static void test_up_then_back(void **state)
{
    unsigned int nth, kept = 0;

    for ( nth = 1; ; nth++ )
    {
        struct smmuv3_desc desc;
        bool reached;
        uint64_t ma;
        unsigned int sid;
        int rc;

        assert_true(nth < 200);
        sm_machine(&smmu_model_default, 1);
        desc = sm_desc(0);
        smmu_model_fail_nth(sm_model[0], nth, SMMU_MODEL_DIE);
        rc = smmuv3_add(&desc);
        reached = smmu_model_failed(sm_model[0]);
        smmu_model_fail_nth(sm_model[0], 0, SMMU_MODEL_DROP);
        smmu_model_revive(sm_model[0]);
        if ( !reached )
        {
            assert_int_equal(rc, 0);
            sm_teardown(NULL);
            break;
        }

        assert_int_equal(rc, -EIO);
        assert_true(list_empty(&iommu_units));
        kept += host_log_contains("does not turn off");

        /* Somebody else's memory by now, if it was freed. */
        for ( sid = 0; sid < 1024; sid++ )
            smmu_model_dma(sm_model[0], sid, 0x5000, true, &ma);
        smmu_model_forgive(sm_model[0]);
        sm_teardown(NULL);
    }

    /* From when its queues were on. */
    assert_true(kept >= 3 && kept < nth);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_up_then_back) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
