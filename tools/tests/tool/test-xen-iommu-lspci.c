/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu groups --lspci: what lspci prints of recorded machines with all of
 * its options, what people make of it when they paste it, and small texts by
 * hand.
 */
#include "xen-iommu-test.h"

#define TEXT(code, want, content, options) do {                         \
    write_file(content, "by-hand.txt");                                 \
    SAYS(code, want, "groups --lspci '%s/by-hand.txt' " options, work_dir); \
} while ( 0 )

/* ---- what lspci itself prints ---- */

/* The recorded machine through lspci, and its groups. */
static void compare_options(unsigned int nr, const char *options)
{
    assert_int_equal(run("lspci -F '%s/lspci.txt' %s >'%s/printed.txt' "
                         "2>/dev/null", work_dir, options, work_dir), 0);
    if ( run(TOOL "groups --json --lspci '%s/printed.txt' 2>/dev/null",
             out_dir, work_dir) )
        fail_msg("lspci %s of machine %03u is refused", options, nr);
    compare_expected(nr);
}

static void test_bytes(void **state)
{
    unsigned int nr;

    for ( nr = 0; nr < 30; nr++ )
    {
        convert(nr);
        compare_options(nr, "-P -xxxx");
    }
}

static void test_decoded(void **state)
{
    unsigned int nr;

    for ( nr = 0; nr < 30; nr++ )
    {
        convert(nr);
        compare_options(nr, "-D -nn -vv");
    }
}

static void test_options(void **state)
{
    static const char *const options[] = {
        "-xxxx", "-D -xxxx", "-PP -xxxx", "-D -PP -xxxx", "-vvv -xxxx",
        "-n -vv", "-nn -vv -P", "-nn -vvv -PP", "-nn -vvx", "-nn -vv -xxx",
        "-nn -vvb",
    };
    /* A deep switch; virtual functions; bridges to PCI. */
    static const unsigned int machines[] = { 3, 6, 18 };
    unsigned int i, j;

    for ( i = 0; i < ARRAY_SIZE(machines); i++ )
    {
        convert(machines[i]);
        for ( j = 0; j < ARRAY_SIZE(options); j++ )
            compare_options(machines[i], options[j]);
    }
}

/* -v has no controls; with --enable-acs they do not matter. */
static void test_one_v(void **state)
{
    static char want[65536];

    /* Linux' groups are in the flags, and may be on a line of their own. */
    TEXT(0, "Linux has them in 7 and 12, Xen both in 0",
         "00:1c.0 PCI bridge [0604]: X [8086:9999]\n"
         "\tFlags: bus master, fast devsel, latency 0, IRQ 120, IOMMU group 7\n"
         "\tBus: primary=00, secondary=01, subordinate=01, sec-latency=0\n"
         "\tCapabilities: [40] Express Root Port (Slot+), MSI 00\n\n"
         "01:00.0 Ethernet controller [0200]: X [8086:10d3]\n"
         "\tFlags: bus master, fast devsel, latency 0, IRQ 120,\n"
         "IOMMU group 12\n\tCapabilities: [e0] Express Endpoint, MSI 00\n", "");
    assert_non_null(strstr(text, "0000:01:00.0  8086:10d3  endpoint"));
    TEXT(0, "1 function (0000:00:1c.0) as lspci -v prints them",
         "00:1c.0 PCI bridge [0604]: X [8086:9999]\n\tFlags: bus master\n"
         "\tBus: primary=00, secondary=01, subordinate=01, sec-latency=0\n"
         "\tCapabilities: [40] Express Root Port (Slot+), MSI 00\n", "");

    convert(18);
    assert_int_equal(run(TOOL "groups --json --enable-acs --lspci "
                         "'%s/lspci.txt' 2>/dev/null", out_dir, work_dir), 0);
    strcpy(want, text);
    assert_int_equal(run("lspci -F '%s/lspci.txt' -nn -v 2>/dev/null | "
                         TOOL "groups --json --enable-acs --lspci - "
                         "2>/dev/null", work_dir, out_dir), 0);
    assert_string_equal(text, want);
}

/* ---- what people make of it ---- */

static void test_pasted(void **state)
{
    char forms[4096], *form, *save;
    static const char *const options[] = { "-nn -vv", "-vv -xxxx" };
    unsigned int i;

    convert(6);
    for ( i = 0; i < ARRAY_SIZE(options); i++ )
    {
        assert_int_equal(run("mkdir -p '%s/pasted' && "
                             "lspci -F '%s/lspci.txt' %s 2>/dev/null | "
                             "python3 '%s/tool/mangle.py' '%s/pasted'",
                             work_dir, work_dir, options[i], data_dir,
                             work_dir), 0);
        assert_true(*text && strlen(text) < sizeof(forms));
        strcpy(forms, text);

        for ( form = strtok_r(forms, "\n", &save); form;
              form = strtok_r(NULL, "\n", &save) )
        {
            if ( run(TOOL "groups --json --lspci '%s/pasted/%s' "
                     "2>'%s/errors.txt'", out_dir, work_dir, form, work_dir) )
            {
                run("cat '%s/errors.txt'", work_dir);
                fail_msg("%s, %s: %s", options[i], form, text);
            }
            compare_expected(6);
        }
    }
}

/* ---- by hand ---- */

#define ROWS(first, second, third)                                      \
    "00: " first "\n10: " second "\n20: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n" \
    "30: " third "\n"
#define ONES "ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff"
#define ZERO "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
/* With a capability list, without; a bridge to bus 1. */
#define CAPS   "00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00"
#define DEVICE "86 80 22 29 00 00 10 00 00 00 00 00 00 00 00 00"
#define PLAIN  "86 80 22 29 00 00 00 00 00 00 00 00 00 00 00 00"
#define BRIDGE "86 80 10 1e 00 00 10 00 00 00 04 06 00 00 01 00"
#define TO_1   "00 00 00 00 00 00 00 00 00 01 01 00 00 00 00 00"
#define EXPRESS "40: 10 00 02 00 " "00 00 00 00 00 00 00 00 00 00 00 00\n"
#define ROOT_PORT "40: 10 00 42 00 00 00 00 00 00 00 00 00 00 00 00 00\n"

/* Four rows from "40" on. */
#define FOUR(a, b, c, d) a "0: " ZERO "\n" b "0: " ZERO "\n" c "0: " ZERO "\n" d "0: " ZERO "\n"
#define PORT(at, id, bus, acs)                                          \
    at " PCI bridge [0604]: A name\nthat was wrapped [8086:" id "] (rev c4) (prog-if 00 [Normal decode])\n" \
    "\tControl: I/O+ Mem+\n\tBus: primary=00, secondary=" bus ", subordinate=" bus ", sec-latency=0\n" \
    "\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00\n"     \
    "\t\tDevCap:\tMaxPayload 128 bytes, PhantFunc 0\n" acs
#define ACS(ctl)                                                        \
    "\tCapabilities: [148 v1] Access Control Services\n"                \
    "\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-\n" \
    "\t\tACSCtl:\t" ctl "\n"
#define ACS_IS_ON ACS("SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-")
#define NIC(at, phantoms, more)                                         \
    at " Ethernet controller [0200]: Some [8086:10d3]\n\tControl: I/O+ Mem+\n" \
    "\tCapabilities: [e0] Express (v1) Endpoint, MSI 00\n"              \
    "\t\tDevCap:\tMaxPayload 256 bytes, PhantFunc " phantoms ", Latency L0s <512ns\n" more
#define IN(nr) "\tIOMMU group: " nr "\n"

#define NAMES(content, want) TEXT(3, want, content, "")

static void test_cut(void **state)
{
    /* Only the one that was cut is of PCI, and on a root bus. */
    TEXT(0, "1 function (0000:00:1f.2) cut off before the end",
         "00:1c.0 PCI bridge\n" ROWS(BRIDGE, TO_1, CAPS) ROOT_PORT
         "00:1f.2 SATA\n" ROWS(DEVICE, ZERO, CAPS)
         "00:1f.3 SMBus\n" ROWS(PLAIN, ZERO, ZERO), "");
    assert_non_null(strstr(text, "0000:00:1f.3  8086:2922  PCI device              with 0000:00:1f.2"));
    /* Without a list there is nothing that could be missing. */
    TEXT(0, "Group 0", "00:1f.3 SMBus\n" ROWS(PLAIN, ZERO, ZERO), "");
    LACKS("cut off");
    NAMES("00:1c.0 PCI bridge\n" ROWS(BRIDGE, TO_1, CAPS)
          "00:1f.3 SMBus\n" ROWS(PLAIN, ZERO, ZERO),
          "by-hand.txt:1: configuration space of 0000:00:1c.0 is cut off after 64 bytes");
    NAMES("00:1c.0 PCI bridge\n" ROWS(BRIDGE, TO_1, CAPS) ROOT_PORT
          "01:00.0 NIC\n" ROWS(DEVICE, ZERO, CAPS)
          "02:00.0 NIC\n" ROWS(PLAIN, ZERO, ZERO),
          "since it is PCI Express: record it as root");
    /* The text ends in the middle of a row, the file in that of a function. */
    TEXT(0, "1 function (0000:00:1c.0) cut off",
         "00:01.0 SMBus\n" ROWS(PLAIN, ZERO, ZERO)
         "00:1c.0 PCI bridge\n" ROWS(BRIDGE, TO_1, CAPS) "40: 01 5", "");
    /* A row is missing: what comes after it is not taken for what it was. */
    TEXT(0, "by-hand.txt:7: 1 function (0000:00:1f.2) cut off",
         "00:1f.2 SATA\n" ROWS(DEVICE, ZERO, CAPS) "40: 05 70\n"
         "80: 10 00 42 00\n00:1f.3 SMBus\n" ROWS(PLAIN, ZERO, ZERO), "");
    /* Half of an ACS capability is none. */
    TEXT(0, "Group 0", "00:1c.0 PCI bridge\n" ROWS(BRIDGE, TO_1, CAPS) ROOT_PORT
         "01:00.0 NIC\n" ROWS(PLAIN, ZERO, ZERO), "");
    assert_non_null(strstr(text, "taken as having no ACS"));
    assert_non_null(strstr(text, "with 0000:00:1c.0: no effective ACS"));
    /* All ones are all ones, however few. */
    TEXT(0, "reads all ones", "00:01.0 SMBus\n" ROWS(PLAIN, ZERO, ZERO)
         "00:02.0 VGA (rev ff)\n00: " ONES "\n10: " ONES "\n20: " ONES "\n30: " ONES "\n", "");
    LACKS("cut off");
}

static void test_rows(void **state)
{
    /* Text adds nothing to all 256 bytes of a conventional function. */
    TEXT(0, "Group 0", "00:1f.3 SMBus\n\tControl: I/O+ Mem+\n"
         ROWS(DEVICE, ZERO, CAPS) FOUR("4", "5", "6", "7")
         FOUR("8", "9", "a", "b") FOUR("c", "d", "e", "f"), "");
    LACKS("decoded text");
    TEXT(0, "decoded text", "00:1f.3 SMBus\n\tControl: I/O+ Mem+\n"
         ROWS(DEVICE, ZERO, CAPS) FOUR("4", "5", "6", "7")
         FOUR("8", "9", "a", "b"), "");
    NAMES("00: 00 11\n", "by-hand.txt:1: \"00: 00 11\": bytes of no function");
    NAMES("00:01.0 a\n00: 00 11 xy\n", "by-hand.txt:2: \"00: 00 11 xy\": expected up to 16 bytes");
    NAMES("00:01.0 a\n00: " ZERO " 00\n", "expected up to 16 bytes");
    NAMES("00:01.0 a\nff8: " ZERO "\n", "below offset 1000");
    NAMES("00:01.0 a\n00: 1000\n", "only named");
    NAMES("00:01.0 a\n1: 00 11\n", "only named");
    NAMES("00:01.0 a\n1000: 00 11\n", "only named");
    NAMES("00:01.0 a\n10: 00 11\n", "by-hand.txt:2: configuration space of 0000:00:01.0 is cut off after 0 bytes");
    NAMES("\033]0;evil\a 00: 00 11\n00:01.0\n", "only named");
    NAMES("00: 00 11 \033]0;evil\a\n", "\"00: 00 11 \\x1b]0;evil\\x07\": expected up to 16 bytes");
    LACKS("\033");
}

static void test_twice(void **state)
{
    /* The same, in another form, with more of it. */
    TEXT(0, "Group 0", "0000:00:1f.3 SMBus\n" ROWS(PLAIN, ZERO, ZERO)
         "00:1f.3 again\n" ROWS(PLAIN, ZERO, ZERO) "40: " ZERO "\n", "");
    LACKS("Group 1");
    NAMES("00:1f.3 SMBus\n" ROWS(PLAIN, ZERO, ZERO)
          "00:1f.3 SMBus\n" ROWS(PLAIN, TO_1, ZERO),
          "by-hand.txt:8: byte 019 of 0000:00:1f.3 is 01 here and 00 in line 3");
    NAMES("00:1f.3 SMBus\n" ROWS(PLAIN, ZERO, ZERO) ROWS(PLAIN, TO_1, ZERO),
          "byte 019 is 01 here and 00 in line 3");
    NAMES("00:1c.0 PCI bridge\n\tControl: I/O+\n\tBus: primary=00, secondary=01, subordinate=01\n\n"
          "00:1c.0 PCI bridge\n\tControl: I/O+\n\tBus: primary=00, secondary=02, subordinate=02\n",
          "by-hand.txt:5: 0000:00:1c.0's buses are 02 to 02 here and 01 to 01 in line 1: expected the same function");
    NAMES(NIC("01:00.0", "0", "") NIC("01:00.0", "1", ""),
          "by-hand.txt:5: 0000:01:00.0's capabilities are others here than in line 1");
    NAMES(NIC("01:00.0", "0", IN("7")) NIC("01:00.0", "0", IN("8")),
          "0000:01:00.0's group of Linux' is 8 here and 7 in line 1");
    /* Two machines. */
    NAMES("00:1f.3 SMBus [0c05]: X [8086:1e22]\n\tControl: I/O+\n"
          "00:1f.3 SMBus [0c05]: X [8086:8d22]\n\tControl: I/O+\n",
          "by-hand.txt:3: 0000:00:1f.3's ID is 8086:8d22 here and 8086:1e22 in line 1");
    NAMES("00:1f.3 X [8086:1e22]\n\tSubsystem: X [17aa:1111]\n\tControl: I/O+\n"
          "00:1f.3 X [8086:1e22]\n\tSubsystem: X [17aa:2222]\n",
          "0000:00:1f.3's subsystem is 17aa:2222 here and 17aa:1111 in line 1");
}

static void test_paths(void **state)
{
    /* The path knows better than the bus numbers. */
    TEXT(0, "0000:05:00.0  8086:2922  PCI device              with 0000:00:1c.0: no effective ACS on the way",
         "00:1c.0 PCI bridge\n" ROWS(BRIDGE, TO_1, CAPS) ROOT_PORT
         "00:1c.0/05:00.0 x\n" ROWS(PLAIN, ZERO, ZERO), "");
    TEXT(0, "0000:01:02.3  8086:2922",
         "00:1c.0/02.3 x\n" ROWS(PLAIN, ZERO, ZERO)
         "00:1c.0 PCI bridge\n" ROWS(BRIDGE, TO_1, CAPS) ROOT_PORT, "");
    NAMES("00:1c.0/02.3 x\n" ROWS(PLAIN, ZERO, ZERO),
          "by-hand.txt:1: 0000:00:1c.0/02.3 has no bus number, and 0000:00:1c.0");
    NAMES("1c.0/02.3 x\n", "there is no PCI function in it");
    TEXT(0, "behind a VMD controller",
         "10000:e0:06.0 x\n00: 11 22\n\n00:1f.3 SMBus\n" ROWS(PLAIN, ZERO, ZERO)
         "10000:e0:06.0/e1:00.0 x\n00: 33 33\n", "");
    LACKS("e0:06");
    assert_null(strstr(strstr(text, "VMD") + 1, "VMD"));
}

/* ---- decoded text ---- */

static void test_text(void **state)
{
    TEXT(0, "0000:01:00.0  8086:10d3  endpoint              \n",
         PORT("00:1c.0", "9999", "01", ACS_IS_ON) NIC("01:00.0", "0", ""), "");
    assert_non_null(strstr(text, "2 functions (the first is 0000:00:1c.0) known from decoded text"));
    LACKS("with 0000");
    /* One control is off, or was cut off. */
    TEXT(0, "endpoint                with 0000:00:1c.0: no effective ACS",
         PORT("00:1c.0", "9999", "01", ACS("SrcValid+ TransBlk- ReqRedir- CmpltRedir+ UpstreamFwd+"))
         NIC("01:00.0", "0", ""), "");
    TEXT(0, "endpoint                with 0000:00:1c.0: no effective ACS",
         PORT("00:1c.0", "9999", "01", ACS("SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ Upst"))
         NIC("01:00.0", "0", ""), "");
    TEXT(0, "Group 1", PORT("00:1c.0", "9999", "01", ACS("SrcValid-"))
         NIC("01:00.0", "0", ""), "--enable-acs");
    TEXT(0, "note: ACS is off in 1 function that has it,",
         PORT("00:1c.0", "9999", "01", ACS("SrcValid-")), "");
    /* Functions 0 to 3 are free for phantoms of 0; function 4 is a device. */
    TEXT(0, "0000:02:00.4  8086:10d3  endpoint                with 0000:02:00.0: their DMA carries the same requester ID",
         NIC("02:00.0", "1", "") NIC("02:00.4", "0", ""), "");
    assert_non_null(strstr(text, "below a port that is not in the file"));
    TEXT(0, "0000:00:02.0  ????:????  PCI device",
         "00:02.0 VGA compatible controller: Nobody's\n\tFlags: bus master\n", "");
    assert_non_null(strstr(text, "1 function (0000:00:02.0) without IDs"));
    /* The name of a host bridge. */
    TEXT(0, "0000:00:00.0  ????:????  PCI device",
         "00:00.0 Host bridge: RD890 PCI to PCI bridge (external gfx0 port B) (rev 02)\n"
         "\tControl: I/O- Mem+\n", "");
    TEXT(0, "0000:00:00.0  ????:????  PCI bridge",
         "00:00.0 PCI bridge: RD890\n\tControl: I/O- Mem+\n", "");
    /* A path in firmware is no ID. */
    TEXT(0, "0000:00:02.0  8086:0116",
         "00:02.0 0300: 8086:0116\n\tDevice tree node: /a [1234:5678]\n\tFlags: bus master\n", "");
    TEXT(0, "0000:00:02.0  8086:0116",
         "00:02.0 0300: 8086:0116 (rev 09)\n\tSubsystem: 17aa:21cf\n\tFlags: bus master\n", "");
}

static void test_virtual_functions(void **state)
{
    TEXT(0, "0000:01:10.2  8086:10d3  virtual function      \n",
         PORT("00:1c.0", "9999", "01", ACS_IS_ON)
         NIC("01:00.0", "0", "\tCapabilities: [160 v1] Single Root I/O Virtualization (SR-IOV)\n"
             "\t\tIOVCtl:\tEnable+ Migration- Interrupt- MSE+ ARIHierarchy+\n"
             "\t\tInitial VFs: 8, Total VFs: 8, Number of VFs: 2, Function Dependency Link: 00\n"
             "\t\tVF offset: 128, stride: 2, Device ID: 10ca\n")
         NIC("01:10.0", "0", "") NIC("01:10.2", "0", "") NIC("01:10.4", "0", ""), "");
    assert_non_null(strstr(text, "0000:01:10.4  8086:10d3  endpoint                with"));
}

static void test_unknown(void **state)
{
    /* Not root. */
    TEXT(0, "whose capabilities only root may read",
         "00:1c.0 PCI bridge [0604]: X [8086:1e10]\n\tFlags: bus master\n"
         "\tBus: primary=00, secondary=01, subordinate=01, sec-latency=0\n"
         "\tCapabilities: <access denied>\n\n"
         "01:00.0 NIC [0200]: X [8086:10d3]\n\tFlags: bus master\n"
         "\tCapabilities: <access denied>\n", "");
    assert_non_null(strstr(text, "0000:01:00.0  8086:10d3  PCI device              with 0000:00:1c.0: their DMA carries"));
    assert_null(strstr(strstr(text, "only root") + 1, "only root"));
    /* Powered off. */
    TEXT(0, "0000:00:02.0  ffff:ffff",
         PORT("00:1c.0", "9999", "01", "") "00:02.0 VGA [0300]: X [10de:1234] (rev ff) (prog-if ff)\n"
         "\t!!! Unknown header type 7f\n", "");
    /* Only some are described. */
    TEXT(0, "1 function (0000:00:02.0) only named: the worst is assumed, and a bridge may lead anywhere",
         PORT("00:1c.0", "9999", "01", "") "\n00:02.0 VGA [0300]: X [10de:1234]\n", "");
    /* A bridge among them may be what leads to the others. */
    TEXT(0, "0000:05:00.0  8086:10d3  endpoint                with 0000:00:04.0",
         PORT("00:1c.0", "9999", "01", "") "\n00:04.0 PCI bridge [0604]: X [8086:1234]\n"
         NIC("05:00.0", "0", ""), "");
    LACKS("below a port that is not in the file");
    NAMES("00:02.0 VGA [0300]: X [10de:1234]\n\tKernel modules: x\n",
          "by-hand.txt:1: 0000:00:02.0 is only named, as all others are");
}

/* ---- Linux' groups ---- */

static void test_linux(void **state)
{
    TEXT(0, "Linux' groups are the same.",
         PORT("00:1c.0", "9999", "01", IN("7") ACS_IS_ON)
         NIC("01:00.0", "0", IN("12")), "");
    TEXT(0, "  0000:00:1c.0 and 0000:01:00.0: Linux has them in 7 and 12, Xen both in 0: no effective ACS on the way to the root, at 0000:00:1c.0\n",
         PORT("00:1c.0", "9999", "01", IN("7")) NIC("01:00.0", "0", IN("12")), "");
    /* Linux' group of what ties the two is not known. */
    TEXT(0, "  0000:01:00.0 and 0000:02:00.0: Linux has them in 9 and 10, Xen both in 0: no effective ACS on the way to the root, at 0000:00:1c.1\n",
         PORT("00:1c.0", "9999", "01", "") PORT("00:1c.1", "9999", "02", "")
         NIC("01:00.0", "0", IN("9")) NIC("02:00.0", "0", IN("10")), "");
    TEXT(0, "  0000:00:1c.0 and 0000:01:00.0: Linux has them in 7 both, Xen in 0 and 1: Xen switches ACS on at 0000:00:1c.0\n",
         PORT("00:1c.0", "9999", "01", IN("7") ACS("SrcValid-"))
         NIC("01:00.0", "0", IN("7")), "--enable-acs");
    TEXT(0, "7 both, Xen in 0 and 1: a statement of its vendor isolates 0000:00:1c.0",
         PORT("00:1c.0", "1e10", "01", IN("7")) NIC("01:00.0", "0", IN("7")),
         "--enable-acs");
    TEXT(0, "7 both, Xen in 0 and 1: nothing in the recording ties them",
         PORT("00:1c.0", "9999", "01", IN("7") ACS_IS_ON)
         NIC("01:00.0", "0", IN("7")), "");
    write_file(PORT("00:1c.0", "9999", "01", IN("7")) NIC("01:00.0", "0", IN("12")), "by-hand.txt");
    assert_int_equal(run(TOOL "groups --json --lspci '%s/by-hand.txt' "
                         "2>/dev/null | tee '%s/json' | "
                         "python3 '%s/tool/validate.py' "
                         "'%s/../../xen-iommu/schema/groups.json' && cat '%s/json'",
                         out_dir, work_dir, work_dir, data_dir, data_dir,
                         work_dir), 0);
    assert_non_null(strstr(text, "\"linux\": [7, 12], \"xen\": [0, 0]"));
    TEXT(0, "Group 0", NIC("00:02.0", "0", ""), "");
    LACKS("Linux");
    /* As scripts print them, before the rest. */
    TEXT(0, "Linux has them in 7 and 12, Xen both",
         "IOMMU Group 7:\n\t00:1c.0 PCI bridge [0604]: X [8086:9999]\n"
         "IOMMU Group 12:\n\t01:00.0 NIC [0200]: X [8086:10d3]\n\n"
         PORT("00:1c.0", "9999", "01", "") NIC("01:00.0", "0", ""), "");
    /* With what -k adds: the heading is for all up to the next. */
    TEXT(0, "0000:00:1c.0 and 0000:01:00.0: Linux has them in 7 both, Xen in 0 and 1",
         "IOMMU Group 7:\n\t00:1c.0 PCI bridge [0604]: X [8086:9999]\n"
         "\tDeviceName: slot\n\tSubsystem: X [17aa:1111]\n"
         "\tKernel driver in use: pcieport\n\tKernel modules: x\n"
         "\t01:00.0 NIC [0200]: X [8086:10d3]\n\n"
         PORT("00:1c.0", "9999", "01", ACS_IS_ON) NIC("01:00.0", "0", ""), "");
    TEXT(0, "Linux' groups are the same.",
         "IOMMU Group 7 00:1c.0 PCI bridge [0604]: X [8086:9999]\n"
         "IOMMU Group 12 01:00.0 NIC [0200]: X [8086:10d3]\n\n"
         PORT("00:1c.0", "9999", "01", ACS_IS_ON) NIC("01:00.0", "0", ""), "");
}

/* ---- what is no text ---- */

static void test_bounds(void **state)
{
    NAMES("", "it is empty");
    NAMES("\n\n  hello\n", "by-hand.txt:3: \"  hello\": there is no PCI function in it: expected what `lspci");
    SAYS(3, "Is a directory", "groups --lspci /");
    SAYS(3, "there is no PCI function", "groups --lspci - <'%s'/xen-iommu", out_dir);
    assert_int_equal(run("head -c 50000000 /dev/zero | " TOOL
                         "groups --lspci - 2>&1", out_dir), 3);
    assert_int_equal(run("python3 -c \"print('00:01.0 x' + 'y' * 5000000)\" | "
                         TOOL "groups --lspci - 2>&1", out_dir), 3);
    assert_int_equal(run("python3 -c \"[print('%%04x:%%02x:%%02x.0 x' %% "
                         "(i >> 13, i >> 5 & 255, i & 31)) for i in range(100000)]\" 2>&1 | "
                         TOOL "groups --lspci - 2>&1", out_dir), 3);
    assert_non_null(strstr(text, "standard input:16385: more than 16384 functions"));
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_bytes), T(test_decoded), T(test_options), T(test_one_v),
        T(test_pasted), T(test_cut), T(test_rows), T(test_twice),
        T(test_paths), T(test_text), T(test_virtual_functions),
        T(test_unknown), T(test_linux), T(test_bounds),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
