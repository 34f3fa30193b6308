// Files: whole files by lines, standard input, parts of paths. What cannot be read or written raises IOException.
using "strings.fsh";

static class Files {
    // The lines of a file without their ends.
    public static string[] ReadLines(string path) { return Strings.Lines(__read_file(path)); }

    // Creates or replaces a file; every line gets a line end.
    public static void WriteLines(string path, string[] lines) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.Length; i++) text.AppendLine(lines[i]);
        __write_file(path, text.ToString());
    }

    // Adds a text at the end of a file, which need not exist.
    public static void Append(string path, string text) {
        string before = "";
        if (IsReadable(path)) before = __read_file(path);
        __write_file(path, before + text);
    }

    // True if the file can be read.
    public static bool IsReadable(string path) {
        try {
            __read_file(path);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    // What is left of standard input, by lines.
    public static string[] InputLines() {
        StringList lines = new StringList();
        string line = __read_line();
        while (line != null) {
            lines.Add(line);
            line = __read_line();
        }
        return lines.ToArray();
    }

    // "c.txt" of "a/b/c.txt".
    public static string Name(string path) {
        string[] parts = path.split("/");
        return parts[parts.Length - 1];
    }

    // "a/b" of "a/b/c.txt", "." of "c.txt", "/" of "/c.txt".
    public static string Folder(string path) {
        int end = path.Length - Name(path).Length;
        if (end == 0) return ".";
        if (end == 1) return "/";
        return path.substring(0, end - 1);
    }

    // ".txt" of "a/b/c.txt", "" of "a.b/c" and ".profile".
    public static string Extension(string path) {
        string name = Name(path);
        for (int i = name.Length - 1; i > 0; i--) {
            if (name[i] == '.') return name.substring(i, name.Length);
        }
        return "";
    }

    // A file in a folder: "a/b" and "c.txt" give "a/b/c.txt".
    public static string Combine(string folder, string name) {
        if (folder == "" || name.starts_with("/")) return name;
        if (folder.ends_with("/")) return folder + name;
        return folder + "/" + name;
    }
}
