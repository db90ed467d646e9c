/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SMMUv1 and v2 as kernels on real machines print them: data/smmuv2/caps.tsv,
 * or the file named by $SMMUV2_CAPS.
 */
#ifndef TESTS_SMMUV2_SHAPES_H
#define TESTS_SMMUV2_SHAPES_H

#include "models/smmuv2-model.h"

struct v2_shape {
    unsigned int version;
    bool s1, s2, nested;
    bool coherent, overridden;
    int smrs, banks, s2_only;       /* -1: not printed */
    unsigned int out, in;           /* bits of stage 2; 0: not printed */
    char line[256];
};

/* How many there are, with a second stage alone or all. */
unsigned int v2_nr_shapes(bool all);
const struct v2_shape *v2_shape(unsigned int i, bool all);

/* One of them on the model; @more: what is not printed, in all combinations. */
#define V2_NR_MORE 8
struct smmuv2_model_cfg v2_shape_cfg(const struct v2_shape *s,
                                     unsigned int more);

/*
 * Shape @i of those with a second stage, for a suite: streams are matched, and
 * where it has fewer banks or entries than the suite needs, it gets so many.
 */
struct smmuv2_model_cfg v2_shape_for(unsigned int i, unsigned int banks,
                                     unsigned int smrs);

#endif /* TESTS_SMMUV2_SHAPES_H */
