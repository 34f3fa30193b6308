// StringBuilder: long texts from many pieces.

// A text that grows at its end. A piece costs time for its own length only, where `s += piece` copies all of s.
class StringBuilder {
    // The number of bytes so far. To be read only.
    public int Length;
    byte[] buffer;

    public StringBuilder() { buffer = new byte[48]; }

    // A builder that begins with a text.
    public StringBuilder(string text) {
        buffer = new byte[48];
        Append(text);
    }

    // Append(x) adds the text form of x, as `print` writes it, and gives the builder itself; null adds nothing.
    public StringBuilder Append(string s) {
        if (s == null) return this;
        int n = s.Length;
        if (n > buffer.Length - Length) Grow(n);
        __put_string(buffer, Length, s);
        Length += n;
        return this;
    }

    public StringBuilder Append(char c) {
        if (c >= 128) return Append("" + c);
        if (Length == buffer.Length) Grow(1);
        buffer[Length] = (byte)c;
        Length++;
        return this;
    }

    public StringBuilder Append(int n) { return Append("" + n); }
    public StringBuilder Append(uint n) { return Append("" + n); }
    public StringBuilder Append(byte n) { return Append("" + n); }
    public StringBuilder Append(u16 n) { return Append("" + n); }
    public StringBuilder Append(u32 n) { return Append("" + n); }
    public StringBuilder Append(bool b) { return Append("" + b); }
    public StringBuilder Append(float f) { return Append("" + f); }
    public StringBuilder Append(double d) { return Append("" + d); }
    public StringBuilder Append(object o) { return Append("" + o); }

    // Append(x), then a line end.
    public StringBuilder AppendLine(string s) { return Append(s).Append('\n'); }
    public StringBuilder AppendLine() { return Append('\n'); }

    // Makes it empty. The memory stays for what comes next.
    public StringBuilder Clear() {
        Length = 0;
        return this;
    }

    public override string ToString() { return __string_of_bytes(buffer, Length); }

    void Grow(int n) {
        int room = buffer.Length * 2;
        if (room < Length + n) room = Length + n;
        byte[] bigger = new byte[room];
        __move_bytes(buffer, bigger, Length);
        buffer = bigger;
    }
}
