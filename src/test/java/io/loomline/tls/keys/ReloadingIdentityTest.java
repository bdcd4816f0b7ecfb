package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

class ReloadingIdentityTest {
    private static final String KEPT = "new files cannot be used";

    @TempDir private Path directory;

    private final TestCertificate first = TestCertificates.server("a.example");
    private final TestCertificate second = TestCertificates.server("a.example");

    private final CapturedLog log = new CapturedLog();
    private long nanos = Long.MAX_VALUE - 5; // overflows
    private Instant now = Instant.now();

    private Path chain;
    private Path key;
    private ReloadingIdentity identity;

    @BeforeEach
    void open() throws IOException {
        chain = Files.writeString(directory.resolve("chain.pem"), first.chainPem());
        key = Files.writeString(directory.resolve("key.pem"), first.keyPem());
        age(chain, key);
        identity = opened(new KeyPairFiles(chain, key, null));
    }

    private ReloadingIdentity opened(KeyPairFiles files) throws IOException {
        return new ReloadingIdentity(files, () -> nanos, () -> now);
    }

    @AfterEach
    void closeLog() {
        log.close();
    }

    /** The time of the file is not recent any more, so its stamp alone tells. */
    private static void age(Path... files) throws IOException {
        for (Path each : files) {
            Instant changed = Files.getLastModifiedTime(each).toInstant();
            Files.setLastModifiedTime(each, FileTime.from(changed.minusSeconds(60)));
        }
    }

    private Identity afterASecond() {
        nanos += TimeUnit.SECONDS.toNanos(1);
        return identity.get();
    }

    @Test
    void newFilesAreNoticedOnceASecondHasPassed() throws IOException {
        Files.writeString(chain, second.chainPem());
        Files.writeString(key, second.keyPem());
        nanos += TimeUnit.SECONDS.toNanos(1) - 1;
        assertEquals(first.identity(), identity.get());
        nanos++;
        assertEquals(second.identity(), identity.get());
    }

    @Test
    void unchangedFilesAreNotReadAgain() {
        Identity before = identity.get();
        assertSame(before, afterASecond());
    }

    @Test
    void chainFirstEndsWithTheNewPair() throws IOException {
        Files.writeString(chain, second.chainPem());
        assertKept();
        Files.writeString(key, second.keyPem());
        assertReplaced();
    }

    @Test
    void keyFirstEndsWithTheNewPair() throws IOException {
        Files.writeString(key, second.keyPem());
        assertKept();
        Files.writeString(chain, second.chainPem());
        assertReplaced();
    }

    @Test
    void renamedFilesEndWithTheNewPair() throws IOException {
        rename(chain, second.chainPem());
        assertKept();
        rename(key, second.keyPem());
        assertReplaced();
    }

    /** With the time of the file that it replaces, as a copy that preserves times has. */
    private void rename(Path target, String text) throws IOException {
        Path file = Files.writeString(directory.resolve("new"), text);
        Files.setLastModifiedTime(file, Files.getLastModifiedTime(target));
        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void removedFilesEndWithTheNewPair() throws IOException {
        Files.delete(chain);
        assertKept();
        Files.delete(key);
        assertEquals(first.identity(), afterASecond());
        Files.writeString(key, second.keyPem());
        Files.writeString(chain, second.chainPem());
        assertReplaced();
    }

    @Test
    void growingFilesEndWithTheNewPair() throws IOException {
        Files.writeString(key, second.keyPem());
        String text = second.chainPem();
        for (int i = 0; i < text.length(); i += 100) {
            Files.writeString(chain, text.substring(0, i));
            assertEquals(first.identity(), afterASecond());
        }
        Files.writeString(chain, text);
        assertReplaced();
    }

    /** As certbot does: each file is a link of its own. */
    @Test
    void swappedFileLinksEndWithTheNewPair() throws IOException {
        link("chain", written("chain1", first.chainPem()));
        link("key", written("key1", first.keyPem()));
        identity = opened(new KeyPairFiles(path("chain"), path("key"), null));
        link("key", written("key2", second.keyPem()));
        assertKept();
        link("chain", written("chain2", second.chainPem()));
        assertReplaced();
    }

    /** As Kubernetes does: the directory is a link, and both files change at once. */
    @Test
    void swappedDirectoryLinkEndsWithTheNewPair() throws IOException {
        Files.createDirectories(path("1"));
        Files.createDirectories(path("2"));
        age(written("1/chain", first.chainPem()), written("1/key", first.keyPem()));
        age(written("2/chain", second.chainPem()), written("2/key", second.keyPem()));
        link("data", path("1"));
        Path data = path("data");
        identity = opened(new KeyPairFiles(data.resolve("chain"), data.resolve("key"), null));
        link("data", path("2"));
        assertReplaced();
        assertEquals(List.of(), log.lines(KEPT));
    }

    private Path path(String name) {
        return directory.resolve(name);
    }

    private Path written(String name, String text) throws IOException {
        return Files.writeString(path(name), text);
    }

    private void link(String name, Path target) throws IOException {
        Path link = Files.createSymbolicLink(path("link"), target);
        Files.move(link, path(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private void assertKept() {
        assertEquals(first.identity(), afterASecond());
        assertEquals(first.identity(), afterASecond());
        assertEquals(1, log.lines(KEPT).size(), log.text());
    }

    private void assertReplaced() {
        assertEquals(second.identity(), afterASecond());
        assertEquals(second.identity(), afterASecond());
    }

    @Test
    void eachBrokenStateIsLoggedOnce() throws IOException {
        Files.writeString(key, "nothing");
        age(key);
        assertKept();
        Files.writeString(key, "nothing");
        age(key);
        afterASecond();
        afterASecond();
        assertEquals(2, log.lines(KEPT).size(), log.text());
        String line = log.lines(KEPT).getFirst();
        String problem = key + ": line 1: no line of the file begins with -----BEGIN";
        assertTrue(line.contains(" is kept: " + problem), line);
        assertTrue(line.contains("the certificate for a.example, valid until "), line);
    }

    /** A file system may not tell a second change from the first, if both have the same time. */
    @Test
    void changeWithTheSameTimeAndSizeIsNoticed() throws IOException {
        Files.writeString(key, second.keyPem());
        FileTime time = Files.getLastModifiedTime(key);
        Files.writeString(chain, sameLength(second.chainPem()));
        Files.setLastModifiedTime(chain, time);
        assertKept();
        Files.writeString(chain, second.chainPem());
        Files.setLastModifiedTime(chain, time);
        assertReplaced();
    }

    private static String sameLength(String text) {
        return text.replaceAll("[A-Za-z0-9]", "-");
    }

    @Test
    void reloadNeedsNoSecond() throws IOException {
        Files.writeString(chain, second.chainPem());
        Files.writeString(key, second.keyPem());
        identity.reload();
        assertEquals(second.identity(), identity.get());
    }

    @Test
    void failedReloadThrowsAndKeeps() throws IOException {
        Files.writeString(key, second.keyPem());
        age(key);
        IOException e = assertThrows(IOException.class, identity::reload);
        assertTrue(e.getMessage().startsWith(key + ": line 1: this key"), e.getMessage());
        assertEquals(first.identity(), afterASecond());
        assertEquals(List.of(), log.lines(KEPT), "the caller knows");
        Files.writeString(chain, second.chainPem());
        assertReplaced();
    }

    @Test
    void openFailsIfTheFilesCannotBeUsed() throws IOException {
        Files.writeString(key, second.keyPem());
        assertThrows(
                IOException.class,
                () -> ReloadingIdentity.open(new KeyPairFiles(chain, key, null)));
    }

    @Test
    void interruptedThreadReloads() throws IOException {
        Files.writeString(chain, second.chainPem());
        Files.writeString(key, second.keyPem());
        Thread.currentThread().interrupt();
        try {
            assertEquals(second.identity(), afterASecond());
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void expiryIsLoggedWhenLoaded() throws IOException {
        assertEquals(List.of(), log.lines(" WARN "));
        Instant until = first.certificate().getNotAfter().toInstant();
        now = until.minus(Duration.ofDays(7));
        identity.reload();
        assertEquals(List.of(), log.lines(" WARN "));
        now = until.minus(Duration.ofDays(6));
        identity.reload();
        assertEquals(List.of(), log.lines(" WARN "), "the same certificate");
        opened(new KeyPairFiles(chain, key, null));
        assertEquals(1, log.lines("expires soon").size());
        now = until.plusSeconds(1);
        opened(new KeyPairFiles(chain, key, null));
        assertEquals(1, log.lines("has expired").size());
        now = first.certificate().getNotBefore().toInstant().minusSeconds(1);
        opened(new KeyPairFiles(chain, key, null));
        assertEquals(1, log.lines("is not valid before").size());
    }

    @Test
    void shortLivedCertificateIsNotAboutToExpireFromItsFirstHour() throws IOException {
        TestCertificate brief =
                CertificateForm.of("CN=brief", "a.example")
                        .withValidity(now, now.plus(Duration.ofHours(24)))
                        .issuedBy(TestCertificates.ca());
        var files = new KeyPairFiles(brief.chain(), brief.key(), null);
        opened(files);
        assertEquals(List.of(), log.lines(" WARN "));
        now = now.plus(Duration.ofHours(17));
        opened(files);
        assertEquals(1, log.lines("expires soon").size());
    }

    @Test
    void textShowsTheFilesAndTheCertificate() {
        String start = chain + " and " + key + " (a.example, valid until ";
        assertEquals(start, identity.toString().substring(0, start.length()));
    }
}
