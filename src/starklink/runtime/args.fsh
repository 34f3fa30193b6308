// The program's arguments, without its own name.
uint __make_args(int argc, uint argv, uint desc) {
    int count = argc - 1;
    if (count < 0) count = 0;
    uint result = __new_array(desc, count, 8);
    for (int i = 0; i < count; i++) {
        uint text = __ld64(argv + (uint)i * 8 + 8);
        uint n = 0;
        while (__ld8(text + n) != 0) n++;
        __st64(result + 16 + (uint)i * 8, __addr(__string_from(text, n)));
    }
    return result;
}
