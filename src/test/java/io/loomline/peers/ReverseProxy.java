package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Programs;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A reverse proxy of another vendor, which runs in the foreground until its test ends. */
final class ReverseProxy {
    private final Children children;
    private final Path directory;

    /**
     * @param directory where its files are
     */
    ReverseProxy(Children children, Path directory) {
        this.children = children;
        this.directory = directory;
    }

    /** Starts HAProxy; returns when it listens at the port. */
    Process haproxy(int port, String configuration, String... options) throws IOException {
        String program = Programs.require("haproxy", "haproxy");
        String file =
                write(
                        "haproxy.cfg",
                        """
                        defaults
                            timeout connect 5s
                            timeout client 30s
                            timeout server 30s
                        """
                                + configuration);
        List<String> command = new ArrayList<>(List.of(program, "-db", "-f", file));
        command.addAll(List.of(options));
        return start(port, command);
    }

    /** Starts nginx; returns when it listens at the port. */
    Process nginx(int port, String configuration) throws IOException {
        String program = Programs.require("nginx", "nginx");
        String file =
                write(
                        "nginx.conf",
                        """
                        daemon off;
                        master_process off;
                        pid %s/nginx.pid;
                        error_log stderr;
                        """
                                        .formatted(directory)
                                + configuration // modules must be loaded before any block
                                + "events {}\n");
        return start(port, List.of(program, "-p", directory.toString(), "-c", file));
    }

    private String write(String name, String configuration) throws IOException {
        return Files.writeString(directory.resolve(name), configuration).toString();
    }

    private Process start(int port, List<String> command) throws IOException {
        Process process = children.start(command);
        while (true) {
            try (var probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertTrue(probe.isConnected());
                return process;
            } catch (ConnectException e) {
                assertTrue(process.isAlive(), "the proxy has ended");
                Thread.onSpinWait();
            }
        }
    }
}
