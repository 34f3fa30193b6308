// The predeclared exception classes (section 13). Without a message, Message is the class's name: object's own text form.
// A class without constructors gets () and (string) from the compiler.
class Exception {
    public string Message;
    public Exception() { Message = base.ToString(); }
    public Exception(string message) { Message = message; }
    public string ToString() { return Message; }
    public string StackTrace() { return __exception_trace(this); }
}
class ArithmeticException : Exception { }
class NullPointerException : Exception { }
class IndexOutOfBoundsException : Exception { }
class TypeError : Exception { }
class IOException : Exception { }
class NetworkException : Exception { }
class CancelledException : Exception { }
class AssertionException : Exception { }
