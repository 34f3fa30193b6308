// The way into the program. `_start` has set up an aligned stack.
extern void __static_init();
extern int __main(int argc, uint argv);

void __start(int argc, uint argv) {
    __static_init();
    __exit(__main(argc, argv));
}
