// The exception classes of section 13. `__code` is the exit code of an exception that the run-time system made, 0 for
// the program's own; `__frames` and `__count` are the trace: 32-byte records as `__trace_collect` makes them.
public class Exception {
    public string Message;
    public uint __frames;
    public int __count;
    public int __code;
    public Exception() { Message = __object_ToString(this); }
    public Exception(string message) { Message = message; }
    public string StackTrace() { return __stack_trace(this); }
    public string ToString() { return Message; }
}
public class ArithmeticException : Exception {
    public ArithmeticException() { }
    public ArithmeticException(string message) : base(message) { }
}
public class NullPointerException : Exception {
    public NullPointerException() { }
    public NullPointerException(string message) : base(message) { }
}
public class IndexOutOfBoundsException : Exception {
    public IndexOutOfBoundsException() { }
    public IndexOutOfBoundsException(string message) : base(message) { }
}
public class TypeError : Exception {
    public TypeError() { }
    public TypeError(string message) : base(message) { }
}
public class IOException : Exception {
    public IOException() { }
    public IOException(string message) : base(message) { }
}
public class NetworkException : Exception {
    public NetworkException() { }
    public NetworkException(string message) : base(message) { }
}
public class CancelledException : Exception {
    public CancelledException() { }
    public CancelledException(string message) : base(message) { }
}
public class AssertionException : Exception {
    public AssertionException() { }
    public AssertionException(string message) : base(message) { }
}
