// A kernel for the bare PC: tests memory, survives its own faults and counts the ticks of the timer chip.
//
// Everything the language has no words for is an extern function; build.py writes their bodies with the assembler:
//
//     python samples/kernel/build.py --boot

extern int PortIn(int port);
extern void PortOut(int port, int value);
extern void LoadVectors();          // makes interrupt 32 count ticks
extern void EnableInterrupts();
extern void DisableInterrupts();
extern void WaitForInterrupt();
extern int Ticks();

// -- memory -----------------------------------------------------------------------------------------------------------

class Memory {
    readonly uint[] words;

    public Memory(int bytes) { words = new uint[bytes / 8]; }

    public int Megabytes() => words.Length * 8 >> 20;

    // Every word has to keep the pattern, and its complement. Gives the number of words that did not.
    public int Test(uint pattern) {
        int bad = 0;
        for (int i = 0; i < words.Length; i++) words[i] = pattern;
        for (int i = 0; i < words.Length; i++) {
            if (words[i] != pattern) bad++;
            words[i] = ~pattern;
        }
        for (int i = words.Length - 1; i >= 0; i--)
            if (words[i] != ~pattern) bad++;
        return bad;
    }

    // Every word has to be a word of its own: address lines that hang together would show here.
    public int TestAddresses() {
        int bad = 0;
        for (int i = 0; i < words.Length; i++) words[i] = (uint)i;
        for (int i = 0; i < words.Length; i++)
            if (words[i] != (uint)i) bad++;
        return bad;
    }
}

void TestMemory() {
    Memory memory = new Memory(8 << 20);
    uint[] patterns = {0, 0x5555555555555555, 0x3333333333333333, 0x0123456789ABCDEF};
    int bad = memory.TestAddresses();
    for (int i = 0; i < patterns.Length; i++) bad += memory.Test(patterns[i]);
    print("memory: " + memory.Megabytes() + " MiB, " + (patterns.Length + 1) + " patterns, " + bad + " bad words");
}

// -- faults -----------------------------------------------------------------------------------------------------------

class Device {
    public int[] registers = new int[4];

    public int Read(int number) => registers[number];
    public int Scale(int number, int divisor) => registers[number] / divisor;
}

// What would stop a machine is an exception here, with the function and the line.
void Provoke(string what, Device device) {
    try {
        if (what == "index") print(device.Read(4));
        if (what == "null") print(device.Read(0));
        if (what == "division") print(device.Scale(0, 0));
    } catch (e) {
        string[] lines = e.StackTrace().split("\n");
        print("fault: " + lines[0] + lines[2].substring(1, lines[2].Length));
    }
}

// -- timer ------------------------------------------------------------------------------------------------------------

// Ports of the interrupt controllers (8259) and of the timer (8254).
const int PIC1 = 0x20, PIC2 = 0xA0, TIMER = 0x40;
const int TIMER_HERTZ = 1193182;

void StartTimer(int hertz) {
    // The controllers' interrupts 0 to 15 become 32 to 47, as the first 32 belong to the processor.
    PortOut(PIC1, 0x11);
    PortOut(PIC2, 0x11);
    PortOut(PIC1 + 1, 32);
    PortOut(PIC2 + 1, 40);
    PortOut(PIC1 + 1, 4);
    PortOut(PIC2 + 1, 2);
    PortOut(PIC1 + 1, 1);
    PortOut(PIC2 + 1, 1);
    PortOut(PIC1 + 1, 0xFE);        // the timer only
    PortOut(PIC2 + 1, 0xFF);
    int divisor = TIMER_HERTZ / hertz;
    PortOut(TIMER + 3, 0x34);
    PortOut(TIMER, divisor & 255);
    PortOut(TIMER, divisor >> 8);
    LoadVectors();
    EnableInterrupts();
}

void CountTicks() {
    StartTimer(200);
    print("timer: interrupts masked " + PortIn(PIC1 + 1));
    for (int tens = 1; tens <= 3; tens++) {
        while (Ticks() < tens * 10) WaitForInterrupt();
        print("timer: " + tens * 10 + " ticks");
    }
    // The processor may also work while time passes, and throw exceptions while interrupts come.
    int end = Ticks() + 5, rounds = 0, caught = 0;
    while (Ticks() < end) {
        rounds++;
        try {
            if (rounds % 2 == 0) throw "even";
        } catch (string message) {
            caught++;
        }
    }
    print("timer: work was done: " + (rounds > 100 && caught == rounds / 2));
    DisableInterrupts();
    int stopped = Ticks();
    for (int i = 0; i < 1000000; i++) rounds ^= i;
    print("timer: stopped: " + (Ticks() == stopped));
}

int main() {
    print("kernel: running");
    TestMemory();
    Provoke("index", new Device());
    Provoke("null", null);
    Provoke("division", new Device());
    CountTicks();
    print("kernel: done");
    return 42;
}
