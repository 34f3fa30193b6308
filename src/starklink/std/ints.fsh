// IntList: integers in a row that grows.

// Indices count from 0; one that is not below Count raises IndexOutOfBoundsException.
class IntList {
    // The number of elements. To be read only.
    public int Count;
    int[] items;

    public IntList() { items = new int[8]; }

    // A list of the elements of an array.
    public IntList(int[] values) {
        Count = values.Length;
        items = new int[Count + 8];
        values.copy(items);
    }

    public void Add(int value) {
        if (Count == items.Length) Grow();
        items[Count] = value;
        Count++;
    }

    public int Get(int index) {
        Check(index, Count);
        return items[index];
    }

    public void Set(int index, int value) {
        Check(index, Count);
        items[index] = value;
    }

    // The value stands at `index` afterwards; what was there and behind moves up.
    public void Insert(int index, int value) {
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
    }

    // Takes the last element away and gives it.
    public int Pop() {
        Check(Count - 1, Count);
        Count--;
        return items[Count];
    }

    public void Clear() { Count = 0; }

    public bool Contains(int value) { return IndexOf(value) >= 0; }

    // Index of the first element of that value, -1 without one.
    public int IndexOf(int value) {
        for (int i = 0; i < Count; i++) {
            if (items[i] == value) return i;
        }
        return -1;
    }

    public int[] ToArray() {
        int[] result = new int[Count];
        for (int i = 0; i < Count; i++) result[i] = items[i];
        return result;
    }

    public void Reverse() {
        int other = Count - 1;
        for (int i = 0; i < other; i++) {
            int kept = items[i];
            items[i] = items[other];
            items[other] = kept;
            other--;
        }
    }

    // Puts the elements in ascending order.
    public void Sort() {
        for (int i = Count / 2 - 1; i >= 0; i--) Sink(i, Count);
        for (int end = Count - 1; end > 0; end--) {
            int last = items[end];
            items[end] = items[0];
            items[0] = last;
            Sink(0, end);
        }
    }

    // The elements with ", " between them.
    public override string ToString() {
        string text = "";
        for (int i = 0; i < Count; i++) {
            if (i > 0) text += ", ";
            text += items[i];
        }
        return text;
    }

    // In the heap of the first `end` elements all but the one at `i` are in place.
    void Sink(int i, int end) {
        int value = items[i];
        while (2 * i + 1 < end) {
            int child = 2 * i + 1;
            if (child + 1 < end && items[child + 1] > items[child]) child++;
            if (items[child] <= value) break;
            items[i] = items[child];
            i = child;
        }
        items[i] = value;
    }

    void Grow() {
        int[] more = new int[Count * 2];
        items.copy(more);
        items = more;
    }

    void Check(int index, int limit) {
        if (index < 0 || index >= limit) __trap_index(index, Count);
    }
}
