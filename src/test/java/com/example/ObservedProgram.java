package com.example;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.server.Server;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Serves clients of its own, until its servers are drained. */
public final class ObservedProgram {
    private ObservedProgram() {}

    /**
     * Serves a number of idle clients, or one with a hostile name, or has tasks with such names.
     *
     * @param arguments a number of clients in memory, or {@code hostile FOLDER}, or {@code pairs}
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("hostile")) serveHostile(Path.of(arguments[1]));
        else if (arguments[0].equals("pairs")) startPairs();
        else serve(Integer.parseInt(arguments[0]));
    }

    private static void serve(int clients) throws Exception {
        try (Runtime runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()))) {
            Server server = runtime.listen(0, UserCode::readLines);
            List<Connection> open = new ArrayList<>();
            for (int i = 0; i < clients; i++) open.add(runtime.connect(server.localAddress()));
            open.getFirst().writeLine("hello");
            runtime.start("load", UserCode::startTasks);
            finish(server);
        }
    }

    private static void serveHostile(Path folder) throws Exception {
        try (Runtime runtime = Runtime.open()) {
            var address = UnixDomainSocketAddress.of(folder.resolve("server"));
            Server server = runtime.listen(address, UserCode::readLines);
            Path name = folder.resolve("evil\u001b[2J\nroot <b>");
            try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                client.bind(UnixDomainSocketAddress.of(name));
                client.connect(address);
                finish(server);
            } finally {
                Files.deleteIfExists(name);
            }
        }
    }

    /** A name that is cut, of characters that take two places each. */
    private static void startPairs() throws Exception {
        try (Runtime runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()))) {
            Server server = runtime.listen(0, UserCode::readLines);
            runtime.start("x" + "\ud83d\ude00".repeat(200), UserCode::startTasks);
            runtime.start("a\ud83db", UserCode::startTasks);
            finish(server);
        }
    }

    private static void finish(Server server) throws Exception {
        System.out.println("ready");
        server.await();
        System.out.println("drained");
    }
}
