// A tool for text files, made of the standard library's parts:
//
//     files count FILE...               lines, words and bytes of each file, and of all
//     files find TEXT FILE...           the lines with a text, with file and number
//     files sort FILE OUT               the lines in order, each once
//     files replace OLD NEW FILE        everywhere, in the file itself
//     files table FILE                  words in columns: the first word of all lines under each other, and so on

using "std/files.fsh";

class UsageException : Exception { }

class Counts {
    int lines, words, bytes;

    public void Add(string text) {
        string[] all = Strings.Lines(text);
        lines += all.Length;
        for (int i = 0; i < all.Length; i++) words += Strings.Words(all[i]).Length;
        bytes += text.Length;
    }

    public void Add(Counts other) {
        lines += other.lines;
        words += other.words;
        bytes += other.bytes;
    }

    public void Print(string name) {
        print(Column(lines) + Column(words) + Column(bytes) + "  " + name);
    }

    static string Column(int n) => Strings.PadLeft(to_string(n), 8);
}

void Count(string[] files) {
    Counts total = new Counts();
    for (int i = 0; i < files.Length; i++) {
        Counts counts = new Counts();
        counts.Add(read_file(files[i]));
        counts.Print(Files.Name(files[i]));
        total.Add(counts);
    }
    if (files.Length > 1) total.Print("together");
}

int Find(string text, string[] files) {
    int found = 0;
    for (int i = 0; i < files.Length; i++) {
        string[] lines = Files.ReadLines(files[i]);
        for (int n = 0; n < lines.Length; n++) {
            if (!lines[n].contains(text)) continue;
            print(Files.Name(files[i]) + ":" + (n + 1) + ": " + lines[n]);
            found++;
        }
    }
    return found > 0 ? 0 : 1;
}

void Sort(string file, string result) {
    StringList lines = new StringList(Files.ReadLines(file));
    lines.Sort();
    StringList once = new StringList();
    for (int i = 0; i < lines.Count; i++)
        if (i == 0 || lines.Get(i) != lines.Get(i - 1)) once.Add(lines.Get(i));
    Files.WriteLines(result, once.ToArray());
    print(once.Count + " of " + lines.Count + " lines written");
}

void Replace(string old, string change, string file) {
    string text = read_file(file);
    int count = Strings.Count(text, old);
    if (count > 0) write_file(file, text.replace(old, change));
    print(count + (count == 1 ? " place" : " places") + " changed");
}

void Table(string file) {
    string[] lines = Files.ReadLines(file);
    string[][] cells = new string[lines.Length][];
    int columns = 0;
    for (int i = 0; i < lines.Length; i++) {
        cells[i] = Strings.Words(lines[i]);
        columns = max(columns, cells[i].Length);
    }
    int[] widths = new int[columns];
    for (int i = 0; i < lines.Length; i++)
        for (int k = 0; k < cells[i].Length; k++) widths[k] = max(widths[k], Strings.Width(cells[i][k]));
    for (int i = 0; i < lines.Length; i++) {
        string line = "";
        for (int k = 0; k < cells[i].Length; k++) line += Strings.PadRight(cells[i][k], widths[k] + 2);
        print(line.trim());
    }
}

// The arguments from `start` on, at least one.
string[] Rest(string[] args, int start) {
    if (args.Length <= start) throw UsageException("a file is missing");
    string[] rest = new string[args.Length - start];
    for (int i = 0; i < rest.Length; i++) rest[i] = args[start + i];
    return rest;
}

void Expect(string[] args, int count) {
    if (args.Length != count) throw UsageException(args[0] + " takes " + (count - 1) + " arguments");
}

int Run(string[] args) {
    if (args.Length == 0) throw UsageException("what shall be done?");
    string command = args[0];
    if (command == "find") {
        string[] files = Rest(args, 2);
        return Find(args[1], files);
    }
    if (command == "count") {
        Count(Rest(args, 1));
    } else if (command == "sort") {
        Expect(args, 3);
        Sort(args[1], args[2]);
    } else if (command == "replace") {
        Expect(args, 4);
        Replace(args[1], args[2], args[3]);
    } else if (command == "table") {
        Expect(args, 2);
        Table(args[1]);
    } else {
        throw UsageException("there is no command '" + command + "'");
    }
    return 0;
}

int main(string[] args) {
    try {
        return Run(args);
    } catch (UsageException e) {
        print("files: " + e.Message + " (count, find, sort, replace, table)");
    } catch (IOException e) {
        print("files: " + e.Message);
    }
    return 2;
}
