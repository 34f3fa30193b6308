// Reads JSON from standard input and prints it in order; with a path it prints one part.
//
//     starklink run samples/json.fsh < data.json
//     starklink run samples/json.fsh -- users.0.name < data.json

using "std/text.fsh";
using "std/files.fsh";

class JsonError : Exception { }

// -- values -----------------------------------------------------------------------------------------------------------

abstract class Json {
    public abstract void Write(StringBuilder text, int depth);

    // The part of that name or index, null if there is none.
    public virtual Json Part(string key) => null;

    protected static void NewLine(StringBuilder text, int depth) {
        text.Append("\n");
        for (int i = 0; i < depth; i++) text.Append("  ");
    }

    public override string ToString() {
        StringBuilder text = new StringBuilder();
        Write(text, 0);
        return text.ToString();
    }
}

// null, true, false and numbers: what is printed is what was read.
class JsonWord : Json {
    string word;

    public JsonWord(string word) { this.word = word; }
    public override void Write(StringBuilder text, int depth) { text.Append(word); }
}

class JsonString : Json {
    string value;

    public JsonString(string value) { this.value = value; }
    public override void Write(StringBuilder text, int depth) { Quote(text, value); }

    public static void Quote(StringBuilder text, string value) {
        text.Append('"');
        for (int i = 0; i < value.Length; i++) {
            char c = value[i];
            int known = index_of("\"\\\b\f\n\r\t", "" + c);
            if (known >= 0) text.Append('\\').Append("\"\\bfnrt"[known]);
            else if (c < ' ') text.Append(@"\u00").Append(HEX[c >> 4]).Append(HEX[c & 15]);
            else text.Append(value.substring(i, i + 1));    // a byte; Append(c) would take it for a character
        }
        text.Append('"');
    }
}

const string HEX = "0123456789abcdef";

class JsonArray : Json {
    protected Json[] items = new Json[4];
    protected int count;

    public virtual void Add(string key, Json item) {
        if (count == items.Length) {
            Json[] more = new Json[2 * count];
            copy(items, more);
            items = more;
        }
        items[count++] = item;
    }

    public override Json Part(string key) {
        for (int i = 0; i < count; i++)
            if (key == to_string(i)) return items[i];
        return null;
    }

    public override void Write(StringBuilder text, int depth) {
        text.Append(Opening());
        for (int i = 0; i < count; i++) {
            NewLine(text, depth + 1);
            WriteKey(text, i);
            items[i].Write(text, depth + 1);
            if (i < count - 1) text.Append(',');
        }
        if (count > 0) NewLine(text, depth);
        text.Append(Closing());
    }

    protected virtual char Opening() => '[';
    protected virtual char Closing() => ']';
    protected virtual void WriteKey(StringBuilder text, int i) { }
}

class JsonObject : JsonArray {
    StringList keys = new StringList();

    // The last value of a key counts, its place is that of the first.
    public override void Add(string key, Json item) {
        int known = keys.IndexOf(key);
        if (known >= 0) {
            items[known] = item;
            return;
        }
        keys.Add(key);
        base.Add(key, item);
    }

    public override Json Part(string key) {
        int i = keys.IndexOf(key);
        return i < 0 ? null : items[i];
    }

    protected override char Opening() => '{';
    protected override char Closing() => '}';

    protected override void WriteKey(StringBuilder text, int i) {
        JsonString.Quote(text, keys.Get(i));
        text.Append(": ");
    }
}

// -- reading ----------------------------------------------------------------------------------------------------------

class Reader {
    string text;
    int at;

    public Reader(string text) { this.text = text; }

    public Json Document() {
        Json value = Value();
        if (Next() != '\0') throw Wrong("the end");
        return value;
    }

    Json Value() {
        char c = Next();
        if (c == '{') return Items(new JsonObject(), '}');
        if (c == '[') return Items(new JsonArray(), ']');
        if (c == '"') return new JsonString(Quoted());
        int start = at;
        while (at < text.Length && (Strings.IsLetter(text[at]) || Strings.IsDigit(text[at]) || contains("+-.", "" + text[at]))) at++;
        string word = text.substring(start, at);
        if (word == "null" || word == "true" || word == "false" || IsNumber(word)) return new JsonWord(word);
        at = start;
        throw Wrong("a value");
    }

    Json Items(JsonArray parent, char closing) {
        at++;
        if (Next() == closing) {
            at++;
            return parent;
        }
        while (true) {
            string key = "";
            if (closing == '}') {
                if (Next() != '"') throw Wrong("a key");
                key = Quoted();
                if (Next() != ':') throw Wrong("':'");
                at++;
            }
            parent.Add(key, Value());
            char c = Next();
            if (c != ',' && c != closing) throw Wrong("',' or '" + closing + "'");
            at++;
            if (c == closing) return parent;
        }
    }

    string Quoted() {
        StringBuilder result = new StringBuilder();
        int start = ++at;
        while (true) {
            if (at == text.Length || text[at] < ' ') throw Wrong("'\"'");
            if (text[at] == '"') break;
            if (text[at] == '\\') {
                result.Append(text.substring(start, at));
                result.Append(Escape());
                start = at;
            } else {
                at++;
            }
        }
        result.Append(text.substring(start, at++));
        return result.ToString();
    }

    char Escape() {
        at++;
        if (at < text.Length) {
            char c = text[at++];
            if (c == 'u') {
                int code = HexUnit();
                if (code < 0xD800 || code > 0xDFFF) return (char)code;
                // Two units make one character beyond U+FFFF.
                if (code < 0xDC00 && at + 1 < text.Length && text[at] == '\\' && text[at + 1] == 'u') {
                    at += 2;
                    int low = HexUnit();
                    if (low >= 0xDC00 && low <= 0xDFFF) return (char)(0x10000 + (code - 0xD800 << 10) + low - 0xDC00);
                }
                throw Wrong("the other half of a character");
            }
            int known = index_of("\"\\/bfnrt", "" + c);
            if (known >= 0) return "\"\\/\b\f\n\r\t"[known];
            at--;
        }
        throw Wrong("an escape");
    }

    int HexUnit() {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at < text.Length ? index_of(HEX, to_lower("" + text[at])) : -1;
            if (digit < 0) throw Wrong("a hexadecimal digit");
            code = 16 * code + digit;
            at++;
        }
        return code;
    }

    static bool IsNumber(string word) {
        int i = word.starts_with("-") ? 1 : 0;
        int digits = Digits(word, i);
        if (digits == 0 || digits > 1 && word[i] == '0') return false;
        i += digits;
        if (i < word.Length && word[i] == '.') {
            digits = Digits(word, i + 1);
            if (digits == 0) return false;
            i += 1 + digits;
        }
        if (i < word.Length && (word[i] == 'e' || word[i] == 'E')) {
            i++;
            if (i < word.Length && (word[i] == '+' || word[i] == '-')) i++;
            digits = Digits(word, i);
            if (digits == 0) return false;
            i += digits;
        }
        return i == word.Length;
    }

    static int Digits(string word, int start) {
        int end = start;
        while (end < word.Length && Strings.IsDigit(word[end])) end++;
        return end - start;
    }

    // The next character that is not blank, '\0' at the end.
    char Next() {
        while (at < text.Length && Strings.IsBlank(text[at])) at++;
        return at < text.Length ? text[at] : '\0';
    }

    JsonError Wrong(string wanted) {
        int line = 1, column = 1;
        for (int i = 0; i < at; i++) {
            column++;
            if (text[i] == '\n') {
                line++;
                column = 1;
            }
        }
        return new JsonError("line " + line + ", column " + column + ": " + wanted + " is missing");
    }
}

int main(string[] args) {
    try {
        Json value = new Reader(Strings.Join(Files.InputLines(), "\n")).Document();
        if (args.Length > 0) {
            string[] path = args[0].split(".");
            for (int i = 0; i < path.Length; i++) {
                value = value.Part(path[i]);
                if (value == null) throw JsonError("there is no '" + path[i] + "' in '" + args[0] + "'");
            }
        }
        print(value);
        return 0;
    } catch (JsonError e) {
        print("error: " + e.Message);
        return 1;
    }
}
