// StringList: strings in a row that grows. Strings: what the built-in string functions leave open.
using "text.fsh";

// Indices count from 0; one that is not below Count raises IndexOutOfBoundsException. Elements may be null.
class StringList {
    // The number of elements. To be read only.
    public int Count;
    string[] items;

    public StringList() { items = new string[8]; }

    // A list of the elements of an array.
    public StringList(string[] values) {
        Count = values.Length;
        items = new string[Count + 8];
        values.copy(items);
    }

    public void Add(string value) {
        if (Count == items.Length) Grow();
        items[Count] = value;
        Count++;
    }

    public string Get(int index) {
        Check(index, Count);
        return items[index];
    }

    public void Set(int index, string value) {
        Check(index, Count);
        items[index] = value;
    }

    // The value stands at `index` afterwards; what was there and behind moves up.
    public void Insert(int index, string value) {
        Check(index, Count + 1);
        if (Count == items.Length) Grow();
        for (int i = Count; i > index; i--) items[i] = items[i - 1];
        items[index] = value;
        Count++;
    }

    public void RemoveAt(int index) {
        Check(index, Count);
        Count--;
        for (int i = index; i < Count; i++) items[i] = items[i + 1];
        items[Count] = null;
    }

    // Takes the last element away and gives it.
    public string Pop() {
        Check(Count - 1, Count);
        Count--;
        string last = items[Count];
        items[Count] = null;
        return last;
    }

    public void Clear() {
        for (int i = 0; i < Count; i++) items[i] = null;
        Count = 0;
    }

    public bool Contains(string value) { return IndexOf(value) >= 0; }

    // Index of the first element of that value, -1 without one.
    public int IndexOf(string value) {
        for (int i = 0; i < Count; i++) {
            if (items[i] == value) return i;
        }
        return -1;
    }

    public string[] ToArray() {
        string[] result = new string[Count];
        for (int i = 0; i < Count; i++) result[i] = items[i];
        return result;
    }

    public void Reverse() {
        int other = Count - 1;
        for (int i = 0; i < other; i++) {
            string kept = items[i];
            items[i] = items[other];
            items[other] = kept;
            other--;
        }
    }

    // Puts the elements in ascending order of their bytes; null comes first.
    public void Sort() {
        for (int i = Count / 2 - 1; i >= 0; i--) Sink(i, Count);
        for (int end = Count - 1; end > 0; end--) {
            string last = items[end];
            items[end] = items[0];
            items[0] = last;
            Sink(0, end);
        }
    }

    // All elements with `between` between them.
    public string Join(string between) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Count; i++) {
            if (i > 0) text.Append(between);
            text.Append(items[i]);
        }
        return text.ToString();
    }

    public override string ToString() { return Join(", "); }

    // In the heap of the first `end` elements all but the one at `i` are in place.
    void Sink(int i, int end) {
        string value = items[i];
        while (2 * i + 1 < end) {
            int child = 2 * i + 1;
            if (child + 1 < end && Less(items[child], items[child + 1])) child++;
            if (!Less(value, items[child])) break;
            items[i] = items[child];
            i = child;
        }
        items[i] = value;
    }

    static bool Less(string a, string b) {
        if (a == null || b == null) return a == null && b != null;
        return a.compare(b) < 0;
    }

    void Grow() {
        string[] more = new string[Count * 2];
        items.copy(more);
        items = more;
    }

    void Check(int index, int limit) {
        if (index < 0 || index >= limit) __trap_index(index, Count);
    }
}

static class Strings {
    // All parts with `between` between them; null counts as empty.
    public static string Join(string[] parts, string between) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.Length; i++) {
            if (i > 0) text.Append(between);
            text.Append(parts[i]);
        }
        return text.ToString();
    }

    // The text n times; empty if n is not positive.
    public static string Repeat(string text, int n) {
        StringBuilder result = new StringBuilder();
        for (int i = 0; i < n; i++) result.Append(text);
        return result.ToString();
    }

    // The number of Unicode scalars.
    public static int Width(string text) {
        int n = 0;
        for (int i = 0; i < text.Length; i++) {
            if (((int)text[i] & 192) != 128) n++;
        }
        return n;
    }

    // Blanks in front, until the text is `width` scalars wide.
    public static string PadLeft(string text, int width) {
        if (width <= 0) return "" + text;
        return __align(text, width);
    }

    // Blanks behind, until the text is `width` scalars wide.
    public static string PadRight(string text, int width) {
        if (width <= 0) return "" + text;
        return __align(text, -width);
    }

    // The words of the text: what stands between blanks, tabs and line ends.
    public static string[] Words(string text) {
        StringList words = new StringList();
        int start = 0;
        for (int i = 0; i <= text.Length; i++) {
            if (i < text.Length && !IsBlank(text[i])) continue;
            if (i > start) words.Add(text.substring(start, i));
            start = i + 1;
        }
        return words.ToArray();
    }

    // The lines of the text without their ends (LF or CR LF); what follows the last line end is a line if it is not empty.
    public static string[] Lines(string text) {
        StringList lines = new StringList();
        int start = 0;
        for (int i = 0; i <= text.Length; i++) {
            if (i < text.Length && text[i] != '\n') continue;
            int end = i;
            if (i < text.Length && end > start && text[end - 1] == '\r') end--;
            if (i < text.Length || i > start) lines.Add(text.substring(start, end));
            start = i + 1;
        }
        return lines.ToArray();
    }

    // How often `part` occurs, overlaps not counted; 0 for the empty part.
    public static int Count(string text, string part) {
        if (part.Length == 0) return 0;
        return text.split(part).Length - 1;
    }

    // The text with its scalars in reverse order.
    public static string Reverse(string text) {
        StringBuilder result = new StringBuilder();
        int end = text.Length;
        for (int i = end - 1; i >= 0; i--) {
            if (((int)text[i] & 192) == 128 && i > 0) continue;
            result.Append(text.substring(i, end));
            end = i;
        }
        return result.ToString();
    }

    // Blank, tab, line feed, carriage return.
    public static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
    public static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
    public static bool IsLetter(char c) { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'; }
}
