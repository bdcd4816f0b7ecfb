package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.loomline.Runtime;
import io.loomline.probe.Eventually;
import io.loomline.server.ShutdownReport.Straggler;

import org.junit.jupiter.api.Test;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What reports say of connections has no characters that a terminal would obey. */
class EscapedReportTest {
    private static final String EVIL = "evil\u001b[2J\nroot";

    @Test
    void servedConnectionEscapesItsPeer() throws Exception {
        Path folder = Files.createTempDirectory(Path.of("/tmp"), "er");
        var address = UnixDomainSocketAddress.of(folder.resolve("s"));
        Path name = folder.resolve(EVIL);
        try (Runtime runtime = Runtime.open();
                SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            Server server = runtime.listen(address, connection -> connection.readLine());
            client.bind(UnixDomainSocketAddress.of(name));
            client.connect(address);
            Eventually.holds(() -> server.connections().size() == 1);
            String shown = server.connections().getFirst().toString();
            assertFalse(shown.chars().anyMatch(Character::isISOControl), shown);
        } finally {
            Files.deleteIfExists(name);
            Files.deleteIfExists(folder);
        }
    }

    @Test
    void stragglerEscapesItsTask() {
        var straggler =
                new Straggler(
                        EVIL,
                        UnixDomainSocketAddress.of(EVIL),
                        true,
                        "Connection.readLine",
                        Duration.ofSeconds(1),
                        List.of(),
                        List.of());
        assertEquals(
                "evil\\u001b[2J\\u000aroot from evil\\u001b[2J\\u000aroot: aborted, in"
                        + " Connection.readLine, without progress for PT1S",
                straggler.toString());
    }
}
