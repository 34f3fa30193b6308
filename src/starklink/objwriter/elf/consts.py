"""Names and numbers of the ELF format (System V gABI, x86-64 psABI), readable both ways.

Each number space is a `Names` table; the values the code itself needs are also plain constants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


class Names:
    """A number space: `table["PROGBITS"] == 1`, `table.name(1) == "PROGBITS"`. Unknown numbers print as hexadecimal."""

    __slots__ = ("names", "prefix", "values")

    def __init__(self, prefix: str, values: Mapping[str, int]) -> None:
        self.prefix = prefix
        self.values: Final = dict(values)
        self.names: Final[dict[int, str]] = {}
        for name, value in values.items():
            self.names.setdefault(value, name)

    def __getitem__(self, name: str) -> int:
        return self.values[name]

    def name(self, value: int) -> str:
        """The name without prefix, or 0x... for a number without one."""
        return self.names.get(value) or f"{value:#x}"


class Flags:
    """A set of single-letter flags, as in the Flg column of `readelf`."""

    __slots__ = ("bits",)

    def __init__(self, bits: Mapping[str, int]) -> None:
        self.bits: Final = dict(bits)

    def parse(self, letters: str) -> int:
        """The number for a string of letters. Raises KeyError for an unknown letter."""
        value = 0
        for letter in letters:
            value |= self.bits[letter]
        return value

    def letters(self, value: int) -> str:
        """The letters of all set bits in table order; bits without a letter are left out."""
        return "".join(letter for letter, bit in self.bits.items() if value & bit)


ELFCLASS32: Final = 1
ELFCLASS64: Final = 2
ELFDATA2LSB: Final = 1
ELFDATA2MSB: Final = 2

ET_REL: Final = 1
ET_EXEC: Final = 2
ET_DYN: Final = 3
ET_CORE: Final = 4
EM_386: Final = 3
EM_MIPS: Final = 8
EM_X86_64: Final = 62

SHN_UNDEF: Final = 0
SHN_LORESERVE: Final = 0xFF00
SHN_ABS: Final = 0xFFF1
SHN_COMMON: Final = 0xFFF2
SHN_XINDEX: Final = 0xFFFF

SHT_NULL: Final = 0
SHT_PROGBITS: Final = 1
SHT_SYMTAB: Final = 2
SHT_STRTAB: Final = 3
SHT_RELA: Final = 4
SHT_HASH: Final = 5
SHT_DYNAMIC: Final = 6
SHT_NOTE: Final = 7
SHT_NOBITS: Final = 8
SHT_REL: Final = 9
SHT_DYNSYM: Final = 11
SHT_INIT_ARRAY: Final = 14
SHT_FINI_ARRAY: Final = 15
SHT_PREINIT_ARRAY: Final = 16
SHT_GROUP: Final = 17
SHT_SYMTAB_SHNDX: Final = 18
SHT_RELR: Final = 19
SHT_GNU_HASH: Final = 0x6FFFFFF6
SHT_GNU_VERDEF: Final = 0x6FFFFFFD
SHT_GNU_VERNEED: Final = 0x6FFFFFFE
SHT_GNU_VERSYM: Final = 0x6FFFFFFF

SHF_WRITE: Final = 1
SHF_ALLOC: Final = 2
SHF_EXECINSTR: Final = 4
SHF_MERGE: Final = 0x10
SHF_STRINGS: Final = 0x20
SHF_INFO_LINK: Final = 0x40
SHF_LINK_ORDER: Final = 0x80
SHF_GROUP: Final = 0x200
SHF_TLS: Final = 0x400
SHF_COMPRESSED: Final = 0x800

GRP_COMDAT: Final = 1
PN_XNUM: Final = 0xFFFF
"""e_phnum of files whose number of program headers stands in the null section."""

PT_LOAD: Final = 1
PT_DYNAMIC: Final = 2
PT_INTERP: Final = 3
PT_NOTE: Final = 4
PT_PHDR: Final = 6
PT_TLS: Final = 7
PT_GNU_EH_FRAME: Final = 0x6474E550
PT_GNU_STACK: Final = 0x6474E551
PT_GNU_RELRO: Final = 0x6474E552

PF_X: Final = 1
PF_W: Final = 2
PF_R: Final = 4

STB_LOCAL: Final = 0
STB_GLOBAL: Final = 1
STB_WEAK: Final = 2

STT_NOTYPE: Final = 0
STT_OBJECT: Final = 1
STT_FUNC: Final = 2
STT_SECTION: Final = 3
STT_FILE: Final = 4
STT_COMMON: Final = 5
STT_TLS: Final = 6

ELFCLASS: Final = Names("ELFCLASS", {"32": 1, "64": 2})
ELFDATA: Final = Names("ELFDATA", {"LSB": 1, "MSB": 2})
ELFOSABI: Final = Names("ELFOSABI", {
    "NONE": 0, "HPUX": 1, "NETBSD": 2, "GNU": 3, "SOLARIS": 6, "AIX": 7, "IRIX": 8, "FREEBSD": 9, "TRU64": 10,
    "MODESTO": 11, "OPENBSD": 12, "ARM": 97, "STANDALONE": 255})
ET: Final = Names("ET", {"NONE": 0, "REL": 1, "EXEC": 2, "DYN": 3, "CORE": 4})
EM: Final = Names("EM", {
    "NONE": 0, "M32": 1, "SPARC": 2, "386": 3, "68K": 4, "88K": 5, "IAMCU": 6, "860": 7, "MIPS": 8, "S370": 9,
    "MIPS_RS3_LE": 10, "PARISC": 15, "VPP500": 17, "SPARC32PLUS": 18, "960": 19, "PPC": 20, "PPC64": 21, "S390": 22,
    "SPU": 23, "V800": 36, "FR20": 37, "RH32": 38, "RCE": 39, "ARM": 40, "FAKE_ALPHA": 41, "SH": 42, "SPARCV9": 43,
    "TRICORE": 44, "ARC": 45, "H8_300": 46, "H8_300H": 47, "H8S": 48, "H8_500": 49, "IA_64": 50, "MIPS_X": 51,
    "COLDFIRE": 52, "68HC12": 53, "MMA": 54, "PCP": 55, "NCPU": 56, "NDR1": 57, "STARCORE": 58, "ME16": 59, "ST100":
    60, "TINYJ": 61, "X86_64": 62, "PDSP": 63, "PDP10": 64, "PDP11": 65, "FX66": 66, "ST9PLUS": 67, "ST7": 68,
    "68HC16": 69, "68HC11": 70, "68HC08": 71, "68HC05": 72, "SVX": 73, "ST19": 74, "VAX": 75, "CRIS": 76, "JAVELIN":
    77, "FIREPATH": 78, "ZSP": 79, "MMIX": 80, "HUANY": 81, "PRISM": 82, "AVR": 83, "FR30": 84, "D10V": 85, "D30V":
    86, "V850": 87, "M32R": 88, "MN10300": 89, "MN10200": 90, "PJ": 91, "OPENRISC": 92, "ARC_COMPACT": 93, "XTENSA":
    94, "VIDEOCORE": 95, "TMM_GPP": 96, "NS32K": 97, "TPC": 98, "SNP1K": 99, "ST200": 100, "IP2K": 101, "MAX": 102,
    "CR": 103, "F2MC16": 104, "MSP430": 105, "BLACKFIN": 106, "SE_C33": 107, "SEP": 108, "ARCA": 109, "UNICORE": 110,
    "EXCESS": 111, "DXP": 112, "ALTERA_NIOS2": 113, "CRX": 114, "XGATE": 115, "C166": 116, "M16C": 117, "DSPIC30F":
    118, "CE": 119, "M32C": 120, "TSK3000": 131, "RS08": 132, "SHARC": 133, "ECOG2": 134, "SCORE7": 135, "DSP24": 136,
    "VIDEOCORE3": 137, "LATTICEMICO32": 138, "SE_C17": 139, "TI_C6000": 140, "TI_C2000": 141, "TI_C5500": 142,
    "TI_ARP32": 143, "TI_PRU": 144, "MMDSP_PLUS": 160, "CYPRESS_M8C": 161, "R32C": 162, "TRIMEDIA": 163, "QDSP6": 164,
    "8051": 165, "STXP7X": 166, "NDS32": 167, "ECOG1X": 168, "MAXQ30": 169, "XIMO16": 170, "MANIK": 171, "CRAYNV2":
    172, "RX": 173, "METAG": 174, "MCST_ELBRUS": 175, "ECOG16": 176, "CR16": 177, "ETPU": 178, "SLE9X": 179, "L10M":
    180, "K10M": 181, "AARCH64": 183, "AVR32": 185, "STM8": 186, "TILE64": 187, "TILEPRO": 188, "MICROBLAZE": 189,
    "CUDA": 190, "TILEGX": 191, "CLOUDSHIELD": 192, "COREA_1ST": 193, "COREA_2ND": 194, "ARCV2": 195, "OPEN8": 196,
    "RL78": 197, "VIDEOCORE5": 198, "78KOR": 199, "56800EX": 200, "BA1": 201, "BA2": 202, "XCORE": 203, "MCHP_PIC":
    204, "INTELGT": 205, "KM32": 210, "KMX32": 211, "EMX16": 212, "EMX8": 213, "KVARC": 214, "CDP": 215, "COGE": 216,
    "COOL": 217, "NORC": 218, "CSR_KALIMBA": 219, "Z80": 220, "VISIUM": 221, "FT32": 222, "MOXIE": 223, "AMDGPU": 224,
    "RISCV": 243, "BPF": 247, "CSKY": 252, "LOONGARCH": 258, "ALPHA": 0x9026})
SHT: Final = Names("SHT", {
    "NULL": 0, "PROGBITS": 1, "SYMTAB": 2, "STRTAB": 3, "RELA": 4, "HASH": 5, "DYNAMIC": 6, "NOTE": 7, "NOBITS": 8,
    "REL": 9, "SHLIB": 10, "DYNSYM": 11, "INIT_ARRAY": 14, "FINI_ARRAY": 15, "PREINIT_ARRAY": 16, "GROUP": 17,
    "SYMTAB_SHNDX": 18, "RELR": 19, "GNU_ATTRIBUTES": 0x6FFFFFF5, "GNU_HASH": 0x6FFFFFF6, "GNU_LIBLIST": 0x6FFFFFF7,
    "GNU_verdef": 0x6FFFFFFD, "GNU_verneed": 0x6FFFFFFE, "GNU_versym": 0x6FFFFFFF, "LLVM_ADDRSIG": 0x6FFF4C03,
    "X86_64_UNWIND": 0x70000001})
PT: Final = Names("PT", {
    "NULL": 0, "LOAD": 1, "DYNAMIC": 2, "INTERP": 3, "NOTE": 4, "SHLIB": 5, "PHDR": 6, "TLS": 7,
    "GNU_EH_FRAME": PT_GNU_EH_FRAME, "GNU_STACK": PT_GNU_STACK, "GNU_RELRO": PT_GNU_RELRO,
    "GNU_PROPERTY": 0x6474E553})
STB: Final = Names("STB", {"LOCAL": 0, "GLOBAL": 1, "WEAK": 2, "GNU_UNIQUE": 10})
STT: Final = Names("STT", {
    "NOTYPE": 0, "OBJECT": 1, "FUNC": 2, "SECTION": 3, "FILE": 4, "COMMON": 5, "TLS": 6, "GNU_IFUNC": 10})
STV: Final = Names("STV", {"DEFAULT": 0, "INTERNAL": 1, "HIDDEN": 2, "PROTECTED": 3})
SHF: Final = Flags({
    "W": 1, "A": 2, "X": 4, "M": 0x10, "S": 0x20, "I": 0x40, "L": 0x80, "O": 0x100, "G": 0x200, "T": 0x400,
    "C": 0x800, "E": 0x80000000, "R": 0x200000})
PF: Final = Flags({"R": 4, "W": 2, "X": 1})
DT: Final = Names("DT", {
    "NULL": 0, "NEEDED": 1, "PLTRELSZ": 2, "PLTGOT": 3, "HASH": 4, "STRTAB": 5, "SYMTAB": 6, "RELA": 7, "RELASZ": 8,
    "RELAENT": 9, "STRSZ": 10, "SYMENT": 11, "INIT": 12, "FINI": 13, "SONAME": 14, "RPATH": 15, "SYMBOLIC": 16, "REL": 17,
    "RELSZ": 18, "RELENT": 19, "PLTREL": 20, "DEBUG": 21, "TEXTREL": 22, "JMPREL": 23, "BIND_NOW": 24, "INIT_ARRAY": 25,
    "FINI_ARRAY": 26, "INIT_ARRAYSZ": 27, "FINI_ARRAYSZ": 28, "RUNPATH": 29, "FLAGS": 30, "PREINIT_ARRAY": 32,
    "PREINIT_ARRAYSZ": 33, "SYMTAB_SHNDX": 34, "RELRSZ": 35, "RELR": 36, "RELRENT": 37, "GNU_FLAGS_1": 0x6FFFFDF4,
    "GNU_PRELINKED": 0x6FFFFDF5, "CHECKSUM": 0x6FFFFDF8, "PLTPADSZ": 0x6FFFFDF9, "MOVEENT": 0x6FFFFDFA, "MOVESZ": 0x6FFFFDFB,
    "POSFLAG_1": 0x6FFFFDFD, "SYMINSZ": 0x6FFFFDFE, "SYMINENT": 0x6FFFFDFF, "GNU_HASH": 0x6FFFFEF5,
    "TLSDESC_PLT": 0x6FFFFEF6, "TLSDESC_GOT": 0x6FFFFEF7, "VERSYM": 0x6FFFFFF0, "RELACOUNT": 0x6FFFFFF9,
    "RELCOUNT": 0x6FFFFFFA, "FLAGS_1": 0x6FFFFFFB, "VERDEF": 0x6FFFFFFC, "VERDEFNUM": 0x6FFFFFFD,
    "VERNEED": 0x6FFFFFFE, "VERNEEDNUM": 0x6FFFFFFF, "AUXILIARY": 0x7FFFFFFD, "FILTER": 0x7FFFFFFF})
R_X86_64: Final = Names("R_X86_64", {
    "NONE": 0, "64": 1, "PC32": 2, "GOT32": 3, "PLT32": 4, "COPY": 5, "GLOB_DAT": 6, "JUMP_SLOT": 7, "RELATIVE": 8,
    "GOTPCREL": 9, "32": 10, "32S": 11, "16": 12, "PC16": 13, "8": 14, "PC8": 15, "DTPMOD64": 16, "DTPOFF64": 17,
    "TPOFF64": 18, "TLSGD": 19, "TLSLD": 20, "DTPOFF32": 21, "GOTTPOFF": 22, "TPOFF32": 23, "PC64": 24,
    "GOTOFF64": 25, "GOTPC32": 26, "GOT64": 27, "GOTPCREL64": 28, "GOTPC64": 29, "GOTPLT64": 30, "PLTOFF64": 31,
    "SIZE32": 32,
    "SIZE64": 33, "GOTPC32_TLSDESC": 34, "TLSDESC_CALL": 35, "TLSDESC": 36, "IRELATIVE": 37, "RELATIVE64": 38,
    "PC32_BND": 39, "PLT32_BND": 40, "GOTPCRELX": 41, "REX_GOTPCRELX": 42})
R_386: Final = Names("R_386", {
    "NONE": 0, "32": 1, "PC32": 2, "GOT32": 3, "PLT32": 4, "COPY": 5, "GLOB_DAT": 6, "JUMP_SLOT": 7, "RELATIVE": 8,
    "GOTOFF": 9, "GOTPC": 10, "32PLT": 11, "TLS_TPOFF": 14, "TLS_IE": 15, "TLS_GOTIE": 16, "TLS_LE": 17, "TLS_GD": 18,
    "TLS_LDM": 19, "16": 20, "PC16": 21, "8": 22, "PC8": 23, "TLS_GD_32": 24, "TLS_GD_PUSH": 25, "TLS_GD_CALL": 26,
    "TLS_GD_POP": 27, "TLS_LDM_32": 28, "TLS_LDM_PUSH": 29, "TLS_LDM_CALL": 30, "TLS_LDM_POP": 31, "TLS_LDO_32": 32,
    "TLS_IE_32": 33, "TLS_LE_32": 34, "TLS_DTPMOD32": 35, "TLS_DTPOFF32": 36,
    "TLS_TPOFF32": 37, "SIZE32": 38, "TLS_GOTDESC": 39, "TLS_DESC_CALL": 40, "TLS_DESC": 41, "IRELATIVE": 42,
    "GOT32X": 43})
DF: Final = {"ORIGIN": 1, "SYMBOLIC": 2, "TEXTREL": 4, "BIND_NOW": 8, "STATIC_TLS": 0x10}
"""Bits of DT_FLAGS."""
DF_1: Final = {
    "NOW": 1, "GLOBAL": 2, "GROUP": 4, "NODELETE": 8, "LOADFLTR": 0x10, "INITFIRST": 0x20, "NOOPEN": 0x40, "ORIGIN": 0x80,
    "DIRECT": 0x100, "TRANS": 0x200, "INTERPOSE": 0x400, "NODEFLIB": 0x800, "NODUMP": 0x1000, "CONFALT": 0x2000,
    "ENDFILTEE": 0x4000, "DISPRELDNE": 0x8000, "DISPRELPND": 0x10000, "NODIRECT": 0x20000, "IGNMULDEF": 0x40000,
    "NOKSYMS": 0x80000, "NOHDR": 0x100000, "EDITED": 0x200000, "NORELOC": 0x400000, "SYMINTPOSE": 0x800000,
    "GLOBAUDIT": 0x1000000, "SINGLETON": 0x2000000, "STUB": 0x4000000, "PIE": 0x8000000}
"""Bits of DT_FLAGS_1."""
RELOCATION_NAMES: Final = {EM_X86_64: R_X86_64, EM_386: R_386}
"""Relocation type names by e_machine."""
