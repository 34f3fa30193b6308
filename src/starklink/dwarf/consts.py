"""Names and numbers of DWARF 2 to 5 (DWARF 5 section 7) and of the GNU extensions in use, readable both ways.

`TAG["subprogram"]` is 0x2e and `TAG.name(0x2e)` is "subprogram". A number in the lists below is the value of the name
that follows it; further names count on from there.
"""

from __future__ import annotations

from typing import Final

from ..objwriter.elf.consts import Names


def _names(prefix: str, text: str) -> Names:
    values: dict[str, int] = {}
    number = 0
    for word in text.split():
        if word[0].isdigit():
            number = int(word, 0)
        else:
            values[word] = number
            number += 1
    return Names(prefix, values)

TAG: Final = _names("DW_TAG", """
    0 null array_type class_type entry_point enumeration_type formal_parameter 8 imported_declaration 0xa label
    lexical_block 0xd member 0xf pointer_type reference_type compile_unit string_type structure_type 0x15
    subroutine_type typedef union_type unspecified_parameters variant common_block common_inclusion inheritance
    inlined_subroutine module ptr_to_member_type set_type subrange_type with_stmt access_declaration base_type
    catch_block const_type constant enumerator file_type friend namelist namelist_item packed_type subprogram
    template_type_parameter template_value_parameter thrown_type try_block variant_part variable volatile_type
    dwarf_procedure restrict_type interface_type namespace imported_module unspecified_type partial_unit
    imported_unit 0x3f condition shared_type type_unit rvalue_reference_type template_alias coarray_type
    generic_subrange dynamic_type atomic_type call_site call_site_parameter skeleton_unit immutable_type 0x4106
    GNU_template_template_param GNU_template_parameter_pack GNU_formal_parameter_pack GNU_call_site
    GNU_call_site_parameter""")
"""DIE tags."""
AT: Final = _names("DW_AT", """
    1 sibling location name 9 ordering 0xb byte_size bit_offset bit_size 0x10 stmt_list low_pc high_pc language
    0x15 discr discr_value visibility import string_length common_reference comp_dir const_value containing_type
    default_value 0x20 inline is_optional lower_bound 0x25 producer 0x27 prototyped 0x2a return_addr 0x2c
    start_scope 0x2e bit_stride upper_bound 0x31 abstract_origin accessibility address_class artificial base_types
    calling_convention count data_member_location decl_column decl_file decl_line declaration discr_list encoding
    external frame_base friend identifier_case macro_info namelist_item priority segment specification static_link
    type use_location variable_parameter virtuality vtable_elem_location allocated associated data_location
    byte_stride entry_pc use_UTF8 extension ranges trampoline call_column call_file call_line description
    binary_scale decimal_scale small decimal_sign digit_count picture_string mutable threads_scaled explicit
    object_pointer endianity elemental pure recursive signature main_subprogram data_bit_offset const_expr
    enum_class linkage_name string_length_bit_size string_length_byte_size rank str_offsets_base addr_base
    rnglists_base dwo_id dwo_name reference rvalue_reference macros call_all_calls call_all_source_calls
    call_all_tail_calls call_return_pc call_value call_origin call_parameter call_pc call_tail_call call_target
    call_target_clobbered call_data_location call_data_value noreturn alignment export_symbols deleted defaulted
    loclists_base 0x2107 GNU_vector 0x210f GNU_odr_signature GNU_template_name GNU_call_site_value
    GNU_call_site_data_value GNU_call_site_target GNU_call_site_target_clobbered GNU_tail_call
    GNU_all_tail_call_sites GNU_all_call_sites GNU_all_source_call_sites GNU_macros GNU_deleted 0x2130
    GNU_dwo_name GNU_dwo_id GNU_ranges_base GNU_addr_base GNU_pubnames GNU_pubtypes GNU_discriminator GNU_locviews
    GNU_entry_view 0x2301 use_GNAT_descriptive_type GNAT_descriptive_type GNU_numerator GNU_denominator GNU_bias""")
"""DIE attributes."""
FORM: Final = _names("DW_FORM", """
    1 addr 3 block2 block4 data2 data4 data8 string block block1 data1 flag sdata strp udata ref_addr ref1 ref2
    ref4 ref8 ref_udata indirect sec_offset exprloc flag_present strx addrx ref_sup4 strp_sup data16 line_strp
    ref_sig8 implicit_const loclistx rnglistx ref_sup8 strx1 strx2 strx3 strx4 addrx1 addrx2 addrx3 addrx4 0x1f01
    GNU_addr_index GNU_str_index 0x1f20 GNU_ref_alt GNU_strp_alt""")
"""Attribute forms."""
OP: Final = _names("DW_OP", """
    3 addr 6 deref 8 const1u const1s const2u const2s const4u const4s const8u const8s constu consts dup drop over
    pick swap rot xderef abs and div minus mod mul neg not or plus plus_uconst shl shr shra xor bra eq ge gt le lt
    ne skip lit0 lit1 lit2 lit3 lit4 lit5 lit6 lit7 lit8 lit9 lit10 lit11 lit12 lit13 lit14 lit15 lit16 lit17
    lit18 lit19 lit20 lit21 lit22 lit23 lit24 lit25 lit26 lit27 lit28 lit29 lit30 lit31 reg0 reg1 reg2 reg3 reg4
    reg5 reg6 reg7 reg8 reg9 reg10 reg11 reg12 reg13 reg14 reg15 reg16 reg17 reg18 reg19 reg20 reg21 reg22 reg23
    reg24 reg25 reg26 reg27 reg28 reg29 reg30 reg31 breg0 breg1 breg2 breg3 breg4 breg5 breg6 breg7 breg8 breg9
    breg10 breg11 breg12 breg13 breg14 breg15 breg16 breg17 breg18 breg19 breg20 breg21 breg22 breg23 breg24
    breg25 breg26 breg27 breg28 breg29 breg30 breg31 regx fbreg bregx piece deref_size xderef_size nop
    push_object_address call2 call4 call_ref form_tls_address call_frame_cfa bit_piece implicit_value stack_value
    implicit_pointer addrx constx entry_value const_type regval_type deref_type xderef_type convert reinterpret
    0xe0 GNU_push_tls_address 0xf0 GNU_uninit 0xf2 GNU_implicit_pointer GNU_entry_value GNU_const_type GNU_regval_type
    GNU_deref_type GNU_convert 0xf9 GNU_reinterpret GNU_parameter_ref GNU_addr_index GNU_const_index GNU_variable_value""")
"""Expression operations."""
LANG: Final = _names("DW_LANG", """
    1 C89 C Ada83 C_plus_plus Cobol74 Cobol85 Fortran77 Fortran90 Pascal83 Modula2 Java C99 Ada95 Fortran95 PLI
    ObjC ObjC_plus_plus 0x13 D Python OpenCL Go Modula3 Haskell C_plus_plus_03 C_plus_plus_11 OCaml Rust C11 Swift
    Julia Dylan C_plus_plus_14 Fortran03 Fortran08 0x25 BLISS Kotlin Zig Crystal 0x2a C_plus_plus_17
    C_plus_plus_20 C17 0x32 C_sharp""")
"""Source languages."""
ATE: Final = _names("DW_ATE", """
    1 address boolean complex_float float signed signed_char unsigned unsigned_char imaginary_float packed_decimal
    numeric_string edited signed_fixed unsigned_fixed decimal_float UTF""")
"""Base type encodings."""
CFA: Final = _names("DW_CFA", """
    0 nop set_loc advance_loc1 advance_loc2 advance_loc4 offset_extended restore_extended undefined same_value
    register remember_state restore_state def_cfa def_cfa_register def_cfa_offset def_cfa_expression expression
    offset_extended_sf def_cfa_sf def_cfa_offset_sf val_offset val_offset_sf val_expression 0x2e GNU_args_size
    0x40 advance_loc 0x80 offset 0xc0 restore""")
"""Call frame instructions."""
LNS: Final = _names("DW_LNS", """
    1 copy advance_pc advance_line set_file set_column negate_stmt set_basic_block const_add_pc fixed_advance_pc
    set_prologue_end set_epilogue_begin set_isa""")
"""Standard line opcodes."""
LNE: Final = _names("DW_LNE", "1 end_sequence set_address define_file set_discriminator")
"""Extended line opcodes."""
LNCT: Final = _names("DW_LNCT", "1 path directory_index timestamp size MD5")
"""Line table entry contents."""
RLE: Final = _names("DW_RLE", """
    0 end_of_list base_addressx startx_endx startx_length offset_pair base_address start_end start_length""")
"""Range list entries."""
LLE: Final = _names("DW_LLE", """
    0 end_of_list base_addressx startx_endx startx_length offset_pair default_location base_address start_end
    start_length""")
"""Location list entries."""
UT: Final = _names("DW_UT", "1 compile type partial skeleton split_compile split_type")
"""Unit types."""

INL: Final = _names("DW_INL", "0 not_inlined inlined declared_not_inlined declared_inlined")
ACCESS: Final = _names("DW_ACCESS", "1 public protected private")
VIRTUALITY: Final = _names("DW_VIRTUALITY", "0 none virtual pure_virtual")
CC: Final = _names("DW_CC", "1 normal program nocall pass_by_reference pass_by_value")

REGISTERS: Final = (
    "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "RA",
    *(f"xmm{number}" for number in range(16)))
"""x86-64 register names by DWARF number (psABI figure 3.36)."""
RSP: Final = 7
RETURN_ADDRESS: Final = 16

EH_PE_ABSPTR: Final = 0x00
EH_PE_UDATA4: Final = 0x03
EH_PE_SDATA4: Final = 0x0B
EH_PE_PCREL: Final = 0x10
EH_PE_DATAREL: Final = 0x30
