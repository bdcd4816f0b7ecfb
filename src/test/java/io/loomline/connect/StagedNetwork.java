package io.loomline.connect;

import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.FakeDriver;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/** A network whose addresses answer when, and as, a test determines. */
final class StagedNetwork {
    private final ConcurrentMap<String, CompletableFuture<Channel>> answers =
            new ConcurrentHashMap<>();
    private final List<String> tried = new CopyOnWriteArrayList<>();
    private final List<String> cancelled = new CopyOnWriteArrayList<>();
    private final List<String> uninterruptible = new CopyOnWriteArrayList<>();

    static Resolver resolver(String... addresses) {
        List<InetAddress> known = Stream.of(addresses).map(InetAddress::ofLiteral).toList();
        return _ -> known;
    }

    Driver driver() {
        return new FakeDriver(this::connect);
    }

    private Channel connect(SocketAddress remote) throws IOException, InterruptedException {
        String host = ((InetSocketAddress) remote).getAddress().getHostAddress();
        tried.add(host);
        try {
            return uninterruptible.contains(host) ? answer(host).join() : answer(host).get();
        } catch (ExecutionException e) {
            throw (IOException) e.getCause();
        } catch (InterruptedException e) {
            cancelled.add(host);
            throw e;
        }
    }

    private CompletableFuture<Channel> answer(String host) {
        return answers.computeIfAbsent(host, _ -> new CompletableFuture<>());
    }

    FakeChannel answers(String host) {
        var channel = new FakeChannel();
        answer(host).complete(channel);
        return channel;
    }

    void refuses(String host) {
        answer(host).completeExceptionally(new ConnectException(host + " refuses"));
    }

    void ignoresInterrupts(String host) {
        uninterruptible.add(host);
    }

    /** Waits until exactly these hosts were tried, in that order. */
    void awaitTried(String... hosts) throws InterruptedException {
        Eventually.holds(() -> tried.size() >= hosts.length);
        if (!tried.equals(List.of(hosts))) throw new AssertionError("tried " + tried);
    }

    List<String> tried() {
        return List.copyOf(tried);
    }

    /** The hosts whose attempts were interrupted, sorted. */
    List<String> cancelled() {
        return cancelled.stream().sorted().toList();
    }
}
