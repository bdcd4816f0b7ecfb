package io.loomline.tls.keys;

import io.loomline.log.ErrorText;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A key and its certificates, read again when their files change. Files that cannot be used, such
 * as half of a new pair, are logged once, and the pair that was read before stays in use.
 *
 * <p><i>Threads:</i> any number. One of them reads; the others get the pair read before.
 */
public final class ReloadingIdentity implements Supplier<Identity> {
    private static final Logger LOG = Loggers.of(ReloadingIdentity.class);

    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Automatic renewal replaces a certificate weeks before. */
    private static final Duration EXPIRES_SOON = Duration.ofDays(7);

    private final KeyPairFiles files;
    private final LongSupplier nanoTime;
    private final InstantSource wallClock;
    private final ReentrantLock lock = new ReentrantLock();

    // written under the lock, read by every thread
    private volatile Identity current;
    private volatile long checkedNanos;

    // guarded by the lock
    private List<FileStamp> seen;
    private boolean seenMayHide;
    private @Nullable String failure;

    ReloadingIdentity(KeyPairFiles files, LongSupplier nanoTime, InstantSource wallClock)
            throws IOException {
        this.files = files;
        this.nanoTime = nanoTime;
        this.wallClock = wallClock;
        checkedNanos = nanoTime.getAsLong();
        seen = files.stamps();
        seenMayHide = isAnyRecent(seen);
        current = files.read();
        logLoaded(current);
    }

    /**
     * Reads the files.
     *
     * @param files the files
     * @return the identity, which notices new files from now on
     * @throws IOException if they cannot be used
     */
    public static ReloadingIdentity open(KeyPairFiles files) throws IOException {
        return new ReloadingIdentity(files, System::nanoTime, InstantSource.system());
    }

    /**
     * The current key and certificates. Looks for new files if a second has passed.
     *
     * @return those of the last files that could be used
     */
    @Override
    public Identity get() {
        if (isDue() && lock.tryLock()) {
            try {
                if (isDue()) check();
            } finally {
                lock.unlock();
            }
        }
        return current;
    }

    private boolean isDue() {
        return nanoTime.getAsLong() - checkedNanos >= CHECK_NANOS;
    }

    /**
     * Reads the files now, whether they have changed or not.
     *
     * @throws IOException if they cannot be used: the pair that was read before stays in use
     */
    public void reload() throws IOException {
        lock.lock();
        try {
            checkedNanos = nanoTime.getAsLong();
            List<FileStamp> stamps = files.stamps();
            try {
                load(stamps);
            } catch (IOException | RuntimeException e) {
                markSeen(stamps, ErrorText.of(e));
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    private void check() {
        checkedNanos = nanoTime.getAsLong();
        List<FileStamp> stamps = files.stamps();
        if (stamps.equals(seen) && !seenMayHide) return;
        try {
            load(stamps);
        } catch (IOException | RuntimeException e) {
            // if they are being replaced right now, the next check will see the outcome
            if (files.stamps().equals(stamps)) keep(stamps, ErrorText.of(e));
        }
    }

    /** The stamps are older than what is read, so a change in between shows at the next check. */
    private void load(List<FileStamp> stamps) throws IOException {
        Identity read = files.read();
        boolean isNew = !read.equals(current);
        boolean worthALine = failure != null || isNew;
        if (isNew) current = read; // else the sessions with the old one stay valid
        markSeen(stamps, null);
        if (worthALine) logLoaded(read);
    }

    private void keep(List<FileStamp> stamps, String problem) {
        boolean logged = stamps.equals(seen) && problem.equals(failure);
        markSeen(stamps, problem);
        if (logged) return;
        LOG.warn("new files cannot be used, the certificate for {} is kept: {}", current, problem);
    }

    private void markSeen(List<FileStamp> stamps, @Nullable String problem) {
        seen = stamps;
        seenMayHide = isAnyRecent(stamps);
        failure = problem;
    }

    private boolean isAnyRecent(List<FileStamp> stamps) {
        Instant now = wallClock.instant();
        return stamps.stream().anyMatch(stamp -> stamp.isRecent(now));
    }

    private void logLoaded(Identity loaded) {
        LOG.info("loaded the certificate for {}, from {}", loaded, files);
        Instant now = wallClock.instant();
        Instant from = loaded.leaf().getNotBefore().toInstant();
        Instant until = loaded.leaf().getNotAfter().toInstant();
        if (now.isAfter(until)) {
            LOG.warn("the certificate for {}, from {}, has expired", loaded, files);
        } else if (now.isAfter(until.minus(warningTime(Duration.between(from, until))))) {
            LOG.warn("the certificate for {}, from {}, expires soon", loaded, files);
        } else if (now.isBefore(from)) {
            LOG.warn(
                    "the certificate for {}, from {}, is not valid before {}",
                    loaded.names(),
                    files,
                    from);
        }
    }

    /** Some authorities issue certificates for a day, which must not warn from their first hour. */
    private static Duration warningTime(Duration validity) {
        Duration third = validity.dividedBy(3);
        return third.compareTo(EXPIRES_SOON) < 0 ? third : EXPIRES_SOON;
    }

    /** The files, and what was read from them. */
    @Override
    public String toString() {
        return "%s (%s)".formatted(files, current);
    }
}
