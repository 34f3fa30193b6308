// The smallest program: compile and run it with `starklink run samples/hello.fsh`.
void main() {
    print("Hello from FluxSharp!");
}
