package io.loomline.driver.epoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.loomline.driver.Acceptor;
import io.loomline.driver.SocketOptions;
import io.loomline.driver.libc.Errno;
import io.loomline.driver.libc.Libc;
import io.loomline.driver.unix.UnixPath;
import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes listening sockets to another process over a Unix-domain socket. One message has all of
 * them, and a text that says how many they are. For each whose file the last holder has to remove,
 * it has the path of the file; for any other, nothing.
 *
 * <p><i>Source:</i> SCM_RIGHTS in <a
 * href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>: "Send or receive a set of
 * open file descriptors from another process."
 */
final class ListenerTransfer {
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private static final int ROOT = 0;

    /** Ends each part of the text; no path contains it. */
    private static final char END = 0;

    private static final MethodHandle SEND =
            Libc.criticalReturning(JAVA_LONG, "sendmsg", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle RECEIVE =
            Libc.criticalReturning(JAVA_LONG, "recvmsg", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle USER = Libc.critical("geteuid");

    private ListenerTransfer() {}

    /** Makes an acceptor of a prepared socket, and closes the socket if that fails. */
    interface Adoption {
        Acceptor adopt(int descriptor, @Nullable UnixPath file) throws IOException;
    }

    /** Sends the sockets of the listeners. <i>Blocks.</i> */
    static void send(EpollChannel to, List<? extends Acceptor> listeners)
            throws IOException, InterruptedException {
        requireSameUser(to);
        if (listeners.isEmpty() || listeners.size() > DescriptorMessage.MAX_DESCRIPTORS) {
            throw new IOException(
                    "%d listeners: expected 1 to %d that can be passed to another process"
                            .formatted(listeners.size(), DescriptorMessage.MAX_DESCRIPTORS));
        }
        try (var sending = new Sending()) {
            for (Acceptor each : listeners) sending.begin((EpollAcceptor) each);
            byte[] text = text(sending.begun).getBytes(StandardCharsets.UTF_8);
            int sent = send(to, text, sending.numbers());
            sending.sent = true; // the descriptors belong to the first byte
            if (sent < text.length) throw new IOException("sent " + sent + " of " + text.length);
        }
    }

    /** Keeps sockets open and shared while they are sent. */
    private static final class Sending implements AutoCloseable {
        private final List<EpollAcceptor> begun = new ArrayList<>();
        private final List<Descriptor> held = new ArrayList<>();
        private final List<Integer> numbers = new ArrayList<>();

        /** Whether the peer may have them. */
        private boolean sent;

        void begin(EpollAcceptor listener) throws IOException {
            if (!listener.beginSending()) {
                throw new IOException("the listener at " + listener.localAddress() + " is stopped");
            }
            begun.add(listener);
            Descriptor descriptor = listener.descriptor();
            numbers.add(descriptor.enter());
            held.add(descriptor);
        }

        int[] numbers() {
            return numbers.stream().mapToInt(Integer::intValue).toArray();
        }

        @Override
        public void close() {
            held.forEach(Descriptor::exit);
            begun.forEach(each -> each.endSending(sent));
        }
    }

    private static String greeting(int listeners) {
        return "loomline listeners " + listeners;
    }

    private static String text(List<EpollAcceptor> listeners) {
        var text = new StringBuilder(greeting(listeners.size())).append(END);
        for (EpollAcceptor each : listeners) {
            UnixPath file = each.file();
            if (file != null) text.append(file.address());
            text.append(END);
        }
        return text.toString();
    }

    /** Returns how many of the bytes were sent, at least one. */
    private static int send(EpollChannel to, byte[] bytes, int[] numbers)
            throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            var message = DescriptorMessage.toSend(arena, bytes, numbers);
            while (true) {
                int before = to.key().output().events();
                int sent =
                        to.key()
                                .descriptor()
                                .use(socket -> transfer(SEND, socket, message, MSG_NOSIGNAL));
                if (sent > 0) return sent;
                if (sent == -Errno.EINTR) continue;
                if (sent != -Errno.EAGAIN) throw Errno.ofTransfer(-sent);
                to.key().output().exhausted(before);
                to.awaitWritable();
            }
        }
    }

    /** Receives sockets, and makes acceptors of them all or of none. <i>Blocks.</i> */
    static List<Acceptor> receive(EpollChannel from, SocketOptions options, Adoption adoption)
            throws IOException, InterruptedException {
        requireSameUser(from);
        try (var arena = Arena.ofConfined()) {
            var message = DescriptorMessage.toReceive(arena);
            while (true) {
                int before = from.key().input().events();
                int received =
                        from.key()
                                .descriptor()
                                .use(socket ->
                                        transfer(RECEIVE, socket, message, MSG_CMSG_CLOEXEC));
                if (received >= 0) return adopt(message, received, options, adoption);
                if (received == -Errno.EINTR) continue;
                if (received == -Errno.ECONNRESET) throw closed();
                if (received != -Errno.EAGAIN) throw Errno.ofTransfer(-received);
                from.key().input().exhausted(before);
                from.awaitReadable();
            }
        }
    }

    private static int transfer(
            MethodHandle call, int socket, DescriptorMessage message, int flags) {
        var header = message.header();
        return Libc.run(
                e -> (int) (long) call.invokeExact(e, socket, header, MSG_DONTWAIT | flags));
    }

    private static List<Acceptor> adopt(
            DescriptorMessage message, int receivedBytes, SocketOptions options, Adoption adoption)
            throws IOException {
        int[] descriptors = message.descriptors();
        List<Acceptor> acceptors = new ArrayList<>();
        int owned = descriptors.length;
        try {
            List<String> paths = paths(message.text(receivedBytes), descriptors.length);
            for (int descriptor : descriptors) ListeningSocket.prepare(descriptor, options);
            for (int i = 0; i < descriptors.length; i++) {
                UnixPath file = fileAt(paths.get(i));
                owned--;
                acceptors.add(adoption.adopt(descriptors[i], file));
            }
            return acceptors;
        } catch (Throwable e) {
            acceptors.forEach(Acceptor::close);
            for (int i = descriptors.length - owned; i < descriptors.length; i++) {
                Libc.close(descriptors[i]);
            }
            throw e;
        }
    }

    private static @Nullable UnixPath fileAt(String path) throws IOException {
        try {
            return path.isEmpty() ? null : UnixPath.received(UnixDomainSocketAddress.of(path));
        } catch (InvalidPathException e) { // such as a character that this locale lacks
            throw new IOException("the path of a received listener: " + LogText.of(e), e);
        }
    }

    private static EOFException closed() {
        return new EOFException("the peer has closed without sending listeners");
    }

    /** The path of each listener's file; empty if it has none. */
    private static List<String> paths(String text, int descriptors) throws IOException {
        if (text.isEmpty()) throw closed();
        List<String> parts = List.of(text.split(String.valueOf(END), -1));
        if (descriptors > 0
                && parts.size() == descriptors + 2
                && parts.getFirst().equals(greeting(descriptors))) {
            return parts.subList(1, descriptors + 1);
        }
        throw new IOException(
                "expected listeners from the peer, got %d descriptors and: %s"
                        .formatted(descriptors, LogText.of(text)));
    }

    private static void requireSameUser(EpollChannel channel) throws IOException {
        int peer = channel.key().descriptor().use(Sockets::peer)[1];
        int own = Libc.run(e -> (int) USER.invokeExact(e));
        if (peer == own || peer == ROOT) return;
        throw new AccessDeniedException(
                "the peer runs as user %s: expected %s or root"
                        .formatted(Integer.toUnsignedString(peer), Integer.toUnsignedString(own)));
    }
}
