/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines with the feature registers of real ones, one test each: the driver
 * comes up, DMA arrives up to the width and not beyond, nothing is stale.  The
 * numbers are those of data/caps/amd.tsv, or of the file that $AMD_CAPS names:
 * EFR and EFR2, hexadecimal, "-" is not known; the first line names the fields.
 */
#include "amd-system.h"

#include <errno.h>
#include <stdio.h>

#include "models/amd-regs.h"

#define MAX_MACHINES 4096
#define LOW          0x1234UL
#define GIG          (1UL << 18)
#define ADDR(f)      ((uint64_t)(f) << PAGE_SHIFT)
#define RW           (IOMMUF_readable | IOMMUF_writable)

static struct amd_model_cfg machines[MAX_MACHINES];
static char names[MAX_MACHINES][48];

/* Bits of input addresses that the deepest table has. */
static unsigned int width(const struct amd_model_cfg *cfg)
{
    unsigned int levels = cfg->no_efr ? 4 : 4 + EFR_HATS(cfg->efr);

    return levels < 6 ? 12 + 9 * levels : 64;
}

static void arrives(pci_sbdf_t sbdf, uint64_t addr, uint64_t want)
{
    assert_int_equal(vm_dma_to(sbdf, addr), want);
}

static void faults(pci_sbdf_t sbdf, uint64_t addr)
{
    /* Not vm_dma(): bus mastering goes with many faults. */
    assert_int_equal(amd_model_translate(as_model(sbdf), sbdf.bdf, addr, true,
                                         NULL), EV_PAGE_FAULT);
    vm_settle();
    pci_conf_write16(sbdf, PCI_COMMAND,
                     PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

/* What is mapped, replaced, split and unmapped is so for all at once. */
static void check_changes(pci_sbdf_t sbdf, struct domain *d)
{
    const uint64_t hole = 0x777, frames = 3 * GIG;

    arrives(sbdf, ADDR(LOW), virt_to_maddr(vm_page(d, LOW)));
    arrives(sbdf, ADDR(LOW), virt_to_maddr(vm_page(d, LOW)));
    assert_int_equal(vm_map(d, 0, frames, GIG, RW), 0);
    arrives(sbdf, ADDR(LOW), ADDR(frames + LOW));
    arrives(sbdf, ADDR(hole), ADDR(frames + hole));
    assert_int_equal(vm_unmap(d, hole, 1), 0);
    faults(sbdf, ADDR(hole));
    arrives(sbdf, ADDR(hole + 1), ADDR(frames + hole + 1));
    assert_int_equal(vm_unmap(d, 0, GIG), 0);
    faults(sbdf, ADDR(LOW));
    faults(sbdf, ADDR(hole + 1));
}

/* The last page of what the domain's table spans. */
static void check_top(pci_sbdf_t sbdf, struct domain *d)
{
    const struct pt_config *cfg = &vm_dev(sbdf)->attached->table->pt.cfg;
    uint64_t top = (1ULL << cfg->in_bits) - PAGE_SIZE;

    assert_true(cfg->in_bits >= 48 &&
                cfg->in_bits <= width(&machines[vm.failing]));
    arrives(sbdf, top, virt_to_maddr(vm_page(d, top >> PAGE_SHIFT)));
    faults(sbdf, top + PAGE_SIZE);
    assert_int_equal(vm_unmap(d, top >> PAGE_SHIFT, 1), 0);
    faults(sbdf, top);
}

static void test_machine(void **state)
{
    static const pci_sbdf_t devs[] = { { .sbdf = 0x10 }, { .sbdf = 0x28 } };
    const struct amd_model_cfg *cfg = *state;
    unsigned int i;

    as_up(cfg);
    vm.failing = cfg - machines;
    for ( i = 0; i < ARRAY_SIZE(devs); i++ )
    {
        assert_true(vm_blocked(devs[i]));
        assert_int_equal(vm_give(devs[i], vm.guest), 0);
        check_changes(devs[i], vm.guest);
        check_top(devs[i], vm.guest);
        assert_int_equal(vm_give(devs[i], dom_io), 0);
        assert_true(vm_blocked(devs[i]));
    }
    vm_down();
}

/* Kinds of units that no file has. */
static const struct amd_model_cfg odd[] = {
    { .no_efr = true },
    { .no_efr = true, .np_cache = true, .iotlb = true },
    { .efr = 0, .iotlb = true },
    { .efr = ~(3ULL << 10) & ~EFR_SNP, .efr2 = ~0ULL, .iotlb = true },
    { .efr = 3ULL << 10 },              /* HATS reserved */
    { .efr = EFR_IA | 1ULL << 10, .np_cache = true },
    { .efr = EFR_GA }, { .efr = EFR_XT },
    { .efr = EFR_XT | EFR_GA, .no_msi = true },
};

static unsigned int add(unsigned int nr, const struct amd_model_cfg *cfg)
{
    machines[nr] = *cfg;
    snprintf(names[nr], sizeof(names[nr]), "EFR %llx EFR2 %llx%s",
             (unsigned long long)cfg->efr, (unsigned long long)cfg->efr2,
             cfg->no_efr ? " (not there)" : "");

    return nr + 1;
}

static unsigned int read_file(void)
{
    const char *name = getenv("AMD_CAPS");
    char own[512], line[128], second[32];
    unsigned int i, nr = 0;
    FILE *f;

    snprintf(own, sizeof(own), "%s/caps/amd.tsv", getenv("TEST_DATA") ?: "data");
    f = fopen(name ?: own, "r");
    if ( !f )
    {
        print_error("%s: %s\n", name ?: own, strerror(errno));
        exit(2);
    }

    while ( fgets(line, sizeof(line), f) && nr < MAX_MACHINES - ARRAY_SIZE(odd) )
    {
        struct amd_model_cfg cfg = { .iotlb = true };
        unsigned long long efr;

        /* The line of names looks like a number. */
        if ( !strncmp(line, "EFR", 3) ||
             sscanf(line, "%llx %31s", &efr, second) != 2 )
            continue;
        cfg.efr = efr;
        cfg.efr2 = strtoull(second, NULL, 16);
        nr = add(nr, &cfg);
    }
    fclose(f);

    for ( i = 0; i < ARRAY_SIZE(odd); i++ )
        nr = add(nr, &odd[i]);

    return nr;
}

int main(void)
{
    static struct CMUnitTest tests[MAX_MACHINES];
    unsigned int i, nr = read_file();

    for ( i = 0; i < nr; i++ )
        tests[i] = (struct CMUnitTest){
            .name = names[i],
            .test_func = test_machine,
            .teardown_func = vm_teardown,
            .initial_state = &machines[i],
        };

    return _cmocka_run_group_tests("machines", tests, nr, NULL, NULL);
}
