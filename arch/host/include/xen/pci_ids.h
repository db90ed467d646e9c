/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_PCI_IDS_H
#define HOST_XEN_PCI_IDS_H

#define PCI_VENDOR_ID_INTEL 0x8086
#define PCI_VENDOR_ID_AMD   0x1022

#endif
