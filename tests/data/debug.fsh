class Item {
    public string name;
    public int count;
    public Item next;

    public Item(string name, int count) {
        this.name = name;
        this.count = count;
    }

    public int Weigh(int each) {
        int weight = each * count;
        return weight;
    }
}

int total;

int Sum(Item first, int[] extra, double factor, string label) {
    int sum = 0;
    bool seen = false;
    char letter = 'x';
    byte small = 200;
    string[] words = {"one", null, "three"};
    for (Item item = first; item != null; item = item.next) {
        sum += item.Weigh(10);
        seen = true;
    }
    for (int k = 0; k < extra.Length; k++) {
        int step = extra[k];
        sum += step;
    }
    print(label + words[2] + letter + small);
    total = sum;
    return (int)(sum * factor);
}

void main() {
    Item first = new Item("apple", 3);
    first.next = new Item("pear", 4);
    int[] extra = {1, 2, 3};
    int result = Sum(first, extra, 1.5, "text \"quoted\"");
    print(result);
}
