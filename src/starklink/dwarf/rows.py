"""What DWARF allows in which version: tags, attributes with the classes of their values, forms and operations, a row each
(DWARF 2 section 7.5, DWARF 3 and 4 section 7.5, DWARF 5 tables 7.3, 7.5, 7.6 and 7.9).

`numbers` of the names are in `consts`; a name of `consts` without a row here is an extension and allowed in any version.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .consts import AT, FORM, OP, TAG, _names

MACRO: Final = _names("DW_MACRO", """
    1 define undef start_file end_file define_strp undef_strp import define_sup undef_sup import_sup define_strx
    undef_strx""")
"""Entries of `.debug_macro` (version 5)."""
MACINFO: Final = _names("DW_MACINFO", "1 define undef start_file end_file 0xff vendor_ext")
"""Entries of `.debug_macinfo` (before version 5)."""
IDX: Final = _names("DW_IDX", "1 compile_unit type_unit die_offset parent type_hash")
"""Columns of `.debug_names`."""
SECT: Final = _names("DW_SECT", "1 INFO 3 ABBREV LINE LOCLISTS STR_OFFSETS MACRO RNGLISTS")
"""Columns of a package index."""
DEFAULTED: Final = _names("DW_DEFAULTED", "0 no in_class out_of_class")

CLASSES: Final = {
    "a": "address", "b": "block", "c": "constant", "e": "exprloc", "f": "flag", "r": "reference", "s": "string",
    "l": "lineptr", "L": "loclist", "m": "macptr", "n": "rnglist", "A": "addrptr", "O": "stroffsetsptr", "P": "loclistsptr",
    "R": "rnglistsptr"}
"""Classes of attribute values by their letter in the table of attributes."""


class FormRow(NamedTuple):
    """A form: the version that introduced it, the letters of its classes, and how its value is stored.

    `layout`: a number of bytes, or "address", "offset", "uleb", "sleb", "string", "none", "const" (in the abbreviation),
    "block1", "block2", "block4", "block" (counted by a ULEB128), "indirect".
    """

    name: str
    since: int
    classes: str
    layout: str


_FORM_TEXT: Final = """
    addr 2 a address; block2 2 b block2; block4 2 b block4; data2 2 c 2; data4 2 c 4; data8 2 c 8; string 2 s string;
    block 2 b block; block1 2 b block1; data1 2 c 1; flag 2 f 1; sdata 2 c sleb; strp 2 s offset; udata 2 c uleb;
    ref_addr 2 r offset; ref1 2 r 1; ref2 2 r 2; ref4 2 r 4; ref8 2 r 8; ref_udata 2 r uleb; indirect 2 * indirect;
    sec_offset 4 lLmnAOPR offset; exprloc 4 e block; flag_present 4 f none; ref_sig8 4 r 8; strx 5 s uleb; addrx 5 a uleb;
    ref_sup4 5 r 4; strp_sup 5 s offset; data16 5 c 16; line_strp 5 s offset; implicit_const 5 c const; loclistx 5 L uleb;
    rnglistx 5 n uleb; ref_sup8 5 r 8; strx1 5 s 1; strx2 5 s 2; strx3 5 s 3; strx4 5 s 4; addrx1 5 a 1; addrx2 5 a 2;
    addrx3 5 a 3; addrx4 5 a 4; GNU_addr_index 2 a uleb; GNU_str_index 2 s uleb; GNU_ref_alt 2 r offset;
    GNU_strp_alt 2 s offset"""
FORMS: Final[dict[str, FormRow]] = {
    name: FormRow(name, int(since), classes, layout)
    for name, since, classes, layout in (row.split() for row in _FORM_TEXT.split(";"))}
"""All forms. Before version 4 an expression is a block and a section offset is data4 (data8 in the 64-bit format)."""


class AttributeRow(NamedTuple):
    """An attribute: the version that introduced it and, by class letter, the version that allowed the class."""

    name: str
    since: int
    classes: dict[str, int]


_ATTRIBUTE_TEXT: Final = """
    sibling 2 r; location 2 eL; name 2 s; ordering 2 c; byte_size 2 cer; bit_offset 2 cer; bit_size 2 cer; stmt_list 2 l;
    low_pc 2 a; high_pc 2 ac4; language 2 c; discr 2 r; discr_value 2 c; visibility 2 c; import 2 r; string_length 2 eLr5;
    common_reference 2 r; comp_dir 2 s; const_value 2 bcs; containing_type 2 r; default_value 2 rcf; inline 2 c;
    is_optional 2 f; lower_bound 2 cer; producer 2 s; prototyped 2 f; return_addr 2 eL; start_scope 2 cn; bit_stride 2 cer;
    upper_bound 2 cer; abstract_origin 2 r; accessibility 2 c; address_class 2 c; artificial 2 f; base_types 2 r;
    calling_convention 2 c; count 2 cer; data_member_location 2 c3eL; decl_column 2 c; decl_file 2 c; decl_line 2 c;
    declaration 2 f; discr_list 2 b; encoding 2 c; external 2 f; frame_base 2 eL; friend 2 r; identifier_case 2 c;
    macro_info 2 m; namelist_item 2 r; priority 2 r; segment 2 eL; specification 2 r; static_link 2 eL; type 2 r;
    use_location 2 eL; variable_parameter 2 f; virtuality 2 c; vtable_elem_location 2 eL; allocated 3 cer; associated 3 cer;
    data_location 3 e; byte_stride 3 cer; entry_pc 3 ac5; use_UTF8 3 f; extension 3 r; ranges 3 n; trampoline 3 afrs;
    call_column 3 c; call_file 3 c; call_line 3 c; description 3 s; binary_scale 3 c; decimal_scale 3 c; small 3 r;
    decimal_sign 3 c; digit_count 3 c; picture_string 3 s; mutable 3 f; threads_scaled 3 f; explicit 3 f; object_pointer 3 r;
    endianity 3 c; elemental 3 f; pure 3 f; recursive 3 f; signature 4 r; main_subprogram 4 f; data_bit_offset 4 c;
    const_expr 4 f; enum_class 4 f; linkage_name 4 s; string_length_bit_size 5 c; string_length_byte_size 5 c; rank 5 ce;
    str_offsets_base 5 O; addr_base 5 A; rnglists_base 5 R; dwo_name 5 s; reference 5 f; rvalue_reference 5 f; macros 5 m;
    call_all_calls 5 f; call_all_source_calls 5 f; call_all_tail_calls 5 f; call_return_pc 5 a; call_value 5 e; call_origin 5 er;
    call_parameter 5 r; call_pc 5 a; call_tail_call 5 f; call_target 5 e; call_target_clobbered 5 e; call_data_location 5 e;
    call_data_value 5 e; noreturn 5 f; alignment 5 c; export_symbols 5 f; deleted 5 f; defaulted 5 c; loclists_base 5 P;
    dwo_id 4 c; GNU_vector 2 f; GNU_odr_signature 2 c; GNU_template_name 2 s; GNU_call_site_value 2 e;
    GNU_call_site_data_value 2 e; GNU_call_site_target 2 e; GNU_call_site_target_clobbered 2 e; GNU_tail_call 2 f;
    GNU_all_tail_call_sites 2 f; GNU_all_call_sites 2 f; GNU_all_source_call_sites 2 f; GNU_macros 2 m; GNU_deleted 2 f;
    GNU_dwo_name 2 s; GNU_dwo_id 2 c; GNU_ranges_base 2 n; GNU_addr_base 2 A; GNU_pubnames 2 f; GNU_pubtypes 2 f;
    GNU_discriminator 2 c; GNU_locviews 2 L; GNU_entry_view 2 c"""


def _attribute(text: str) -> AttributeRow:
    name, since, letters = text.split()
    classes: dict[str, int] = {}
    last = ""
    for letter in letters:
        if letter.isdigit():
            classes[last] = int(letter)
        else:
            classes[last := letter] = int(since)
    return AttributeRow(name, int(since), classes)


ATTRIBUTES: Final[dict[str, AttributeRow]] = {row.name: row for row in map(_attribute, _ATTRIBUTE_TEXT.split(";"))}
"""All attributes of the standard and the GNU extensions in use."""

_TAG_FIRST: Final = {3: "dwarf_procedure restrict_type interface_type namespace imported_module unspecified_type "
                        "partial_unit imported_unit condition shared_type",
                     4: "type_unit rvalue_reference_type template_alias",
                     5: "coarray_type generic_subrange dynamic_type atomic_type call_site call_site_parameter "
                        "skeleton_unit immutable_type"}
TAGS: Final[dict[str, int]] = {name: 2 for name in TAG.values if name != "null"} | {
    name: version for version, names in _TAG_FIRST.items() for name in names.split()}
"""The version that introduced each tag (2 for extensions)."""


class OperationRow(NamedTuple):
    """An expression operation: the version that introduced it, its operands, and how many entries it pops and pushes.

    Operands are letters: a (address), 1 2 4 8 (unsigned bytes), b h i q (signed 1, 2, 4, 8 bytes), U (ULEB128), S (SLEB128),
    B (bytes counted by a ULEB128), E (an expression counted so), T (a base type: ULEB128 offset in the unit), D (one byte
    count and as many bytes), R (a section offset), G (a distance of 2 bytes). `pops` is -1 if it is not known.
    """

    name: str
    since: int
    operands: str
    pops: int
    pushes: int


_OPERATION_TEXT: Final = """
    addr 2 a 0 1; deref 2 - 1 1; const1u 2 1 0 1; const1s 2 b 0 1; const2u 2 2 0 1; const2s 2 h 0 1; const4u 2 4 0 1;
    const4s 2 i 0 1; const8u 2 8 0 1; const8s 2 q 0 1; constu 2 U 0 1; consts 2 S 0 1; dup 2 - 1 2; drop 2 - 1 0; over 2 - 2 3;
    pick 2 1 0 1; swap 2 - 2 2; rot 2 - 3 3; xderef 2 - 2 1; abs 2 - 1 1; and 2 - 2 1; div 2 - 2 1; minus 2 - 2 1; mod 2 - 2 1;
    mul 2 - 2 1; neg 2 - 1 1; not 2 - 1 1; or 2 - 2 1; plus 2 - 2 1; plus_uconst 2 U 1 1; shl 2 - 2 1; shr 2 - 2 1;
    shra 2 - 2 1; xor 2 - 2 1; bra 2 G 1 0; eq 2 - 2 1; ge 2 - 2 1; gt 2 - 2 1; le 2 - 2 1; lt 2 - 2 1; ne 2 - 2 1;
    skip 2 G 0 0; regx 2 U 0 0; fbreg 2 S 0 1; bregx 2 US 0 1; piece 2 U 0 0; deref_size 2 1 1 1; xderef_size 2 1 2 1;
    nop 2 - 0 0; push_object_address 3 - 0 1; call2 3 2 0 0; call4 3 4 0 0; call_ref 3 R 0 0; form_tls_address 3 - 1 1;
    call_frame_cfa 3 - 0 1; bit_piece 3 UU 0 0; implicit_value 4 B 0 0; stack_value 4 - 1 1; implicit_pointer 5 RS 0 0;
    addrx 5 U 0 1; constx 5 U 0 1; entry_value 5 E 0 1; const_type 5 TD 0 1; regval_type 5 UT 0 1; deref_type 5 1T 1 1;
    xderef_type 5 1T 2 1; convert 5 T 1 1; reinterpret 5 T 1 1; GNU_push_tls_address 2 - 1 1; GNU_uninit 2 - 0 0;
    GNU_implicit_pointer 2 RS 0 0; GNU_entry_value 2 E 0 1; GNU_const_type 2 TD 0 1; GNU_regval_type 2 UT 0 1;
    GNU_deref_type 2 1T 1 1; GNU_convert 2 T 1 1; GNU_reinterpret 2 T 1 1; GNU_parameter_ref 2 4 0 1; GNU_addr_index 2 U 0 1;
    GNU_const_index 2 U 0 1; GNU_variable_value 2 R 0 1"""
OPERATIONS: Final[dict[int, OperationRow]] = {
    OP[name]: OperationRow(name, int(since), "" if operands == "-" else operands, int(pops), int(pushes))
    for name, since, operands, pops, pushes in (row.split() for row in _OPERATION_TEXT.split(";"))} | {
    OP[f"{kind}{number}"]: OperationRow(f"{kind}{number}", 2, operands, 0, pushes)
    for kind, operands, pushes in (("lit", "", 1), ("reg", "", 0), ("breg", "S", 1)) for number in range(32)}
"""All operations by number. call2, call4 and call_ref leave the stack as the called entry's expression does."""


class VersionError(ValueError):
    """Something that a DWARF version does not have, or an attribute whose value has the wrong class."""


def check_tag(tag: str, version: int) -> None:
    """Raise VersionError for a tag the version does not have, KeyError for an unknown one."""
    since = TAGS.get(tag)
    if since is None:
        raise KeyError(f"there is no tag DW_TAG_{tag}")
    if since > version:
        raise VersionError(f"DW_TAG_{tag} needs DWARF {since}, this unit has version {version}")


def check_attribute(name: str, letter: str, version: int) -> None:
    """Raise VersionError for an attribute the version does not have or that takes no value of this class, KeyError for an
    unknown one. `letter`: of CLASSES."""
    row = ATTRIBUTES.get(name)
    if row is None:
        if name in AT.values:
            return
        raise KeyError(f"there is no attribute DW_AT_{name}")
    if row.since > version:
        raise VersionError(f"DW_AT_{name} needs DWARF {row.since}, this unit has version {version}")
    since = row.classes.get(letter)
    if since is None:
        allowed = ", ".join(CLASSES[one] for one in row.classes)
        raise VersionError(f"DW_AT_{name} takes {allowed}, not {CLASSES[letter]}")
    if since > version:
        raise VersionError(f"DW_AT_{name} takes {CLASSES[letter]} since DWARF {since}, this unit has version {version}")


def check_form(form: str, version: int) -> None:
    """Raise VersionError for a form the version does not have, KeyError for an unknown one."""
    row = FORMS.get(form)
    if row is None:
        raise KeyError(f"there is no form DW_FORM_{form}")
    if row.since > version:
        raise VersionError(f"DW_FORM_{form} needs DWARF {row.since}, this unit has version {version}")


assert FORMS.keys() == FORM.values.keys()
