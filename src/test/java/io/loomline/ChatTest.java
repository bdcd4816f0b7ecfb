package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Programs;
import io.loomline.stream.Limits;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The sample {@code Chat}, with nc, a telnet client's bytes, and many members. */
class ChatTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("Chat");

    private static final String QUESTION =
            "Which name, of 1 to 30 letters and digits, that nobody else has?";
    private static final String HELP =
            "/join ROOM, /leave, /quit; any other line goes to your room";

    private int port;

    private SampleServer serve() throws Exception {
        var chat = new SampleServer(SampleServer.handler(SAMPLE.load("Chat")));
        port = chat.port();
        return chat;
    }

    @Test
    @Tag("slow")
    void servesUntilASignal() throws Exception {
        try (var chat = SAMPLE.start("0");
                var runtime = Runtime.open()) {
            port = Integer.parseInt(chat.awaitLine("serving port ").replaceAll("\\D", ""));
            try (var _ = join(runtime, "Ann", "kitchen")) {
                chat.terminate();
                assertEquals(143, chat.awaitExit(), chat::printed);
            }
        }
    }

    /** A member that has joined a room and read everything up to its own arrival. */
    private Connection join(Runtime runtime, String name, String room) throws Exception {
        Connection member = runtime.connect("localhost", port);
        boolean isThere = room.equals("lobby"); // joining again would leave it for a moment
        member.write(name + "\n" + (isThere ? "" : "/join " + room + "\n"));
        awaitLine(member, name + " has joined " + room);
        return member;
    }

    private static void awaitLine(Connection member, String line) throws Exception {
        for (String next; !(next = member.requireLine()).equals(line); ) {
            assertTrue(!next.contains("never"), next);
        }
    }

    @Test
    void messagesStayInTheirRoom() throws Exception {
        try (var _ = serve();
                var runtime = Runtime.open();
                var ann = join(runtime, "Ann", "kitchen");
                var bob = join(runtime, "Bob", "kitchen");
                var cid = join(runtime, "Cid", "cellar")) {
            cid.writeLine("never in the kitchen");
            awaitLine(cid, "Cid: never in the kitchen");
            bob.write("tea?\n/help\n/quit\n");
            assertEquals("Bob has joined kitchen", ann.requireLine());
            assertEquals("Bob: tea?", ann.requireLine());
            assertEquals("Bob has left kitchen", ann.requireLine());
            awaitLine(bob, HELP);
            assertEquals(0, bob.readAll(1000).length);
            ann.writeLine("/leave");
            awaitLine(ann, "Ann has joined lobby");
        }
    }

    @Test
    void nameIsAskedForUntilItIsFree() throws Exception {
        try (var _ = serve();
                var runtime = Runtime.open();
                var _ = join(runtime, "Ann", "kitchen");
                var other = runtime.connect("localhost", port)) {
            other.write("Ann\n \n" + "x".repeat(31) + "\nBob\n/join kitchen\n");
            for (int i = 0; i < 4; i++) assertEquals(QUESTION, other.requireLine());
            awaitLine(other, "Bob has joined kitchen");
        }
    }

    /** Each would look like the name of a member, or like its message. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Ann ",
                " Ann",
                "A nn",
                "Ann\u200B",
                "An\u200Dn",
                "\u202EnnA",
                "\uFEFFAnn",
                "Ann\u00AD",
                "Ann\u00A0",
                "Ann\u2028",
                "Ann:",
                "Ann\u0007"
            })
    void nameCannotBeForged(String name) throws Exception {
        try (var _ = serve();
                var runtime = Runtime.open();
                var _ = join(runtime, "Ann", "kitchen");
                var other = runtime.connect("localhost", port)) {
            other.write(name + "\nBj\u00F6rn-2\n");
            for (int i = 0; i < 2; i++) assertEquals(QUESTION, other.requireLine());
            assertEquals(HELP, other.requireLine());
            assertEquals("Bj\u00F6rn-2 has joined lobby", other.requireLine());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/join", "/join ", "/join  ", "/join a b", "/join a ", "/join \u200B"})
    void roomNeedsAName(String command) throws Exception {
        try (var _ = serve();
                var runtime = Runtime.open();
                var ann = join(runtime, "Ann", "kitchen")) {
            ann.write(command + "\nstill here\n");
            assertEquals(HELP, ann.requireLine());
            assertEquals("Ann: still here", ann.requireLine());
        }
    }

    @Test
    void lineThatIsTooLongIsToldToItsMemberOnly() throws Exception {
        try (var _ = serve();
                var runtime = Runtime.open();
                var ann = join(runtime, "Ann", "kitchen");
                var bob = runtime.connect("localhost", port)) {
            bob.write("x".repeat(100_000) + "\nBob\n/join kitchen\n");
            bob.write("x".repeat(513) + "\n" + "\u00E9".repeat(256) + "\n/quit\n");
            awaitLine(bob, "Too long: a line has at most 512 bytes");
            awaitLine(bob, "Bob has joined kitchen");
            assertEquals("Too long: a line has at most 512 bytes", bob.requireLine());
            assertEquals("Bob has joined kitchen", ann.requireLine());
            assertEquals("Bob: " + "\u00E9".repeat(256), ann.requireLine());
            assertEquals("Bob has left kitchen", ann.requireLine());
        }
    }

    /** Negotiation in the first line, CR NUL after a line, and a control sequence in another. */
    @Test
    void telnetClientIsUnderstood() throws Exception {
        try (var _ = serve();
                var runtime = Runtime.open();
                var ann = join(runtime, "Ann", "lobby");
                var telnet = runtime.connect("localhost", port)) {
            telnet.write(new byte[] {(byte) 0xFF, (byte) 0xFD, 1, '\r', 0});
            telnet.write("tea\u001B[2J?\r\n".getBytes(StandardCharsets.US_ASCII));
            awaitLine(ann, "\u00FF\u00FD has joined lobby");
            assertEquals("\u00FF\u00FD: tea[2J?", ann.requireLine());
        }
    }

    @Test
    void ncTakesPart() throws Exception {
        String nc = Programs.require("nc", "netcat-openbsd");
        try (var _ = serve();
                var runtime = Runtime.open();
                var ann = join(runtime, "Ann", "kitchen")) {
            Process bob = new ProcessBuilder(nc, "localhost", "" + port).start();
            try (var input = bob.outputWriter();
                    var output = bob.inputReader()) {
                input.append("Bob\n/join kitchen\nhello\n").flush();
                awaitLine(ann, "Bob: hello");
                ann.writeLine("hello, Bob");
                for (String line; !(line = output.readLine()).equals("Ann: hello, Bob"); ) {
                    assertTrue(!line.contains("never"), line);
                }
            } finally {
                bob.destroyForcibly().onExit().join();
            }
            awaitLine(ann, "Bob has left kitchen");
        }
    }

    @Test
    @SuppressWarnings("try") // the server waits for the close
    void membersAreToldGoodbyeWhenTheServerStops() throws Exception {
        String nc = Programs.require("nc", "netcat-openbsd");
        try (var chat = serve();
                var runtime = Runtime.open();
                var ann = join(runtime, "Ann", "kitchen");
                var unnamed = runtime.connect("localhost", port)) {
            assertEquals(QUESTION, unnamed.requireLine());
            Process bob = new ProcessBuilder(nc, "localhost", "" + port).start();
            try (var input = bob.outputWriter();
                    var output = bob.inputReader()) {
                input.append("Bob\n/join kitchen\nhello\n").flush();
                awaitLine(ann, "Bob: hello");
                var shutdown = chat.shutdown();
                while (!output.readLine().equals("Goodbye: the server stops")) {}
                assertEquals("Goodbye: the server stops", ann.requireLine());
                assertEquals("Goodbye: the server stops", unnamed.requireLine());
                for (var each : List.of(ann, unnamed)) {
                    assertEquals(0, each.readAll(1000).length);
                    each.shutdownOutput();
                }
                bob.destroy(); // it goes on until its input ends
                assertEquals(3, shutdown.result().finished());
            } finally {
                bob.destroyForcibly().onExit().join();
            }
        }
    }

    @Test
    @SuppressWarnings("try") // the server waits for the close
    void lineThatHasBegunIsPassedOnBeforeTheGoodbye() throws Exception {
        try (var chat = serve();
                var runtime = Runtime.open();
                var ann = join(runtime, "Ann", "kitchen")) {
            ann.write("hal");
            var shutdown = chat.shutdown();
            ann.writeLine("f");
            assertEquals("Ann: half", ann.requireLine());
            assertEquals("Goodbye: the server stops", ann.requireLine());
            ann.shutdownOutput();
            assertEquals(1, shutdown.result().finished());
        }
    }

    /** The flood is larger than what the kernel and the queue hold for a member that pauses. */
    @Test
    @Tag("slow")
    void floodWaitsForMemberThatPauses() throws Exception {
        int lines = 30_000;
        try (var _ = serve();
                var runtime = Runtime.open();
                var paused = join(runtime, "paused", "hall");
                var speaker = join(runtime, "speaker", "hall");
                TaskGroup group = runtime.group()) {
            group.start(() -> {
                for (int i = 0; i < lines; i++) speaker.writeLine(i + " " + "x".repeat(480));
                speaker.writeLine("end");
            });
            awaitPause(speaker);
            group.start(() -> awaitLine(speaker, "speaker: end"));
            assertEquals(lines, listen(paused));
        }
    }

    /** Reads until nothing comes any more. */
    private static void awaitPause(Connection member) throws Exception {
        Limits limits = member.limits();
        member.limits(limits.withReadTimeout(Duration.ofMillis(200)));
        assertThrows(
                SocketTimeoutException.class,
                () -> {
                    while (true) member.requireLine();
                });
        member.limits(limits);
    }

    @Test
    @Tag("slow")
    void memberThatNeverReadsIsDisconnectedAndTheOthersGetEveryLine() throws Exception {
        String text = "x".repeat(480);
        try (var _ = serve();
                var runtime = Runtime.open();
                var _ = join(runtime, "stuck", "hall");
                var speaker = join(runtime, "speaker", "hall");
                TaskGroup group = runtime.group()) {
            List<Task<Integer>> listeners = startListeners(runtime, group, 5);
            for (int i = 0; i < 5; i++) awaitLineWith(speaker, " has joined hall");
            int lines = 0;
            for (boolean left = false; !left; ) {
                for (int i = 0; i < 100; i++) speaker.writeLine(lines++ + " " + text);
                left = awaitLineWith(speaker, lines - 1 + " " + text, "stuck has left hall");
            }
            speaker.writeLine("end");
            for (Task<Integer> each : listeners) assertEquals(lines, each.join());
        }
    }

    @Test
    @Tag("slow")
    void twoThousandMembersGetEveryLineBesideOneThatNeverReads() throws Exception {
        int lines = 100;
        try (var _ = serve();
                var runtime = Runtime.open();
                var _ = join(runtime, "stuck", "hall");
                var speaker = join(runtime, "speaker", "hall");
                TaskGroup group = runtime.group()) {
            List<Task<Integer>> listeners = startListeners(runtime, group, 2_000);
            for (int i = 0; i < 2_000; i++) awaitLineWith(speaker, " has joined hall");
            for (int i = 0; i < lines; i++) speaker.writeLine(i + " " + "x".repeat(480));
            speaker.writeLine("end");
            for (Task<Integer> each : listeners) assertEquals(lines, each.join());
        }
    }

    private List<Task<Integer>> startListeners(Runtime runtime, TaskGroup group, int count)
            throws InterruptedException {
        List<Task<Integer>> listeners = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = "listener-" + i;
            listeners.add(group.start(() -> listen(runtime, name)));
        }
        return listeners;
    }

    /** Returns the number of numbered lines that the member got, up to the end. */
    private int listen(Runtime runtime, String name) throws Exception {
        try (var member = join(runtime, name, "hall")) {
            return listen(member);
        }
    }

    private static int listen(Connection member) throws Exception {
        int next = 0;
        for (String line; !(line = member.requireLine()).equals("speaker: end"); ) {
            if (!line.startsWith("speaker: ")) continue;
            assertTrue(line.startsWith("speaker: " + next + " "), line);
            next++;
        }
        return next;
    }

    private static void awaitLineWith(Connection member, String part) throws Exception {
        while (!member.requireLine().contains(part)) {}
    }

    /** Returns whether another line came before it. */
    private static boolean awaitLineWith(Connection member, String part, String other)
            throws Exception {
        boolean came = false;
        for (String line; !(line = member.requireLine()).contains(part); ) {
            came |= line.equals(other);
        }
        return came;
    }
}
