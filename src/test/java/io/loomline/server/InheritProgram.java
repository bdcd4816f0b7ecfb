package io.loomline.server;

import io.loomline.Runtime;

import java.io.IOException;

/** Serves at inherited listeners, all or those of the name that is its argument. */
final class InheritProgram {
    private InheritProgram() {}

    public static void main(String[] arguments) throws Exception {
        Listeners listeners =
                arguments.length == 0 ? Listeners.inherited() : Listeners.inherited(arguments[0]);
        Runtime.run(runtime -> {
            Server server =
                    runtime.listen(
                            listeners,
                            ServerOptions.DEFAULT,
                            each -> each.writeLine("from " + each.localAddress()));
            System.err.println("at " + server.localAddress());
            try {
                var _ = runtime.listen(listeners, ServerOptions.DEFAULT, _ -> {});
            } catch (IOException e) {
                System.err.println("again: " + e.getMessage());
            }
            server.await();
            System.err.println("ended");
        });
    }
}
