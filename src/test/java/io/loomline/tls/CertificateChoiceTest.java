package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.server.Server;
import io.loomline.tls.keys.TestCertificate;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Which certificate a server shows: by the name that is asked for, and after new files. */
@ParameterizedClass
@EnumSource(names = {"NIO", "MEMORY"})
class CertificateChoiceTest extends TlsFixture {
    @TempDir Path directory;

    private Path chain() {
        return directory.resolve("chain.pem");
    }

    private Path key() {
        return directory.resolve("key.pem");
    }

    private static void replace(Path file, String content) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(fresh, content);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private TestCertificate install(TestCertificate certificate) throws IOException {
        replace(chain(), certificate.chainPem());
        replace(key(), certificate.keyPem());
        return certificate;
    }

    private void assertShows(TestCertificate expected, Server server, Tls tls) throws Exception {
        assertEquals(expected.certificate(), session(server, tls).peerCertificates().getFirst());
    }

    @ParameterizedTest
    @CsvSource({
        "a.test, 0",
        "b.test, 1",
        "x.c.test, 2",
        "y.c.test, 1",
        "a_b.test, 0",
        "127.0.0.1, 0",
    })
    void certificateIsChosenByName(String name, int index) throws Exception {
        List<TestCertificate> all =
                List.of(
                        TestCertificates.server("a.test", "a_b.test", "127.0.0.1"),
                        TestCertificates.server("b.test", "y.c.test"),
                        TestCertificates.server("*.c.test"));
        Tls tls = Tls.server(all.get(0).chain(), all.get(0).key());
        for (TestCertificate each : all.subList(1, 3)) {
            tls = tls.withCertificate(each.chain(), each.key());
        }
        Server server = listen(tls);
        for (String protocol : TlsOptions.PROTOCOLS) {
            Tls client = CLIENT.withServerName(name).withProtocols(List.of(protocol));
            assertShows(all.get(index), server, client);
        }
    }

    @Test
    void reloadShowsTheNewCertificateAndKeepsConnections() throws Exception {
        TestCertificate old = install(TestCertificates.server(HOST));
        Tls tls = Tls.server(chain(), key());
        Server server = listen(tls.withAlpn(List.of())); // a copy, which shares the certificate
        try (Connection live = connect(server, CLIENT)) {
            assertShows(old, server, CLIENT);
            TestCertificate fresh = install(TestCertificates.server(HOST));
            tls.reload();
            assertShows(fresh, server, CLIENT);
            assertEquals("still here", exchange(live, "still here"));
            assertEquals(old.certificate(), live.tls().orElseThrow().peerCertificates().getFirst());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void resumedSessionDoesNotShowAnOldCertificate(String protocol) throws Exception {
        install(TestCertificates.server(HOST));
        Tls tls = Tls.server(chain(), key());
        Server server = listen(tls);
        Tls client = CLIENT.withProtocols(List.of(protocol));
        for (int i = 0; i < 5; i++) {
            session(server, client);
            session(server, client); // may resume the session before
            TestCertificate fresh = install(TestCertificates.server(HOST));
            tls.reload();
            assertShows(fresh, server, client);
        }
    }

    @Test
    void reloadOfBadFilesThrowsAndKeepsTheOld() throws Exception {
        TestCertificate old = install(TestCertificates.server(HOST));
        TestCertificate other = TestCertificates.server(HOST);
        Tls tls = Tls.server(chain(), key());
        Server server = listen(tls);
        List<String> bad = List.of("", "garbage", other.chainPem(), old.chainPem().substring(40));
        for (String content : bad) {
            replace(chain(), content);
            var e = assertThrows(IOException.class, tls::reload);
            assertTrue(e.getMessage().contains("chain.pem"), e::toString);
            assertShows(old, server, CLIENT);
        }
        Files.delete(chain());
        assertThrows(IOException.class, tls::reload);
        assertShows(old, server, CLIENT);
        install(other);
        tls.reload();
        assertShows(other, server, CLIENT);
    }

    /** The order in which a tool replaces two files. */
    enum Order {
        CHAIN_FIRST,
        KEY_FIRST,
        /** Not at once, but in place. */
        IN_HALVES;

        void apply(Path chain, Path key, TestCertificate fresh) throws IOException {
            switch (this) {
                case CHAIN_FIRST -> {
                    replace(chain, fresh.chainPem());
                    Thread.onSpinWait();
                    replace(key, fresh.keyPem());
                }
                case KEY_FIRST -> {
                    replace(key, fresh.keyPem());
                    Thread.onSpinWait();
                    replace(chain, fresh.chainPem());
                }
                case IN_HALVES -> {
                    String pem = fresh.chainPem();
                    Files.writeString(chain, pem.substring(0, pem.length() / 2));
                    Files.writeString(key, "");
                    Thread.onSpinWait();
                    Files.writeString(key, fresh.keyPem());
                    Files.writeString(chain, pem);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    void filesReplacedUnderLoadFailNoHandshake(Order order) throws Exception {
        install(TestCertificates.server(HOST));
        Tls tls = Tls.server(chain(), key());
        Server server = listen(tls);
        var stops = new AtomicBoolean();
        List<Call<Integer>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(
                    Call.of(() -> {
                        int sessions = 0;
                        for (; !stops.get(); sessions++) session(server, CLIENT);
                        return sessions;
                    }));
        }
        try (Connection live = connect(server, CLIENT)) {
            for (int i = 0; i < 30; i++) {
                order.apply(chain(), key(), TestCertificates.server(HOST));
                if (i % 3 == 0) tls.reload();
                assertEquals("line " + i, exchange(live, "line " + i));
            }
            TestCertificate last = TestCertificates.server(HOST);
            order.apply(chain(), key(), last);
            tls.reload();
            assertShows(last, server, CLIENT);
        }
        stops.set(true);
        for (var each : clients) assertTrue(each.result() > 0);
        assertEquals(0, server.refusedCount());
    }
}
