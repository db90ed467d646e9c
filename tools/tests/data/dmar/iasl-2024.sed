# SPDX-License-Identifier: GPL-2.0-only
# For an iasl that splits the reserved fields of a unit and of a scope in two.
/Subtable Type : 0000/,/Segment/s/.*Reserved : 00$/[0001] Size (decoded below) : 00\n Size (pages, log2) : 0/
/Entry Length/{n
s/.*Reserved : 0000$/[0001] Flags : 00\n[0001] Reserved : 00/
}
