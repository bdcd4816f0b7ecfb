package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The output and exit codes of the sample {@code EchoServer}. */
class EchoServerTest {
    /** Below the limit of any machine, and enough for the JVM itself. */
    private static final List<String> LIMIT_OF_400_DESCRIPTORS =
            List.of("sh", "-c", "ulimit -n 400 && exec \"$@\"", "sh");

    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("EchoServer");

    @ParameterizedTest
    @CsvSource({
        "--what,                 unknown argument: --what",
        "2000,                   unknown argument: 2000",
        "--connections,          '--connections: expected a number from 1 to 1000000'",
        "--connections 0,        '--connections 0: expected a number from 1 to 1000000'",
        "--connections 9999999,  '--connections 9999999: expected a number from 1 to 1000000'",
        "--lines many,           '--lines many: expected a number from 1 to 1000000'",
        "--serve --port 65536,   '--port 65536: expected a number from 0 to 65535'",
        "--serve --port -1,      '--port -1: expected a number from 0 to 65535'",
    })
    void rejectsArgumentsWithAReason(String arguments, String message) throws Exception {
        try (var process = SAMPLE.start(arguments.split(" "))) {
            process.requireUsageError(message);
        }
    }

    @Test
    void rejectsMoreConnectionsThanDescriptorsAllow() throws Exception {
        try (var process = SAMPLE.startBy(LIMIT_OF_400_DESCRIPTORS, "--connections", "101")) {
            assertEquals(2, process.awaitExit(), process::printed);
            String message = "101: the limit of 400 descriptors (ulimit -n) allows 100";
            assertTrue(process.printed().contains(message), process::printed);
        }
    }

    @Test
    void opensAsManyConnectionsAsDescriptorsAllow() throws Exception {
        String[] arguments = {"--connections", "100", "--lines", "1"};
        try (var process = SAMPLE.startBy(LIMIT_OF_400_DESCRIPTORS, arguments)) {
            assertEquals(0, process.awaitExit(), process::printed);
            assertTrue(process.printed().contains("100 clients connected"), process::printed);
        }
    }

    @Test
    void reportsThePortThatIsInUse() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var process = SAMPLE.start("--port", "" + taken.getLocalPort())) {
            assertEquals(1, process.awaitExit(), process::printed);
            String first = process.printed().lines().findFirst().orElseThrow();
            assertTrue(
                    first.contains(":" + taken.getLocalPort() + ": Address already in use"), first);
        }
    }

    @Test
    @Tag("slow")
    void failsIfAnEchoDiffers(@TempDir Path scratch) throws Exception {
        String changed = "connection.writeLine(line.replace(\"7, line 3\", \"7, line 4\"))";
        try (var process = startWithEcho(changed, scratch)) {
            assertEquals(1, process.awaitExit(), process::printed);
            String difference = "the echo of 'client 7, line 3' was 'client 7, line 4'";
            assertTrue(process.printed().contains(difference), process::printed);
            assertTrue(process.printed().contains(" 1 failed"), process::printed);
            assertTrue(process.printed().contains(" 7 missing or wrong"), process::printed);
        }
    }

    @Test
    @Tag("slow")
    void failsIfAnEchoIsMissing(@TempDir Path scratch) throws Exception {
        String lost =
                "if (!line.equals(\"client 7, line 9\")) connection.writeLine(line); else return";
        try (var process = startWithEcho(lost, scratch)) {
            assertEquals(1, process.awaitExit(), process::printed);
            assertTrue(process.printed().contains(" 1 missing or wrong"), process::printed);
        }
    }

    /** Ten clients with ten lines each, against a server with another handler. */
    private static SampleProcess startWithEcho(String statement, Path scratch) throws IOException {
        String source = Files.readString(SampleProcess.source("EchoServer"));
        String echo = "!= null) connection.writeLine(line);";
        assertTrue(source.contains(echo), "the echo of the sample has changed");
        Path broken = scratch.resolve("EchoServer.java");
        Files.writeString(broken, source.replace(echo, "!= null) { " + statement + "; }"));
        SampleProcess.compile(broken, scratch);
        String[] arguments = {"--connections", "10", "--lines", "10"};
        return SampleProcess.startCompiled(scratch, "EchoServer", arguments);
    }

    @Test
    void servesUntilASignalAndDrains() throws Exception {
        try (var process = SAMPLE.start("--serve")) {
            String line = process.awaitLine("listening on port ");
            int port = Integer.parseInt(line.replaceAll("\\D", ""));
            try (var client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertEquals("hello", talk(client, "hello"));
                process.terminate();
                assertEquals("still here", talk(client, "still here"));
            }
            assertEquals(0, process.awaitExit(), process::printed);
            assertEquals(1, process.printed().lines().count(), process::printed);
        }
    }

    private static String talk(Socket client, String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(US_ASCII);
        client.getOutputStream().write(bytes);
        return new String(client.getInputStream().readNBytes(bytes.length), US_ASCII).strip();
    }

    @Test
    @Tag("slow")
    void exitCodeIdentifiesTheSignal() throws Exception {
        try (var process = SAMPLE.start("--connections", "50", "--lines", "1000000")) {
            process.awaitLine("50 connections open");
            process.terminate();
            assertEquals(143, process.awaitExit(), process::printed);
            assertFalse(process.printed().contains("Exception"), process::printed);
        }
    }
}
