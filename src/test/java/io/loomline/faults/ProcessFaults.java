package io.loomline.faults;

import io.loomline.probe.Child;
import io.loomline.probe.Kernel;
import io.loomline.probe.LoopbackAddress;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Processes that are killed or stopped. */
final class ProcessFaults {
    private static final int CLIENTS = 50;

    private ProcessFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                        "kill",
                        "kill -9 with clients, restart at the same port and Unix path",
                        "binds in < 500 ms, serves",
                        ProcessFaults::killAndRestart),
                Fault.of(
                        "stopped-process",
                        "SIGSTOP 5 s, SIGCONT, in the middle of reads and writes with limits of 3"
                                + " s",
                        "what came in time is read, what the peer took in time is written",
                        ProcessFaults::stopServer),
                Fault.of(
                        "stopped-peer",
                        "SIGSTOP 5 s, SIGCONT, of a peer that is being written to",
                        "limits of 3 s cut the writes, at 4x at most; longer ones do not; no byte"
                                + " lost",
                        StoppedPeerTrial::run));
    }

    private static void killAndRestart(Trial trial) throws Exception {
        Path directory = Files.createTempDirectory("kill");
        Path journal = directory.resolve("journal");
        Path path = directory.resolve("socket");
        int port = LoopbackAddress.freePort();
        List<Peer> clients = new ArrayList<>();
        try {
            try (Child tcp = start(Integer.toString(port), journal);
                    Child unix = start(path.toString(), journal)) {
                bound(tcp);
                bound(unix);
                for (int i = 0; i < CLIENTS; i++) clients.add(Peer.to(port));
                for (Peer each : clients) each.ask("before");
                trial.holds("Unix path served", "before".equals(ask(path, "before")));
                tcp.signal("KILL");
                unix.signal("KILL");
                tcp.exitCode();
                unix.exitCode();
            }
            try (Child tcp = start(Integer.toString(port), journal);
                    Child unix = start(path.toString(), journal)) {
                Duration bound = Duration.ofMillis(500);
                trial.within("port bound in", bound, Duration.ofMillis(bound(tcp)));
                trial.within("path bound in", bound, Duration.ofMillis(bound(unix)));
                try (Peer after = Peer.to(port)) {
                    trial.holds("port served", "after".equals(after.ask("after")));
                }
                trial.holds("path served", "after".equals(ask(path, "after")));
            }
        } finally {
            for (Peer each : clients) each.close();
            Files.deleteIfExists(journal);
            Files.deleteIfExists(path);
            Files.delete(directory);
        }
        trial.connections(0);
    }

    static Child start(String address, Path journal) throws IOException {
        return Child.start(
                JournalProgram.class, Kernel.chosen().jvmOptions(), address, journal.toString());
    }

    /** Waits until a program serves; returns how many milliseconds its bind took. */
    static long bound(Child child) throws IOException {
        for (String line; (line = child.readLine()) != null; ) {
            if (line.startsWith("bound ")) return Long.parseLong(line.substring(6));
        }
        throw new IOException("the program ended before it was bound");
    }

    private static String ask(Path path, String line) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII)));
            var answer = ByteBuffer.allocate(100);
            while (answer.position() <= line.length() && channel.read(answer) > 0) {}
            return new String(answer.array(), 0, line.length(), StandardCharsets.US_ASCII);
        }
    }

    private static void stopServer(Trial trial) throws Exception {
        StoppedServerTrial.run(trial, Kernel.chosen());
        trial.connections(0);
    }
}
