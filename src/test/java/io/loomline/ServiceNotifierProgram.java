package io.loomline;

/** Serves until a signal, or returns at once if it has an argument. */
final class ServiceNotifierProgram {
    private ServiceNotifierProgram() {}

    public static void main(String[] arguments) throws Exception {
        try (var other = Runtime.open()) { // is not a program: it announces nothing
            var _ = other.listen(0, _ -> {});
        }
        Runtime.run(runtime -> {
            var server = runtime.listen(0, _ -> {});
            var _ = runtime.listen(0, _ -> {});
            System.err.println("serving");
            if (arguments.length == 0) server.await();
        });
        System.err.println("ended");
    }
}
