/* SPDX-License-Identifier: GPL-2.0-only */
/* suite-stale.h, on SMMUv2 units of all kinds. */
#include "smmuv2-system.h"
#include "suite-stale.h"

#include "smmuv2-fixture.h"
#include "smmuv2-shapes.h"

/* Version 1, ARMv7's tables, and 16-bit IDs among them; and unlike pairs. */
static void run(unsigned int v, unsigned int w)
{
    struct smmuv2_model_cfg a = v2_variant(v), b = v2_variant(w);

    v2s_prepare_two(&a, &b);
    suite_stale();
}

static void test_default(void **state) { run(0, 0); }
static void test_not_coherent(void **state) { run(7, 7); }
static void test_version1(void **state) { run(1, 1); }
static void test_extended(void **state) { run(3, 3); }
static void test_armv7(void **state) { run(4, 5); }
static void test_unequal(void **state) { run(9, 0); }

/* Real units, each beside the next one in the list. */
static void test_shapes(void **state)
{
    unsigned int i, nr = v2_nr_shapes(false);

    for ( i = 0; i < nr; i++ )
    {
        struct smmuv2_model_cfg a = v2_shape_for(i, 3, 4);
        struct smmuv2_model_cfg b = v2_shape_for((i + 1) % nr, 3, 4);

        v2s_prepare_two(&a, &b);
        suite_stale();
    }
}

/* Units that share a TLB. */
static void test_cavium(void **state)
{
    struct smmuv2_model_cfg a = v2_variant(3), b = a;

    /* Any: the fixture takes the first unit's. */
    b.tlb_of = (void *)1;
    v2_cavium = true;
    v2s_prepare_two(&a, &b);
    suite_stale();
    v2_cavium = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_default), VM_TEST(test_not_coherent),
        VM_TEST(test_version1), VM_TEST(test_extended), VM_TEST(test_armv7),
        VM_TEST(test_unequal), VM_TEST(test_cavium),
        VM_TEST(test_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
